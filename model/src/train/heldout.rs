//! The held-out scripts that `evaluate` measures the bundled model with, as one file that travels with the program.
//!
//! Voices are built on base voices that training never hears, three scripts in ten say words it never hears, looks are
//! held out too. `model/bundled/heldout.bin` is made once from the corpus and a seed. Its layout, little-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `PARLHELD` |
//! | 4 | version, 1 |
//! | 4 | length of the list in bytes |
//! | 4 | length of the packed sound in bytes |
//! | 4 | samples of sound in all |
//! | | the list: JSON, see [`List`] |
//! | | the sound: one byte a sample, deflated |
//!
//! A sound byte is a signed step on a logarithmic scale (mu-law, mu = 255), added to 29/32 of the sample before it:
//! 47 dB signal to noise at 15 kB a second.

use std::path::Path;
use std::sync::OnceLock;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::corpus::Phone;
use super::scenes::{self, FRAMES_PER_SEC};
use crate::audio::mel::RATE_HZ;
use crate::conditioning::{PHONES, class_of};
use crate::world::{Performance, SceneLook, TimedPhone, draw_clip};

mod choosing;

pub use choosing::make;

const MAGIC: &[u8; 8] = b"PARLHELD";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 24;
const MOST_LIST_BYTES: usize = 4 << 20;
const MOST_SAMPLES: usize = 30 * 60 * RATE_HZ;
const MOST_SCRIPTS: usize = 1000;

/// Shots are whole numbers of picture latents long.
const LATENT_SECS: f64 = 0.16;

/// A recorded utterance, cut to its speech.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Who says it.
    pub voice: String,
    /// The words.
    pub text: String,
    /// Symbol, stress, samples; they add up to `samples`.
    phones: Vec<(String, u8, u32)>,
    /// Where its sound begins in the pack's sound.
    first: u32,
    /// Samples at 24 kHz.
    samples: u32,
}

/// One recording in a shot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who says it, 0 or 1.
    pub person: usize,
    /// Index of the recording.
    pub recording: usize,
    /// Sample of the shot at which the recording begins.
    pub at: u32,
}

/// A shot to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Short name, for files.
    pub name: String,
    /// Whether it holds words that training never hears.
    pub unseen_words: bool,
    /// Length in picture latents of 0.16 s.
    latents: u32,
    /// Seed of the held-out look.
    look: u64,
    /// People in the picture, as many as lines.
    pub people: usize,
    /// What is said, in order.
    pub lines: Vec<Line>,
}

/// Everything but the sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The shots.
    pub scripts: Vec<Script>,
    /// What is said in them.
    pub recordings: Vec<Recording>,
    /// One more recording of every voice, for telling the model whom to sound like.
    pub references: Vec<Recording>,
}

/// The held-out scripts with their sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Scripts, recordings, references.
    pub list: List,
    sound: Vec<i16>,
}

impl Recording {
    /// Phones, pauses and marks with their lengths.
    pub fn phones(&self) -> Vec<Phone> {
        let phone = |(symbol, stress, samples): &(String, u8, u32)| Phone {
            symbol: symbol.clone(),
            stress: *stress,
            samples: *samples as usize,
        };
        self.phones.iter().map(phone).collect()
    }

    /// First and one-past-last sample of what is spoken.
    pub fn speech(&self) -> (usize, usize) {
        speech(&self.phones())
    }
}

/// First and one-past-last sample of the phones, leaving out pauses and marks at the ends.
fn speech(phones: &[Phone]) -> (usize, usize) {
    let (mut at, mut first, mut last) = (0, None, 0);
    for phone in phones {
        if is_phone(&phone.symbol) {
            first = first.or(Some(at));
            last = at + phone.samples;
        }
        at += phone.samples;
    }
    (first.unwrap_or(0), last)
}

fn is_phone(symbol: &str) -> bool {
    (1..=PHONES).contains(&class_of(symbol))
}

impl Script {
    /// Length of the shot in seconds.
    pub fn secs(&self) -> f64 {
        f64::from(self.latents) * LATENT_SECS
    }

