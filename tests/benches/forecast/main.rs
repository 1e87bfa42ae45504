//! Forecast against what clips really take: lengths times presets on the bundled model, as a table.
//!
//!     cargo bench --profile release -p parlance-tests --features train --bench forecast
//!
//! A first short draft teaches the pace of this computer, as it does for a person; every clip after it is foreseen from
//! those before. Wall-clock time suffers from whatever else runs, so processor time stands beside it.

use std::time::Instant;

use parlance::cli::args::Device;
use parlance_engine::generator::{CancelToken, GenerationSpec, Generator, LineSpec, PromptSpec, Ruler};
use parlance_tests::machine;

type Failure = Box<dyn std::error::Error>;

/// The model makes up to 6 s.
const LENGTHS_SECS: [f64; 3] = [2.0, 4.0, 6.0];
const PRESETS: [&str; 3] = ["draft", "normal", "best"];

fn main() -> Result<(), Failure> {
    // The pace of this computer stays as it is: the measuring is done by a child with a cache of its own.
    if std::env::var_os("PARLANCE_FORECAST_BENCH").is_none() {
        let cache = tempfile::tempdir()?;
        let mut child = std::process::Command::new(std::env::current_exe()?);
        child.env("PARLANCE_FORECAST_BENCH", "1").env("XDG_CACHE_HOME", cache.path());
        let ended = child.status()?;
        return if ended.success() { Ok(()) } else { Err("the measuring failed".into()) };
    }
    let mut generator = parlance::generator::open(Device::Cpu);
    let info = generator.estimator().info();
    if info.device_kind == "none" {
        return Err("there is no model".into());
    }
    let mut ruler = generator.ruler();
    println!("{}", machine::description());
    println!();
    println!(
        "| length | preset | steps | forecast | took | off | processor | forecast / processor | loading, denoising, decoding, measuring |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut run = |length_secs: f64, preset: usize| -> Result<f64, Failure> {
        let spec = spec(length_secs, info.preset_steps[preset]);
        let forecast = generator.estimator().forecast(&spec).secs;
        let (start, processor) = (Instant::now(), machine::processor_secs());
        let stages = make(generator.as_mut(), ruler.as_deref_mut(), &spec)?;
        let took = start.elapsed().as_secs_f64();
        let processor = machine::processor_secs().zip(processor).map(|(after, before)| after - before);
        let off = forecast / took - 1.0;
        println!(
            "| {length_secs:.0} s | {} | {} | {forecast:.1} s | {took:.1} s | {:+.0} % | {} | {} | {} |",
            PRESETS[preset],
            spec.steps,
            100.0 * off,
            processor.map_or_else(String::new, |secs| format!("{secs:.1} s")),
            processor.map_or_else(String::new, |secs| format!("{:.3}", forecast / secs)),
            stages.map(|secs| format!("{secs:.2}")).join(", "),
        );
        Ok(off.abs())
    };
    println!("| | | | *the first is a guess:* | | | | | |");
    run(2.0, 0)?;
    println!("| | | | *from then on:* | | | | | |");
    let mut worst = 0.0_f64;
    for length_secs in LENGTHS_SECS {
        for preset in 0..PRESETS.len() {
            worst = worst.max(run(length_secs, preset)?);
        }
    }
    println!();
    println!(
        "Worst of those foreseen: {:.0} % off. Forecast over processor time is the same for all in a good forecast.",
        100.0 * worst
    );
    Ok(())
}

/// A clip as the engine makes it: made, then measured. Answers the seconds of loading, denoising, decoding and measuring.
fn make(
    generator: &mut dyn Generator,
    ruler: Option<&mut (dyn Ruler + 'static)>,
    spec: &GenerationSpec,
) -> Result<[f64; 4], Failure> {
    let clip = generator.generate(spec, &CancelToken::new(), &mut |_| {})?;
    let of = |names: &[&str]| -> f64 {
        clip.stage_secs
            .iter()
            .filter(|(name, _)| names.iter().any(|one| name.starts_with(one)))
            .map(|(_, secs)| secs)
            .sum()
    };
    let start = Instant::now();
    if let Some(ruler) = ruler {
        ruler.measure(spec, &clip)?;
    }
    Ok([of(&["Loading"]), of(&["Reading", "Denoising"]), of(&["Decoding"]), start.elapsed().as_secs_f64()])
}

/// Two people who speak most of the time.
fn spec(length_secs: f64, steps: u32) -> GenerationSpec {
    let line = |speaker: usize, text: &str, start: f64, end: f64| LineSpec {
        speaker,
        text: text.to_owned(),
        start_secs: start * length_secs,
        end_secs: end * length_secs,
        recorded: false,
    };
    GenerationSpec {
        length_secs,
        width: 128,
        height: 128,
        prompt: PromptSpec {
            scene: "A kitchen in the morning.".to_owned(),
            characters: "Mara has red hair. Tomas wears a blue coat.".to_owned(),
            camera: "Wide shot.".to_owned(),
            ..PromptSpec::default()
        },
        lines: vec![line(0, "Did you hear the rain?", 0.05, 0.45), line(1, "I was asleep.", 0.55, 0.95)],
        names: vec!["Mara".to_owned(), "Tomas".to_owned()],
        voices: vec![None, None],
        seed: 7,
        steps,
        guidance: parlance_engine::generator::Guidance { text: 3.0, alignment: 1.0, timbre: 1.5 },
        ..GenerationSpec::default()
    }
}
