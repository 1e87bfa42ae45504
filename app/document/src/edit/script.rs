//! Edits that begin in the script: room for words, faster speech, joining, replacing, pasting a screenplay.

use std::collections::HashMap;
use std::sync::Arc;

use super::markers::with_markers_following;
use super::{EditError, Outcome, cast, shots, spans, with_shot};
use crate::extra::Extra;
use crate::ids::{ShotId, SpanId, SpeakerId};
use crate::invariants::{self, Invalid, MAX_SPEAKERS, MIN_SPAN_LENGTH};
use crate::project::Project;
use crate::screenplay::{LEAD, ScriptShot, TAIL};
use crate::shot::{Prompt, Shot, Span};
use crate::time::{Time, TimeRange};

/// Who says what nobody else in a full cast can.
const OTHERS: &str = "Others";

/// ```text
/// before  |1 ..[A]..[B]|2|          A needs more, the model's shots are no longer
/// after   |1 ..[AAAAA]|1' .[B]|2|
/// ```
/// First the way of [`super::spans::make_room`]. When the shot would become longer than `longest`, the lines after A
/// go to a shot of their own, described as this one; when A has no room even then, A goes with them.
pub(super) fn make_room_or_move(
    project: &mut Project,
    span: SpanId,
    needed: Time,
    (shortest, longest): (Time, Time),
) -> Result<Outcome, EditError> {
    let shot = project.span(span).ok_or(EditError::NoSpan)?.0.id;
    let mut roomy = project.clone();
    if spans::make_room(&mut roomy, span, needed).is_ok() {
        let before = project.shot(shot).map_or(longest, |shot| shot.length);
        if roomy.shot(shot).is_some_and(|shot| shot.length <= longest.max(before)) {
            *project = roomy;
            return Ok(Outcome::Changed);
        }
    }
    if needed > longest {
        return Err(EditError::NoRoom { available: longest });
    }
    with_markers_following(project, |project| {
        let found = project.shot(shot).ok_or(EditError::NoShot)?;
        let range = found.span(span).ok_or(EditError::NoSpan)?.range;
        let first = found.spans.first().is_none_or(|first| first.id == span);
        // Alone at the start, the line may begin earlier; else it opens the new shot when it cannot end in this one.
        let stays = range.start + needed <= longest || first;
        let from = if stays { range.end } else { range.start };
        let moved = take_lines(project, shot, from, Some(span).filter(|_| stays))?;
        let start = if stays { range.start.min(longest - needed) } else { LEAD.min(longest - needed) };
        if !moved.is_empty() {
            let lead = if stays { LEAD } else { start };
            let lines = if stays { moved } else { lengthened(moved, span, needed) };
            add_after(project, shot, lines, lead, (shortest, longest))?;
        }
        with_shot(project, shot, |shot| {
            if let Some(line) = shot.spans.iter_mut().find(|line| line.id == span) {
                line.range = TimeRange::with_length(start, needed);
            }
            shot.length = length_for(shot, (shortest, longest));
            Ok(Outcome::Changed)
        })
    })
}

/// Takes the lines that begin at or after `from` out of a shot, `except` one.
fn take_lines(project: &mut Project, shot: ShotId, from: Time, except: Option<SpanId>) -> Result<Vec<Span>, EditError> {
    with_shot(project, shot, |shot| {
        let (moved, kept) = std::mem::take(&mut shot.spans)
            .into_iter()
            .partition(|line| line.range.start >= from && Some(line.id) != except);
        shot.spans = kept;
        Ok(moved)
    })
}

/// The line gets its length, and what comes after it moves later by what it gained.
fn lengthened(mut lines: Vec<Span>, span: SpanId, needed: Time) -> Vec<Span> {
    let Some(range) = lines.iter().find(|line| line.id == span).map(|line| line.range) else { return lines };
    let gained = (needed - range.length()).max(Time::ZERO);
    for line in &mut lines {
        if line.id == span {
            line.range.end = line.range.start + needed;
        } else if line.range.start >= range.end {
            line.range = line.range.shifted(gained);
        }
    }
    lines
}

