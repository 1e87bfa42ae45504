//! Spectra of centred frames and mel filters, for the encoders of the published models.
//!
//! Computed in f64: both take logarithms of what is nearly silent, where rounding shows.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

/// Power of every bin, frame by frame: `(1 + len / hop) x (size / 2 + 1)`.
///
/// Frames are centred on multiples of `hop`, with the wave mirrored at its ends.
///
/// # Panics
/// If the wave is not longer than half a frame, or the window longer than the frame.
pub fn power(wave: &[f64], window: &[f64], size: usize, hop: usize) -> Vec<f64> {
    let half = size / 2;
    assert!(wave.len() > half && window.len() <= size, "a wave of {} samples cannot be mirrored by {half}", wave.len());
    let plan = FftPlanner::new().plan_fft_forward(size);
    let mut buffer = vec![Complex64::default(); size];
    let mut scratch = vec![Complex64::default(); plan.get_inplace_scratch_len()];
    let margin = (size - window.len()) / 2;
    let frames = 1 + wave.len() / hop;
    let mut out = Vec::with_capacity(frames * (half + 1));
    for frame in 0..frames {
        buffer.fill(Complex64::default());
        for (i, weight) in window.iter().enumerate() {
            let place = (frame * hop + margin + i) as isize - half as isize;
            buffer[margin + i].re = wave[mirrored(place, wave.len())] * weight;
        }
        plan.process_with_scratch(&mut buffer, &mut scratch);
        out.extend(buffer[..=half].iter().map(|value| value.norm_sqr()));
    }
    out
}

/// A place beyond the ends, mirrored at the first or last sample.
fn mirrored(place: isize, len: usize) -> usize {
    let last = len as isize - 1;
    let place = place.abs();
    (if place > last { 2 * last - place } else { place }) as usize
}

/// A window of `len` samples that repeats seamlessly: `offset - (1 - offset) cos`.
pub fn cosine_window(len: usize, offset: f64) -> Vec<f64> {
    (0..len).map(|n| offset - (1.0 - offset) * (n as f64 * std::f64::consts::TAU / len as f64).cos()).collect()
}

/// Triangles between neighbouring `edges_hz`, `bins x bands`, row-major; bins are evenly spaced from 0 to `top_hz`.
///
/// With `equal_area` each triangle is divided by half its width in Hz.
pub fn triangles(bins: usize, top_hz: f64, edges_hz: &[f64], equal_area: bool) -> Vec<f64> {
    let bands = edges_hz.len() - 2;
    let mut table = vec![0.0; bins * bands];
    for (bin, row) in table.chunks_exact_mut(bands).enumerate() {
        let hz = top_hz * bin as f64 / (bins - 1) as f64;
        for (value, edges) in row.iter_mut().zip(edges_hz.windows(3)) {
            let up = (hz - edges[0]) / (edges[1] - edges[0]);
            let down = (edges[2] - hz) / (edges[2] - edges[1]);
            let gain = if equal_area { 2.0 / (edges[2] - edges[0]) } else { 1.0 };
            *value = up.min(down).max(0.0) * gain;
        }
    }
    table
}

/// Slaney's mel scale: linear below 1 kHz, logarithmic above.
pub mod slaney {
    const LINEAR_HZ: f64 = 200.0 / 3.0;
    const BREAK_HZ: f64 = 1000.0;
    const BREAK: f64 = BREAK_HZ / LINEAR_HZ;

    fn step() -> f64 {
        6.4f64.ln() / 27.0
    }

    /// Hz to mel.
    pub fn mel(hz: f64) -> f64 {
        if hz < BREAK_HZ { hz / LINEAR_HZ } else { BREAK + (hz / BREAK_HZ).ln() / step() }
    }

    /// Mel to Hz.
    pub fn hz(mel: f64) -> f64 {
        if mel < BREAK { mel * LINEAR_HZ } else { BREAK_HZ * ((mel - BREAK) * step()).exp() }
    }
}

/// The edges of `bands` triangles, evenly spaced in mel from `low_hz` to `high_hz`.
pub fn edges(bands: usize, low_hz: f64, high_hz: f64, mel: fn(f64) -> f64, hz: fn(f64) -> f64) -> Vec<f64> {
    let (low, high) = (mel(low_hz), mel(high_hz));
    (0..bands + 2).map(|i| hz(low + (high - low) * i as f64 / (bands + 1) as f64)).collect()
}
