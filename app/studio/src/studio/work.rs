//! Long work the window asks the engine for, and what it waits for meanwhile.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parlance_document::{Consent, Edit, Project, ShotId, SpanId, SpeakerId, TakeId, Time, TimeRange, Voice, plan};
use parlance_engine::export::mix_segment;
use parlance_engine::storage::PROJECT_ENDING;
use parlance_engine::{ExportRequest, ImportPurpose, Imported, JobId, JobKind, Request, SaveRequest, SaveWhen};
use parlance_media::Mix;

use super::Studio;
use crate::action::Action;
use crate::audible::Audible;
use crate::dialogs::{Dialog, ExportDraft};
use crate::job_board::JobName;
use crate::notices::{self, Tone};
use crate::scene::{SaveState, Scene};
use crate::shelf::Shelf;
use crate::transport::Transport;
use crate::view_state::ViewState;

/// A recording on its way into the scene.
#[derive(Clone, Debug)]
pub(super) struct VoiceImport {
    pub(super) speaker: SpeakerId,
    pub(super) consent: Consent,
    pub(super) range: Option<TimeRange>,
    /// A recording in which the person agrees; it comes into the scene after the voice.
    pub(super) statement: Option<PathBuf>,
}

/// A recording of a line on its way into the scene.
#[derive(Clone, Debug)]
pub(super) struct RecordingImport {
    pub(super) span: SpanId,
    pub(super) consent: Consent,
    pub(super) range: TimeRange,
}

/// What a job that was sent is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A voice for somebody.
    Voice(VoiceImport),
    /// The recording in which somebody agrees, and the voice that is to be theirs with it; without one, to go with the
    /// voice they have.
    Statement(SpeakerId, Option<Voice>),
    /// A line as it is heard.
    Recording(RecordingImport),
    /// The first picture of a shot.
    Picture(ShotId),
    /// Opening or making a scene at this place.
    Scene(PathBuf),
}

/// What the window waits for, and what the player plays now.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) jobs: HashMap<JobId, Purpose>,
    scenes_folder: Option<PathBuf>,
    /// What the loaded mix was made of: revision, selected take, sounds that were there, who is heard.
    mix_key: Option<(u64, Option<TakeId>, u64, Audible)>,
}

impl Pending {
    pub(super) fn new(scenes_folder: Option<PathBuf>) -> Self {
        Self { scenes_folder, ..Self::default() }
    }

    /// Forgets what belonged to the scene that was open.
    pub(super) fn clear_scene(&mut self) {
        self.mix_key = None;
    }

    /// Where new scenes go; `set` is what the settings say.
    fn folder(&self, set: Option<&Path>) -> PathBuf {
        let documents = || {
            let dirs = directories::UserDirs::new()?;
            Some(dirs.document_dir().unwrap_or_else(|| dirs.home_dir()).join("Parlance"))
        };
        self.scenes_folder
            .clone()
            .or_else(|| set.map(Path::to_owned))
            .or_else(documents)
            .unwrap_or_else(|| PathBuf::from("."))
    }
}

/// The take at a time and the time since its start.
pub(super) fn shown_take(project: &Project, view: &ViewState, time: Time) -> Option<(TakeId, Time)> {
    let (start, shot) = crate::scene::shot_at(project, time)?;
    Some((view.take_of(project, shot)?, time - start))
}

/// A take and the time since its start.
type Shown = Option<(TakeId, Time)>;

/// What the two halves of the preview show: one take, or two of them in step.
pub(super) fn compared(project: &Project, view: &ViewState, shown: Shown) -> (Shown, Shown) {
    let (Some((left, right)), Some((take, offset))) = (view.takes.compare, shown) else { return (shown, None) };
    let library = project.library();
    let shot = |id: TakeId| library.take(id).filter(|_| !library.is_removed(id)).map(|take| take.shot);
    if shot(left) == shot(take) && shot(right) == shot(take) {
        (Some((left, offset)), Some((right, offset)))
    } else {
        (shown, None)
    }
}

