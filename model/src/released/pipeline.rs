//! Makes clips with the published NAVA files: prompt, voices and first frame to pictures and sound.
//!
//! Each part is loaded for its stage and gone after it: the text encoder, the speaker encoder, the picture's encoder, the
//! backbone, the decoders. Frames are handed out as they are decoded, so memory does not grow with the clip. Sampling,
//! guidance and noise are those of the bundled model.
//!
//! Where the authors' program does something that a user would not want, ours does better unless [`Request::parity`] is
//! set: the clean first frame is laid in again at the end, voices stay in the alignment pass, no text is cut, a voice
//! belongs to its line, sound stays at the file's highest rate and its own loudness and is as long as the picture.

mod acceleration;
mod decoding;
mod error;
mod files;
mod preview;
mod reading;
mod request;

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};

use super::files::{AudioFile, SpeakerFile, VideoVaeFile};
use super::pictures::Picture;
use super::text_encoder::TextEncoderFile;
use super::tiny_decoder::TinyDecoderFile;
use super::video_vae::Tiling;
use crate::contracts::{Clock, Family, Grid, InputError};
use crate::family::nava::BackboneFile;
use crate::family::nava::sizes::AUDIO_TOKENS_PER_SEC;
use crate::pipeline::{Stop, sounds_at};
use crate::residency::Holding;
use crate::sampling::noise::{self, NoiseStream};
use crate::sampling::sampler::{Given, Latents, Plan, Sampler, Step, StreamPlan};
use crate::sampling::schedule::Schedule;
use crate::sampling::solver::SolverKind;
use crate::text::unigram::Tokenizer;
pub use acceleration::{Acceleration, Expected, Spent};
pub use decoding::Sound;
pub use error::NavaError;
pub use files::{Paths, Sizes};
pub use preview::{LatentColours, fit as fit_colours};
use reading::Conditions;
pub use request::{Extent, Guiding, PictureWish, Request, Voice, frames_of_secs};

/// Shift of the published schedule, of picture and sound alike.
const SHIFT: f64 = 5.0;

/// The published files, opened and checked, nothing of them loaded.
#[derive(Debug)]
pub struct Nava {
    backbone: BackboneFile,
    text: TextEncoderFile,
    tokenizer: Tokenizer,
    video: VideoVaeFile,
    audio: AudioFile,
    speaker: Option<SpeakerFile>,
    preview: Option<TinyDecoderFile>,
}

/// Where things are computed and kept.
#[derive(Debug, Clone)]
pub struct Place {
    /// What computes.
    pub device: Device,
    /// How the text encoder's blocks are kept.
    pub text: Holding,
    /// How the backbone's blocks are kept.
    pub backbone: Holding,
    /// Tiles that the picture is decoded in; whole frames if there are none.
    pub tiling: Option<Tiling>,
    /// A folder for what does not fit into memory.
    pub scratch: PathBuf,
    /// What latents look like, for previews where the files have no decoder for them.
    pub colours: Option<LatentColours>,
}

impl Place {
    /// Everything streamed, in the precision of the files.
    pub fn streamed(device: Device, scratch: PathBuf) -> Self {
        let holding = Holding::default();
        Self { device, text: holding, backbone: holding, tiling: None, scratch, colours: None }
    }
}

/// What is being done.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The text encoder has done so many of its blocks.
    Reading {
        /// Done.
        done: usize,
        /// To do in all.
        total: usize,
    },
    /// Voices are being heard.
    Listening,
    /// The first frame is being looked at.
    Looking,
    /// The backbone's weights are being read.
    Loading,
    /// The backbone has done so many blocks of its so-manieth evaluation.
    Computing {
        /// Counted from 1 over all steps.
        evaluation: usize,
        /// Blocks done.
        done: usize,
        /// Blocks in all.
        total: usize,
    },
    /// A denoising step is done.
    Denoised {
        /// Steps done.
        done: usize,
        /// Steps in all.
        total: usize,
        /// The clip as far as it can be told now.
        latents: &'a Latents,
        /// Its middle frame, small, where the files or the place know what latents look like.
        picture: Option<Picture>,
        /// Its sound, twice in the last third of the steps, when words can be made out.
        sound: Option<Sound>,
    },
    /// So much of the picture is decoded.
    Decoding {
        /// Done.
        done: usize,
        /// To do in all.
        total: usize,
    },
    /// Sound is being decoded.
    Speaking,
}

