//! From a shot's description to frames and samples with the bundled model: context, noise, sampling, decoding.
//!
//! Every task is the same run with other givens: a first frame, a recording that the lips follow, frames that must
//! be spoken to, or a take of which only a span is made again.

mod decode;
mod given;

use std::ops::ControlFlow;
use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

pub use self::given::{GivenPicture, GivenSound, Givens};
use crate::audio::mel::{self, BANDS, FRAMES_PER_SEC as MEL_RATE, RATE_HZ};
use crate::audio::{pitch, timbre};
pub use crate::bundle::Bundle;
use crate::codec::{picture, sound, speaker};
use crate::conditioning::{AUDIO_RATE, AUDIO_SHIFT, SpeechFrame, Told, VIDEO_RATE, VIDEO_SHIFT, Voice, class_of};
use crate::contracts::{Clock, Grid, InputError};
use crate::sampling::guidance::{Guidance as Terms, Patch, Term};
use crate::sampling::noise::{self, NoiseStream};
use crate::sampling::sampler::{Latents, Plan, Sampler, Step, StreamPlan};
use crate::sampling::schedule::Schedule;
use crate::sampling::solver::SolverKind;
use crate::text::{durations, phonemes};
use crate::world::{Attributes, MAX_PEOPLE, TimedPhone};

/// Frames a second of the bundled model, as a fraction.
pub const FRAME_RATE: (u32, u32) = (25, 2);
/// Columns and rows of its previews; those of its frames are [`Bundle::side`].
pub const PREVIEW_SIDE: usize = picture::SIDE;
/// Shortest and longest shot, in seconds.
pub const LENGTHS_SECS: (f64, f64) = (1.0, 6.0);

/// Most denoising steps.
pub const MOST_STEPS: usize = 1000;

/// A line of dialogue.
#[derive(Clone, Debug, PartialEq)]
pub struct SpokenLine {
    /// Who says it: 0 or 1.
    pub person: usize,
    /// Words in ordinary spelling.
    pub text: String,
    /// When the first sound starts, seconds from the start of the shot.
    pub start_secs: f64,
    /// When the last sound ends.
    pub end_secs: f64,
    /// When each phone sounds, in seconds of the shot, where a recording says so; without, the words are laid evenly
    /// into their time.
    pub phones: Option<Vec<TimedPhone>>,
}

/// A recording of a voice.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// One channel, -1 to 1.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate_hz: u32,
}

/// How much of the text guidance the picture gets: speech wants about twice what pictures bear.
const PICTURE_SHARE: f64 = 0.5;

/// Scales of the three guidance terms; 1 means none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guidance {
    /// Away from an untold shot.
    pub text: f64,
    /// Away from sound and picture that ignore each other.
    pub alignment: f64,
    /// Away from any voice, for the sound.
    pub timbre: f64,
}

impl Default for Guidance {
    fn default() -> Self {
        Self { text: 3.0, alignment: 1.0, timbre: 1.5 }
    }
}

impl Guidance {
    /// The terms of a run.
    fn terms(self) -> Terms {
        let Self { text, alignment, timbre } = self;
        let terms = [
            Term::new(Patch::TEXT, PICTURE_SHARE * (text - 1.0), text - 1.0),
            Term::new(Patch::ALIGNMENT, alignment - 1.0, alignment - 1.0),
            Term::new(Patch::TIMBRE, 0.0, timbre - 1.0),
        ];
        Terms { terms: terms.into_iter().filter(|term| term.video != 0.0 || term.audio != 0.0).collect() }
    }

    /// How often the network is evaluated in a step of picture and sound.
    pub fn evaluations_per_step(self) -> usize {
        1 + self.terms().terms.len()
    }
}

