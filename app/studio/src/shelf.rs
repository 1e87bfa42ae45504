//! Pictures and waveforms ready to be drawn: takes of the cut, voices of the cast, pictures of takes being made.
//! Files are read on the thread `parlance-shelf`; textures are made here, on the window's thread.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, Rect, TextureHandle, TextureOptions, pos2};
use parlance_document::{FrameRate, Project, SpeakerId, TakeId, Time, plan};
use parlance_engine::generator::Estimator;
use parlance_engine::job::JobId;
use parlance_media::{MediaError, RgbFrame, Sound, VoiceFacts};

use crate::audition::{Audition, Part};
use crate::system_fonts::SystemFonts;

mod loader;
mod portraits;

pub use loader::VoicePeaks;
use loader::{Loaded, LoadedTake, Loader, STRIP_TILES};
use portraits::Portraits;

/// A film strip: a few pictures of a take in one texture, side by side.
pub struct Strip {
    /// All pictures in a row.
    pub texture: TextureHandle,
    /// Width by height of one picture.
    pub ratio: f32,
}

impl Strip {
    /// Where in the texture the picture at a part of the take is; 0 is its start, 1 its end.
    #[must_use]
    pub fn tile_uv(&self, part: f64) -> Rect {
        let tile = (part.clamp(0.0, 0.9999) * STRIP_TILES as f64) as usize;
        let width = 1.0 / STRIP_TILES as f32;
        Rect::from_min_max(pos2(tile as f32 * width, 0.0), pos2((tile + 1) as f32 * width, 1.0))
    }
}

/// A voice file on its way.
#[derive(Debug)]
pub enum VoiceSound<'a> {
    /// Still being read, or not asked for.
    Loading,
    /// Ready to draw.
    Ready(&'a VoicePeaks),
    /// Cannot be read.
    Failed(&'a MediaError),
}

struct ShelfTake {
    frames: Vec<RgbFrame>,
    rate: FrameRate,
    sound: Arc<Sound>,
    peaks: Vec<f32>,
    thumb: TextureHandle,
    strip: Strip,
    bytes: usize,
    last_used: u64,
}

/// One texture that shows a moment of a take, and which.
#[derive(Default)]
struct Screen {
    frame: Option<TextureHandle>,
    shown: Option<(TakeId, usize)>,
    has_frame: bool,
}

impl Screen {
    fn show(&mut self, ctx: &egui::Context, name: &str, at: Option<(TakeId, &ShelfTake, Time)>) {
        self.has_frame = false;
        let Some((id, take, offset)) = at else { return };
        let Some(idx) = plan::take_frame(offset, take.rate, take.frames.len() as i64) else { return };
        let idx = idx as usize;
        self.has_frame = true;
        if self.shown == Some((id, idx)) {
            return;
        }
        let image = color_image(&take.frames[idx]);
        match &mut self.frame {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            none => *none = Some(ctx.load_texture(name, image, TextureOptions::LINEAR)),
        }
        self.shown = Some((id, idx));
    }

    fn frame(&self) -> Option<&TextureHandle> {
        self.frame.as_ref().filter(|_| self.has_frame)
    }

    fn clear(&mut self) {
        self.shown = None;
        self.has_frame = false;
    }
}

/// Most bytes of decoded pictures that are kept.
const MOST_BYTES: usize = 768 << 20;

/// Everything ready to be drawn.
pub struct Shelf {
    loader: Loader,
    fonts: SystemFonts,
    unknown_characters: Vec<char>,
    takes: HashMap<TakeId, ShelfTake>,
    voices: HashMap<PathBuf, Result<VoicePeaks, MediaError>>,
    asked_takes: HashSet<TakeId>,
    asked_voices: HashSet<PathBuf>,
    voice_facts: RefCell<HashMap<(PathBuf, [i64; 2]), VoiceFacts>>,
    audition: Audition,
    texts: Vec<(PathBuf, std::io::Result<String>)>,
    making: HashMap<JobId, TextureHandle>,
    making_sounds: HashMap<JobId, Arc<Sound>>,
    screen: Screen,
    other_screen: Screen,
    changes: u64,
    clock: u64,
    /// Spoken lengths by text, because working them out for every line in every frame would be felt.
    spoken_secs: RefCell<HashMap<String, f64>>,
    portraits: RefCell<Portraits>,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf")
            .field("takes", &self.takes.len())
            .field("voices", &self.voices.len())
            .finish_non_exhaustive()
    }
}