/// A shot right after `shot`, described as it, with these lines; they begin `lead` after its start.
fn add_after(
    project: &mut Project,
    shot: ShotId,
    mut lines: Vec<Span>,
    lead: Time,
    shot_lengths: (Time, Time),
) -> Result<(), EditError> {
    let idx = project.shot_idx(shot).ok_or(EditError::NoShot)?;
    let like = Shot::clone(&project.shots()[idx]);
    let first = lines.iter().map(|line| line.range.start).min().unwrap_or_default();
    for line in &mut lines {
        line.range = line.range.shifted(lead - first);
    }
    let mut next = Shot {
        id: ShotId::from_raw(project.allocate()),
        // It tells of the lines of the shot before.
        caption_override: None,
        first_frame: None,
        active_take: None,
        spans: lines,
        extra: Extra::default(),
        ..like
    };
    next.length = length_for(&next, shot_lengths);
    shots::insert(project, idx + 1, next)?;
    Ok(())
}

/// A shot's length for its lines: all of them and a breath, within what the model makes, and no longer than it was.
fn length_for(shot: &Shot, (shortest, longest): (Time, Time)) -> Time {
    let end = shot.spans.iter().map(|line| line.range.end).max().unwrap_or_default();
    (end + TAIL).max(shortest).min(longest.max(shortest)).max(end).max(invariants::MIN_SHOT_LENGTH)
}

