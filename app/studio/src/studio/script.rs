//! What is done to the script as a text: lines that grow while they are typed, room, faster speech, a pasted screenplay.

use egui::Id;
use parlance_document::screenplay::{COMFORT, LayOut, Screenplay};
use parlance_document::shot::MOST_HURRY;
use parlance_document::{Edit, Project, SpanId, Time};

use super::Studio;
use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::notices::Tone;

/// The shortest a line becomes while it is typed.
const LEAST_TYPED: Time = Time::from_millis(800);

impl Studio {
    /// Shortest and longest shot that both the document and the model take.
    pub(super) fn shot_lengths(&self) -> (Time, Time) {
        let shortest = Time::from_secs_f64(self.engine.estimator().info().min_length_secs);
        (shortest.max(parlance_document::invariants::MIN_SHOT_LENGTH), self.longest_shot())
    }

    /// Comfortable time for words, in whole frames: a little more than needed, so that the bar is not tight.
    fn comfortable(&self, text: &str, hurry: f64) -> Time {
        let secs = self.engine.estimator().speech_secs(text) / hurry * COMFORT;
        let frame = self.project().map(|project| project.settings().frame_rate.frame_length()).unwrap_or(Time(1));
        let frames = (Time::from_secs_f64(secs).0 + frame.0 - 1) / frame.0.max(1);
        Time(frames * frame.0)
    }

    /// The line lasts as long as its words need; what follows moves later, to a shot of its own where it must.
    pub(super) fn make_room(&mut self, span: SpanId) {
        let Some((_, line)) = self.project().and_then(|project| project.span(span)) else { return };
        let needed = self.comfortable(&line.text.clone(), 1.0);
        let room = Edit::MakeRoomOrMove { span, needed, shot_lengths: self.shot_lengths() };
        self.in_one(span, [room, Edit::SetHurried { span, hurried: false }]);
    }

    /// The words are squeezed as far as they stay easy to understand; what that does not give is made as room.
    pub(super) fn speak_faster(&mut self, span: SpanId) {
        let Some((_, line)) = self.project().and_then(|project| project.span(span)) else { return };
        let (text, available) = (line.text.clone(), line.range.length());
        let hurry = Edit::SetHurried { span, hurried: true };
        let least = Time::from_secs_f64(self.engine.estimator().speech_secs(&text) / MOST_HURRY);
        if least <= available {
            return self.edit(hurry);
        }
        let needed = self.comfortable(&text, MOST_HURRY * COMFORT * 0.99);
        let room = Edit::MakeRoomOrMove { span, needed, shot_lengths: self.shot_lengths() };
        self.in_one(span, [room, hurry]);
    }

    /// Several edits, one step of undo; all or none.
    pub(super) fn in_one(&mut self, span: SpanId, edits: impl IntoIterator<Item = Edit>) {
        let id = Id::unique(("words and time", span.raw()));
        let Some(scene) = &mut self.scene else { return };
        scene.end_gesture();
        for edit in edits {
            if let Err(error) = scene.gesture(id, edit) {
                scene.abort_gesture();
                return self.tell_edit(&error);
            }
        }
        scene.end_gesture();
    }

    /// Enter inside a line: two lines, the caret at the start of the second.
    pub(super) fn split_words(&mut self, span: SpanId, at_chars: usize) {
        let Some(scene) = &mut self.scene else { return };
        let Some((_, line)) = scene.project().span(span) else { return };
        let rate = scene.project().settings().frame_rate;
        let portion = at_chars as f64 / line.text.chars().count().max(1) as f64;
        let at = line.range.start + Time::from_secs_f64(line.range.length().secs_f64() * portion).round_to_frame(rate);
        let least = parlance_document::invariants::MIN_SPAN_LENGTH;
        let at = at.clamp_between(line.range.start + least, line.range.end - least);
        let split = Edit::SplitSpan { span, at, text_at_chars: Some(at_chars) };
        match scene.edit(split).map(|outcome| outcome.span()) {
            Ok(Some(second)) => self.change_view(ViewChange::EditLine(second)),
            Ok(None) => {}
            Err(error) => self.tell_edit(&error),
        }
    }

