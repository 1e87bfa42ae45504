//! Sounds, pictures and WAV bytes made from nothing.

use parlance_media::{RgbFrame, Sound};

/// Two sines, one a side, with silence in front, so that delays and swapped sides show.
pub(crate) fn two_tones(rate_hz: u32, secs: f64) -> Sound {
    let num = (secs * f64::from(rate_hz)).round() as usize;
    let tone =
        |i: usize, freq_hz: f64| (std::f64::consts::TAU * freq_hz * i as f64 / f64::from(rate_hz)).sin() as f32 * 0.4;
    let quiet = num / 4;
    let samples =
        (0..num).flat_map(|i| if i < quiet { [0.0, 0.0] } else { [tone(i, 440.0), tone(i, 660.0)] }).collect();
    Sound::stereo(rate_hz, samples)
}

/// A frame whose every pixel depends on its place and on `idx`; noisy, so that only lossless coding keeps it.
pub(crate) fn noisy_frame(width: u32, height: u32, idx: u32) -> RgbFrame {
    let num = width as usize * height as usize * 3;
    let data = (0..num as u32).map(|i| ((i ^ idx.wrapping_mul(97)).wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    RgbFrame::new(width, height, data).unwrap()
}

/// A smooth frame: a colour ramp with a bright square that walks with `idx`.
pub(crate) fn smooth_frame(width: u32, height: u32, idx: u32) -> RgbFrame {
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let inside = (x / 8) == idx % (width / 8).max(1) && y / 8 == 2;
            let ramp = |v: u32, of: u32| (40 + v * 160 / of.max(1)) as u8;
            data.extend(if inside { [240, 230, 60] } else { [ramp(x, width), ramp(y, height), 90] });
        }
    }
    RgbFrame::new(width, height, data).unwrap()
}

/// Mean absolute difference of two pictures, in levels of 255.
pub(crate) fn difference(a: &RgbFrame, b: &RgbFrame) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let total: u64 = a.data.iter().zip(&b.data).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    total as f64 / a.data.len() as f64
}

/// A WAV file by hand: any format tag, rate, channels and width, and a data length that may lie.
pub(crate) fn wav_bytes(tag: u16, rate_hz: u32, channels: u16, bits: u16, claimed: u32, data: &[u8]) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36_u32.wrapping_add(claimed)).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend(rate_hz.wrapping_mul(u32::from(block)).to_le_bytes());
    bytes.extend(block.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(claimed.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// 16-bit samples as bytes.
pub(crate) fn pcm16(samples: impl IntoIterator<Item = i16>) -> Vec<u8> {
    samples.into_iter().flat_map(i16::to_le_bytes).collect()
}
