//! From a shot of the document to what a model is asked: the only place that knows both vocabularies.

use std::hash::{BuildHasher as _, RandomState};

use parlance_document::{Aspect, Preset, Project, Recipe, Shot, SpeakerId, Time, Voice};
use parlance_media::{SoundRequest, decode_sound, read_image};

use crate::error::JobError;
use crate::generator::{GenerationSpec, GeneratorInfo, Guidance, LineSpec, PromptSpec, VoiceClip};
use crate::request::GenerateRequest;
use crate::storage::ProjectFolder;

/// The most of a reference voice that a model is given.
const MAX_VOICE_SECS: f64 = 12.0;

/// Values that go before those of the shot, from the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Seed of the noise.
    pub seed: Option<u64>,
    /// Denoise steps.
    pub steps: Option<u32>,
}

/// What the model would be asked for a shot, without the media files: enough for [`crate::generator::Estimator::forecast`],
/// and quick enough for every frame of a screen.
///
/// # Errors
/// A sentence that says what to change when the shot is outside of what the model can do.
pub fn draft(project: &Project, shot: &Shot, overrides: Overrides, info: &GeneratorInfo) -> Result<GenerationSpec, JobError> {
    check_limits(project, shot, info)?;
    let speakers = shot.speakers();
    let (width, height) = size(shot.aspect, shot.settings.short_side_pixels, &info.sizes);
    let line = |span: &parlance_document::Span| LineSpec {
        speaker: speakers.iter().position(|id| *id == span.speaker).unwrap_or(0),
        text: span.text.trim().to_owned(),
        start_secs: span.range.start.secs_f64(),
        end_secs: span.range.end.secs_f64(),
    };
    Ok(GenerationSpec {
        length_secs: shot.length.secs_f64(),
        width,
        height,
        prompt: PromptSpec {
            scene: shot.prompt.scene.clone(),
            characters: shot.prompt.characters.clone(),
            camera: shot.prompt.camera.clone(),
            ambience: shot.prompt.ambience.clone(),
            style: shot.prompt.style.clone(),
        },
        lines: shot.spans.iter().map(line).filter(|line| !line.text.is_empty()).collect(),
        names: names(project, &speakers),
        voices: vec![None; speakers.len()],
        first_frame: None,
        seed: overrides.seed.or(shot.settings.seed).unwrap_or(0),
        steps: overrides.steps.or(shot.settings.steps).unwrap_or(preset_steps(shot.settings.preset, info)).max(1),
        guidance: shot.settings.guidance.map_or(info.default_guidance, |g| Guidance {
            text: g.text,
            alignment: g.alignment,
            timbre: g.timbre,
        }),
    })
}

/// Names of those who speak, then of the others.
fn names(project: &Project, speakers: &[SpeakerId]) -> Vec<String> {
    let others = project.cast().iter().map(|speaker| speaker.id).filter(|id| !speakers.contains(id));
    let name = |id: SpeakerId| project.speaker(id).map(|speaker| speaker.name.clone()).unwrap_or_default();
    speakers.iter().copied().chain(others).map(name).collect()
}

/// The whole question with voices and first frame read from the project, and the recipe to keep with the answer.
pub(crate) fn for_generation(request: &GenerateRequest, info: &GeneratorInfo) -> Result<(GenerationSpec, Recipe), JobError> {
    let project = &request.project;
    let shot = project
        .shot(request.shot)
        .ok_or_else(|| JobError::NotReady("The shot was removed before its turn came, so nothing was made.".to_owned()))?;
    let mut overrides = request.overrides;
    overrides.seed = Some(overrides.seed.or(shot.settings.seed).unwrap_or_else(new_seed));
    let mut spec = draft(project, shot, overrides, info)?;
    for (voice, speaker) in spec.voices.iter_mut().zip(shot.speakers()) {
        *voice = read_voice(&request.folder, project, speaker, info)?;
    }
    if let Some(media) = &shot.first_frame {
        spec.first_frame = Some(read_image(&request.folder.resolve(media)?)?);
    }
    let recipe = Recipe {
        seed: spec.seed,
        steps: spec.steps,
        guidance: parlance_document::Guidance {
            text: spec.guidance.text,
            alignment: spec.guidance.alignment,
            timbre: spec.guidance.timbre,
        },
        ..Recipe::of_shot(project, shot)
    };
    Ok((spec, recipe))
}

