//! The phone recogniser: the ruler that generated speech is measured with. Trained on true speech only.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::audio::mel::BANDS;
use crate::conditioning::{CLASSES, PHONES};
use crate::nn::time_net::TimeNet;

/// Mel frames folded into one decision: 50 decisions a second.
pub const FOLD: usize = 2;

/// Hears phones in a log mel spectrogram.
#[derive(Module, Debug)]
pub struct Recogniser {
    net: TimeNet,
}

impl Recogniser {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self { net: TimeNet::new(FOLD * BANDS, 192, 6, CLASSES, device) }
    }

    /// Scores of every class, 50 times a second.
    ///
    /// # Shapes
    /// - `mel`: `[B, 2 T, BANDS]`, normalised
    /// - output: `[B, T, SYMBOLS]`
    pub fn forward(&self, mel: Tensor<3>) -> Tensor<3> {
        let [b, t, bands] = mel.dims();
        self.net.forward(mel.reshape([b, t / FOLD, FOLD * bands]))
    }

    /// The phones heard in one mel, with the decision at which each begins.
    pub fn hear(&self, mel: Tensor<3>) -> Vec<(usize, usize)> {
        let runs = self.listen(mel).into_iter().map(|(class, decisions)| (class, decisions.start));
        runs.filter(|(class, _)| (1..=PHONES).contains(class)).collect()
    }

    /// Everything heard in one mel, silence and pauses too: classes with the decisions during which each lasts.
    pub fn listen(&self, mel: Tensor<3>) -> Vec<(usize, Range<usize>)> {
        best_path(&self.scores(mel), CLASSES)
    }

    /// Log probabilities of every class at every decision, `[T, CLASSES]`, of one mel.
    pub fn scores(&self, mel: Tensor<3>) -> Vec<f32> {
        let scores = burn::tensor::activation::log_softmax(self.forward(mel), 2);
        scores.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default()
    }
}

/// Viterbi path with a price for every change, as runs of equal classes.
fn best_path(scores: &[f32], classes: usize) -> Vec<(usize, Range<usize>)> {
    const CHANGE: f32 = -2.0;
    let frames = scores.len() / classes;
    if frames == 0 {
        return Vec::new();
    }
    let mut total = scores[..classes].to_vec();
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(frames);
    for frame in 1..frames {
        let best = (0..classes).max_by(|a, b| total[*a].total_cmp(&total[*b])).unwrap_or(0);
        let jump = total[best] + CHANGE;
        let back: Vec<usize> = (0..classes).map(|c| if total[c] >= jump { c } else { best }).collect();
        total = (0..classes).map(|c| total[c].max(jump) + scores[frame * classes + c]).collect();
        from.push(back);
    }
    let mut at = (0..classes).max_by(|a, b| total[*a].total_cmp(&total[*b])).unwrap_or(0);
    let mut path = vec![at];
    for back in from.iter().rev() {
        at = back[at];
        path.push(at);
    }
    path.reverse();
    let mut out: Vec<(usize, Range<usize>)> = Vec::new();
    for (frame, class) in path.iter().enumerate() {
        match out.last_mut() {
            Some((last, run)) if last == class => run.end = frame + 1,
            _ => out.push((*class, frame..frame + 1)),
        }
    }
    out
}

/// Insertions, deletions and substitutions that turn `heard` into `written`.
pub fn distance(heard: &[usize], written: &[usize]) -> usize {
    let mut row: Vec<usize> = (0..=written.len()).collect();
    for (i, h) in heard.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, w) in written.iter().enumerate() {
            let next = (row[j + 1] + 1).min(row[j] + 1).min(diagonal + usize::from(h != w));
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[written.len()]
}
