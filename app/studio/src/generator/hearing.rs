//! When the words of recorded lines are said: the recogniser beside the model listens before the picture is made.

use parlance_engine::generator::{GenerateError, GenerationSpec, Sound};
use parlance_model::device;
use parlance_model::pipeline::Shot;
use parlance_model::rulers::Rulers;
use parlance_model::world::TimedPhone;

use super::SOUND_RATE_HZ;
use super::ruler::rulers_file;

/// The recogniser, once it was needed.
#[derive(Default)]
pub(super) struct Hearing {
    rulers: Option<Rulers>,
}

impl Hearing {
    /// Gives the recorded lines of a shot the times of their phones. Without a recogniser the words are laid evenly into
    /// the lines.
    pub(super) fn time_words(&mut self, spec: &GenerationSpec, shot: &mut Shot) -> Result<(), GenerateError> {
        let Some(given) = spec.given.sound.as_ref().filter(|_| spec.lines.iter().any(|line| line.recorded)) else {
            return Ok(());
        };
        let device = device::cpu("listening takes a moment only").device;
        if self.rulers.is_none() {
            let Some(path) = rulers_file() else { return Ok(()) };
            let rulers = Rulers::load(&path, &device).map_err(|error| GenerateError::Model(error.to_string()))?;
            self.rulers = Some(rulers);
        }
        let Some(rulers) = &self.rulers else { return Ok(()) };
        let all = Sound::mono(given.sound.rate_hz, given.sound.samples.clone());
        let all = all.resampled(SOUND_RATE_HZ).map_err(|error| GenerateError::Internal(error.to_string()))?;
        for (line, spoken) in spec.lines.iter().zip(&mut shot.lines).filter(|(line, _)| line.recorded) {
            let part = all.part(line.start_secs, line.end_secs);
            let start = line.start_secs as f32;
            let placed = |phone: TimedPhone| TimedPhone {
                start_secs: phone.start_secs + start,
                end_secs: phone.end_secs + start,
                ..phone
            };
            spoken.phones = Some(rulers.phones(&part.samples, &line.text, &device).into_iter().map(placed).collect());
        }
        Ok(())
    }
}
