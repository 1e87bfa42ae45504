//! Measures the bundled model on held-out scripts, voices and looks, with the truth beside every number.
//!
//! Three clips are measured for each script: the one that the model makes, the recorded utterance with the drawn
//! picture, and the latter after the sound codec with vocoder and the picture codec. The same code measures all three,
//! with networks that were trained on true sound and drawn pictures only.

mod clips;
mod curve;
mod measure;
mod report;
mod rulers;
mod statistics;
mod tasks;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use self::measure::{Bench, Clip, Scores};
pub use self::report::{Report, Row};
pub use self::rulers::{Rulers, export};
pub use self::statistics::Estimate;
pub use self::tasks::TaskRow;
use super::heldout::{Pack, Recording, Script};
use super::sheet::Sheet;
use super::{TrainError, picture_codec, say, write_whole};
use crate::audio::mel::{self, BANDS};
use crate::bundle::{self, Bundle};
use crate::codec::picture;
use crate::codec::refiner::at_codec_size;
use crate::codec::sound::{FOLD, MEL_MEAN, MEL_SCALE};
use crate::pipeline::{self, Givens, Guidance, Reference, Shot, SpokenLine};
use crate::rulers::stretched;
use crate::text::phonemes::{Symbol, Unit};
use crate::world::{self, TimedPhone};

/// What to measure and how.
#[derive(Clone, Debug)]
pub struct EvaluateOptions {
    /// The bundled model's weights.
    pub bundle: PathBuf,
    /// The rulers' weights.
    pub rulers: PathBuf,
    /// The held-out scripts.
    pub heldout: PathBuf,
    /// Where everything computes.
    pub device: Device,
    /// Threads of the processor; `None` leaves it as it is.
    pub threads: Option<usize>,
    /// What may be chosen from a file as well.
    pub settings: Settings,
}

/// The part of the options that a config file holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many scripts; fewer than all are always the same choice.
    pub scripts: usize,
    /// How many scripts the tasks that keep something of what is there are measured on; 0 leaves them out.
    pub tasks: usize,
    /// Seed of the first script; each further one adds 1.
    pub seed: u64,
    /// Denoising steps.
    pub steps: usize,
    /// Guidance scales: text, alignment, timbre.
    pub guidance: [f64; 3],
    /// Numbers of steps to measure beside each other; empty measures the one set up above.
    pub curve: Vec<usize>,
    /// Whether the model makes clips; without it only the rulers and codecs are measured.
    pub generate: bool,
    /// Folder for sound clips that another judge reads; the truth goes into the same name with `-truth`.
    pub clips: Option<PathBuf>,
    /// Where `evaluation.json`, `evaluation.md` and the contact sheet `evaluation.png` go.
    pub out: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        let Guidance { text, alignment, timbre } = Guidance::default();
        Self {
            scripts: 100,
            tasks: 0,
            seed: 1,
            steps: 12,
            guidance: [text, alignment, timbre],
            curve: Vec::new(),
            generate: true,
            clips: None,
            out: None,
        }
    }
}

impl EvaluateOptions {
    /// The files of a folder such as `model/bundled`, everything else as usual.
    pub fn in_folder(bundle: &Path, folder: &Path, device: Device) -> Self {
        Self {
            bundle: bundle.to_owned(),
            rulers: folder.join("rulers.safetensors"),
            heldout: folder.join("heldout.bin"),
            device,
            threads: None,
            settings: Settings::default(),
        }
    }
}

/// Scores of the three kinds of clips, in the same order.
#[derive(Default)]
struct Measured {
    generated: Vec<Scores>,
    truth: Vec<Scores>,
    codec: Vec<Scores>,
    /// Rows of frames of the first scripts: the truth, and below it what was made.
    shown: Vec<Vec<Vec<u8>>>,
}

/// Scripts and frames on the contact sheet.
const SHOWN: (usize, usize) = (8, 8);