impl Shelf {
    /// An empty shelf; `wake` is told when something has been read.
    #[must_use]
    pub fn new(wake: egui::Context) -> Self {
        Self {
            fonts: SystemFonts::install(&wake),
            unknown_characters: Vec::new(),
            loader: Loader::start(wake),
            takes: HashMap::new(),
            voices: HashMap::new(),
            asked_takes: HashSet::new(),
            asked_voices: HashSet::new(),
            voice_facts: RefCell::default(),
            audition: Audition::default(),
            texts: Vec::new(),
            making: HashMap::new(),
            making_sounds: HashMap::new(),
            screen: Screen::default(),
            other_screen: Screen::default(),
            changes: 0,
            clock: 0,
            spoken_secs: RefCell::default(),
            portraits: RefCell::default(),
        }
    }

    /// Forgets everything of the scene that was open.
    pub fn clear(&mut self) {
        self.takes.clear();
        self.voices.clear();
        self.asked_takes.clear();
        self.asked_voices.clear();
        self.making.clear();
        self.making_sounds.clear();
        self.screen.clear();
        self.other_screen.clear();
        self.portraits.get_mut().clear();
        self.changes += 1;
    }

    /// Rises whenever the sound of another take is there.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes in what has been read since the last frame.
    pub fn receive(&mut self, ctx: &egui::Context) {
        self.audition.tick();
        self.unknown_characters.extend(self.fonts.receive(ctx));
        for loaded in self.loader.drain() {
            match loaded {
                Loaded::Take(id, Ok(take)) => {
                    self.put_take(ctx, id, *take);
                    self.changes += 1;
                }
                // The engine has told of missing files when the scene was opened.
                Loaded::Take(_, Err(_)) => {}
                Loaded::Voice(path, result) => {
                    self.voices.insert(path, result);
                }
                Loaded::Audition(path, part, Ok(sound)) => self.audition.read(&path, part, sound),
                // The waveform's place has told of a file that cannot be read.
                Loaded::Audition(_, _, Err(_)) => self.audition.stop(),
                Loaded::Text(path, text) => self.texts.push((path, text)),
            }
        }
    }

    fn put_take(&mut self, ctx: &egui::Context, id: TakeId, take: LoadedTake) {
        let name = format!("take {id}");
        let thumb = ctx.load_texture(format!("{name} thumb"), color_image(&take.thumb), TextureOptions::LINEAR);
        let texture = ctx.load_texture(format!("{name} strip"), color_image(&take.strip), TextureOptions::LINEAR);
        let ratio = take.strip.width as f32 / STRIP_TILES as f32 / take.strip.height.max(1) as f32;
        let bytes = take.frames.iter().map(|frame| frame.data.len()).sum::<usize>() + take.sound.samples.len() * 4;
        let entry = ShelfTake {
            frames: take.frames,
            rate: take.rate,
            sound: Arc::new(take.sound),
            peaks: take.peaks,
            thumb,
            strip: Strip { texture, ratio },
            bytes,
            last_used: self.clock,
        };
        self.takes.insert(id, entry);
        self.make_room(id);
    }

    /// Lets go of the take not looked at for longest while there is too much.
    fn make_room(&mut self, keep: TakeId) {
        while self.takes.values().map(|take| take.bytes).sum::<usize>() > MOST_BYTES && self.takes.len() > 1 {
            let oldest = self.takes.iter().filter(|(id, _)| **id != keep).min_by_key(|(_, take)| take.last_used);
            let Some(id) = oldest.map(|(id, _)| *id) else { return };
            self.takes.remove(&id);
            self.asked_takes.remove(&id);
        }
    }