/// Gives the player the sound of the scene whenever something in it has changed.
pub(super) fn refresh_mix(
    scene: &Scene,
    view: &ViewState,
    shelf: &Shelf,
    transport: &mut Transport,
    pending: &mut Pending,
) {
    let key = (scene.history.revision(), view.selection.take, shelf.changes(), view.audible.clone());
    if pending.mix_key.as_ref() == Some(&key) {
        return;
    }
    pending.mix_key = Some(key);
    if let Some(mix) = scene_mix(scene, view, shelf) {
        transport.load(mix, scene.project().length());
    }
}

/// What is heard in the preview: takes that are looked at, people who are heard.
pub(super) fn scene_mix(scene: &Scene, view: &ViewState, shelf: &Shelf) -> Option<Mix> {
    let project = scene.project();
    let mut segments = Vec::new();
    for segment in plan::all_segments(project) {
        let Some(shot) = project.shot(segment.shot) else { continue };
        let Some(take) = view.take_of(project, shot) else { continue };
        let Some(sound) = shelf.take_sound(take) else { continue };
        let looked_at = segment.source.take() != Some(take);
        let segment = if looked_at { looked_at_segment(project, segment, take) } else { segment };
        let placed = mix_segment(&segment, Arc::clone(sound));
        match project.library().take(take) {
            Some(take) => segments.extend(placed.into_iter().flat_map(|one| view.audible.pieces(&take.recipe, one))),
            None => segments.extend(placed),
        }
    }
    Some(Mix::new(segments).ok()?.with_length(project.length()))
}

/// The stretch as it would be with the take that is looked at instead of the one in the cut.
fn looked_at_segment(project: &Project, segment: plan::Segment, take: TakeId) -> plan::Segment {
    let range = project.shot_range(segment.shot).unwrap_or(segment.timeline);
    plan::Segment { source: plan::Source::Take { take, range: segment.timeline.shifted(-range.start) }, ..segment }
}

impl Studio {
    /// Sends the scene to be written soon, if it changed since it was last sent.
    pub(super) fn autosave(&mut self) {
        let Some(scene) = &mut self.scene else { return };
        let revision = scene.history.revision();
        if revision != scene.sent_revision {
            scene.sent_revision = revision;
            scene.saved = SaveState::Pending;
            self.send_save(SaveWhen::Soon);
        }
    }

    /// Sends the scene to be written at once.
    pub(super) fn save_now(&mut self) {
        if let Some(scene) = &mut self.scene {
            scene.end_gesture();
            scene.sent_revision = scene.history.revision();
            if scene.history.is_dirty() {
                self.send_save(SaveWhen::Now);
            }
        }
    }

    fn send_save(&self, when: SaveWhen) {
        let Some(scene) = &self.scene else { return };
        self.engine.send(Request::Save(SaveRequest {
            folder: Arc::clone(&scene.folder),
            project: Arc::new(scene.project().clone()),
            revision: scene.history.revision(),
            when,
        }));
    }

    /// Opens the export dialog.
    pub(super) fn open_export(&mut self) {
        let Some(scene) = &self.scene else { return };
        let videos = directories::UserDirs::new().and_then(|dirs| dirs.video_dir().map(Path::to_owned));
        let beside = scene.folder.root().parent().map(Path::to_owned).unwrap_or_default();
        let name =
            scene.folder.root().file_stem().map_or_else(|| "scene".into(), |stem| stem.to_string_lossy().into_owned());
        let path = videos.filter(|folder| folder.is_dir()).unwrap_or(beside).join(format!("{name}.mp4"));
        self.dialog = Some(Dialog::Export(ExportDraft::of(scene.project(), path)));
    }

    /// Writes the film that the dialog describes.
    pub(super) fn start_export(&mut self) {
        let (Some(scene), Some(Dialog::Export(draft))) = (&self.scene, &self.dialog) else { return };
        let project = scene.project();
        let options = draft.options(project);
        let name = draft.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let id = self.engine.send(Request::Export(ExportRequest {
            folder: Arc::clone(&scene.folder),
            project: Arc::new(project.clone()),
            revision: scene.history.revision(),
            options,
        }));
        self.jobs.sent(id, JobKind::Export, JobName::Film(name), None);
        self.dialog = None;
    }

