//! A take from two: the picture of one, the sound of another, measured anew, with both named in its recipe.

use parlance_document::{Combined, Extra, Measured, Recipe, Take};
use parlance_media::{Sound, read_wav};

use crate::error::JobError;
use crate::generator::{CancelToken, Generated, GenerationSpec, MeasuredClip};
use crate::request::CombineRequest;
use crate::spec;
use crate::storage::{now_secs, take_folder};

/// The clip, and what its lines were, for measuring.
pub(crate) fn clip_of(request: &CombineRequest, cancel: &CancelToken) -> Result<(GenerationSpec, Generated), JobError> {
    let (frames, frame_rate) = request.folder.read_take_frames(&request.picture, cancel)?;
    let sound = read_wav(&request.folder.take_files(&request.sound)?.sound)?;
    let secs = frames.len() as f64 * f64::from(frame_rate.1) / f64::from(frame_rate.0.max(1));
    let recipe = recipe_of(request);
    let clip = Generated {
        frames,
        frame_rate,
        sound: fitted(sound, secs),
        model_name: recipe.model_name.clone(),
        model_hash: recipe.model_hash.clone(),
        device_kind: recipe.device_kind.clone(),
        ..Generated::default()
    };
    Ok((spec::of_recipe(&recipe), clip))
}

/// The take as it is noted.
pub(crate) fn take_of(request: &CombineRequest, measured: MeasuredClip, loudness_lufs: Option<f32>, secs: f64) -> Take {
    Take {
        id: request.take,
        shot: request.picture.shot,
        recipe: recipe_of(request),
        folder: take_folder(request.take),
        measured: Measured {
            words_heard: measured.words_heard,
            words_written: measured.words_written,
            lip_offset_frames: measured.lip_offset_frames,
            lip_match: measured.lip_match,
            loudness_lufs,
            // That stands with the two takes.
            taken_over: None,
        },
        created_secs: now_secs(),
        taken_secs: secs as f32,
        extra: Extra::default(),
    }
}

/// Look and length from the picture, words and voices from the sound. What was already put together is traced back to
/// the takes it came from.
fn recipe_of(request: &CombineRequest) -> Recipe {
    let (picture, sound) = (&request.picture, &request.sound);
    Recipe {
        lines: sound.recipe.lines.clone(),
        voices: sound.recipe.voices.clone(),
        combined: Some(Combined {
            picture: picture.recipe.combined.map_or(picture.id, |from| from.picture),
            sound: sound.recipe.combined.map_or(sound.id, |from| from.sound),
        }),
        ..picture.recipe.clone()
    }
}

/// Cut, or filled with silence, to the length of the picture.
fn fitted(mut sound: Sound, secs: f64) -> Sound {
    let num_samples = (secs * f64::from(sound.rate_hz)).round() as usize;
    sound.samples.resize(num_samples * usize::from(sound.channels), 0.0);
    sound
}