    /// Asks for a take's files, once.
    pub fn want_take(&mut self, folder: &Path, id: TakeId) {
        self.clock += 1;
        if let Some(take) = self.takes.get_mut(&id) {
            take.last_used = self.clock;
        }
        if self.asked_takes.insert(id) && !self.loader.take(id, folder.join("takes").join(id.to_string())) {
            self.asked_takes.remove(&id);
        }
    }

    /// Asks for a voice file, once.
    pub fn want_voice(&mut self, path: &Path) {
        if !self.asked_voices.contains(path) && self.loader.voice(path.to_owned()) {
            self.asked_voices.insert(path.to_owned());
        }
    }

    /// Makes the picture at a time ready: `at` is the take shown there and the time since its start; `other` is the take
    /// beside it, while two are compared.
    pub fn show_frames(&mut self, ctx: &egui::Context, at: Option<(TakeId, Time)>, other: Option<(TakeId, Time)>) {
        let takes = &self.takes;
        self.screen.show(ctx, "preview", at.and_then(|(id, offset)| Some((id, takes.get(&id)?, offset))));
        self.other_screen.show(ctx, "compared", other.and_then(|(id, offset)| Some((id, takes.get(&id)?, offset))));
    }

    /// The picture at the playhead, if a take is shown there.
    #[must_use]
    pub fn frame(&self) -> Option<&TextureHandle> {
        self.screen.frame()
    }

    /// The picture of the take beside it.
    #[must_use]
    pub fn other_frame(&self) -> Option<&TextureHandle> {
        self.other_screen.frame()
    }

    /// How a take being made looks so far.
    pub fn set_making(&mut self, ctx: &egui::Context, job: JobId, picture: &RgbFrame) {
        let image = color_image(picture);
        match self.making.get_mut(&job) {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            None => {
                let texture = ctx.load_texture(format!("making {job}"), image, TextureOptions::LINEAR);
                self.making.insert(job, texture);
            }
        }
    }

    /// A job has ended.
    pub fn forget_making(&mut self, job: JobId) {
        self.making.remove(&job);
        self.making_sounds.remove(&job);
    }

    /// How a take being made sounds so far.
    pub fn set_making_sound(&mut self, job: JobId, sound: Arc<Sound>) {
        self.making_sounds.insert(job, sound);
    }

    /// Whether a take being made can be heard.
    #[must_use]
    pub fn making_sounds(&self, job: JobId) -> bool {
        self.making_sounds.contains_key(&job)
    }

    /// Hears a take being made as far as it is, or stops hearing it.
    pub fn toggle_making(&mut self, job: JobId) {
        if self.audition.plays_job(job) {
            self.audition.stop();
        } else if let Some(sound) = self.making_sounds.get(&job) {
            self.audition.play_job(job, Arc::clone(sound));
        }
    }

    /// How a take being made looks so far.
    #[must_use]
    pub fn making(&self, job: JobId) -> Option<&TextureHandle> {
        self.making.get(&job)
    }

    /// A small picture of a take.
    #[must_use]
    pub fn thumb(&self, id: TakeId) -> Option<&TextureHandle> {
        self.takes.get(&id).map(|take| &take.thumb)
    }

    /// The film strip of a take.
    #[must_use]
    pub fn strip(&self, id: TakeId) -> Option<&Strip> {
        self.takes.get(&id).map(|take| &take.strip)
    }

    /// Peaks of a take's sound, 0 to 1, a hundred a second.
    #[must_use]
    pub fn take_peaks(&self, id: TakeId) -> Option<&[f32]> {
        self.takes.get(&id).map(|take| take.peaks.as_slice())
    }

    /// A take's sound, ready to mix.
    #[must_use]
    pub fn take_sound(&self, id: TakeId) -> Option<&Arc<Sound>> {
        self.takes.get(&id).map(|take| &take.sound)
    }