/// Everything about one shot.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// Length in seconds.
    pub secs: f64,
    /// Lines in any order.
    pub lines: Vec<SpokenLine>,
    /// Reference recordings of the two people.
    pub voices: [Option<Reference>; MAX_PEOPLE],
    /// What is to be seen.
    pub attributes: Attributes,
    /// RGB8 picture of [`Bundle::side`] squared that the shot begins with.
    pub first_frame: Option<Vec<u8>>,
    /// Sound and pictures that are there already; the rest is made to go with them.
    pub given: Givens,
    /// Make no moving picture: the first frame, or black, is seen all the time.
    pub sound_only: bool,
    /// Seed of the noise.
    pub seed: u64,
    /// Denoising steps.
    pub steps: usize,
    /// Guidance scales.
    pub guidance: Guidance,
}

/// What is being done.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Words, voices and first frame are being read.
    Reading,
    /// A denoising step is done.
    Denoised {
        /// Steps done.
        done: usize,
        /// Steps in all.
        total: usize,
        /// The middle frame as far as it can be told, RGB8 of [`PREVIEW_SIDE`] squared.
        preview: Vec<u8>,
        /// The sound as far as it can be told, one channel at 24 kHz, as long as the clip; only twice,
        /// in the last third of the steps.
        sound: Option<Vec<f32>>,
    },
    /// Latents become frames: this many done of this many.
    Decoding(usize, usize),
    /// Latents become sound.
    Speaking,
}

/// How a caller ends a run before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Throw away what is there.
    Cancel,
    /// Stop denoising and decode what can be told of the clip now. Only an answer to [`Progress::Denoised`]; anywhere
    /// else the run goes on.
    Keep,
}

/// A finished clip.
#[derive(Clone, Debug)]
pub struct Made {
    /// RGB8 frames one after the other.
    pub rgb: Vec<u8>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Number of frames.
    pub num_frames: usize,
    /// One channel at 24 kHz, as long as the frames.
    pub samples: Vec<f32>,
    /// Seconds each part took.
    pub stage_secs: Vec<(&'static str, f64)>,
    /// Steps after which the caller kept what was there; `None` when all were taken.
    pub kept_after_steps: Option<usize>,
}

/// Why there is no clip.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The shot is outside what the model can make.
    #[error("{0}")]
    Unsupported(String),
    /// A fault of ours.
    #[error(transparent)]
    Input(#[from] InputError),
}

/// Frames of a shot of `secs` seconds.
pub fn num_frames(secs: f64) -> usize {
    (secs * f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1)).round().max(1.0) as usize
}

/// Makes a clip; `report` is called at least once a step and may stop the run.
pub fn generate(
    bundle: &Bundle,
    shot: &Shot,
    report: &mut dyn FnMut(Progress) -> ControlFlow<Stop>,
) -> Result<Made, PipelineError> {
    check(shot, bundle.side())?;
    let mut run = Run { report, clock: Instant::now(), stage_secs: Vec::new() };
    run.report(Progress::Reading)?;
    let frames = num_frames(shot.secs);
    let (audio_latents, video_latents) = latents_of(shot);
    let wanted = frames * RATE_HZ * FRAME_RATE.1 as usize / FRAME_RATE.0 as usize;
    let mut given = given::read(bundle, shot, audio_latents, video_latents)?;
    let kept_sound = given.whole_sound.take();
    let gain = given.gain;
    let plan = plan(bundle, shot, audio_latents, video_latents, given);
    run.lap("Reading");

    let mut sampler = Sampler::new(&bundle.generator.backbone, plan)?;
    let mut kept = None;
    for step in sampler.by_ref() {
        let Step { done, total, video_preview, audio_preview, .. } = step?;
        let preview = video_preview.clone().map(|x| decode::middle_frame(bundle, x, video_latents)).unwrap_or_default();
        let heard = audio_preview.clone().filter(|_| kept_sound.is_none() && sounds_at(total).any(|at| at == done));
        let sound = heard.map(|latents| decode::fitted(decode::sound(bundle, latents, shot.seed, gain), wanted));
        if run.report(Progress::Denoised { done, total, preview, sound })? && done < total {
            kept = Some((done, Latents { video: video_preview, audio: audio_preview }));
            break;
        }
    }
    let kept_after_steps = kept.as_ref().map(|(done, _)| *done);
    let latents = kept.map_or_else(|| sampler.finish(), |(_, latents)| latents);
    run.lap("Denoising");

    let rgb = match whole_picture(shot) {
        Some(rgb) => rgb.clone(),
        None if shot.sound_only => still(shot, frames, bundle.side()),
        None => {
            let video = latents.video.ok_or(InputError::NoStream)?;
            decode::frames(bundle, video, video_latents, frames, &mut |done, total| {
                run.report(Progress::Decoding(done, total)).map(drop)
            })?
        }
    };
    run.lap("Decoding picture");
    run.report(Progress::Speaking)?;
    let samples = match kept_sound {
        Some(samples) => samples,
        None => decode::sound(bundle, latents.audio.ok_or(InputError::NoStream)?, shot.seed, gain),
    };
    let samples = decode::fitted(samples, wanted);
    run.lap("Decoding sound");
    Ok(Made {
        rgb,
        width: bundle.side(),
        height: bundle.side(),
        num_frames: frames,
        samples,
        stage_secs: run.stage_secs,
        kept_after_steps,
    })
}