/// Whether the line may be said faster.
pub(super) fn set_hurried(project: &mut Project, span: SpanId, hurried: bool) -> Result<Outcome, EditError> {
    let shot = project.span(span).ok_or(EditError::NoSpan)?.0.id;
    with_shot(project, shot, |shot| {
        let line = shot.spans.iter_mut().find(|line| line.id == span).ok_or(EditError::NoSpan)?;
        line.hurried = hurried;
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  ..[one two]..[three]..|
/// after   ..[one two three.....]..|
/// ```
/// Only when no other line stands between them in the script.
pub(super) fn join(project: &mut Project, span: SpanId) -> Result<Outcome, EditError> {
    let shot = project.span(span).ok_or(EditError::NoSpan)?.0.id;
    with_shot(project, shot, |shot| {
        let idx = shot.spans.iter().position(|line| line.id == span).ok_or(EditError::NoSpan)?;
        let before = idx.checked_sub(1).ok_or(EditError::NothingToJoin)?;
        if shot.spans[before].speaker != shot.spans[idx].speaker {
            return Err(EditError::NothingToJoin);
        }
        if shot.spans[before].recording.is_some() || shot.spans[idx].recording.is_some() {
            return Err(EditError::Recorded);
        }
        let later = shot.spans.remove(idx);
        let line = &mut shot.spans[before];
        line.text = crate::screenplay::joined(&line.text, &later.text);
        line.range.end = line.range.end.max(later.range.end);
        Ok(Outcome::Span(line.id))
    })
}

/// Words only, of many lines.
pub(super) fn replace_texts(project: &mut Project, texts: Vec<(SpanId, String)>) -> Result<Outcome, EditError> {
    for (span, text) in texts {
        spans::set_text(project, span, &text)?;
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  |1|blank|2|
/// after   |1|a|b|c|2|      (at 2: the blank shot before the place goes)
/// ```
/// People are found in the cast by name, whatever the capitals; the others are added. A cast is full with eight: who
/// has fewest lines then shares the name "Others". Shape, settings and style follow the shot before.
pub(super) fn insert(project: &mut Project, at: usize, script: Vec<ScriptShot>) -> Result<Outcome, EditError> {
    super::check_place(at, project.shots().len() + 1)?;
    let like = at.checked_sub(1).and_then(|idx| project.shots().get(idx)).or(project.shots().first()).cloned();
    let people = People::of(project, &script)?;
    let blank = at.checked_sub(1).filter(|idx| is_blank(project, *idx) && !script.is_empty());
    let new: Vec<Arc<Shot>> =
        script.into_iter().map(|shot| Arc::new(built(project, shot, like.as_deref(), &people))).collect();
    new.iter().try_for_each(|shot| invariants::check_shot(shot))?;
    let first = new.first().map(|shot| shot.id);
    with_markers_following(project, |project| {
        let shots = Arc::make_mut(&mut project.scene.shots);
        shots.splice(blank.unwrap_or(at)..at, new);
        if shots.len() > invariants::MAX_SHOTS {
            return Err(EditError::Invalid(Invalid::TooMany { what: "shots", max: invariants::MAX_SHOTS }));
        }
        Ok(())
    })?;
    Ok(first.map_or(Outcome::Changed, Outcome::Shot))
}

/// A shot in which nobody has written anything.
fn is_blank(project: &Project, idx: usize) -> bool {
    let shot = &project.shots()[idx];
    shot.active_take.is_none()
        && shot.first_frame.is_none()
        && shot.prompt == Prompt { style: shot.prompt.style.clone(), ..Prompt::default() }
        && shot.spans.iter().all(|line| line.text.trim().is_empty())
        && project.library().takes_of(shot.id).next().is_none()
}

/// Who is who in a screenplay.
struct People {
    known: Vec<(String, SpeakerId)>,
    others: Option<SpeakerId>,
}

impl People {
    fn of(project: &mut Project, script: &[ScriptShot]) -> Result<Self, EditError> {
        let mut counts: Vec<(String, &str, usize)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for line in script.iter().flat_map(|shot| &shot.lines) {
            let key = key(&line.name);
            match places.get(&key) {
                Some(idx) => counts[*idx].2 += 1,
                None => {
                    places.insert(key.clone(), counts.len());
                    counts.push((key, &line.name, 1));
                }
            }
        }
        let mut people = Self {
            known: project.cast().iter().map(|speaker| (key(&speaker.name), speaker.id)).collect(),
            others: None,
        };
        let mut new: Vec<_> = counts.into_iter().filter(|(key, ..)| people.find(key).is_none()).collect();
        let free = MAX_SPEAKERS.saturating_sub(project.cast().len());
        if new.len() > free {
            // Those who speak most keep their names; in the order of the script.
            let mut most: Vec<usize> = (0..new.len()).collect();
            most.sort_by_key(|idx| (std::cmp::Reverse(new[*idx].2), *idx));
            most.truncate(free.saturating_sub(1));
            let mut idx = 0;
            new.retain(|_| {
                idx += 1;
                most.contains(&(idx - 1))
            });
            people.others = Some(match people.find(&key(OTHERS)) {
                Some(id) => id,
                None if free > 0 => add(project, OTHERS)?,
                // A full cast: the last one speaks for all.
                None => project.cast().last().ok_or(EditError::NoSpeaker)?.id,
            });
        }
        for (key, name, _) in new {
            let id = add(project, name)?;
            people.known.push((key, id));
        }
        Ok(people)
    }

    fn find(&self, key: &str) -> Option<SpeakerId> {
        self.known.iter().find(|(known, _)| known == key).map(|(_, id)| *id)
    }
}

fn add(project: &mut Project, name: &str) -> Result<SpeakerId, EditError> {
    let name: String = name.chars().take(invariants::MAX_TITLE_CHARS).collect();
    let color = project.free_color();
    cast::add(project, &name, color)?.speaker().ok_or(EditError::NoSpeaker)
}

/// Names are the same whatever their capitals.
fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

fn built(project: &mut Project, script: ScriptShot, like: Option<&Shot>, people: &People) -> Shot {
    let id = ShotId::from_raw(project.allocate());
    let mut spans: Vec<Span> = Vec::new();
    for line in script.lines {
        let Some(speaker) = people.find(&key(&line.name)).or(people.others) else { continue };
        // Two who became one person cannot speak at once.
        let free = spans.iter().filter(|known| known.speaker == speaker).map(|known| known.range.end).max();
        let start = line.range.start.max(free.unwrap_or_default());
        let range = TimeRange::new(start, line.range.end.max(start + MIN_SPAN_LENGTH));
        let text = invariants::clean_text(&line.text, false);
        let id = SpanId::from_raw(project.allocate());
        spans.push(Span { id, speaker, text, range, hurried: false, recording: None, extra: Extra::default() });
    }
    spans.sort_by_key(|span| (span.range.start, span.id));
    Shot {
        id,
        title: invariants::clean_text(&script.title, true),
        length: script.length,
        prompt: Prompt {
            scene: invariants::clean_text(&script.scene, false),
            style: like.map(|shot| shot.prompt.style.clone()).unwrap_or_default(),
            ..Prompt::default()
        },
        caption_override: None,
        negative_override: like.and_then(|shot| shot.negative_override.clone()),
        first_frame: None,
        aspect: like.map(|shot| shot.aspect).unwrap_or_default(),
        spans,
        active_take: None,
        settings: like
            .map(|shot| crate::shot::GenerationSettings { seed: None, ..shot.settings.clone() })
            .unwrap_or_default(),
        extra: Extra::default(),
    }
}