    /// Brings a picture into the scene as a shot's first one.
    pub(super) fn offer_picture(&mut self, path: PathBuf, shot: ShotId) {
        let Some(scene) = &self.scene else { return };
        let folder = Arc::clone(&scene.folder);
        let job = self.engine.send(Request::Import { folder, source: path, purpose: ImportPurpose::FirstFrame });
        self.show_shot(shot);
        self.pending.jobs.insert(job, Purpose::Picture(shot));
    }

    /// A file is in the scene; now it gets its meaning.
    pub(super) fn imported(&mut self, job: JobId, imported: Imported) {
        let edit = match self.pending.jobs.remove(&job) {
            Some(Purpose::Voice(VoiceImport { speaker, consent, range, statement })) => {
                let voice = Voice { media: imported.media, range, consent };
                if let Some(source) = statement {
                    return self.import_statement(source, speaker, Some(voice));
                }
                Edit::SetVoice { speaker, voice: Some(voice) }
            }
            Some(Purpose::Statement(speaker, voice)) => {
                let known = || self.project()?.speaker(speaker)?.voice.clone();
                let Some(mut voice) = voice.or_else(known) else { return };
                voice.consent.statement = Some(imported.media);
                Edit::SetVoice { speaker, voice: Some(voice) }
            }
            Some(Purpose::Recording(import)) => return self.recording_imported(imported.media, import),
            Some(Purpose::Picture(shot)) => Edit::SetFirstFrame { shot, media: Some(imported.media) },
            Some(Purpose::Scene(_)) | None => return,
        };
        self.edit(edit);
    }

    /// Opens a scene.
    pub(super) fn open_scene(&mut self, path: PathBuf) {
        if self.scene.as_ref().is_some_and(|scene| scene.folder.root() == path) {
            return;
        }
        let job = self.engine.send(Request::Open { path: path.clone() });
        self.pending.jobs.insert(job, Purpose::Scene(path));
    }

    /// Makes a scene in a folder and opens it.
    pub(super) fn create_scene(&mut self, path: PathBuf, project: Project) {
        let project = Arc::new(project);
        let job = self.engine.send(Request::Create { path: path.clone(), project: Arc::clone(&project) });
        self.pending.jobs.insert(job, Purpose::Scene(path));
    }

    /// A new scene with a name of its own, ready to type into.
    pub(super) fn new_scene(&mut self) {
        let folder = self.pending.folder(self.view.settings.scenes_folder.as_deref());
        let plain = t!("title.untitled");
        let free = (1..1000).map(|number| if number == 1 { plain.to_owned() } else { format!("{plain} {number}") });
        let named =
            free.map(|name| (folder.join(format!("{name}.{PROJECT_ENDING}")), name)).find(|(path, _)| !path.exists());
        let Some((path, name)) = named else { return };
        let mut project = Project::new(&name);
        let edits = [
            Edit::AddSpeaker { name: "Anna".to_owned(), color: 0 },
            Edit::AddShot { at: 0, title: t!("new.shot").to_owned(), length: Time::from_secs(4) },
        ];
        for edit in edits {
            // Fixed edits of an empty project cannot fail; if they did, the scene would only be emptier.
            let _applied = project.apply(edit);
        }
        self.create_scene(path, project);
    }

    /// The sample scene: the person's own copy of it, made on first use.
    pub(super) fn open_sample(&mut self) {
        let project = Project::sample();
        let folder = self.pending.folder(self.view.settings.scenes_folder.as_deref());
        let path = folder.join(format!("{}.{PROJECT_ENDING}", project.name()));
        if path.exists() { self.open_scene(path) } else { self.create_scene(path, project) }
    }

    /// Shows a file or folder in the system's file manager.
    pub(super) fn reveal(&mut self, ctx: &egui::Context, path: &Path) {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        ctx.open_url(egui::OpenUrl::new_tab(format!("file://{}", folder.display())));
    }

    /// Shows why an edit was not applied.
    pub(super) fn tell_edit(&mut self, error: &parlance_document::EditError) {
        self.notices.show(Tone::Warning, t!("told.cannot"), notices::edit(error), Vec::<(String, Action)>::new());
    }
}