/// The run of the sampler that [`generate`] makes a shot's latents with, for whoever wants to make it in another way.
pub fn plan_of(bundle: &Bundle, shot: &Shot) -> Result<Plan, PipelineError> {
    check(shot, bundle.side())?;
    let (audio_latents, video_latents) = latents_of(shot);
    let given = given::read(bundle, shot, audio_latents, video_latents)?;
    Ok(plan(bundle, shot, audio_latents, video_latents, given))
}

/// Latents of the sound and latent frames of the picture.
fn latents_of(shot: &Shot) -> (usize, usize) {
    ((shot.secs * AUDIO_RATE).ceil() as usize, picture::latents_of(num_frames(shot.secs)))
}

/// Numbers of steps after which the sound so far can be heard. Words can be made out in the last third of the steps
/// only; twice, because decoding sound is work that the clip itself does not need. After the last step it is decoded anyway.
pub(crate) fn sounds_at(total: usize) -> impl Iterator<Item = usize> {
    [(2 * total).div_ceil(3), (5 * total).div_ceil(6)].into_iter().filter(move |done| *done < total)
}

/// `side` is that of the frames.
fn check(shot: &Shot, side: usize) -> Result<(), PipelineError> {
    let (shortest, longest) = LENGTHS_SECS;
    let refuse = |why: String| Err(PipelineError::Unsupported(why));
    if !(shortest..=longest).contains(&shot.secs) {
        return refuse(format!("the shot is {:.1} s long; this model makes {shortest} to {longest} s", shot.secs));
    }
    if shot.steps == 0 || shot.steps > MOST_STEPS {
        return refuse(format!("{} steps were asked for; choose 1 to {MOST_STEPS}", shot.steps));
    }
    if shot.lines.iter().any(|line| line.person >= MAX_PEOPLE) {
        return refuse(format!("more than {MAX_PEOPLE} people speak; this model shows {MAX_PEOPLE} in a shot"));
    }
    if shot.first_frame.as_ref().is_some_and(|rgb| rgb.len() != side * side * 3) {
        return refuse(format!("the first picture must have {side} x {side} pixels"));
    }
    let wanted = num_frames(shot.secs) * side * side * 3;
    if shot.given.picture.as_ref().is_some_and(|given| given.rgb.len() != wanted) {
        return refuse(format!(
            "the pictures that are kept are not {wanted} bytes; give {side} x {side} for every frame"
        ));
    }
    Ok(())
}

/// The pictures, when all of them are kept.
fn whole_picture(shot: &Shot) -> Option<&Vec<u8>> {
    shot.given.picture.as_ref().filter(|given| given::covers(&given.kept, 0.0..shot.secs)).map(|given| &given.rgb)
}

/// The first frame, or black, all the time.
fn still(shot: &Shot, frames: usize, side: usize) -> Vec<u8> {
    match &shot.first_frame {
        Some(rgb) => rgb.repeat(frames),
        None => vec![0; frames * side * side * 3],
    }
}

