//! From a shot of the document to what a model is asked: the only place that knows both vocabularies.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use parlance_document::{
    Acceleration, Aspect, Preset, Project, Prompt, Recipe, RecipeLine, RecipeVoice, Shot, SpanId, SpeakerId, Take,
    TakeId, Time,
};
use parlance_media::{SoundRequest, decode_sound, read_image};

use crate::error::{JobError, NotReady};
use crate::generator::{GenerationSpec, GeneratorInfo, Given, Guidance, LineSpec, PromptSpec, VoiceClip};
use crate::given;
use crate::request::{GenerateRequest, MakeRequest};
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
pub fn draft(
    project: &Project,
    shot: &Shot,
    overrides: Overrides,
    info: &GeneratorInfo,
) -> Result<GenerationSpec, JobError> {
    let overrides = Overrides { seed: Some(overrides.seed.or(shot.settings.seed).unwrap_or(0)), ..overrides };
    check_before(project, shot)?;
    let recipe = recipe_of_shot(project, shot, overrides, info);
    check_limits(&shot.title, &recipe, info)?;
    Ok(of_recipe(&recipe))
}

/// Everything a take of a shot will be made from that goes on after a take which is still being made, written down.
/// `before` is that take, and what is seen in it.
///
/// # Errors
/// A sentence that says what to change first.
pub fn after(
    project: &Project,
    shot: &Shot,
    before: (TakeId, &Prompt),
    overrides: Overrides,
    info: &GeneratorInfo,
) -> Result<Recipe, JobError> {
    let size_pixels = size(shot.aspect, shot.settings.short_side_pixels, &info.sizes);
    let recipe = Recipe { size_pixels, ..Recipe::of_shot_after(project, shot, Some(before)) };
    let recipe = how(recipe, shot, overrides, info);
    check_limits(&shot.title, &recipe, info)?;
    Ok(recipe)
}

/// Everything a take will be made from in which one line of `take` is made again, written down, with the shot's title.
/// A seed that nobody chose is drawn here.
///
/// # Errors
/// A sentence that says what to change first.
pub fn retake(
    project: &Project,
    take: &Take,
    span: SpanId,
    overrides: Overrides,
    info: &GeneratorInfo,
) -> Result<(String, Recipe), JobError> {
    let recipe = Recipe::retake(project, take, span).map_err(NotReady::from)?;
    let shot = project.shot(take.shot).ok_or(NotReady::ShotGone)?;
    let recipe = how(recipe, shot, overrides, info);
    check_limits(&shot.title, &recipe, info)?;
    Ok((shot.title.clone(), recipe))
}

/// Everything a take will be made from that has the picture of `take` and new sound, written down, with the shot's title.
///
/// # Errors
/// A sentence that says what to change first.
pub fn sound_for(
    project: &Project,
    take: &Take,
    overrides: Overrides,
    info: &GeneratorInfo,
) -> Result<(String, Recipe), JobError> {
    let recipe = Recipe::sound_for(project, take).map_err(NotReady::from)?;
    let shot = project.shot(take.shot).ok_or(NotReady::ShotGone)?;
    let recipe = how(recipe, shot, overrides, info);
    check_limits(&shot.title, &recipe, info)?;
    Ok((shot.title.clone(), recipe))
}

/// Everything a take of a shot will be made from, written down. A seed that nobody chose is drawn here.
pub(crate) fn plan(request: &GenerateRequest, info: &GeneratorInfo) -> Result<MakeRequest, JobError> {
    let GenerateRequest { folder, project, revision, shot, take, overrides } = request;
    let shot = project.shot(*shot).ok_or(NotReady::ShotGone)?;
    check_before(project, shot)?;
    let recipe = recipe_of_shot(project, shot, *overrides, info);
    check_limits(&shot.title, &recipe, info)?;
    Ok(MakeRequest {
        folder: Arc::clone(folder),
        revision: *revision,
        label: shot.title.clone(),
        shot: shot.id,
        take: *take,
        recipe,
        again: None,
        starts: 0,
    })
}

