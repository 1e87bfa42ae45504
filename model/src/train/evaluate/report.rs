//! From measurements to a table: what the model made beside the truth and beside what its codecs leave of the truth.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::measure::{LAGS, Scores, SpanError};
use super::statistics::{Count, Estimate, estimate, mean};
use crate::world::{SLOTS, Slot};

/// A slot counts only where the judge reads at least this share of true pictures rightly after the codec.
pub(super) const READABLE: f64 = 90.0;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What is measured.
    pub name: String,
    /// Its unit: `%`, `ms`, `frames`, `s`, or nothing.
    pub unit: String,
    /// Of clips that the model made; missing when none were made.
    pub generated: Option<Estimate>,
    /// Of the recorded sound and the drawn picture.
    pub truth: Option<Estimate>,
    /// Of the truth after the sound codec with vocoder and the picture codec: nothing made can be expected to be better.
    pub codec: Option<Estimate>,
}

/// All that an evaluation found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How the clips were made.
    pub about: BTreeMap<String, String>,
    /// The table.
    pub rows: Vec<Row>,
    /// Slots that count as attributes, with the percentage that was right: generated, truth, codec.
    pub attributes: BTreeMap<String, [Option<f64>; 3]>,
    /// Slots that the judge cannot read well enough on true pictures after the codec, with that percentage.
    pub left_out: BTreeMap<String, f64>,
}

type Measure = Box<dyn Fn(&[&Scores]) -> Option<f64>>;

impl Report {
    /// Condenses the scores of the same scripts: generated (may be empty), truth, truth after the codecs.
    pub fn new(about: BTreeMap<String, String>, generated: &[Scores], truth: &[Scores], codec: &[Scores]) -> Self {
        let sets = [generated, truth, codec];
        let mut readable = Vec::new();
        let (mut attributes, mut left_out) = (BTreeMap::new(), BTreeMap::new());
        for slot in Slot::all() {
            let rate = |set: &[Scores]| Count::percent(set.iter().map(|s| slots_right(s, &[slot])));
            match rate(codec) {
                Some(percent) if percent >= READABLE => {
                    readable.push(slot);
                    attributes.insert(slot.name(), sets.map(rate));
                }
                Some(percent) => {
                    left_out.insert(slot.name(), percent);
                }
                None => {}
            }
        }
        let rows = measures(readable)
            .into_iter()
            .map(|(name, unit, measure)| {
                let [generated, truth, codec] =
                    sets.map(|set| if set.is_empty() { None } else { estimate(set, &measure) });
                Row { name: name.to_owned(), unit: unit.to_owned(), generated, truth, codec }
            })
            .collect();
        Self { about, rows, attributes, left_out }
    }

    /// The table in Markdown, with what it needs to be read.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let about: Vec<String> = self.about.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let _ = writeln!(out, "{}.\n", about.join("; "));
        out.push_str("| | generated | ground truth | ground truth through the codecs |\n| --- | --- | --- | --- |\n");
        for row in &self.rows {
            let cell = |estimate: &Option<Estimate>| estimate.map_or_else(|| "–".to_owned(), |e| show(&e, &row.unit));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                row.name,
                cell(&row.generated),
                cell(&row.truth),
                cell(&row.codec)
            );
        }
        out.push_str("\nIn brackets: 95% of bootstrap resamples over scripts.\n");
        let named = |(name, percents): (&String, &[Option<f64>; 3])| {
            let percents: Vec<String> =
                percents.iter().map(|p| p.map_or_else(|| "–".to_owned(), |p| format!("{p:.0}"))).collect();
            format!("{name} {}", percents.join(" / "))
        };
        let counted: Vec<String> = self.attributes.iter().map(named).collect();
        let _ = writeln!(
            out,
            "\nAttributes that count, {} of {SLOTS} (generated / truth / codec, %): {}.",
            counted.len(),
            counted.join(", ")
        );
        let left: Vec<String> = self.left_out.iter().map(|(name, percent)| format!("{name} {percent:.0}")).collect();
        let left = if left.is_empty() { "none".to_owned() } else { left.join(", ") };
        let _ = writeln!(
            out,
            "\nLeft out, because the judge reads fewer than {READABLE:.0}% on true pictures after the codec: {left}."
        );
        out
    }
}

pub(super) fn show(estimate: &Estimate, unit: &str) -> String {
    let digits = match unit {
        "" => 2,
        "ms" | "frames" => 0,
        _ => 1,
    };
    let Estimate { mean, low, high } = estimate;
    let gap = if unit.is_empty() { "" } else { " " };
    // Rounding may leave a minus before a zero.
    let plain = |x: f64| format!("{:.digits$}", if x.abs() < 0.5 * 10f64.powi(-(digits as i32)) { 0.0 } else { x });
    format!("{}{gap}{unit} ({} to {})", plain(*mean), plain(*low), plain(*high))
}

pub(super) fn slots_right(scores: &Scores, slots: &[Slot]) -> Count {
    let mut count = Count::default();
    scores.attributes.iter().filter(|(slot, _)| slots.contains(slot)).for_each(|(_, right)| count.push(*right));
    count
}