/// Reports, and remembers what took how long.
struct Run<'a> {
    report: &'a mut dyn FnMut(Progress) -> ControlFlow<Stop>,
    clock: Instant,
    stage_secs: Vec<(&'static str, f64)>,
}

impl Run<'_> {
    /// Whether the caller wants what is there.
    fn report(&mut self, progress: Progress) -> Result<bool, PipelineError> {
        match (self.report)(progress) {
            ControlFlow::Continue(()) => Ok(false),
            ControlFlow::Break(Stop::Keep) => Ok(true),
            ControlFlow::Break(Stop::Cancel) => Err(PipelineError::Cancelled),
        }
    }

    fn lap(&mut self, stage: &'static str) {
        self.stage_secs.push((stage, self.clock.elapsed().as_secs_f64()));
        self.clock = Instant::now();
    }
}

/// Lays words onto the clock of the sound: what is said in each hundredth of a second.
///
/// The last phone of a line ends with its span. A mark at the end, as in training, is the beginning of the silence after
/// it, as far as nobody else speaks there.
pub fn speech_frames(lines: &[SpokenLine], frames: usize) -> Vec<SpeechFrame> {
    const MARK_SECS: f64 = 0.13;
    let mut out = vec![SpeechFrame::default(); frames];
    let mut marks = Vec::new();
    let range = |start_secs: f64, end_secs: f64| {
        let at = |secs: f64| ((secs * MEL_RATE as f64).round().max(0.0) as usize).min(frames);
        at(start_secs)..at(end_secs)
    };
    let mut say = |class: usize, stress: u8, range: std::ops::Range<usize>, person: usize| {
        let (class, length) = (class as u8, range.len());
        for (i, slot) in out[range].iter_mut().enumerate().filter(|_| class > 0) {
            let quarter = (4 * i / length.max(1)).min(3) as u8;
            *slot = SpeechFrame { class, stress, quarter, person: person as u8 + 1 };
        }
    };
    for line in lines {
        let units = phonemes::units(&line.text);
        let spoken = units.iter().rposition(|unit| unit.symbol.is_phone()).map_or(0, |last| last + 1);
        let mut end_secs = line.end_secs;
        if let Some(phones) = &line.phones {
            for phone in phones {
                end_secs = f64::from(phone.end_secs);
                say(class_of(&phone.symbol), phone.stress, range(f64::from(phone.start_secs), end_secs), line.person);
            }
        } else {
            for timed in durations::stretch(&units[..spoken], line.start_secs, line.end_secs) {
                let range = range(timed.start_secs, timed.end_secs);
                say(class_of(timed.unit.symbol.name()), timed.unit.trained_stress(), range, line.person);
            }
        }
        marks.extend(units.get(spoken).filter(|_| spoken > 0).map(|mark| (mark.symbol, end_secs, line)));
    }
    for (mark, end_secs, line) in marks {
        let range = range(end_secs, end_secs + MARK_SECS);
        let (class, length) = (class_of(mark.name()) as u8, range.len());
        for (i, slot) in out[range].iter_mut().enumerate().take_while(|(_, slot)| slot.class == 0) {
            let quarter = (4 * i / length.max(1)).min(3) as u8;
            *slot = SpeechFrame { class, stress: 0, quarter, person: line.person as u8 + 1 };
        }
    }
    out
}

/// What the model is told of the voice of a recording, of which the first 20 seconds count; `None` if it is shorter than
/// 0.3 s or broken.
pub fn voice(bundle: &Bundle, reference: &Reference) -> Option<Voice> {
    let samples = given::at_24_khz(&reference.samples, reference.rate_hz)?;
    let samples = given::levelled(&samples[..samples.len().min(20 * RATE_HZ)]);
    let mel = mel::mel(&samples);
    let timbre = timbre::timbre(&mel, &pitch::pitch(&samples));
    let frames = mel.frames / speaker::FOLD * speaker::FOLD;
    if frames < 30 {
        return None;
    }
    let values: Vec<f32> =
        mel.values[..frames * BANDS].iter().map(|x| (x - sound::MEL_MEAN) / sound::MEL_SCALE).collect();
    let device = bundle.scale.audio_mean.val().device();
    let mel = Tensor::<3>::from_data(TensorData::new(values, [1, frames, BANDS]), &device);
    let vector = bundle.speaker.forward(mel).into_data().convert::<f32>().try_to_vec().ok()?;
    Some(Voice { vector, timbre })
}

