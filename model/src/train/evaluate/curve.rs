//! Numbers of steps beside each other, on the same scripts and seeds: what an evaluation of the network is worth, and which
//! numbers the presets should have.

use std::fmt::Write as _;

use super::measure::Scores;
use super::report::{READABLE, lips, show, slots_right};
use super::statistics::{Count, estimate, mean};
use super::{Bench, Settings, generate, spread, through_codecs};
use crate::pipeline::{self, Guidance};
use crate::train::{TrainError, say, write_whole};
use crate::world::Slot;

/// One line of the table, and what was measured for it.
struct Candidate {
    steps: usize,
    scores: Vec<Scores>,
}

/// Measures every number of steps and prints the table.
pub(super) fn run(bench: &Bench<'_>, settings: &Settings) -> Result<(), TrainError> {
    let each = |steps: &usize| Candidate { steps: *steps, scores: Vec::new() };
    let mut candidates: Vec<Candidate> = settings.curve.iter().map(each).collect();
    // Through the codecs, for telling which attributes the judge can read.
    let mut codec = Vec::new();
    let chosen = spread(&bench.pack.list.scripts, settings.scripts);
    for (number, script) in chosen.iter().enumerate() {
        let picture = bench.pack.true_picture(script, pipeline::num_frames(script.secs()), bench.bundle.side() as u32);
        codec.push(bench.measure(script, &through_codecs(bench, &picture, &bench.pack.true_sound(script))));
        for candidate in &mut candidates {
            let settings = Settings { steps: candidate.steps, ..settings.clone() };
            let clip = generate(bench, &settings, script, settings.seed + number as u64)?;
            candidate.scores.push(bench.measure(script, &clip));
        }
        say(&format!("{}/{} {}\n", number + 1, chosen.len(), script.name));
    }
    let [text, alignment, timbre] = settings.guidance;
    let table = table(&candidates, &codec, Guidance { text, alignment, timbre });
    say(&format!("\n{table}"));
    if let Some(folder) = &settings.out {
        write_whole(&folder.join("curve.md"), table.as_bytes())?;
    }
    Ok(())
}

fn table(candidates: &[Candidate], codec: &[Scores], guidance: Guidance) -> String {
    let readable: Vec<Slot> = Slot::all()
        .filter(|slot| {
            let right = Count::percent(codec.iter().map(|scores| slots_right(scores, &[*slot])));
            right.is_some_and(|percent| percent >= READABLE)
        })
        .collect();
    let mut out = "| steps | evaluations | phones heard wrongly | lip correlation | lips shut on M, B, P | \
                   own voice among 20 | attributes right | seconds a clip |\n| --- | --- | --- | --- | --- | --- | --- | \
                   --- |\n"
        .to_owned();
    for candidate in candidates {
        let measured = |unit: &str, measure: &dyn Fn(&[&Scores]) -> Option<f64>| {
            estimate(&candidate.scores, measure).map_or_else(|| "–".to_owned(), |found| show(&found, unit))
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            candidate.steps,
            candidate.steps * guidance.evaluations_per_step(),
            measured("%", &|set| Count::percent(set.iter().map(|scores| scores.phones))),
            measured("", &|set| lips(set, 0)),
            measured("%", &|set| Count::percent(set.iter().map(|scores| scores.closures))),
            measured("%", &|set| Count::percent(set.iter().map(|scores| scores.voices))),
            measured("%", &|set| Count::percent(set.iter().map(|scores| slots_right(scores, &readable)))),
            measured("s", &|set| mean(set.iter().map(|scores| scores.secs))),
        );
    }
    out
}