    /// Tab: the next person (or the one before) for whom there is room says the line.
    pub(super) fn next_speaker(&mut self, span: SpanId, by: i32) {
        let Some(scene) = &mut self.scene else { return };
        let project = scene.project();
        let Some((_, line)) = project.span(span) else { return };
        let cast: Vec<_> = project.cast().iter().map(|speaker| speaker.id).collect();
        let Some(now) = cast.iter().position(|id| *id == line.speaker) else { return };
        let mut refusal = None;
        for step in 1..cast.len() {
            let idx = (now as i64 + i64::from(by) * step as i64).rem_euclid(cast.len() as i64) as usize;
            match scene.edit(Edit::SetSpanSpeaker { span, speaker: cast[idx] }) {
                Ok(_) => {
                    self.view.selection.speaker = Some(cast[idx]);
                    return;
                }
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        if let Some(error) = refusal {
            self.tell_edit(&error);
        }
    }

    /// A line that was just made keeps the length of its words while they are typed.
    pub(super) fn grow_with_words(&mut self, field: Id, span: SpanId, now_millis: u64) {
        if self.view.fresh_line != Some(span) {
            return;
        }
        let Some((shot, line)) = self.project().and_then(|project| project.span(span)) else { return };
        let (range, shot_length) = (line.range, shot.length);
        let needed = self.comfortable(&line.text.clone(), 1.0).max(LEAST_TYPED);
        let (_, longest) = self.shot_lengths();
        let Some(scene) = &mut self.scene else { return };
        if needed < range.length() {
            // Shorter is always allowed.
            let _shrunk = scene.typing(field, Edit::TrimSpanEnd { span, end: range.start + needed }, now_millis);
            return;
        }
        // As far as this shot goes; more is the person's to decide, with "Make room".
        let most = longest.max(shot_length);
        let fits = |project: &Project, needed: Time| {
            let mut roomy = project.clone();
            let made = roomy.apply(Edit::MakeRoom { span, needed });
            made.is_ok() && roomy.span(span).is_some_and(|(shot, _)| shot.length <= most)
        };
        let wanted = [needed, most - range.start, shot_length - range.start];
        let found = wanted.into_iter().find(|length| *length <= needed && fits(scene.project(), *length));
        if let Some(needed) = found {
            let _grown = scene.typing(field, Edit::MakeRoom { span, needed }, now_millis);
        }
    }

    /// Puts a pasted screenplay behind the shot the person is at. False when the text is none.
    pub(super) fn paste_script(&mut self, text: &str) -> bool {
        let script = Screenplay::parse(text);
        let Some(project) = self.project().filter(|_| script.is_script()) else { return false };
        let here = self.shown_shot().and_then(|id| project.shot_idx(id));
        let at = here.map_or(project.shots().len(), |idx| idx + 1);
        let estimator = self.engine.estimator().clone();
        let shots = script.lay_out(&LayOut {
            needed: &|text| Time::from_secs_f64(estimator.speech_secs(text)),
            shot_lengths: self.shot_lengths(),
            max_speakers: estimator.info().max_speakers,
            frame: project.settings().frame_rate.frame_length(),
        });
        let lines: usize = shots.iter().map(|shot| shot.lines.len()).sum();
        let title = tn!("script.pasted.shots", shots.len());
        let Some(scene) = &mut self.scene else { return false };
        match scene.edit(Edit::InsertScript { at, shots }).map(|outcome| outcome.shot()) {
            Ok(first) => {
                let mut text = tn!("script.pasted.lines", lines);
                if script.truncated {
                    text = format!("{text} {}", t!("script.pasted.truncated"));
                }
                let undo = (t!("script.pasted.undo").to_owned(), Action::Command(Command::Undo));
                self.notices.show(Tone::Done, title, text, vec![undo]);
                self.view.fit_wanted = true;
                self.view.script_tab = crate::view_state::ScriptTab::Script;
                if let Some(shot) = first {
                    self.change_view(ViewChange::SelectShot(shot));
                }
            }
            Err(error) => self.tell_edit(&error),
        }
        true
    }

    /// Ctrl+F and Ctrl+H.
    pub(super) fn open_finder(&mut self, replacing: bool) {
        self.view.script_tab = crate::view_state::ScriptTab::Script;
        self.panels.script.finder.open(replacing);
    }

    /// The next place of the words looked for, or the one before.
    pub(super) fn find_step(&mut self, by: isize) {
        let mut wishes = Actions::default();
        let Some(scene) = &self.scene else { return };
        self.panels.script.finder.step(scene.project(), by, &mut wishes);
        for wish in wishes.take() {
            self.actions.push(wish);
        }
    }
}
