//! Who is heard in the preview: mute and solo. A take is one sound, so a person is the stretches of their lines in it,
//! and the scene is everything between the lines. Never part of the project, and never of a film that is written.

use std::collections::BTreeSet;

use parlance_document::{Project, Recipe, Shot, Span, SpeakerId, Time, TimeRange};
use parlance_media::Segment as MixSegment;

/// Mute and solo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audible {
    /// People who are not heard.
    pub muted: BTreeSet<SpeakerId>,
    /// When there are any, nobody else is heard, and not the scene either.
    pub solo: BTreeSet<SpeakerId>,
    /// The sound between the lines is not heard.
    pub scene_muted: bool,
}

impl Audible {
    /// Whether this person is heard.
    #[must_use]
    pub fn hears(&self, speaker: SpeakerId) -> bool {
        !self.muted.contains(&speaker) && (self.solo.is_empty() || self.solo.contains(&speaker))
    }

    /// Whether the sound between the lines is heard.
    #[must_use]
    pub fn hears_scene(&self) -> bool {
        !self.scene_muted && self.solo.is_empty()
    }

    /// Whether everything is heard.
    #[must_use]
    pub fn all(&self) -> bool {
        self.muted.is_empty() && self.solo.is_empty() && !self.scene_muted
    }

    /// Mutes or unmutes.
    pub fn toggle_mute(&mut self, speaker: SpeakerId) {
        if !self.muted.remove(&speaker) {
            self.muted.insert(speaker);
        }
    }

    /// Solo on or off; several people may be solo at once.
    pub fn toggle_solo(&mut self, speaker: SpeakerId) {
        if !self.solo.remove(&speaker) {
            self.solo.insert(speaker);
        }
    }

    /// People with whom a line is heard although its own person is not: they are heard, and speak at the same time.
    #[must_use]
    pub fn heard_through(&self, shot: &Shot, line: &Span) -> BTreeSet<SpeakerId> {
        if self.hears(line.speaker) {
            return BTreeSet::new();
        }
        speaking_with(shot, line).filter(|other| self.hears(*other)).collect()
    }

