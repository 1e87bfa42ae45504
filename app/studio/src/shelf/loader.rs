//! The thread that reads takes and voices for the window.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parlance_document::library::{PICTURE_FILE, SOUND_FILE};
use parlance_document::screenplay::MAX_BYTES;
use parlance_document::{FrameRate, TakeId};
use parlance_media::{
    Channels, FrameReader, MediaError, RgbFrame, Sound, SoundRequest, VoiceAnalysis, decode_sound, read_wav,
};

use crate::audition::Part;

/// Pictures in a film strip.
pub(super) const STRIP_TILES: usize = 16;
/// Height of a film strip's pictures.
const STRIP_HEIGHT: u32 = 104;
/// Longest side of pictures kept for the preview.
const PREVIEW_SIDE: u32 = 960;
/// Peaks a second.
const PEAKS_PER_SEC: usize = 100;
/// Longest part of a voice file that is read for drawing and checking.
const MOST_VOICE_SECS: f64 = 300.0;

/// A voice file as it is drawn and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct VoicePeaks {
    /// Peaks, 0 to 1.
    pub peaks: Vec<f32>,
    /// Length.
    pub secs: f64,
    /// What is known of every moment of it.
    pub analysis: Arc<VoiceAnalysis>,
}

impl VoicePeaks {
    /// The part to take a voice from unless somebody chooses another: the clearest speech, in seconds.
    #[must_use]
    pub fn best_part(&self, most_secs: f64) -> Part {
        self.analysis.best_part(most_secs).unwrap_or((0.0, self.secs.min(most_secs)))
    }
}

/// A take, decoded.
#[derive(Debug)]
pub(super) struct LoadedTake {
    pub(super) frames: Vec<RgbFrame>,
    pub(super) rate: FrameRate,
    pub(super) sound: Sound,
    pub(super) peaks: Vec<f32>,
    pub(super) thumb: RgbFrame,
    pub(super) strip: RgbFrame,
}

/// Something that has been read.
#[derive(Debug)]
pub(super) enum Loaded {
    Take(TakeId, Result<Box<LoadedTake>, MediaError>),
    Voice(PathBuf, Result<VoicePeaks, MediaError>),
    Audition(PathBuf, Part, Result<Sound, MediaError>),
    Text(PathBuf, std::io::Result<String>),
}

#[derive(Debug)]
enum Wanted {
    Take(TakeId, PathBuf),
    Voice(PathBuf),
    Audition(PathBuf, Part),
    Text(PathBuf),
}

/// The thread, as the shelf holds it. It ends when the shelf does.
#[derive(Debug)]
pub(super) struct Loader {
    wanted: SyncSender<Wanted>,
    loaded: Receiver<Loaded>,
}

impl Loader {
    pub(super) fn start(wake: egui::Context) -> Self {
        let (wanted, todo) = sync_channel::<Wanted>(256);
        let (done, loaded) = sync_channel(256);
        let run = move || {
            for wish in todo {
                let result = match wish {
                    Wanted::Take(id, folder) => Loaded::Take(id, read_take(&folder).map(Box::new)),
                    Wanted::Voice(path) => {
                        let voice = read_voice(&path);
                        Loaded::Voice(path, voice)
                    }
                    Wanted::Audition(path, part) => {
                        let sound = read_part(&path, part);
                        Loaded::Audition(path, part, sound)
                    }
                    Wanted::Text(path) => {
                        let text = read_text(&path);
                        Loaded::Text(path, text)
                    }
                };
                if done.send(result).is_err() {
                    return;
                }
                wake.request_repaint();
            }
        };
        // Without the thread nothing is ever ready, and the window shows its empty places.
        std::thread::Builder::new().name("parlance-shelf".to_owned()).spawn(run).ok();
        Self { wanted, loaded }
    }

    /// Asks for a take; false when too much is waiting, so ask again later.
    pub(super) fn take(&self, id: TakeId, folder: PathBuf) -> bool {
        self.wanted.try_send(Wanted::Take(id, folder)).is_ok()
    }

    /// Asks for a voice; false when too much is waiting.
    pub(super) fn voice(&self, path: PathBuf) -> bool {
        self.wanted.try_send(Wanted::Voice(path)).is_ok()
    }

    /// Asks for a part of a voice to be heard; false when too much is waiting.
    pub(super) fn audition(&self, path: PathBuf, part: Part) -> bool {
        self.wanted.try_send(Wanted::Audition(path, part)).is_ok()
    }

    /// Asks for a text file; false when too much is waiting.
    pub(super) fn text(&self, path: PathBuf) -> bool {
        self.wanted.try_send(Wanted::Text(path)).is_ok()
    }

    pub(super) fn drain(&self) -> Vec<Loaded> {
        self.loaded.try_iter().collect()
    }
}