fn read_voice(
    folder: &ProjectFolder,
    project: &Project,
    speaker: SpeakerId,
    info: &GeneratorInfo,
) -> Result<Option<VoiceClip>, JobError> {
    let Some(Voice { media, range, .. }) = project.speaker(speaker).and_then(|s| s.voice.as_ref()) else {
        return Ok(None);
    };
    let mut wanted = SoundRequest::mono(info.sound_rate_hz, MAX_VOICE_SECS);
    if let Some(range) = range {
        wanted.start_secs = range.start.secs_f64();
        let length: Time = range.length();
        wanted.max_secs = length.secs_f64().clamp(0.1, MAX_VOICE_SECS);
    }
    let decoded = decode_sound(&folder.resolve(media)?, &wanted)?;
    Ok(Some(VoiceClip { samples: decoded.sound.samples, rate_hz: decoded.sound.rate_hz }))
}

fn check_limits(project: &Project, shot: &Shot, info: &GeneratorInfo) -> Result<(), JobError> {
    let length_secs = shot.length.secs_f64();
    let (min, max) = (info.min_length_secs, info.max_length_secs);
    // Half a tick of tolerance: the limits are seconds, the shot is ticks.
    if length_secs < min - 1e-5 || length_secs > max + 1e-5 {
        return Err(JobError::NotReady(format!(
            "“{}” is {length_secs:.1} s long; {} makes shots of {min:.0} to {max:.0} s. Change its length or split it.",
            shot.title, info.model_name
        )));
    }
    let speakers = shot.speakers();
    if speakers.len() > info.max_speakers {
        let names: Vec<&str> =
            speakers.iter().filter_map(|id| project.speaker(*id)).map(|speaker| speaker.name.as_str()).collect();
        return Err(JobError::NotReady(format!(
            "“{}” has {} speakers ({}); {} makes shots of at most {}. Move some lines to another shot.",
            shot.title,
            speakers.len(),
            names.join(", "),
            info.model_name,
            info.max_speakers
        )));
    }
    Ok(())
}

fn preset_steps(preset: Preset, info: &GeneratorInfo) -> u32 {
    let [draft, normal, best] = info.preset_steps;
    match preset {
        Preset::Draft => draft,
        Preset::Normal => normal,
        Preset::Best => best,
    }
}

/// The model's size nearest in shape, and among those nearest to the wanted short side (or the first).
fn size(aspect: Aspect, short_side_pixels: Option<u32>, sizes: &[(u32, u32)]) -> (u32, u32) {
    let ratio = |(width, height): (u32, u32)| (f64::from(width.max(1)) / f64::from(height.max(1))).ln();
    let wanted = ratio(aspect.ratio());
    let off = |size: &(u32, u32)| (ratio(*size) - wanted).abs();
    let best = sizes.iter().map(&off).fold(f64::INFINITY, f64::min);
    let fitting = sizes.iter().filter(|size| off(size) < best + 0.05);
    let far = |size: &&(u32, u32)| short_side_pixels.map_or(0, |side| size.0.min(size.1).abs_diff(side));
    fitting.min_by_key(far).copied().unwrap_or((128, 128))
}

/// A seed nobody chose. Below 2^32, so that a person can copy it down.
fn new_seed() -> u64 {
    RandomState::new().hash_one(std::time::SystemTime::now()) & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_size_of_the_shape() {
        let sizes = [(128, 128), (160, 90), (320, 180), (90, 160)];
        assert_eq!(size(Aspect::Square, None, &sizes), (128, 128));
        assert_eq!(size(Aspect::Wide, None, &sizes), (160, 90));
        assert_eq!(size(Aspect::Wide, Some(200), &sizes), (320, 180));
        assert_eq!(size(Aspect::Tall, None, &[(128, 128)]), (128, 128), "the nearest there is");
    }

    #[test]
    fn seeds_differ() {
        let seeds: std::collections::BTreeSet<u64> = (0..50).map(|_| new_seed()).collect();
        assert!(seeds.len() > 45);
    }
}