    /// The held-out scene that is seen.
    pub fn scene(&self) -> SceneLook {
        SceneLook::random_with(&mut ChaCha8Rng::seed_from_u64(self.look), self.people, true)
    }
}

impl Pack {
    /// The sound of a recording, -1 to 1 at 24 kHz.
    pub fn samples(&self, recording: &Recording) -> Vec<f32> {
        let first = recording.first as usize;
        self.sound[first..first + recording.samples as usize].iter().map(|x| f32::from(*x) / 32768.0).collect()
    }

    /// The true sound of a script, as long as the shot.
    pub fn true_sound(&self, script: &Script) -> Vec<f32> {
        let mut out = vec![0.0; (script.secs() * RATE_HZ as f64).round() as usize];
        for line in &script.lines {
            let samples = self.samples(&self.list.recordings[line.recording]);
            for (slot, x) in out[line.at as usize..].iter_mut().zip(samples) {
                *slot += x;
            }
        }
        out
    }

    /// The recording of a line.
    pub fn recording(&self, line: &Line) -> &Recording {
        &self.list.recordings[line.recording]
    }

    /// When a line's first phone starts and its last phone ends in the shot, in seconds.
    pub fn span_secs(&self, line: &Line) -> (f64, f64) {
        let (first, last) = self.recording(line).speech();
        let secs = |sample: usize| (sample + line.at as usize) as f64 / RATE_HZ as f64;
        (secs(first), secs(last))
    }

    /// The phones of a line with their times in the shot.
    pub fn timed_phones(&self, line: &Line) -> Vec<TimedPhone> {
        scenes::timed_phones(&self.recording(line).phones(), line.at as f32 / RATE_HZ as f32)
    }

    /// The reference recording of the voice of a line.
    pub fn reference(&self, line: &Line) -> Option<&Recording> {
        let voice = &self.recording(line).voice;
        self.list.references.iter().find(|reference| reference.voice == *voice)
    }

    /// The true picture of a script, `side` x `side`: its look, its lips on its recordings.
    pub fn true_picture(&self, script: &Script, num_frames: usize, side: u32) -> crate::world::Clip {
        let scene = script.scene();
        let lines: Vec<_> = script.lines.iter().map(|line| (line.person, self.timed_phones(line))).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(script.look ^ 0x5EED);
        let performance = Performance::from_speech(&scene, &lines, num_frames, FRAMES_PER_SEC, &mut rng);
        draw_clip(&scene, &performance, (side, side))
    }

    /// Reads a pack; anything that is not exactly one is refused.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let read = |source| TrainError::Read { path: path.to_owned(), source };
        let most = (HEADER_BYTES + MOST_LIST_BYTES + MOST_SAMPLES) as u64;
        if std::fs::metadata(path).map_err(read)?.len() > most {
            return Err(broken("it is far too large"));
        }
        Self::parse(&std::fs::read(path).map_err(read)?)
    }

    /// Reads a pack from memory.
    pub fn parse(bytes: &[u8]) -> Result<Self, TrainError> {
        let number = |at: usize| -> Option<usize> {
            let part: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_le_bytes(part)).ok()
        };
        let header = (bytes.get(..8) == Some(MAGIC)).then(|| [8, 12, 16, 20].map(number));
        let Some([Some(version), Some(list), Some(packed), Some(samples)]) = header else {
            return Err(broken("it does not begin like one"));
        };
        if version != VERSION as usize {
            return Err(broken(&format!("it has version {version}, this program reads version {VERSION}")));
        }
        if list > MOST_LIST_BYTES || samples > MOST_SAMPLES || HEADER_BYTES + list + packed != bytes.len() {
            return Err(broken("its lengths do not fit"));
        }
        let steps = miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes[HEADER_BYTES + list..], samples)
            .map_err(|_| broken("its sound cannot be unpacked"))?;
        if steps.len() != samples {
            return Err(broken("its sound is too short"));
        }
        let list: List = serde_json::from_slice(&bytes[HEADER_BYTES..HEADER_BYTES + list])?;
        check(&list, samples)?;
        Ok(Self { list, sound: decode(&steps) })
    }

    /// The pack as a file's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, TrainError> {
        let list = serde_json::to_vec(&self.list)?;
        let packed = miniz_oxide::deflate::compress_to_vec(&encode(&self.sound), 9);
        let mut out = MAGIC.to_vec();
        for number in [VERSION as usize, list.len(), packed.len(), self.sound.len()] {
            let number = u32::try_from(number).map_err(|_| broken("it is too large to write"))?;
            out.extend(number.to_le_bytes());
        }
        out.extend(list);
        out.extend(packed);
        Ok(out)
    }
}

