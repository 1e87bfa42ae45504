//! Shots drawn as text. Each row is the lane of one speaker, each character half a second: letters are spans, dots
//! are gaps, and the end of the row is the end of the shot.

use std::collections::BTreeMap;

use parlance_document::{Edit, EditError, Outcome, Project, ShotId, SpanId, SpeakerId, Time};

pub(crate) const CELL: Time = Time::from_millis(500);

/// A project drawn as lanes, and who is who in it.
pub(crate) struct Drawing {
    pub(crate) project: Project,
    pub(crate) shots: Vec<ShotId>,
    pub(crate) speakers: Vec<SpeakerId>,
    pub(crate) spans: BTreeMap<char, SpanId>,
}

/// The moment of a column.
pub(crate) fn at(column: i64) -> Time {
    Time(CELL.0 * column)
}

impl Drawing {
    /// One shot.
    pub(crate) fn new(rows: &[&str]) -> Self {
        Self::of_shots(&[rows])
    }

    /// Several shots with the same speakers.
    pub(crate) fn of_shots(shots: &[&[&str]]) -> Self {
        let mut drawing =
            Self { project: Project::new("Lanes"), shots: Vec::new(), speakers: Vec::new(), spans: BTreeMap::new() };
        for (color, _) in shots[0].iter().enumerate() {
            let name = format!("Speaker {color}");
            let outcome = drawing.apply(Edit::AddSpeaker { name, color }).unwrap();
            drawing.speakers.push(outcome.speaker().unwrap());
        }
        for rows in shots {
            drawing.add_shot(rows);
        }
        drawing
    }

    fn add_shot(&mut self, rows: &[&str]) {
        let length = at(rows[0].len() as i64);
        let idx = self.shots.len();
        let title = format!("Shot {idx}");
        let shot = self.apply(Edit::AddShot { at: idx, title, length }).unwrap().shot().unwrap();
        self.shots.push(shot);
        for (row, speaker) in rows.iter().zip(self.speakers.clone()) {
            for (letter, start, end) in stretches(row) {
                let edit = Edit::AddSpan {
                    shot,
                    speaker,
                    text: letter.to_string(),
                    start: at(start),
                    length: at(end - start),
                };
                let span = self.apply(edit).unwrap().span().unwrap();
                self.spans.insert(letter, span);
            }
        }
    }

    pub(crate) fn apply(&mut self, edit: Edit) -> Result<Outcome, EditError> {
        self.project.apply(edit)
    }

    /// The id of the span drawn with this letter.
    pub(crate) fn span(&self, letter: char) -> SpanId {
        self.spans[&letter]
    }

    /// The lanes of a shot as text; a span's letter is the first of its words, `?` without words.
    pub(crate) fn draw(&self, shot_idx: usize) -> Vec<String> {
        let shot = &self.project.shots()[shot_idx];
        let columns = (shot.length.0 / CELL.0) as usize;
        let row = |speaker: &SpeakerId| {
            let mut row = vec!['.'; columns];
            for span in shot.spans_of(*speaker) {
                let letter = span.text.chars().next().unwrap_or('?');
                let (start, end) = (span.range.start.0 / CELL.0, span.range.end.0 / CELL.0);
                row[start as usize..end as usize].fill(letter);
            }
            row.into_iter().collect()
        };
        self.speakers.iter().map(row).collect()
    }
}

fn stretches(row: &str) -> Vec<(char, i64, i64)> {
    let mut found: Vec<(char, i64, i64)> = Vec::new();
    for (column, letter) in row.chars().enumerate() {
        let column = column as i64;
        match found.last_mut() {
            Some((last, _, end)) if *last == letter && *end == column => *end += 1,
            _ if letter == '.' => {}
            _ => found.push((letter, column, column + 1)),
        }
    }
    found
}