/// The recipe of a take, ready to be followed again: what takes of early versions lack comes from the scene as it is.
#[must_use]
pub fn recipe_again(project: &Project, take: &Take) -> Recipe {
    let mut recipe = take.recipe.clone();
    if recipe.names.is_empty() {
        let speaking: Vec<SpeakerId> = recipe.voices.iter().map(|voice| voice.speaker).collect();
        let others = project.cast().iter().map(|speaker| speaker.id).filter(|id| !speaking.contains(id));
        let name = |id: SpeakerId| project.speaker(id).map(|speaker| speaker.name.clone()).unwrap_or_default();
        recipe.names = speaking.iter().copied().chain(others).map(name).collect();
    }
    recipe
}

/// A shot that goes on from the one before needs a take of that.
fn check_before(project: &Project, shot: &Shot) -> Result<(), JobError> {
    if !shot.settings.continues || project.take_before(shot.id).is_some() {
        return Ok(());
    }
    let title = shot.title.clone();
    let first = project.shot_idx(shot.id) == Some(0);
    Err(if first { NotReady::FirstContinues { title } } else { NotReady::NothingBefore { title } }.into())
}

fn recipe_of_shot(project: &Project, shot: &Shot, overrides: Overrides, info: &GeneratorInfo) -> Recipe {
    let size_pixels = size(shot.aspect, shot.settings.short_side_pixels, &info.sizes);
    how(Recipe { size_pixels, ..Recipe::of_shot(project, shot) }, shot, overrides, info)
}

/// The recipe with seed, steps and guidance as the shot is set, or as the model usually has them.
fn how(recipe: Recipe, shot: &Shot, overrides: Overrides, info: &GeneratorInfo) -> Recipe {
    let default = info.default_guidance;
    let default =
        parlance_document::Guidance { text: default.text, alignment: default.alignment, timbre: default.timbre };
    Recipe {
        seed: overrides.seed.or(shot.settings.seed).unwrap_or_else(new_seed),
        steps: overrides.steps.or(shot.settings.steps).unwrap_or(preset_steps(shot.settings.preset, info)).max(1),
        guidance: shot.settings.guidance.unwrap_or(default),
        acceleration: if info.accelerates { shot.settings.acceleration } else { Acceleration::Exact },
        ..recipe
    }
}

/// What a recipe asks of a model, without the media files.
#[must_use]
pub fn of_recipe(recipe: &Recipe) -> GenerationSpec {
    let speakers: Vec<SpeakerId> = recipe.voices.iter().map(|voice| voice.speaker).collect();
    let line = |line: &RecipeLine| LineSpec {
        speaker: speakers.iter().position(|id| *id == line.speaker).unwrap_or(0),
        text: line.text.trim().to_owned(),
        start_secs: line.range.start.secs_f64(),
        end_secs: line.range.end.secs_f64(),
        recorded: line.recording.is_some(),
    };
    GenerationSpec {
        length_secs: recipe.length.secs_f64(),
        width: recipe.size_pixels.0,
        height: recipe.size_pixels.1,
        prompt: PromptSpec {
            scene: recipe.prompt.scene.clone(),
            characters: recipe.prompt.characters.clone(),
            camera: recipe.prompt.camera.clone(),
            ambience: recipe.prompt.ambience.clone(),
            style: recipe.prompt.style.clone(),
        },
        caption_override: recipe.caption_override.clone(),
        // Words that say nothing are as good as none.
        negative: recipe.negative_override.clone().filter(|words| !words.trim().is_empty()),
        lines: recipe.lines.iter().map(line).filter(|line| line.recorded || !line.text.is_empty()).collect(),
        names: recipe.names.clone(),
        voices: vec![None; speakers.len()],
        first_frame: None,
        given: Given::default(),
        seed: recipe.seed,
        steps: recipe.steps,
        guidance: Guidance {
            text: recipe.guidance.text,
            alignment: recipe.guidance.alignment,
            timbre: recipe.guidance.timbre,
        },
        acceleration: recipe.acceleration,
        stop_after_steps: recipe.stopped_after_steps,
        sound_only: recipe.sound_only,
    }
}