fn measures(readable: Vec<Slot>) -> Vec<(&'static str, &'static str, Measure)> {
    let phones = |wanted: Option<bool>| -> Measure {
        Box::new(move |set| {
            let some = set.iter().filter(move |s| wanted.is_none_or(|unseen| s.unseen_words == unseen));
            Count::percent(some.map(|s| s.phones))
        })
    };
    // "Mean distance" adds up what "late or early" cancels out.
    let spans = |part: fn(&SpanError) -> f64| -> Measure {
        Box::new(move |set| mean(set.iter().flat_map(|s| &s.spans).map(|e| part(e) * 1000.0)))
    };
    vec![
        ("phones heard wrongly by our recogniser", "%", phones(None)),
        ("– in everyday lines", "%", phones(Some(false))),
        ("– in lines with unseen words", "%", phones(Some(true))),
        (
            "spans within 120 ms at both ends, by energy",
            "%",
            Box::new(|set| Count::percent(set.iter().map(|s| s.spans_right))),
        ),
        ("– by the phones heard", "%", Box::new(|set| Count::percent(set.iter().map(|scores| heard_right(scores))))),
        ("start of speech, mean distance", "ms", spans(|e| e.start_secs.abs())),
        ("end of speech, mean distance", "ms", spans(|e| e.end_secs.abs())),
        ("start of speech, late (+) or early (−)", "ms", spans(|e| e.start_secs)),
        ("end of speech, late (+) or early (−)", "ms", spans(|e| e.end_secs)),
        ("lip correlation inside speech, at lag 0", "", Box::new(|set| lips(set, 0))),
        ("lag of the lips that correlates best", "frames", Box::new(best_lag)),
        ("– correlation there", "", Box::new(|set| lips(set, best_lag(set)? as isize))),
        ("lips seen shut on M, B, P", "%", Box::new(|set| Count::percent(set.iter().map(|s| s.closures)))),
        (
            "own reference voice found among 20, by our encoder",
            "%",
            Box::new(|set| Count::percent(set.iter().map(|s| s.voices))),
        ),
        ("attributes right", "%", Box::new(move |set| Count::percent(set.iter().map(|s| slots_right(s, &readable))))),
        ("seconds a clip", "s", Box::new(|set| mean(set.iter().map(|s| s.secs).filter(|secs| *secs > 0.0)))),
    ]
}

fn heard_right(scores: &Scores) -> Count {
    let hits = scores.spans_heard.iter().filter(|e| e.is_right()).count();
    Count { hits, total: scores.spans_right.total }
}

/// Mean correlation over lines at one lag.
pub(super) fn lips(set: &[&Scores], lag: isize) -> Option<f64> {
    let place = usize::try_from(lag - LAGS.start).ok()?;
    mean(set.iter().flat_map(|s| &s.lips).filter_map(|curve| curve.get(place).copied()))
}

pub(super) fn best_lag(set: &[&Scores]) -> Option<f64> {
    let curve: Vec<(isize, f64)> = LAGS.filter_map(|lag| Some((lag, lips(set, lag)?))).collect();
    curve.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(lag, _)| lag as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SceneSlot;

    fn scores(wrong: usize, right: bool) -> Scores {
        let slot = |slot| (Slot::Scene(slot), right);
        Scores {
            phones: Count { hits: wrong, total: 10 },
            spans: vec![SpanError { start_secs: -0.02, end_secs: 0.05 }],
            spans_right: Count { hits: 1, total: 1 },
            lips: vec![vec![0.1, 0.2, 0.3, 0.9, 0.3, 0.2, 0.1]],
            attributes: vec![slot(SceneSlot::Place), (Slot::Scene(SceneSlot::Camera), false)],
            ..Scores::default()
        }
    }

    #[test]
    fn the_table_says_what_was_measured() {
        let truth: Vec<Scores> = (0..20).map(|_| scores(1, true)).collect();
        let made: Vec<Scores> = (0..20).map(|i| scores(i % 3, i % 2 == 0)).collect();
        let report = Report::new(BTreeMap::new(), &made, &truth, &truth);
        let row = |name: &str| report.rows.iter().find(|row| row.name.starts_with(name)).unwrap();
        let close = |a: Option<Estimate>, b: f64| assert!((a.unwrap().mean - b).abs() < 0.6, "{a:?} is not {b}");
        close(row("phones heard").generated, 9.5);
        close(row("phones heard").truth, 10.0);
        close(row("lip correlation").generated, 0.9);
        close(row("lag of").generated, 0.0);
        close(row("start of").codec, 20.0);
        close(row("attributes right").generated, 50.0);
        close(row("attributes right").truth, 100.0);
        assert!(row("own reference").generated.is_none());
        assert_eq!(report.left_out.keys().collect::<Vec<_>>(), ["scene.camera"]);
        let text = report.markdown();
        assert!(text.contains("| phones heard wrongly by our recogniser | 9.5 % ("), "{text}");
        serde_json::to_string(&report).unwrap();
    }

    #[test]
    fn without_generated_clips_the_truth_is_still_shown() {
        let truth = [scores(1, true)];
        let report = Report::new(BTreeMap::new(), &[], &truth, &truth);
        assert!(report.rows.iter().all(|row| row.generated.is_none()));
        assert!(report.markdown().contains("–"));
    }
}