fn plan(bundle: &Bundle, shot: &Shot, audio_latents: usize, video_latents: usize, given: given::Read) -> Plan {
    let device = bundle.scale.audio_mean.val().device();
    let told = Told {
        speech: speech_frames(&shot.lines, audio_latents * sound::FOLD),
        voices: [0, 1].map(|i| shot.voices[i].as_ref().and_then(|v| voice(bundle, v))),
        attributes: shot.attributes,
    };
    let unvoiced = Told { voices: [None, None], ..told.clone() };
    let nothing = Told { speech: Vec::new(), voices: [None, None], attributes: Attributes::unsaid() };
    let grid = PREVIEW_SIDE / picture::STRIDE;
    let tokens = grid * grid / 4;
    let conditions = |told: Told| bundle.generator.conditions(&[told], audio_latents, video_latents, tokens);
    let (full, unvoiced, nothing) = (conditions(told), conditions(unvoiced), conditions(nothing));

    let noise = |stream, shape: [usize; 3]| {
        let values = noise::normal(shot.seed, stream, shape.iter().product());
        Tensor::<3>::from_data(TensorData::new(values, shape), &device)
    };
    let video_grid = Grid { frames: video_latents, rows: grid, columns: grid };
    let video = StreamPlan {
        noise: noise(NoiseStream::Video, [1, video_grid.num_cells(), picture::CHANNELS]),
        grid: video_grid,
        clock: Clock::regular(video_latents, VIDEO_RATE),
        schedule: Schedule::shifted(shot.steps, VIDEO_SHIFT),
        given: given.video,
        extra: full.video_extra,
        negative_extra: nothing.video_extra,
        unvoiced_extra: unvoiced.video_extra,
    };
    let audio = StreamPlan {
        noise: noise(NoiseStream::Audio, [1, audio_latents, sound::CHANNELS]),
        grid: Grid::audio(audio_latents),
        clock: Clock::regular(audio_latents, AUDIO_RATE),
        schedule: Schedule::shifted(shot.steps, AUDIO_SHIFT),
        given: given.audio,
        extra: Some(full.audio_extra),
        negative_extra: Some(nothing.audio_extra),
        unvoiced_extra: Some(unvoiced.audio_extra),
    };
    Plan {
        video: Some(video).filter(|_| !shot.sound_only),
        audio: Some(audio),
        context: full.context,
        negative: nothing.context,
        guidance: shot.guidance.terms(),
        solver: SolverKind::UniPc,
        restore_given: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(person: usize, text: &str, start_secs: f64, end_secs: f64) -> SpokenLine {
        SpokenLine { person, text: text.into(), start_secs, end_secs, phones: None }
    }

    #[test]
    fn the_last_phone_ends_with_the_span_and_the_mark_follows() {
        let out = speech_frames(&[line(0, "See the cat.", 0.5, 1.2)], 200);
        let t = class_of("T") as u8;
        assert_eq!((out[49].class, out[50].class), (0, class_of("S") as u8));
        assert_eq!((out[119].class, out[120].class), (t, class_of(".") as u8));
        assert!(out[133..].iter().all(|frame| frame.class == 0));
    }

    #[test]
    fn a_mark_never_covers_the_next_line() {
        let lines = [line(1, "No.", 0.65, 1.0), line(0, "See.", 0.1, 0.6)];
        let out = speech_frames(&lines, 120);
        assert_eq!((out[64].class, out[65].class, out[65].person), (class_of(".") as u8, class_of("N") as u8, 2));
        assert!(speech_frames(&[line(0, "...", 0.1, 0.5), line(0, "", 0.2, 0.3)], 100).iter().all(|f| f.class == 0));
    }
}
