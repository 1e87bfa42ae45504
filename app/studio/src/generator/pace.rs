//! How long a clip takes on this computer: a guess at first, then what the last clip took.

use std::sync::atomic::{AtomicU64, Ordering};

use parlance_engine::generator::GenerationSpec;

/// Seconds of work per unit; shared between the engine's thread and the screen.
pub(super) struct Pace {
    /// Per second of clip, denoise step and pass of the network.
    pass_secs: AtomicU64,
    /// Per second of clip, for decoding picture and sound.
    decode_secs: AtomicU64,
}

impl Pace {
    /// A guess from the number of threads.
    pub(super) fn guess(cpu: bool) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(16) as f64;
        let (pass, decode) = if cpu { (0.1 / threads, 0.3 / threads) } else { (0.03, 0.3) };
        Self { pass_secs: AtomicU64::new(f64::to_bits(pass)), decode_secs: AtomicU64::new(f64::to_bits(decode)) }
    }

    /// Seconds of the whole clip.
    pub(super) fn secs(&self, spec: &GenerationSpec) -> f64 {
        units(spec) * load(&self.pass_secs) + self.decoding_secs(spec)
    }

    /// Seconds of the decoding at the end.
    pub(super) fn decoding_secs(&self, spec: &GenerationSpec) -> f64 {
        spec.length_secs.max(0.0) * load(&self.decode_secs)
    }

    /// Takes over what a clip really took.
    pub(super) fn learn(&self, spec: &GenerationSpec, stage_secs: &[(&'static str, f64)]) {
        let of = |wanted: &str| -> f64 {
            stage_secs.iter().filter(|(name, _)| name.starts_with(wanted)).map(|(_, secs)| secs).sum()
        };
        let (denoising, decoding) = (of("Denoising"), of("Decoding"));
        if denoising > 0.0 && units(spec) > 0.0 {
            self.pass_secs.store((denoising / units(spec)).to_bits(), Ordering::Relaxed);
        }
        if decoding > 0.0 && spec.length_secs > 0.0 {
            self.decode_secs.store((decoding / spec.length_secs).to_bits(), Ordering::Relaxed);
        }
    }
}

/// Seconds of clip times steps times passes of the network in a step.
fn units(spec: &GenerationSpec) -> f64 {
    let extra = |scale: f32| f64::from(u8::from((scale - 1.0).abs() > 1e-6));
    let guidance = spec.guidance;
    let passes = 1.0 + extra(guidance.text) + extra(guidance.alignment) + extra(guidance.timbre);
    spec.length_secs.max(0.0) * f64::from(spec.steps) * passes
}

fn load(bits: &AtomicU64) -> f64 {
    f64::from_bits(bits.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use parlance_engine::generator::Guidance;

    use super::*;

    #[test]
    fn the_next_clip_is_foreseen_from_the_last() {
        let pace = Pace::guess(true);
        let guidance = Guidance { text: 2.0, alignment: 1.0, timbre: 1.5 };
        let spec = GenerationSpec { length_secs: 4.0, steps: 10, guidance, ..GenerationSpec::default() };
        pace.learn(&spec, &[("Reading", 0.1), ("Denoising", 24.0), ("Decoding picture", 3.0), ("Decoding sound", 1.0)]);
        assert!((pace.secs(&spec) - 28.0).abs() < 1e-6);
        let half = GenerationSpec { length_secs: 2.0, steps: 20, ..spec };
        assert!((pace.secs(&half) - 26.0).abs() < 1e-6);
    }
}
