//! The thread that reads takes and voices for the window.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parlance_document::library::{PICTURE_FILE, SOUND_FILE};
use parlance_document::{FrameRate, TakeId};
use parlance_media::{FrameReader, MediaError, RgbFrame, Sound, SoundRequest, decode_sound, read_wav};

/// Pictures in a film strip.
pub(super) const STRIP_TILES: usize = 16;
/// Height of a film strip's pictures.
const STRIP_HEIGHT: u32 = 104;
/// Longest side of pictures kept for the preview.
const PREVIEW_SIDE: u32 = 960;
/// Peaks a second.
const PEAKS_PER_SEC: usize = 100;
/// Longest part of a voice file that is read for drawing and checking.
const MOST_VOICE_SECS: f64 = 600.0;

/// A voice file as it is drawn and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct VoicePeaks {
    /// Peaks, 0 to 1.
    pub peaks: Vec<f32>,
    /// Length.
    pub secs: f64,
    /// A sentence, when the recording is not good for a voice.
    pub warning: Option<String>,
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
    Voice(PathBuf, Result<VoicePeaks, String>),
}

#[derive(Debug)]
enum Wanted {
    Take(TakeId, PathBuf),
    Voice(PathBuf),
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
                        let voice = read_voice(&path).map_err(|error| error.to_string());
                        Loaded::Voice(path, voice)
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
    let sound = decode_sound(path, &SoundRequest::mono(16_000, MOST_VOICE_SECS))?.sound;
    let secs = sound.secs();
    Ok(VoicePeaks { peaks: peaks_of(&sound), secs, warning: warning(&sound.samples, secs) })
}

/// What is wrong with a recording as a reference for a voice, if anything.
fn warning(samples: &[f32], secs: f64) -> Option<String> {
    let loudest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let clipped = samples.iter().filter(|sample| sample.abs() >= 0.999).count();
    if loudest < 0.01 {
        Some("There is almost no sound in this file.".to_owned())
    } else if secs < 2.0 {
        Some(format!("Only {secs:.1} s long; 5 to 15 s of speech work best."))
    } else if clipped * 1000 > samples.len() {
        Some("The recording is clipped: it was too loud for the microphone.".to_owned())
    } else {
        None
    }
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
    fn bad_recordings_are_told() {
        assert!(warning(&[0.0; 16_000], 1.0).is_some());
        assert!(warning(&[0.5; 16_000], 1.0).is_some_and(|words| words.contains("1.0 s")));
        assert!(warning(&[1.0; 80_000], 5.0).is_some_and(|words| words.contains("clipped")));
        assert_eq!(warning(&[0.5; 80_000], 5.0), None);
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
