//! WAV files of 32-bit floats: what takes keep their sound in, bit for bit.
//!
//! [`read_wav`] only reads that kind, exactly; for any other file use [`crate::decode_sound`].

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;

use crate::error::MediaError;
use crate::ffmpeg;
use crate::sound::Sound;
use crate::whole_file::{self, WholeFile};

/// The largest file we read back: 512 MB, 23 minutes of 48 kHz stereo.
const MAX_BYTES: u64 = 512 << 20;

/// Format tag of IEEE floats.
const FLOAT: u16 = 3;

/// Writes a sound as 32-bit float WAV, whole or not at all.
///
/// # Errors
/// When the sound has no channels or rate, is over 4 GB, or the disk refuses.
pub fn write_wav(path: &Path, sound: &Sound) -> Result<(), MediaError> {
    let head = head(sound.rate_hz, sound.channels, sound.num_samples() as u64, "")?;
    let body: Vec<u8> = sound.samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    whole_file::write_whole(path, &[&head, &body])
}

/// Everything of a WAV file before its samples; `comment` goes into it where players show it.
fn head(rate_hz: u32, channels: u16, num_samples: u64, comment: &str) -> Result<Vec<u8>, MediaError> {
    let num_bytes = num_samples.saturating_mul(u64::from(channels) * 4);
    if channels == 0 || rate_hz == 0 || num_bytes > u64::from(u32::MAX) - 64_000 {
        return Err(MediaError::invalid(
            "this sound cannot be a WAV file: it has no channels or rate, or is over 4 GB",
        ));
    }
    let num_bytes = num_bytes as u32;
    let notes = notes(comment);
    let frame_bytes = u32::from(channels) * 4;
    let mut head = Vec::with_capacity(58 + notes.len());
    head.extend(b"RIFF");
    head.extend((50 + notes.len() as u32 + num_bytes).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(18_u32.to_le_bytes());
    head.extend(FLOAT.to_le_bytes());
    head.extend(channels.to_le_bytes());
    head.extend(rate_hz.to_le_bytes());
    head.extend(rate_hz.saturating_mul(frame_bytes).to_le_bytes());
    head.extend((frame_bytes as u16).to_le_bytes());
    head.extend(32_u16.to_le_bytes());
    head.extend(0_u16.to_le_bytes());
    head.extend(b"fact");
    head.extend(4_u32.to_le_bytes());
    head.extend((num_samples as u32).to_le_bytes());
    head.extend(notes);
    head.extend(b"data");
    head.extend(num_bytes.to_le_bytes());
    Ok(head)
}

/// The chunk that holds the comment; nothing without one.
fn notes(comment: &str) -> Vec<u8> {
    if comment.is_empty() {
        return Vec::new();
    }
    let mut text: Vec<u8> = comment.replace('\0', " ").chars().take(8000).collect::<String>().into_bytes();
    text.push(0);
    let size = text.len() as u32;
    if text.len() % 2 == 1 {
        text.push(0);
    }
    let mut chunk = b"LIST".to_vec();
    chunk.extend((4 + 8 + text.len() as u32).to_le_bytes());
    chunk.extend(b"INFOICMT");
    chunk.extend(size.to_le_bytes());
    chunk.extend(text);
    chunk
}

/// Writes a long 32-bit float WAV piece by piece beside its final place. [`WavWriter::finish`] makes it real; dropping it
/// removes it.
#[derive(Debug)]
pub struct WavWriter {
    // Declared before `whole`, so that it is closed before the file is removed.
    file: BufWriter<File>,
    whole: WholeFile,
    /// Values still to come.
    num_left: u64,
}

impl WavWriter {
    /// Starts a file at `path` that will hold `num_samples` per channel.
    ///
    /// # Errors
    /// When such a file cannot be, or the folder cannot be written.
    pub fn create(
        path: &Path,
        rate_hz: u32,
        channels: u16,
        num_samples: u64,
        comment: &str,
    ) -> Result<Self, MediaError> {
        let head = head(rate_hz, channels, num_samples, comment)?;
        let whole = WholeFile::beside(path)?;
        let mut file = File::create(whole.partial_path()).map(BufWriter::new).map_err(|e| whole.error(e))?;
        file.write_all(&head).map_err(|e| whole.error(e))?;
        Ok(Self { file, whole, num_left: num_samples * u64::from(channels) })
    }

    /// Adds interleaved samples. Values that are not numbers become silence.
    ///
    /// # Errors
    /// When there are more than announced, or the disk is full.
    pub fn write(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        self.num_left = self
            .num_left
            .checked_sub(samples.len() as u64)
            .ok_or_else(|| MediaError::invalid("a sound is longer than its file was announced to be"))?;
        for sample in samples {
            let value = if sample.is_finite() { *sample } else { 0.0 };
            self.file.write_all(&value.to_le_bytes()).map_err(|e| self.whole.error(e))?;
        }
        Ok(())
    }

    /// Fills what is missing with silence, syncs the file to disk and gives it its name. Returns its size in bytes.
    ///
    /// # Errors
    /// When the disk refuses; then nothing is left behind.
    pub fn finish(mut self) -> Result<u64, MediaError> {
        while self.num_left > 0 {
            let num = self.num_left.min(4096) as usize;
            self.write(&[0.0; 4096][..num])?;
        }
        self.file.flush().map_err(|e| self.whole.error(e))?;
        let Self { file, whole, .. } = self;
        drop(file);
        whole.commit()
    }
}

/// Reads a 32-bit float WAV file exactly as it was written.
///
/// # Errors
/// When there is no such file, or it is not a float WAV, is cut short, over 512 MB, or has samples that are not numbers.
pub fn read_wav(path: &Path) -> Result<Sound, MediaError> {
    ffmpeg::check_file(path)?;
    let unreadable = |source| MediaError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(MediaError::TooLarge {
            path: path.to_owned(),
            detail: "a take's sound has at most 512 MB".to_owned(),
        });
    }
    parse(&bytes).map_err(|detail| MediaError::Damaged { path: path.to_owned(), detail: detail.to_owned() })
}