    /// The parts of a take's sound that are heard. Where two speak at once, one who is heard is enough.
    #[must_use]
    pub fn heard(&self, recipe: &Recipe) -> Vec<TimeRange> {
        let length = recipe.length;
        let mut cuts = vec![Time::ZERO, length];
        for line in &recipe.lines {
            cuts.extend([line.range.start, line.range.end].map(|time| time.max(Time::ZERO).min(length)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut heard: Vec<TimeRange> = Vec::new();
        for pair in cuts.windows(2) {
            let piece = TimeRange::new(pair[0], pair[1]);
            let mut speaking = recipe.lines.iter().filter(|line| line.range.contains(piece.start)).peekable();
            let on = match speaking.peek() {
                None => self.hears_scene(),
                Some(_) => speaking.any(|line| self.hears(line.speaker)),
            };
            match heard.last_mut() {
                Some(last) if on && last.end == piece.start => last.end = piece.end,
                _ if on => heard.push(piece),
                _ => {}
            }
        }
        heard
    }

    /// The pieces of a placed take that are heard. `segment` is the whole of it.
    #[must_use]
    pub fn pieces(&self, recipe: &Recipe, segment: MixSegment) -> Vec<MixSegment> {
        if self.all() {
            return vec![segment];
        }
        let placed = TimeRange::with_length(segment.source_start, segment.length);
        let cut = |part: TimeRange| MixSegment {
            source_start: part.start,
            start: segment.start + (part.start - segment.source_start),
            length: part.length(),
            ..segment.clone()
        };
        let heard = self.heard(recipe).into_iter();
        // What a recipe does not speak of (a sound that is longer than its lines) belongs to the scene.
        let rest = TimeRange::new(recipe.length, placed.end.max(recipe.length));
        let rest = (self.hears_scene() && !rest.is_empty()).then_some(rest);
        heard.chain(rest).filter_map(|part| part.intersection(placed)).map(cut).collect()
    }
}

/// Everybody with whom a person speaks at the same time somewhere in the scene: there neither can be heard alone.
#[must_use]
pub fn inseparable(project: &Project, speaker: SpeakerId) -> BTreeSet<SpeakerId> {
    let of_shot =
        |shot: &Shot| -> Vec<SpeakerId> { shot.spans_of(speaker).flat_map(|line| speaking_with(shot, line)).collect() };
    project.shots().iter().flat_map(|shot| of_shot(shot)).collect()
}

fn speaking_with<'a>(shot: &'a Shot, line: &'a Span) -> impl Iterator<Item = SpeakerId> + 'a {
    let others =
        shot.spans.iter().filter(move |other| other.speaker != line.speaker && other.range.overlaps(line.range));
    others.map(|other| other.speaker)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlance_document::{Edit, RecipeLine};
    use parlance_media::{Mix, Sound};

    use super::*;

    fn recipe(lines: &[(u64, i64, i64)]) -> Recipe {
        let line = |(speaker, from, to): &(u64, i64, i64)| RecipeLine {
            speaker: SpeakerId::from_raw(*speaker),
            text: "Line".into(),
            range: TimeRange::new(Time::from_secs(*from), Time::from_secs(*to)),
            recording: None,
        };
        Recipe { length: Time::from_secs(6), lines: lines.iter().map(line).collect(), ..Recipe::default() }
    }

    /// Loudness of every second of the mix, as a word: `#` heard, `.` silent.
    fn seconds(audible: &Audible, recipe: &Recipe) -> String {
        let rate_hz = 48_000;
        let sound = Arc::new(Sound::stereo(rate_hz, vec![0.5; 2 * 6 * rate_hz as usize]));
        let segment = MixSegment::whole(sound, Time::from_secs(1));
        let mix = Mix::new(audible.pieces(recipe, segment)).unwrap().with_length(Time::from_secs(7)).to_sound();
        let middle = |sec: usize| mix.samples[(sec * 2 + 1) * rate_hz as usize].abs();
        (0..7).map(|sec| if middle(sec) > 0.4 { '#' } else { '.' }).collect()
    }

    #[test]
    fn a_muted_person_is_silent_where_they_speak() {
        let recipe = recipe(&[(1, 1, 2), (2, 3, 5)]);
        let (one, two) = (SpeakerId::from_raw(1), SpeakerId::from_raw(2));
        let mut audible = Audible::default();
        assert_eq!(seconds(&audible, &recipe), ".######");
        audible.toggle_mute(one);
        assert_eq!(seconds(&audible, &recipe), ".#.####");
        audible.toggle_mute(two);
        assert_eq!(seconds(&audible, &recipe), ".#.#..#");
        audible.scene_muted = true;
        assert_eq!(seconds(&audible, &recipe), ".......");
        audible = Audible::default();
        audible.toggle_solo(two);
        assert_eq!(seconds(&audible, &recipe), "....##.");
        audible.toggle_mute(two);
        assert_eq!(seconds(&audible, &recipe), ".......");
        audible.toggle_mute(two);
        audible.toggle_solo(two);
        assert!(audible.all());
    }

    #[test]
    fn where_two_speak_one_who_is_heard_is_enough() {
        let recipe = recipe(&[(1, 1, 4), (2, 3, 5)]);
        let mut audible = Audible::default();
        audible.toggle_mute(SpeakerId::from_raw(1));
        assert_eq!(seconds(&audible, &recipe), ".#..###");
    }

    #[test]
    fn who_speaks_at_the_same_time_cannot_be_heard_alone() {
        let mut project = Project::sample();
        let shot = project.shots()[0].id;
        let [one, two] = [0, 1].map(|idx| project.cast()[idx].id);
        for line in project.shots()[0].spans.clone() {
            project.apply(Edit::RemoveSpan { span: line.id }).unwrap();
        }
        let mut say = |speaker, start_millis, length_millis| {
            let (start, length) = (Time::from_millis(start_millis), Time::from_millis(length_millis));
            let edit = Edit::AddSpan { shot, speaker, text: "Line".into(), start, length };
            project.apply(edit).unwrap().span().unwrap()
        };
        let (early, late, other) = (say(one, 0, 900), say(one, 1000, 1000), say(two, 1500, 1000));
        let line = |id| project.span(id).unwrap();
        let mut audible = Audible::default();
        let through = |audible: &Audible, id| {
            let (shot, line) = line(id);
            audible.heard_through(shot, line).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(through(&audible, late), [], "all are heard anyway");
        audible.toggle_mute(one);
        assert_eq!((through(&audible, early), through(&audible, late)), (vec![], vec![two]));
        audible.toggle_mute(two);
        assert_eq!(through(&audible, late), [], "nobody is heard there");
        audible = Audible::default();
        audible.toggle_solo(one);
        assert_eq!(through(&audible, other), [one]);
        assert!(inseparable(&project, one).contains(&two) && inseparable(&project, two).contains(&one));
    }
}