/// A finished clip, but for its frames, which were handed out.
#[derive(Debug)]
pub struct Made {
    /// Number of frames that were handed out.
    pub num_frames: usize,
    /// Sound.
    pub sound: Sound,
    /// Latents that both were decoded from.
    pub latents: Latents,
    /// Seconds each stage took.
    pub stage_secs: Vec<(&'static str, f64)>,
    /// Steps after which the caller kept what was there; `None` when all were taken.
    pub kept_after_steps: Option<usize>,
    /// Evaluations of the backbone, and how far off those were that were taken over.
    pub spent: Spent,
}

/// Whoever waits for a clip.
pub type Report<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<Stop> + 'a;

/// Reports, and remembers what took how long.
struct Stages<'a> {
    report: &'a mut Report<'a>,
    clock: Instant,
    secs: Vec<(&'static str, f64)>,
}

impl Stages<'_> {
    /// Whether the caller wants what is there.
    fn tell(&mut self, progress: Progress<'_>) -> Result<bool, NavaError> {
        match (self.report)(progress) {
            ControlFlow::Continue(()) => Ok(false),
            ControlFlow::Break(Stop::Keep) => Ok(true),
            ControlFlow::Break(Stop::Cancel) => Err(NavaError::Cancelled),
        }
    }

    /// For what can only go on or stop: keeping is answered at the next step.
    fn goes_on(&mut self, progress: Progress<'_>) -> ControlFlow<()> {
        match self.tell(progress) {
            Ok(_) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn lap(&mut self, stage: &'static str) {
        self.secs.push((stage, self.clock.elapsed().as_secs_f64()));
        self.clock = Instant::now();
    }
}

impl Nava {
    /// Makes a clip. Frames go to `frame` in order; `report` is asked at least once for every block of the network
    /// whether to go on.
    pub fn generate<'a>(
        &self,
        place: &Place,
        request: &Request,
        frame: &mut dyn FnMut(Picture),
        report: &'a mut Report<'a>,
    ) -> Result<Made, NavaError> {
        let extent = request.extent()?;
        let stages = RefCell::new(Stages { report, clock: Instant::now(), secs: Vec::new() });
        let conditions = self.read(place, request, &stages)?;
        let first = self.look(place, request, &extent, &stages)?;
        let plan = self.plan(place, request, &extent, conditions, first);
        let (latents, kept_after_steps, spent) = self.denoise(place, request, &extent, plan, &stages)?;
        let mut num_frames = 0;
        if let (Some(grid), Some(video)) = (extent.video, &latents.video) {
            let wanted = if request.parity { usize::MAX } else { extent.frames };
            num_frames = self.decode_picture(place, video.clone(), grid, wanted, frame, &stages)?;
            stages.borrow_mut().lap("Decoding picture");
        }
        stages.borrow_mut().tell(Progress::Speaking)?;
        let audio = latents.audio.clone().ok_or(InputError::NoStream)?;
        let sound = self.decode_sound(place, audio, request, &extent)?;
        let mut stages = stages.into_inner();
        stages.lap("Decoding sound");
        Ok(Made { num_frames, sound, latents, stage_secs: stages.secs, kept_after_steps, spent })
    }

    /// The first frame's latent, `[1, places, channels]`.
    fn look(
        &self,
        place: &Place,
        request: &Request,
        extent: &Extent,
        stages: &RefCell<Stages<'_>>,
    ) -> Result<Option<Tensor<3>>, NavaError> {
        let picture = request.picture.as_ref();
        let Some((wish, first)) = picture.and_then(|wish| Some((wish, wish.first_frame.as_ref()?))) else {
            return Ok(None);
        };
        stages.borrow_mut().tell(Progress::Looking)?;
        let encoder = self.video.encoder(&place.device)?;
        let latent = encoder.encode(first.fitted(wish.height, wish.width).frame(&place.device));
        let cells = extent.video.map_or(0, |grid| grid.cells_per_frame());
        let channels = latent.dims()[1];
        stages.borrow_mut().lap("Reading the first frame");
        Ok(Some(latent.permute([0, 2, 3, 1]).reshape([1, cells, channels])))
    }

    fn plan(
        &self,
        place: &Place,
        request: &Request,
        extent: &Extent,
        conditions: Conditions,
        first: Option<Tensor<3>>,
    ) -> Plan {
        let config = self.backbone.config();
        let stream = |grid: Grid, channels: usize, rate_hz: f64, which: NoiseStream| {
            let shape = [1, grid.num_cells(), channels];
            let values = noise::normal(request.seed, which, shape.iter().product());
            StreamPlan {
                noise: Tensor::from_data(TensorData::new(values, shape), &place.device),
                grid,
                clock: Clock::regular(grid.frames, rate_hz),
                schedule: Schedule::nava_unipc(request.steps, SHIFT),
                given: None,
                extra: None,
                negative_extra: None,
                unvoiced_extra: None,
            }
        };
        let video = extent.video.map(|grid| {
            let plan = stream(grid, config.video_channels, extent.latent_rate_hz, NoiseStream::Video);
            let given = first.map(|first| {
                let rest = grid.num_cells() - grid.cells_per_frame();
                let rest = Tensor::zeros([1, rest, config.video_channels], &place.device);
                let frames = (0..grid.frames).map(|frame| frame == 0).collect();
                Given { latent: Tensor::cat(vec![first, rest], 1), frames }
            });
            StreamPlan { given, ..plan }
        });
        let audio_grid = Grid::audio(extent.audio_tokens);
        let has_voices = conditions.prompt.speakers.is_some();
        Plan {
            guidance: request.terms(video.is_some(), has_voices),
            video,
            audio: Some(stream(audio_grid, config.audio_channels, AUDIO_TOKENS_PER_SEC, NoiseStream::Audio)),
            context: conditions.prompt,
            negative: conditions.negative,
            solver: SolverKind::UniPc,
            restore_given: !request.parity,
        }
    }

    /// From noise to latents, with the steps after which the caller kept what was there, and what all of them took.
    fn denoise(
        &self,
        place: &Place,
        request: &Request,
        extent: &Extent,
        plan: Plan,
        stages: &RefCell<Stages<'_>>,
    ) -> Result<(Latents, Option<usize>, Spent), NavaError> {
        stages.borrow_mut().tell(Progress::Loading)?;
        let backbone = self.backbone.load(place.backbone, &place.device)?;
        let viewer = self.preview.as_ref().map(|file| file.decoder(&place.device)).transpose()?;
        stages.borrow_mut().lap("Loading");
        let mut evaluation = 0;
        let mut watch = |done: usize, total: usize| {
            evaluation += usize::from(done == 0);
            stages.borrow_mut().goes_on(Progress::Computing { evaluation, done, total })
        };
        let watched = backbone.watched(&mut watch);
        let reusing = request.acceleration.reuse().map(|policy| watched.reusing(policy));
        let family: &dyn Family = reusing.as_ref().map_or(&watched, |reusing| reusing);
        let (mut sampler, per_step) = (Sampler::new(family, plan)?, request.evaluations_per_step());
        let (mut kept, mut spent) = (None, Spent::default());
        for step in sampler.by_ref() {
            let step = step?;
            spent.count(&step, per_step);
            let Step { done, total, video_preview, audio_preview, .. } = step;
            let latents = Latents { video: video_preview, audio: audio_preview };
            let picture = latents.video.clone().zip(extent.video).and_then(|(video, grid)| match &viewer {
                Some(viewer) => Some(small(viewer.middle_frame(video, grid))),
                None => place.colours.as_ref().map(|colours| colours.middle_frame(video, grid)),
            });
            let heard = latents.audio.clone().filter(|_| sounds_at(total).any(|at| at == done));
            let sound = heard.map(|audio| self.decode_sound(place, audio, request, extent)).transpose()?;
            let progress = Progress::Denoised { done, total, latents: &latents, picture, sound };
            if stages.borrow_mut().tell(progress)? && done < total {
                kept = Some((done, latents));
                break;
            }
        }
        let kept_after_steps = kept.as_ref().map(|(done, _)| *done);
        let latents = kept.map_or_else(|| sampler.finish(), |(_, latents)| latents);
        stages.borrow_mut().lap("Denoising");
        Ok((latents, kept_after_steps, spent))
    }
}

/// Longest side of a picture that shows a step, in pixels.
const MOST_SHOWN: usize = 480;

fn small(picture: Picture) -> Picture {
    let longest = picture.height.max(picture.width);
    if longest <= MOST_SHOWN {
        return picture;
    }
    let side = |side: usize| (side * MOST_SHOWN / longest).max(1);
    picture.resized(side(picture.height), side(picture.width))
}