fn broken(why: &str) -> TrainError {
    TrainError::Corpus(format!(
        "the file of held-out scripts cannot be used: {why}; make it again with the stage `heldout`"
    ))
}

/// Every index and length of a list, before anything uses it.
fn check(list: &List, samples: usize) -> Result<(), TrainError> {
    for recording in list.recordings.iter().chain(&list.references) {
        let length = recording.phones.iter().map(|phone| u64::from(phone.2)).sum::<u64>();
        let end = u64::from(recording.first) + u64::from(recording.samples);
        if length != u64::from(recording.samples) || end > samples as u64 {
            return Err(broken("a recording lies outside the sound"));
        }
        if !recording.phones.iter().any(|phone| is_phone(&phone.0)) {
            return Err(broken("a recording says nothing"));
        }
    }
    if list.scripts.len() > MOST_SCRIPTS {
        return Err(broken("it has too many scripts"));
    }
    for script in &list.scripts {
        let named = !script.name.is_empty() && script.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !named || !(1..=2).contains(&script.people) || !(1..=60).contains(&script.latents) {
            return Err(broken("a script is not possible"));
        }
        let total = (script.secs() * RATE_HZ as f64).round() as u64;
        for line in &script.lines {
            let fits =
                list.recordings.get(line.recording).is_some_and(|r| u64::from(line.at) + u64::from(r.samples) <= total);
            let voiced = || list.references.iter().any(|r| r.voice == list.recordings[line.recording].voice);
            if line.person >= script.people || !fits || !voiced() {
                return Err(broken("a line does not fit its script"));
            }
        }
    }
    Ok(())
}

/// The sizes of the steps: mu-law with mu = 255.
fn sizes() -> &'static [i32; 128] {
    static TABLE: OnceLock<[i32; 128]> = OnceLock::new();
    TABLE.get_or_init(|| {
        std::array::from_fn(|i| ((256f64.powf(i as f64 / 127.0) - 1.0) / 255.0 * 32768.0).round() as i32)
    })
}

fn predicted(before: i32) -> i32 {
    before * 29 / 32
}

fn stepped(before: i32, step: u8) -> i32 {
    let step = step as i8;
    let size = sizes()[usize::from(step.unsigned_abs()).min(127)] * i32::from(step.signum());
    (predicted(before) + size).clamp(-32768, 32767)
}

fn encode(sound: &[i16]) -> Vec<u8> {
    let mut before = 0;
    let steps = sound.iter().map(|x| {
        let wanted = i32::from(*x) - predicted(before);
        let above = sizes().partition_point(|size| *size < wanted.abs()).min(127);
        let below = above.saturating_sub(1);
        let nearest = if wanted.abs() - sizes()[below] <= sizes()[above] - wanted.abs() { below } else { above };
        let step = (nearest as i8 * wanted.signum() as i8) as u8;
        before = stepped(before, step);
        step
    });
    steps.collect()
}

fn decode(steps: &[u8]) -> Vec<i16> {
    let mut before = 0;
    let samples = steps.iter().map(|step| {
        before = stepped(before, *step);
        before as i16
    });
    samples.collect()
}

#[cfg(test)]
mod tests {
    use super::choosing::choose;
    use super::*;
    use crate::train::corpus::{self, Split};