/// The whole question with voices and first frame read from the project.
pub(crate) fn for_making(request: &MakeRequest, info: &GeneratorInfo) -> Result<GenerationSpec, JobError> {
    let recipe = &request.recipe;
    check_limits(&request.label, recipe, info)?;
    let mut spec = of_recipe(recipe);
    if !info.sizes.is_empty() && !info.sizes.contains(&recipe.size_pixels) {
        // Made by another model: the nearest that this one can do.
        (spec.width, spec.height) = size(recipe.aspect, None, &info.sizes);
    }
    for (slot, voice) in spec.voices.iter_mut().zip(&recipe.voices) {
        *slot = read_voice(&request.folder, voice, info)?;
    }
    if let Some(media) = &recipe.first_frame {
        spec.first_frame = Some(read_image(&request.folder.resolve(media)?)?);
    }
    if let Some(before) = recipe.after {
        spec.first_frame = Some(given::last_frame(&request.folder, before)?);
    }
    Ok(spec)
}

fn read_voice(
    folder: &ProjectFolder,
    voice: &RecipeVoice,
    info: &GeneratorInfo,
) -> Result<Option<VoiceClip>, JobError> {
    let Some(media) = &voice.media else {
        return Ok(None);
    };
    let mut wanted = SoundRequest::mono(info.sound_rate_hz, MAX_VOICE_SECS);
    if let Some(range) = voice.range {
        wanted.start_secs = range.start.secs_f64();
        let length: Time = range.length();
        wanted.max_secs = length.secs_f64().clamp(0.1, MAX_VOICE_SECS);
    }
    let decoded = decode_sound(&folder.resolve(media)?, &wanted)?;
    Ok(Some(VoiceClip { samples: decoded.sound.samples, rate_hz: decoded.sound.rate_hz }))
}

fn check_limits(title: &str, recipe: &Recipe, info: &GeneratorInfo) -> Result<(), JobError> {
    let length_secs = recipe.length.secs_f64();
    let (min, max) = (info.min_length_secs, info.max_length_secs);
    // Half a tick of tolerance: the limits are seconds, the shot is ticks.
    if length_secs < min - 1e-5 || length_secs > max + 1e-5 {
        return Err(NotReady::Length {
            title: title.to_owned(),
            secs: length_secs,
            model: info.model_name.clone(),
            min_secs: min,
            max_secs: max,
        }
        .into());
    }
    let num_speakers = recipe.voices.len();
    if num_speakers > info.max_speakers {
        return Err(NotReady::Speakers {
            title: title.to_owned(),
            speakers: recipe.names.iter().take(num_speakers).cloned().collect(),
            model: info.model_name.clone(),
            most: info.max_speakers,
        }
        .into());
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
#[must_use]
pub fn new_seed() -> u64 {
    RandomState::new().hash_one(std::time::SystemTime::now()) & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use parlance_document::{Edit, GenerationSettings};

    use super::*;
    use crate::generator::Generator as _;

    #[test]
    fn picks_the_size_of_the_shape() {
        let sizes = [(128, 128), (160, 90), (320, 180), (90, 160)];
        assert_eq!(size(Aspect::Square, None, &sizes), (128, 128));
        assert_eq!(size(Aspect::Wide, None, &sizes), (160, 90));
        assert_eq!(size(Aspect::Wide, Some(200), &sizes), (320, 180));
        assert_eq!(size(Aspect::Tall, None, &[(128, 128)]), (128, 128), "the nearest there is");
    }

    #[test]
    fn recipes_are_accelerated_where_the_model_can_and_stay_as_they_were() {
        let mut project = Project::sample();
        let shot = project.shots()[0].id;
        let settings = GenerationSettings { acceleration: Acceleration::Faster, ..GenerationSettings::default() };
        project.apply(Edit::SetSettings { shot, settings }).unwrap();
        let shot = &project.shots()[0];
        let info = crate::testing::GradientGenerator::default().estimator().info();
        let of = |accelerates| {
            let info = GeneratorInfo { accelerates, ..info.clone() };
            draft(&project, shot, Overrides::default(), &info).unwrap().acceleration
        };
        assert_eq!([true, false].map(of), [Acceleration::Faster, Acceleration::Exact]);
        let then = recipe_of_shot(&project, shot, Overrides::default(), &GeneratorInfo { accelerates: true, ..info });
        assert_eq!(of_recipe(&then).acceleration, Acceleration::Faster, "a take that is made again");
    }

    #[test]
    fn seeds_differ() {
        let seeds: std::collections::BTreeSet<u64> = (0..50).map(|_| new_seed()).collect();
        assert!(seeds.len() > 45);
    }
}
