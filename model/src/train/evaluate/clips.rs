//! Clips as a folder that a judge outside this repository can read: `NAME.wav`, `NAME.txt`, `NAME.ref.wav`.
//!
//! A script with two people becomes two clips, cut half-way between their lines, so that each has one voice.

use std::path::Path;

use super::measure::{Bench, Clip};
use crate::audio::mel::RATE_HZ;
use crate::train::heldout::Script;
use crate::train::{TrainError, write_whole};

/// Writes the lines of one clip.
pub(super) fn write(folder: &Path, bench: &Bench<'_>, script: &Script, clip: &Clip) -> Result<(), TrainError> {
    for (number, (line, window)) in script.lines.iter().zip(bench.windows(script)).enumerate() {
        let name = if script.lines.len() == 1 { script.name.clone() } else { format!("{}-{number}", script.name) };
        let at = |secs: f64| ((secs * RATE_HZ as f64) as usize).min(clip.samples.len());
        let path = |end: &str| folder.join(format!("{name}.{end}"));
        write_whole(&path("wav"), &wav(&clip.samples[at(window.start)..at(window.end)]))?;
        write_whole(&path("txt"), bench.pack.recording(line).text.as_bytes())?;
        if let Some(reference) = bench.pack.reference(line) {
            write_whole(&path("ref.wav"), &wav(&bench.pack.samples(reference)))?;
        }
    }
    Ok(())
}

/// A WAV file of one channel at 24 kHz, 16 bits.
fn wav(samples: &[f32]) -> Vec<u8> {
    const BYTES: u32 = 2;
    let size = samples.len() as u32 * BYTES;
    let rate = RATE_HZ as u32;
    let mut out = b"RIFF".to_vec();
    out.extend((36 + size).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    out.extend([1u16, 1].map(u16::to_le_bytes).concat()); // PCM, one channel
    out.extend([rate, rate * BYTES].map(u32::to_le_bytes).concat());
    out.extend([BYTES as u16, 8 * BYTES as u16].map(u16::to_le_bytes).concat());
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    out.extend(samples.iter().flat_map(|x| ((x * 32767.0).round().clamp(-32768.0, 32767.0) as i16).to_le_bytes()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wav_file_says_what_it_holds() {
        let bytes = wav(&[0.0, 1.0, -1.0]);
        assert_eq!(bytes.len(), 44 + 6);
        assert_eq!(&bytes[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(bytes[4..8].try_into().unwrap()), 42);
        assert_eq!(u32::from_le_bytes(bytes[24..28].try_into().unwrap()), 24_000);
        assert_eq!(i16::from_le_bytes(bytes[46..48].try_into().unwrap()), 32767);
    }
}