    /// What is in a part of a voice file, once it is read.
    #[must_use]
    pub fn voice_facts(&self, path: &Path, part: Part) -> Option<VoiceFacts> {
        let VoiceSound::Ready(voice) = self.voice(path) else { return None };
        let millis = [part.0, part.1].map(|secs| (secs * 1000.0) as i64);
        let mut known = self.voice_facts.borrow_mut();
        // A long drag leaves many entries; they are cheap to make again.
        if known.len() > 512 {
            known.clear();
        }
        Some(*known.entry((path.to_owned(), millis)).or_insert_with(|| voice.analysis.facts(part.0, part.1)))
    }

    /// Hears a part of a voice file, or stops hearing it.
    pub fn toggle_audition(&mut self, path: &Path, part: Part) {
        if self.audition.plays(path) {
            self.audition.stop();
        } else {
            self.audition.want(path, part);
            if !self.loader.audition(path.to_owned(), part) {
                self.audition.stop();
            }
        }
    }

    /// Hears no voice.
    pub fn stop_audition(&mut self) {
        self.audition.stop();
    }

    /// What is heard by itself.
    #[must_use]
    pub fn audition(&self) -> &Audition {
        &self.audition
    }

    /// A shelf that opens no sound device.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.audition = Audition::new(quiet);
        self
    }

    /// Characters that no font of this computer has, as far as they have come up since the last call.
    pub fn take_unknown_characters(&mut self) -> Vec<char> {
        std::mem::take(&mut self.unknown_characters)
    }

    /// Asks for a text file.
    pub fn want_text(&self, path: &Path) {
        self.loader.text(path.to_owned());
    }

    /// Text files that were read.
    pub fn take_texts(&mut self) -> Vec<(PathBuf, std::io::Result<String>)> {
        std::mem::take(&mut self.texts)
    }

    /// A voice file.
    #[must_use]
    pub fn voice(&self, path: &Path) -> VoiceSound<'_> {
        match self.voices.get(path) {
            None => VoiceSound::Loading,
            Some(Ok(peaks)) => VoiceSound::Ready(peaks),
            Some(Err(error)) => VoiceSound::Failed(error),
        }
    }

    /// Seconds that a text takes when spoken.
    #[must_use]
    pub fn spoken_secs(&self, estimator: &dyn Estimator, text: &str) -> f64 {
        let mut known = self.spoken_secs.borrow_mut();
        if let Some(secs) = known.get(text) {
            return *secs;
        }
        // Every keystroke leaves an entry; a few thousand are nothing, more are thrown away.
        if known.len() > 8192 {
            known.clear();
        }
        let secs = estimator.speech_secs(text);
        known.insert(text.to_owned(), secs);
        secs
    }

    /// What a person may look like, where the scene tells of it and the model can draw it.
    #[must_use]
    pub fn portrait(
        &self,
        ctx: &egui::Context,
        estimator: &dyn Estimator,
        project: &Project,
        speaker: SpeakerId,
    ) -> Option<TextureHandle> {
        self.portraits.borrow_mut().of(ctx, estimator, project, speaker)
    }

    /// Asks for everything the scene shows: takes in the cut and of the selected shot, voices of the cast.
    pub fn want_scene(&mut self, project: &Project, folder: &Path, selected: Option<parlance_document::ShotId>) {
        for shot in project.shots() {
            if let Some(take) = shot.active_take {
                self.want_take(folder, take);
            }
        }
        if let Some(shot) = selected {
            for take in crate::scene::takes_of(project, shot) {
                self.want_take(folder, take.id);
            }
            let spans = project.shot(shot).into_iter().flat_map(|shot| &shot.spans);
            for recording in spans.filter_map(|span| span.recording.as_ref()) {
                self.want_voice(&crate::scene::media_file(folder, &recording.media));
            }
        }
        for voice in project.cast().iter().filter_map(|speaker| speaker.voice.as_ref()) {
            self.want_voice(&crate::scene::media_file(folder, &voice.media));
        }
    }
}

fn color_image(frame: &RgbFrame) -> ColorImage {
    ColorImage::from_rgb([frame.width as usize, frame.height as usize], &frame.data)
}