fn parse(bytes: &[u8]) -> Result<Sound, &'static str> {
    let short = "it is cut short";
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err("it is not a WAV file");
    }
    let mut format = None;
    let mut at = 12;
    loop {
        let head = bytes.get(at..at + 8).ok_or(short)?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = bytes.get(at + 8..).unwrap_or_default();
        match &head[..4] {
            b"fmt " => format = Some(parse_format(body.get(..size).ok_or(short)?)?),
            b"data" => {
                let (rate_hz, channels) = format.ok_or("its format comes after its data")?;
                let data = body.get(..size).ok_or(short)?;
                let samples: Vec<f32> =
                    data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
                if !samples.len().is_multiple_of(usize::from(channels)) {
                    return Err(short);
                }
                if samples.iter().any(|s| !s.is_finite()) {
                    return Err("it has samples that are not numbers");
                }
                return Ok(Sound { rate_hz, channels, samples });
            }
            _ => {}
        }
        at = at.saturating_add(8).saturating_add(size).saturating_add(size & 1);
    }
}

fn parse_format(body: &[u8]) -> Result<(u32, u16), &'static str> {
    let word =
        |at: usize| body.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]])).ok_or("its format is cut short");
    let rate_hz = u32::from(word(4)?) | u32::from(word(6)?) << 16;
    if word(0)? != FLOAT || word(14)? != 32 {
        return Err("it does not hold 32-bit floats");
    }
    match word(2)? {
        channels @ 1..=2 if (1_000..=768_000).contains(&rate_hz) => Ok((rate_hz, channels)),
        _ => Err("its rate or number of channels is not one we write"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_written_in_pieces_reads_back_with_its_comment_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut writer = WavWriter::create(&path, 48_000, 2, 5, "Machine-made.").unwrap();
        writer.write(&[0.25, -0.5, 1.0]).unwrap();
        writer.write(&[f32::NAN, 0.5]).unwrap();
        assert!(writer.write(&[0.0; 6]).is_err(), "more than announced");
        assert!(!path.exists());
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a dropped file leaves nothing");
        let mut writer = WavWriter::create(&path, 48_000, 2, 5, "Machine-made.").unwrap();
        writer.write(&[0.25, -0.5, 1.0]).unwrap();
        let num_bytes = writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(num_bytes, bytes.len() as u64);
        assert_eq!(u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize, bytes.len() - 8);
        assert!(bytes.windows(13).any(|part| part == b"Machine-made."));
        let sound = read_wav(&path).unwrap();
        assert_eq!(sound.samples, [0.25, -0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let sound = Sound::stereo(48_000, vec![0.25, -0.5, 1.0, -1.0]);
        write_wav(&path, &sound).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(parse(&bytes).unwrap(), sound);
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                parse(&changed).ok();
            }
        }
    }
}
