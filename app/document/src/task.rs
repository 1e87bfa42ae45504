//! What of a take was made and what was given: all of it, one stretch of an earlier take, or only
//! the sound for its picture.

use crate::ids::{SpanId, SpeakerId, TakeId};
use crate::invariants::excerpt;
use crate::library::{Recipe, RecipeLine, RecipeVoice, Take};
use crate::project::Project;
use crate::shot::{Shot, Span};
use crate::time::{Time, TimeRange};

/// How much before and after its words a line that is made again may change: room for a breath and for the crossfades.
/// Less where another line is nearer.
pub const RETAKE_MARGIN: Time = Time::from_millis(240);

/// What of a take is made; everything else is given and stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Task {
    /// Picture and sound.
    #[default]
    Whole,
    /// One stretch of another take. Outside of it every picture and every sample are those of that take.
    Retake {
        /// The take that is kept outside the stretch.
        take: TakeId,
        /// What may change, from the start of the shot: the line with its margin.
        range: TimeRange,
    },
    /// The sound. Every picture is that of another take.
    SoundFor {
        /// The take whose picture is kept.
        take: TakeId,
    },
}

impl Task {
    /// The take whose files are needed to follow the recipe.
    #[must_use]
    pub const fn source(self) -> Option<TakeId> {
        match self {
            Self::Whole => None,
            Self::Retake { take, .. } | Self::SoundFor { take } => Some(take),
        }
    }
}

/// Why nothing can be made that keeps a part of a take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotKeep {
    /// The shot of the take is gone.
    #[error("The shot of this take is no longer in the scene.")]
    NoShot,
    /// The line is not in the shot that the take was made for.
    #[error("That line is no longer in the shot of this take.")]
    NoLine,
    /// A line without words.
    #[error("This line has no words. Type what is said, then make it again.")]
    NoWords,
    /// The shot has another length now.
    #[error(
        "The shot is {now} long now, and this take {then}. Parts of it can only be kept while both are equally long: \
         generate the whole shot, or set the length back."
    )]
    Length {
        /// Of the shot.
        now: Time,
        /// Of the take.
        then: Time,
    },
    /// In the take somebody speaks where the line is now.
    #[error("In this take “{other}” is said where this line is now. Move the line, or generate the whole shot.")]
    Taken {
        /// The start of the other line's words.
        other: String,
    },
}

impl Recipe {
    /// The recipe of a take in which only one line is made again: with the words, the time and the voice that it has in
    /// the scene now. Everything else is as in `take`, also where the scene has changed since. Seed, steps, guidance
    /// and model are those of `take`; whoever makes it chooses others.
    ///
    /// # Errors
    /// [`CannotKeep`] says what to do.
    pub fn retake(project: &Project, take: &Take, span: SpanId) -> Result<Self, CannotKeep> {
        let (shot, span) = project.span(span).filter(|(shot, _)| shot.id == take.shot).ok_or(CannotKeep::NoLine)?;
        let then = &take.recipe;
        if span.text.trim().is_empty() {
            return Err(CannotKeep::NoWords);
        }
        if then.length != shot.length {
            return Err(CannotKeep::Length { now: shot.length, then: then.length });
        }
        let old = then.line_of(shot, span);
        let mut lines = then.lines.clone();
        let replaced = old.map(|idx| lines.remove(idx));
        let same_time = |line: &&RecipeLine| line.range.overlaps(span.range);
        if let Some(other) = lines.iter().find(same_time) {
            return Err(CannotKeep::Taken { other: excerpt(&other.text) });
        }
        let before = replaced.as_ref().map_or(span.range, |line| line.range);
        let range = stretch(&lines, &[span.range, before], shot.length);
        lines.push(RecipeLine::of_span(span));
        lines.sort_by_key(|line| line.range.start);
        Ok(Self {
            lines,
            voices: voices(project, then, &[span.speaker]),
            stopped_after_steps: None,
            combined: None,
            task: Task::Retake { take: take.id, range },
            ..then.clone()
        }
        .named(project))
    }

    /// The recipe of a take with the picture of `take` and sound made for it: the lines and voices that the shot has now.
    /// What is seen is described as it was.
    ///
    /// # Errors
    /// [`CannotKeep`] says what to do.
    pub fn sound_for(project: &Project, take: &Take) -> Result<Self, CannotKeep> {
        let shot = project.shot(take.shot).ok_or(CannotKeep::NoShot)?;
        let then = &take.recipe;
        if then.length != shot.length {
            return Err(CannotKeep::Length { now: shot.length, then: then.length });
        }
        Ok(Self {
            lines: shot.spans.iter().map(RecipeLine::of_span).collect(),
            voices: voices(project, then, &shot.speakers()),
            stopped_after_steps: None,
            combined: None,
            task: Task::SoundFor { take: take.id },
            ..then.clone()
        }
        .named(project))
    }

    /// The line of this recipe that a line of the shot was when the take was made: the one at its time, else the only
    /// one of the person that no other line of the shot is.
    fn line_of(&self, shot: &Shot, span: &Span) -> Option<usize> {
        let others = || shot.spans.iter().filter(|other| other.id != span.id);
        let is_other = |line: &RecipeLine| others().any(|other| *line == RecipeLine::of_span(other));
        let free: Vec<(usize, &RecipeLine)> =
            self.lines.iter().enumerate().filter(|(_, line)| line.speaker == span.speaker && !is_other(line)).collect();
        let shared = |line: &RecipeLine| line.range.intersection(span.range).map_or(Time::ZERO, TimeRange::length);
        match free[..] {
            [(only, _)] => Some(only),
            _ => free
                .iter()
                .filter(|(_, line)| shared(line) > Time::ZERO)
                .max_by_key(|(_, line)| shared(line))
                .map(|(idx, _)| *idx),
        }
    }

    /// With names for those who speak, in the order of the voices, then for the rest of the cast.
    fn named(mut self, project: &Project) -> Self {
        let speaking: Vec<SpeakerId> = self.voices.iter().map(|voice| voice.speaker).collect();
        let others = project.cast().iter().map(|speaker| speaker.id).filter(|id| !speaking.contains(id));
        let name = |id: SpeakerId| project.speaker(id).map(|speaker| speaker.name.clone()).unwrap_or_default();
        self.names = speaking.iter().copied().chain(others).map(name).collect();
        self
    }
}

/// The voices of the take in their order, because that is how people are told apart in the picture; those who speak anew
/// have the voices of now.
fn voices(project: &Project, then: &Recipe, speaking: &[SpeakerId]) -> Vec<RecipeVoice> {
    let mut voices = then.voices.clone();
    for speaker in speaking {
        let now = RecipeVoice::of(project, *speaker);
        match voices.iter_mut().find(|voice| voice.speaker == *speaker) {
            Some(voice) => *voice = now,
            None => voices.push(now),
        }
    }
    voices
}

/// All of `parts` with the margin, as far as no line of `kept` is there.
fn stretch(kept: &[RecipeLine], parts: &[TimeRange], length: Time) -> TimeRange {
    let start = parts.iter().map(|part| part.start).min().unwrap_or_default();
    let end = parts.iter().map(|part| part.end).max().unwrap_or_default();
    let least = kept.iter().map(|line| line.range.end).filter(|at| *at <= start).max().unwrap_or_default();
    let most = kept.iter().map(|line| line.range.start).filter(|at| *at >= end).min().unwrap_or(length);
    TimeRange::new((start - RETAKE_MARGIN).max(least), (end + RETAKE_MARGIN).min(most.min(length)))
}
