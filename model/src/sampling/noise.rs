//! Seeded normal noise that is bit for bit the same on every platform and device.
//!
//! The generator is ChaCha with eight rounds. The logarithm of the polar method is written out here with operations
//! that IEEE 754 defines exactly, because the logarithms of systems differ in their last bit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng as _};

/// Which noise of a shot: modalities draw from separate streams, so the length of one never changes the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseStream {
    /// Picture latents.
    Video,
    /// Sound latents.
    Audio,
    /// Anything else that needs seeded noise, by number.
    Other(u32),
}

/// `len` values of mean 0 and deviation 1.
pub fn normal(seed: u64, stream: NoiseStream, len: usize) -> Vec<f32> {
    let mut key = [0u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(match stream {
        NoiseStream::Video => 0,
        NoiseStream::Audio => 1,
        NoiseStream::Other(number) => 2 + u64::from(number),
    });
    let mut values = Vec::with_capacity(len + 1);
    while values.len() < len {
        values.extend(pair(&mut generator));
    }
    values.truncate(len);
    values
}

/// Two independent normal values by Marsaglia's polar method.
fn pair(generator: &mut impl RngCore) -> [f32; 2] {
    loop {
        let [x, y] = [(); 2].map(|()| 2.0 * uniform(generator) - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            let factor = (-2.0 * natural_log(square) / square).sqrt();
            return [(x * factor) as f32, (y * factor) as f32];
        }
    }
}

/// From 0 to just below 1 in steps of 2^-53.
fn uniform(generator: &mut impl RngCore) -> f64 {
    (generator.next_u64() >> 11) as f64 * (-53f64).exp2()
}

/// The logarithm of a positive normal number, by additions, products and quotients only.
fn natural_log(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln(m) = 2 artanh((m - 1) / (m + 1)), and |ratio| <= 0.172, so the series ends quickly.
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let series = (0..12).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * ratio * series + exponent as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_one() {
        for i in 1..2000 {
            let x = f64::from(i) / 1000.0;
            assert!((natural_log(x) - x.ln()).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn noise_is_standard_and_pinned() {
        let values = normal(42, NoiseStream::Video, 100_000);
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 0.01 && (square - 1.0).abs() < 0.015, "{mean} {square}");
        let beyond_two = values.iter().filter(|v| v.abs() > 2.0).count() as f64 / values.len() as f64;
        assert!((beyond_two - 0.0455).abs() < 0.003, "{beyond_two}");
        let bits: Vec<u32> = values[..4].iter().map(|v| v.to_bits()).collect();
        assert_eq!(bits, PINNED, "every machine must draw these values");
        assert_eq!(values[..7], normal(42, NoiseStream::Video, 7)[..], "a shorter draw is a prefix");
        assert_ne!(values[..4], normal(42, NoiseStream::Audio, 4)[..]);
    }

    const PINNED: [u32; 4] = [3_211_620_911, 3_215_436_392, 3_186_170_186, 3_222_498_460];
}