/// Measures whole shots and tasks, as many of each as the options say; prints the tables, and writes them and the clips
/// where the options say.
pub fn run(options: &EvaluateOptions) -> Result<(), TrainError> {
    if let Some(threads) = options.threads {
        // Threads can be chosen only once in a process; a second choice changes nothing.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    }
    let settings = &options.settings;
    let pack = Pack::read(&options.heldout)?;
    let rulers = Rulers::load(&options.rulers, &options.device)?;
    let bundle = Bundle::load(&options.bundle, &options.device)?;
    let bench = Bench::new(&pack, &rulers, &bundle, &options.device);
    if !settings.curve.is_empty() {
        return curve::run(&bench, settings);
    }
    if settings.scripts > 0 {
        whole_shots(options, &bench)?;
    }
    if settings.tasks > 0 {
        let rows = tasks::run(&bench, settings)?;
        let markdown = tasks::markdown(&rows, settings.tasks.min(pack.list.scripts.len()));
        say(&format!("\n{markdown}"));
        if let Some(folder) = &settings.out {
            write_whole(&folder.join("tasks.json"), &serde_json::to_vec_pretty(&rows)?)?;
            write_whole(&folder.join("tasks.md"), markdown.as_bytes())?;
        }
    }
    Ok(())
}

/// The table of whole shots.
fn whole_shots(options: &EvaluateOptions, bench: &Bench<'_>) -> Result<(), TrainError> {
    let settings = &options.settings;
    let chosen = spread(&bench.pack.list.scripts, settings.scripts);
    let mut measured = Measured::default();
    for (number, script) in chosen.iter().enumerate() {
        measure_script(bench, settings, number, script, &mut measured)?;
        progress(number + 1, chosen.len(), script, &measured);
    }
    let report = Report::new(about(options, chosen.len())?, &measured.generated, &measured.truth, &measured.codec);
    let markdown = report.markdown();
    say(&format!("\n{markdown}"));
    if let Some(folder) = &settings.out {
        write_whole(&folder.join("evaluation.json"), &serde_json::to_vec_pretty(&report)?)?;
        write_whole(&folder.join("evaluation.md"), markdown.as_bytes())?;
        write_whole(&folder.join("evaluation.png"), &contact_sheet(&measured.shown, bench.bundle.side()).png())?;
    }
    Ok(())
}

/// `count` items chosen once and for all, in order. (Every fourth script has two people: even steps would miss them.)
fn spread<T>(items: &[T], count: usize) -> Vec<&T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(4));
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().map(|index| &items[index]).collect()
}

fn measure_script(
    bench: &Bench<'_>,
    settings: &Settings,
    number: usize,
    script: &Script,
    measured: &mut Measured,
) -> Result<(), TrainError> {
    let picture = bench.pack.true_picture(script, pipeline::num_frames(script.secs()), bench.bundle.side() as u32);
    let sound = bench.pack.true_sound(script);
    let codec = through_codecs(bench, &picture, &sound);
    let truth = Clip { rgb: picture.rgb, samples: sound, secs: 0.0 };
    if settings.generate {
        let clip = generate(bench, settings, script, settings.seed + number as u64)?;
        measured.generated.push(bench.measure(script, &clip));
        if measured.shown.len() < 2 * SHOWN.0 {
            let side = bench.bundle.side();
            measured.shown.extend([some_frames(&truth.rgb, side), some_frames(&clip.rgb, side)]);
        }
        if let Some(folder) = &settings.clips {
            clips::write(folder, bench, script, &clip)?;
        }
    }
    if let Some(folder) = &settings.clips {
        for (end, clip) in [("-truth", &truth), ("-codec", &codec)] {
            let mut name = folder.file_name().unwrap_or_default().to_owned();
            name.push(end);
            clips::write(&folder.with_file_name(name), bench, script, clip)?;
        }
    }
    measured.truth.push(bench.measure(script, &truth));
    measured.codec.push(bench.measure(script, &codec));
    Ok(())
}

/// Frames of `side` squared, spread evenly over a clip.
fn some_frames(rgb: &[u8], side: usize) -> Vec<Vec<u8>> {
    let frames: Vec<&[u8]> = rgb.chunks_exact(side * side * 3).collect();
    (0..SHOWN.1).filter_map(|i| frames.get(i * frames.len() / SHOWN.1)).map(|frame| frame.to_vec()).collect()
}

fn contact_sheet(rows: &[Vec<Vec<u8>>], side: usize) -> Sheet {
    let mut sheet = Sheet::for_row(SHOWN.1, side);
    for row in rows {
        sheet.row(row, side);
    }
    sheet
}

/// The truth through the sound codec and vocoder, and through the picture codec and refiner.
fn through_codecs(bench: &Bench<'_>, picture: &world::Clip, sound: &[f32]) -> Clip {
    let side = picture::SIDE;
    let rgb = at_codec_size(&picture.rgb, picture.width as usize).into_owned();
    let boxes = picture.boxes.clone();
    let small = world::Clip { width: side as u32, height: side as u32, rgb, boxes };
    let mut rgb = picture_codec::round_trip(&bench.bundle.picture, &small, bench.device);
    rgb.truncate(small.rgb.len());
    let rgb = match &bench.bundle.refiner {
        Some(refiner) => refiner.refine(&rgb, side, side),
        None => rgb,
    };
    let mel = mel::mel(sound);
    let rows = mel.frames / FOLD * FOLD;
    let values: Vec<f32> = mel.values[..rows * BANDS].iter().map(|x| (x - MEL_MEAN) / MEL_SCALE).collect();
    let mel = Tensor::<3>::from_data(TensorData::new(values, [1, rows, BANDS]), bench.device);
    let mel = bench.bundle.sound.decode(bench.bundle.sound.encode(mel).0);
    Clip { rgb, samples: bench.bundle.vocoder.speak(mel, 1), secs: 0.0 }
}

