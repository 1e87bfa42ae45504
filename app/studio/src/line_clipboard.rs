//! Lines that were copied: inside the studio with their timing, for other programs as a plain screenplay.

use parlance_document::{Edit, NewSpan, Project, Shot, Span, SpanId, SpeakerId, Time};

use crate::placing;

/// One copied line.
#[derive(Clone, Debug, PartialEq)]
struct CopiedLine {
    /// As it was, with its recording.
    span: Span,
    /// After the start of the first one.
    offset: Time,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq)]
pub struct LineClipboard {
    lines: Vec<CopiedLine>,
    text: String,
}

/// Why copied lines cannot be pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// No shot has room for one of the lines.
    #[error("There is no free place of {needed} left from here on. Make a shot longer, or add one.")]
    NoPlace {
        /// Length of the line that found no place.
        needed: Time,
    },
    /// There is nobody to say them.
    #[error("There is nobody in the cast to say these lines. Add a person first.")]
    Nobody,
}

impl LineClipboard {
    /// Copies lines; `None` when there are none.
    #[must_use]
    pub fn copy(project: &Project, spans: &[SpanId]) -> Option<Self> {
        let held = placing::hold(project, spans);
        let first = held.iter().map(|held| held.range.start).min()?;
        let mut lines = Vec::with_capacity(held.len());
        let mut text = String::new();
        for held in held {
            let (_, span) = project.span(held.span)?;
            let name = project.speaker(span.speaker).map_or("", |speaker| &speaker.name);
            text.push_str(&format!("{}\n{}\n\n", name.to_uppercase(), span.text));
            lines.push(CopiedLine { span: span.clone(), offset: held.range.start - first });
        }
        Some(Self { lines, text })
    }

    /// As a plain screenplay.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// From the start of the first line to the end of the last one.
    #[must_use]
    pub fn length(&self) -> Time {
        self.lines.iter().map(|line| line.offset + line.span.range.length()).max().unwrap_or_default()
    }

    /// Another scene is opened: its folder does not hold the recordings of this one, nor does it know who agreed to them.
    /// The words stay.
    pub fn leave_recordings(&mut self) {
        self.lines.iter_mut().for_each(|line| line.span.recording = None);
    }

    /// Where the lines come to lie when they are pasted at a time: as near as the lines that are there allow, in the
    /// shot under that time, else in the next one with room.
    ///
    /// # Errors
    /// When one of them has no place, or nobody to say it.
    pub fn place(&self, project: &Project, at: Time) -> Result<Vec<NewSpan>, PasteError> {
        let mut filled = project.clone();
        let mut placed = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let known = project.speaker(line.span.speaker).or(project.cast().first());
            let speaker = known.ok_or(PasteError::Nobody)?.id;
            let needed = line.span.range.length();
            let (shot, start) =
                free_place(&filled, speaker, needed, at + line.offset).ok_or(PasteError::NoPlace { needed })?;
            let new = NewSpan::copy_of(&line.span, shot, speaker, start);
            let add = Edit::AddSpans { lines: vec![new.clone()] };
            filled.apply(add).map_err(|_| PasteError::NoPlace { needed })?;
            placed.push(new);
        }
        Ok(placed)
    }
}

/// The nearest free place in the shot under a time, else the first one in the shots after it.
fn free_place(
    project: &Project,
    speaker: SpeakerId,
    length: Time,
    wanted: Time,
) -> Option<(parlance_document::ShotId, Time)> {
    let (from, _) = crate::scene::shot_at(project, wanted)?;
    let place = |shot: &Shot, start: Time| {
        let full = shot.spans.len() >= parlance_document::invariants::MAX_SPANS_PER_SHOT;
        let place = shot.nearest_free_start(speaker, length, wanted - start, None).filter(|_| !full)?;
        Some((shot.id, place))
    };
    let shots = project.shot_ranges().skip_while(|(_, range)| range.start < from);
    shots.into_iter().find_map(|(shot, range)| place(shot, range.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(project: &Project) -> Vec<SpanId> {
        project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect()
    }

    #[test]
    fn lines_keep_their_distance_where_there_is_room() {
        let mut project = Project::sample();
        let all = ids(&project);
        let copied = LineClipboard::copy(&project, &all[..2]).unwrap();
        let at = project.shots().len();
        project.apply(Edit::AddShot { at, title: String::new(), length: Time::from_secs(10) }).unwrap();
        let start = project.length() - Time::from_secs(9);
        let placed = copied.place(&project, start).unwrap();
        assert_eq!(placed[0].start, Time::from_secs(1));
        let ranges = all[..2].iter().map(|id| project.span_timeline_range(*id).unwrap()).collect::<Vec<_>>();
        assert_eq!(placed[1].start - placed[0].start, ranges[1].start - ranges[0].start);
        assert_eq!(copied.length(), ranges[1].end - ranges[0].start);
        project.apply(Edit::AddSpans { lines: placed }).unwrap();
    }

    #[test]
    fn a_full_shot_sends_lines_to_the_next_and_a_full_scene_says_so() {
        let mut project = Project::sample();
        let short = ids(&project)[4];
        let copied = LineClipboard::copy(&project, &[short]).unwrap();
        let mut count = 0;
        let error = loop {
            match copied.place(&project, Time::ZERO) {
                Ok(lines) => drop(project.apply(Edit::AddSpans { lines }).unwrap()),
                Err(error) => break error,
            }
            count += 1;
        };
        assert_eq!(count, 3, "one in each shot");
        assert!(matches!(error, PasteError::NoPlace { .. }));
    }

    #[test]
    fn other_programs_get_a_screenplay() {
        let project = Project::sample();
        let copied = LineClipboard::copy(&project, &ids(&project)[..1]).unwrap();
        assert_eq!(copied.text(), "MARA\nDid you see the light last night?\n\n");
        assert_eq!(LineClipboard::copy(&project, &[]), None);
    }
}
