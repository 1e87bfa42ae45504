//! Takes that keep something of what is there: one line made again, lips for a recording.

use std::path::PathBuf;
use std::sync::Arc;

use parlance_document::{
    Consent, Edit, MediaPath, Project, Prompt, Recipe, Shot, SpanId, TakeId, Time, TimeRange, Voice,
};
use parlance_engine::{ImportPurpose, Overrides, Request, spec};

use super::Studio;
use super::work::{Purpose, RecordingImport};
use crate::audition::Part;
use crate::job_board::JobBoard;
use crate::notices::{self, Tone};
use crate::scene;
use crate::shelf::VoiceSound;

impl Studio {
    /// The selected line, or the one at the playhead.
    pub(super) fn retake_selected(&mut self) {
        let time = self.transport.time();
        let shown = self.project().and_then(|project| self.view.shown_line(project, time)).map(|(_, span)| span.id);
        match shown {
            Some(span) => self.retake_line(span),
            None => self.refuse(t!("task.no_line").to_owned()),
        }
    }

    /// One line of the take that its shot shows, made again as often as takes are made at once.
    pub(super) fn retake_line(&mut self, span: SpanId) {
        if let Some(scene) = &mut self.scene {
            scene.end_gesture();
        }
        let info = self.engine.estimator().info();
        for idx in 0..u64::from(self.view.takes.at_once) {
            let Some(project) = self.project() else { return };
            let Some((shot, _)) = project.span(span) else { return };
            let Some(take) = self.view.take_of(project, shot).and_then(|id| project.library().take(id)) else {
                return self.refuse(t!("task.no_take").to_owned());
            };
            let overrides = Overrides { seed: shot.settings.seed.map(|seed| seed.wrapping_add(idx)), steps: None };
            let shot = shot.id;
            match spec::retake(project, take, span, overrides, &info) {
                Ok((_, recipe)) => self.send_recipe(shot, recipe, None, 0),
                Err(error) => return self.refuse(notices::job(&error)),
            };
        }
    }

    /// The picture of a take with sound made for it, as often as takes are made at once.
    pub(super) fn new_sound(&mut self, take: TakeId) {
        if let Some(scene) = &mut self.scene {
            scene.end_gesture();
        }
        let info = self.engine.estimator().info();
        for idx in 0..u64::from(self.view.takes.at_once) {
            let Some(project) = self.project() else { return };
            let Some(found) = project.library().take(take) else { return };
            let seed = project.shot(found.shot).and_then(|shot| shot.settings.seed);
            let overrides = Overrides { seed: seed.map(|seed| seed.wrapping_add(idx)), steps: None };
            let shot = found.shot;
            match spec::sound_for(project, found, overrides, &info) {
                Ok((_, recipe)) => self.send_recipe(shot, recipe, None, 0),
                Err(error) => return self.refuse(notices::job(&error)),
            };
        }
    }

    /// Who says a line, by name.
    pub(super) fn name_of_line(&self, span: SpanId) -> String {
        let speaker = |project: &Project| {
            let (_, span) = project.span(span)?;
            project.speaker(span.speaker).map(|speaker| speaker.name.clone())
        };
        self.project().and_then(speaker).unwrap_or_default()
    }

    /// A recording that a line will be heard as: copied into the scene first. All of it, unless a part was chosen.
    pub(super) fn import_recording(&mut self, source: PathBuf, span: SpanId, consent: Consent, part: Option<Part>) {
        let VoiceSound::Ready(sound) = self.shelf.voice(&source) else { return };
        let (start_secs, end_secs) = part.unwrap_or((0.0, sound.secs));
        let range = TimeRange::from_secs_f64(start_secs, end_secs);
        let Some(scene) = &self.scene else { return };
        let folder = Arc::clone(&scene.folder);
        let job = self.engine.send(Request::Import { folder, source, purpose: ImportPurpose::Voice });
        self.pending.jobs.insert(job, Purpose::Recording(RecordingImport { span, consent, range }));
    }

    /// The recording is in the scene: the line is as long as it, and what follows makes room.
    pub(super) fn recording_imported(&mut self, media: MediaPath, import: RecordingImport) {
        let RecordingImport { span, consent, range } = import;
        let length = range.length();
        let longest = self.longest_shot();
        if length > longest {
            let secs = |time: Time| format!("{:.1}", time.secs_f64());
            let why = t!("task.recording.long", secs = secs(length), most = secs(longest));
            return self.notices.show(Tone::Warning, t!("told.recording"), why, Vec::new());
        }
        let recording = Some(Voice { media, range: Some(range), consent });
        let room = Edit::MakeRoomOrMove { span, needed: length, shot_lengths: self.shot_lengths() };
        self.in_one(span, [room, Edit::SetRecording { span, recording, length: Some(length) }]);
    }

    fn refuse(&mut self, why: String) {
        self.notices.show(Tone::Warning, t!("told.refused"), why, Vec::new());
    }
}

/// The take of the shot before that is being made and will be in the cut, and what will be seen in it; `None` when the one
/// that is in the cut now stays there, or nothing is being made.
pub(super) fn pending_before(project: &Project, jobs: &JobBoard, shot: &Shot) -> Option<(TakeId, Prompt)> {
    if !shot.settings.continues {
        return None;
    }
    let idx = project.shot_idx(shot.id)?.checked_sub(1)?;
    let before = project.shots().get(idx)?;
    if project.active_take(before.id).is_some_and(|take| !scene::out_of_date(project, before, take)) {
        return None;
    }
    let take = jobs.of_shot(before.id).last()?.take?;
    let prompt = match pending_before(project, jobs, before) {
        Some((_, prompt)) => before.prompt.or(&prompt),
        None => Recipe::of_shot(project, before).prompt,
    };
    Some((take, prompt))
}