/// A script as the model is asked for it: the words, their spans, the attributes and another recording of each voice.
fn shot_of(bench: &Bench<'_>, settings: &Settings, script: &Script, seed: u64) -> Shot {
    let mut voices = [None, None];
    let mut lines = Vec::new();
    for line in &script.lines {
        let (start_secs, end_secs) = bench.pack.span_secs(line);
        let recording = bench.pack.recording(line);
        let phones = Some(laid_evenly(recording, start_secs, end_secs));
        lines.push(SpokenLine { person: line.person, text: recording.text.clone(), start_secs, end_secs, phones });
        voices[line.person] = bench
            .pack
            .reference(line)
            .map(|r| Reference { samples: bench.pack.samples(r), rate_hz: mel::RATE_HZ as u32 });
    }
    let [text, alignment, timbre] = settings.guidance;
    Shot {
        secs: script.secs(),
        lines,
        voices,
        attributes: script.scene().attributes(),
        first_frame: None,
        given: Givens::default(),
        sound_only: false,
        seed,
        steps: settings.steps,
        guidance: Guidance { text, alignment, timbre },
    }
}

/// The phones of a recording, laid into its span as those of a written line are: nothing of its rhythm is told, and no word
/// is told in another of its sounds than the one that is measured.
fn laid_evenly(recording: &Recording, start_secs: f64, end_secs: f64) -> Vec<TimedPhone> {
    let units = recording
        .phones()
        .into_iter()
        .filter_map(|phone| Some(Unit { symbol: Symbol::from_name(&phone.symbol)?, stress: phone.stress }));
    let mut units: Vec<Unit> = units.skip_while(|unit| !unit.symbol.is_phone()).collect();
    units.truncate(units.iter().rposition(|unit| unit.symbol.is_phone()).map_or(0, |last| last + 1));
    stretched(&units, start_secs, end_secs)
}

/// The model's clip of a script.
fn generate(bench: &Bench<'_>, settings: &Settings, script: &Script, seed: u64) -> Result<Clip, TrainError> {
    let shot = shot_of(bench, settings, script, seed);
    let clock = Instant::now();
    let made = pipeline::generate(bench.bundle, &shot, &mut |_| ControlFlow::Continue(()))
        .map_err(|error| TrainError::Corpus(format!("script {}: {error}", script.name)))?;
    Ok(Clip { rgb: made.rgb, samples: made.samples, secs: clock.elapsed().as_secs_f64() })
}

fn progress(done: usize, total: usize, script: &Script, measured: &Measured) {
    let percent = |set: &[Scores]| {
        let rate = statistics::Count::percent(set.iter().map(|s| s.phones));
        rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}%"))
    };
    let secs = measured.generated.last().map_or(0.0, |s| s.secs);
    say(&format!(
        "{done}/{total} {}: {secs:.1} s; phones wrong so far {} generated, {} truth, {} codec\n",
        script.name,
        percent(&measured.generated),
        percent(&measured.truth),
        percent(&measured.codec)
    ));
}

fn about(options: &EvaluateOptions, scripts: usize) -> Result<BTreeMap<String, String>, TrainError> {
    let settings = &options.settings;
    let hash = |path: &Path| {
        let hash = bundle::hash_file(path).map_err(|source| TrainError::Read { path: path.to_owned(), source })?;
        Ok::<_, TrainError>(hash[..16].to_owned())
    };
    let [text, alignment, timbre] = settings.guidance;
    Ok(BTreeMap::from([
        ("scripts".to_owned(), scripts.to_string()),
        ("steps".to_owned(), settings.steps.to_string()),
        ("guidance".to_owned(), format!("text {text}, alignment {alignment}, timbre {timbre}")),
        ("first seed".to_owned(), settings.seed.to_string()),
        ("weights".to_owned(), hash(&options.bundle)?),
        ("rulers".to_owned(), hash(&options.rulers)?),
        ("held-out scripts".to_owned(), hash(&options.heldout)?),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_spread_over_the_pack() {
        let items: Vec<usize> = (0..100).collect();
        let some = spread(&items, 24);
        assert_eq!(some.len(), 24);
        assert!(some.is_sorted() && (3..10).contains(&some.iter().filter(|i| **i % 4 == 3).count()), "{some:?}");
        assert_eq!(some, spread(&items, 24));
        assert_eq!(spread(&items, 1000).len(), 100);
        assert!(spread(&items, 0).is_empty());
    }

    #[test]
    fn settings_fill_themselves_up() {
        let settings: Settings = serde_json::from_str(r#"{"scripts": 12}"#).unwrap();
        assert_eq!((settings.scripts, settings.steps, settings.generate), (12, 12, true));
        assert!(serde_json::from_str::<Settings>(r#"{"script": 12}"#).is_err());
    }
}
