//! From the engine's question to the pipeline's: prompt, voices by line, first frame, guidance.

use parlance_engine::generator::{self, GenerationSpec};
use parlance_model::released::pipeline::{Acceleration, Guiding, PictureWish, Request, Voice};

use super::{Compose, FRAME_RATE, picture_of};

/// A prompt without anybody's help: the shot's fields one after the other, then its lines in order.
#[must_use]
pub fn plain_prompt(spec: &GenerationSpec) -> String {
    let prompt = &spec.prompt;
    let fields = [&prompt.style, &prompt.scene, &prompt.characters, &prompt.camera];
    let mut parts: Vec<String> = fields.iter().map(|field| field.trim().to_owned()).collect();
    for line in &spec.lines {
        let speech = format!("<S>{}<E>", line.text.trim());
        parts.push(match spec.names.get(line.speaker) {
            Some(name) if !name.is_empty() => format!("{name}: {speech}"),
            _ => speech,
        });
    }
    parts.push(prompt.ambience.trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

pub(super) fn request_of(spec: &GenerationSpec, compose: Compose) -> Request {
    // Only people who speak and have a voice; a line says by its place in the list which one is its own.
    let has_voice = |speaker: usize| spec.voices.get(speaker).is_some_and(Option::is_some);
    let place = |speaker: usize| has_voice(speaker).then(|| (0..speaker).filter(|other| has_voice(*other)).count());
    let voice = |voice: &generator::VoiceClip| Voice { samples: voice.samples.clone(), rate_hz: voice.rate_hz };
    Request {
        prompt: compose(spec),
        negative: spec.negative.clone(),
        picture: (!spec.sound_only).then(|| PictureWish {
            width: spec.width as usize,
            height: spec.height as usize,
            first_frame: spec.first_frame.as_ref().map(picture_of),
        }),
        secs: spec.length_secs,
        frames_per_sec: f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1),
        voices: spec.voices.iter().flatten().map(voice).collect(),
        speakers: spec.lines.iter().map(|line| place(line.speaker)).collect(),
        seed: spec.seed,
        steps: spec.steps as usize,
        guiding: Guiding::Pulls {
            text: f64::from(spec.guidance.text),
            alignment: f64::from(spec.guidance.alignment),
            timbre: f64::from(spec.guidance.timbre),
        },
        acceleration: match spec.acceleration {
            generator::Acceleration::Exact => Acceleration::Exact,
            generator::Acceleration::Faster => Acceleration::Faster,
            generator::Acceleration::Fastest => Acceleration::Fastest,
        },
        peak: None,
        parity: false,
    }
}