fn read_take(folder: &Path) -> Result<LoadedTake, MediaError> {
    let mut reader = FrameReader::open(&folder.join(PICTURE_FILE))?;
    let (num, den) = reader.frame_rate();
    let rate = FrameRate::new(num, den).unwrap_or(FrameRate::FPS_12_5);
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        frames.push(frame.picture.fitted(PREVIEW_SIDE, PREVIEW_SIDE));
    }
    let sound = read_wav(&folder.join(SOUND_FILE))?.to_mix()?;
    let peaks = peaks_of(&sound);
    let blank = RgbFrame::filled(16, 16, [0, 0, 0]);
    let thumb = frames.get(frames.len() / 2).unwrap_or(&blank).fitted(320, 320);
    let strip = strip_of(if frames.is_empty() { std::slice::from_ref(&blank) } else { &frames });
    Ok(LoadedTake { frames, rate, sound, peaks, thumb, strip })
}

fn strip_of(frames: &[RgbFrame]) -> RgbFrame {
    let tiles: Vec<RgbFrame> = (0..STRIP_TILES)
        .map(|tile| frames[tile * frames.len() / STRIP_TILES].fitted(STRIP_HEIGHT * 4, STRIP_HEIGHT))
        .collect();
    let (width, height) = (tiles[0].width, tiles[0].height);
    let mut data = Vec::with_capacity(width as usize * STRIP_TILES * height as usize * 3);
    for y in 0..height as usize {
        for tile in &tiles {
            let row = y * width as usize * 3;
            data.extend_from_slice(&tile.data[row..row + width as usize * 3]);
        }
    }
    RgbFrame { width: width * STRIP_TILES as u32, height, data }
}

fn read_voice(path: &Path) -> Result<VoicePeaks, MediaError> {
    crate::built_in_voices::ensure(path);
    // At its own rate: another one would hide clipping.
    let request = SoundRequest { rate_hz: None, channels: Channels::Mono, start_secs: 0.0, max_secs: MOST_VOICE_SECS };
    let sound = decode_sound(path, &request)?.sound;
    let analysis = Arc::new(VoiceAnalysis::new(&sound)?);
    Ok(VoicePeaks { peaks: peaks_of(&sound), secs: sound.secs(), analysis })
}

fn read_part(path: &Path, (start_secs, end_secs): Part) -> Result<Sound, MediaError> {
    crate::built_in_voices::ensure(path);
    let max_secs = (end_secs - start_secs).clamp(0.05, MOST_VOICE_SECS);
    Ok(decode_sound(path, &SoundRequest { start_secs, ..SoundRequest::for_mix(max_secs) })?.sound)
}

/// The start of a text file, as far as a screenplay is read.
fn read_text(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
}

/// Peaks in 0 to 1; quiet speech is still to be seen, so the scale is a square root.
fn peaks_of(sound: &Sound) -> Vec<f32> {
    let step = (sound.rate_hz as usize / PEAKS_PER_SEC).max(1) * usize::from(sound.channels.max(1));
    let peak = |block: &[f32]| block.iter().fold(0.0_f32, |most, sample| most.max(sample.abs())).min(1.0).sqrt();
    sound.samples.chunks(step).map(peak).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_read_whole_and_its_best_part_found() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("minute.wav");
        // A voice-like buzz whose pitch and loudness move, so that every frame is looked at.
        let sample = |i: usize| {
            let t = i as f32 / 48_000.0;
            let pitch = 130.0 + 30.0 * (t * 2.0).sin();
            (t * pitch * std::f32::consts::TAU).sin().powi(7) * (t * 9.0).sin().max(0.0) * 0.5
        };
        let sound = Sound::mono(48_000, (0..48_000 * 60).map(sample).collect());
        parlance_media::write_wav(&path, &sound).unwrap();
        let voice = read_voice(&path).unwrap();
        assert!((voice.secs - 60.0).abs() < 0.01 && voice.peaks.len() == 6000);
        let part = voice.best_part(12.0);
        assert!(part.1 - part.0 <= 12.0 && part.1 - part.0 > 8.0, "{part:?}");
    }

    #[test]
    fn a_recording_without_speech_still_has_a_part() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("silence.wav");
        parlance_media::write_wav(&path, &Sound::silence(16_000, 1, 16_000 * 20)).unwrap();
        assert_eq!(read_voice(&path).unwrap().best_part(12.0), (0.0, 12.0));
    }

    #[test]
    fn strips_hold_every_tile() {
        let frames: Vec<RgbFrame> = (0..5).map(|idx| RgbFrame::filled(8, 4, [idx * 10, 0, 0])).collect();
        let strip = strip_of(&frames);
        assert_eq!((strip.width, strip.height), (8 * STRIP_TILES as u32, 4));
        assert_eq!(strip.pixel(0, 0), [0, 0, 0]);
        assert_eq!(strip.pixel(strip.width - 1, 3), [40, 0, 0]);
    }

    #[test]
    fn peaks_count_a_hundred_a_second() {
        let sound = Sound::stereo(48_000, vec![0.25; 48_000 * 2]);
        let peaks = peaks_of(&sound);
        assert_eq!(peaks.len(), 100);
        assert!((peaks[50] - 0.5).abs() < 1e-6);
    }
}
