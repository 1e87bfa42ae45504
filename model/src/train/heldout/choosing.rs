//! Which held-out utterances go into which scripts.

use std::collections::BTreeMap;
use std::path::Path;

use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{LATENT_SECS, Line, List, Pack, Recording, Script, broken, speech};
use crate::audio::mel::RATE_HZ;
use crate::train::corpus::{self, Split};
use crate::train::{TrainError, say, write_whole};

/// Scripts in the pack.
const SCRIPTS: usize = 100;
/// Of which this many hold words that training never hears.
const UNSEEN: usize = 30;
/// Seed of the choice.
const SEED: u64 = 20_240;
/// Sound kept before the first and after the last phone of an utterance.
const KEEP_SAMPLES: usize = RATE_HZ * 60 / 1000;
/// Fewest and most latents of a shot.
const LATENTS: (f64, f64) = (13.0, 29.0);

/// Chooses the scripts from the corpus and writes the pack.
pub fn make(corpus: &Path, path: &Path) -> Result<(), TrainError> {
    let pack = choose(&corpus::read(corpus)?)?;
    let bytes = pack.bytes()?;
    let parsed = Pack::parse(&bytes)?;
    write_whole(path, &bytes)?;
    let lines: usize = parsed.list.scripts.iter().map(|script| script.lines.len()).sum();
    let secs: f64 = parsed.list.scripts.iter().map(Script::secs).sum();
    let voices = parsed.list.references.len();
    let size = bytes.len() as f64 / 1e6;
    say(&format!(
        "{} scripts, {lines} lines, {secs:.0} s, {voices} voices, {size:.1} MB: {}\n",
        parsed.list.scripts.len(),
        path.display()
    ));
    Ok(())
}

/// A recording of the corpus, cut to its speech.
fn cut(utterance: &corpus::Utterance) -> (Recording, Vec<i16>) {
    let (first, last) = speech(&utterance.phones);
    let from = first.saturating_sub(KEEP_SAMPLES);
    let to = (last + KEEP_SAMPLES).min(utterance.sound.len());
    let mut phones = vec![("sil".to_owned(), 0, (first - from) as u32)];
    let mut at = 0;
    for phone in &utterance.phones {
        if at >= first && at < last {
            phones.push((phone.symbol.clone(), phone.stress, phone.samples as u32));
        }
        at += phone.samples;
    }
    phones.push(("sil".to_owned(), 0, (to - last) as u32));
    let samples = (to - from) as u32;
    let recording =
        Recording { voice: utterance.speaker.clone(), text: utterance.text.clone(), phones, first: 0, samples };
    (recording, utterance.sound[from..to].to_vec())
}

pub(super) fn choose(utterances: &[corpus::Utterance]) -> Result<Pack, TrainError> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut pack = Pack { list: List::default(), sound: Vec::new() };
    let spoken = |u: &corpus::Utterance| speech(&u.phones).1 - speech(&u.phones).0;
    // The longest everyday line of each voice that is no longer than 4 s is its reference and is said in no script.
    let mut references: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, u) in
        utterances.iter().enumerate().filter(|(_, u)| u.split == Split::HeldOut && spoken(u) < 4 * RATE_HZ)
    {
        let kept = references.entry(&u.speaker).or_insert(index);
        if spoken(u) > spoken(&utterances[*kept]) {
            *kept = index;
        }
    }
    let mut pools = [Split::HeldOut, Split::UnseenWords].map(|split| {
        let usable = |(index, u): &(usize, &corpus::Utterance)| {
            u.split == split && references.get(u.speaker.as_str()).is_some_and(|r| r != index)
        };
        let mut pool: Vec<usize> = utterances.iter().enumerate().filter(usable).map(|(index, _)| index).collect();
        pool.shuffle(&mut rng);
        pool
    });
    for index in references.values() {
        let recording = add(&mut pack.sound, &utterances[*index]);
        pack.list.references.push(recording);
    }
    for number in 0..SCRIPTS {
        let unseen = number * UNSEEN / SCRIPTS != (number + 1) * UNSEEN / SCRIPTS;
        let people = if number % 4 == 3 { 2 } else { 1 };
        let mut take = |pool: usize, most_secs: f64, not: Option<&str>| {
            let fits = |index: &usize| {
                spoken(&utterances[*index]) as f64 <= most_secs * RATE_HZ as f64
                    && not != Some(utterances[*index].speaker.as_str())
            };
            let place = pools[pool].iter().position(fits);
            place
                .map(|place| pools[pool].remove(place))
                .ok_or_else(|| broken("the corpus holds too few held-out sentences"))
        };
        // Room for the margins of the recordings and pauses around them is left in every case.
        let mut chosen = vec![take(usize::from(unseen), if people == 2 { 2.3 } else { 4.1 }, None)?];
        if people == 2 {
            let first = &utterances[chosen[0]];
            chosen.push(take(0, 3.9 - spoken(first) as f64 / RATE_HZ as f64, Some(&first.speaker))?);
        }
        let script = lay_out(&mut pack, number, unseen, &chosen, utterances, &mut rng);
        pack.list.scripts.push(script);
    }
    Ok(pack)
}

fn add(sound: &mut Vec<i16>, utterance: &corpus::Utterance) -> Recording {
    let (mut recording, samples) = cut(utterance);
    recording.first = sound.len() as u32;
    sound.extend(samples);
    recording
}

/// Puts utterances into a shot that is a little longer than they are.
fn lay_out(
    pack: &mut Pack,
    number: usize,
    unseen: bool,
    chosen: &[usize],
    utterances: &[corpus::Utterance],
    rng: &mut ChaCha8Rng,
) -> Script {
    let pause = |low: f64, high: f64, rng: &mut ChaCha8Rng| (rng.random_range(low..high) * RATE_HZ as f64) as u32;
    let first_person = rng.random_range(0..chosen.len());
    let mut lines = Vec::new();
    let mut at = pause(0.1, 0.18, rng);
    for (turn, index) in chosen.iter().enumerate() {
        let recording = add(&mut pack.sound, &utterances[*index]);
        lines.push(Line { person: (first_person + turn) % chosen.len(), recording: pack.list.recordings.len(), at });
        at += recording.samples + pause(0.05, 0.16, rng);
        pack.list.recordings.push(recording);
    }
    let secs = f64::from(at) / RATE_HZ as f64;
    let latents = (secs / LATENT_SECS).ceil().clamp(LATENTS.0, LATENTS.1) as u32;
    // What is left over goes before the first line and after the last.
    let free = ((f64::from(latents) * LATENT_SECS * RATE_HZ as f64) as u32).saturating_sub(at);
    let lead = rng.random_range(0..=free);
    lines.iter_mut().for_each(|line| line.at += lead);
    let kind = if unseen { "unseen" } else { "everyday" };
    Script {
        name: format!("{number:03}-{kind}"),
        unseen_words: unseen,
        latents,
        look: rng.random(),
        people: chosen.len(),
        lines,
    }
}