    fn utterance(voice: usize, index: usize, split: Split) -> corpus::Utterance {
        let secs = 1.0 + index as f64 * 0.2;
        let phone = |symbol: &str, samples: usize| Phone { symbol: symbol.into(), stress: 1, samples };
        let length = (secs * RATE_HZ as f64) as usize;
        let phones = vec![
            phone("sil", 4800),
            phone("AA", length / 2),
            phone("_", 480),
            phone("M", length / 2),
            phone(".", 2400),
            phone("sil", 1200),
        ];
        let total = phones.iter().map(|p| p.samples).sum::<usize>();
        let sound = (0..total).map(|n| (8000.0 * (n as f64 * (0.05 + voice as f64 * 0.001)).sin()) as i16).collect();
        corpus::Utterance { speaker: format!("v{voice}"), split, text: format!("line {index}"), phones, sound }
    }

    fn small_corpus() -> Vec<corpus::Utterance> {
        let voice = |v| {
            let everyday = (0..4).map(move |i| utterance(v, i, Split::HeldOut));
            everyday.chain((0..2).map(move |i| utterance(v, i, Split::UnseenWords)))
        };
        (0..60).flat_map(voice).collect()
    }

    #[test]
    fn a_pack_holds_what_was_asked_for_and_comes_back() {
        let pack = choose(&small_corpus()).unwrap();
        assert_eq!(pack.list.scripts.len(), 100);
        assert_eq!(pack.list.scripts.iter().filter(|s| s.unseen_words).count(), 30);
        assert_eq!(pack.list.scripts.iter().filter(|s| s.people == 2).count(), 25);
        for script in &pack.list.scripts {
            assert!((2.0..=4.7).contains(&script.secs()) && script.scene().is_held_out());
            let voices: Vec<&String> = script.lines.iter().map(|line| &pack.recording(line).voice).collect();
            assert!(voices.windows(2).all(|pair| pair[0] != pair[1]));
            let spans: Vec<(f64, f64)> = script.lines.iter().map(|line| pack.span_secs(line)).collect();
            assert!(spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "{spans:?}");
            for line in &script.lines {
                let reference = pack.reference(line).unwrap();
                assert_ne!(reference.text, pack.recording(line).text);
            }
        }
        assert_eq!(pack, choose(&small_corpus()).unwrap());
        let back = Pack::parse(&pack.bytes().unwrap()).unwrap();
        assert_eq!(back.list, pack.list);
        let (mut signal, mut noise) = (0.0, 0.0);
        for (a, b) in pack.sound.iter().zip(&back.sound) {
            signal += f64::from(*a).powi(2);
            noise += (f64::from(*a) - f64::from(*b)).powi(2);
        }
        assert!(10.0 * (signal / noise).log10() > 35.0);
    }

    #[test]
    fn broken_packs_are_refused() {
        let bytes = choose(&small_corpus()).unwrap().bytes().unwrap();
        for cut in [0, 7, 8, 23, 24, 1000, bytes.len() - 1] {
            assert!(Pack::parse(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in [0, 8, 12, 16, 20] {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x55;
            assert!(Pack::parse(&wrong).is_err(), "changed at {at}");
        }
        let list = choose(&small_corpus()).unwrap().list;
        let samples = list.recordings.iter().chain(&list.references).map(|r| r.samples as usize).sum();
        assert!(check(&list, samples).is_ok());
        let spoil: [fn(&mut List); 6] = [
            |l| l.recordings[0].first = u32::MAX,
            |l| l.recordings[0].phones[0].2 += 1,
            |l| l.scripts[0].lines[0].recording = 10_000,
            |l| l.scripts[0].lines[0].person = 7,
            |l| l.scripts[0].name = "../away".into(),
            |l| l.references.clear(),
        ];
        for (which, spoil) in spoil.iter().enumerate() {
            let mut wrong = list.clone();
            spoil(&mut wrong);
            assert!(check(&wrong, samples).is_err(), "{which}");
        }
    }

    #[test]
    fn silence_stays_silent() {
        assert!(decode(&encode(&[0; 100])).iter().all(|x| *x == 0));
        let loud = [i16::MAX, i16::MIN, i16::MAX, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let back = decode(&encode(&loud));
        assert!(i32::from(back[11]).abs() < 10, "{back:?}");
    }
}
