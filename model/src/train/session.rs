//! One stage of training: steps, learning rate, log, checkpoints, resuming.
//!
//! A stage's budget is processor time, not steps: on any machine it ends when its minutes are spent, and the
//! learning rate falls with the share of the budget used. Checkpoints appear whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::optimizer::{self, AdamW, Average, State};
use crate::weights::{self, StoredType, TensorBytes, TensorFile};

/// What one stage may spend and how fast it learns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Folder for checkpoints and the log.
    pub folder: PathBuf,
    /// Budget in minutes of wall-clock time, over all resumed runs together.
    pub minutes: f64,
    /// Highest learning rate.
    pub rate: f64,
    /// Steps over which the rate rises from zero.
    #[serde(default = "default_warmup")]
    pub warmup: usize,
    /// Share of the average kept each step.
    #[serde(default = "default_keep")]
    pub average_keep: f64,
    /// Minutes between checkpoints.
    #[serde(default = "default_save")]
    pub save_minutes: f64,
}

fn default_warmup() -> usize {
    100
}
fn default_keep() -> f64 {
    0.995
}
fn default_save() -> f64 {
    3.0
}

#[derive(Default, Serialize, Deserialize)]
struct Progress {
    step: usize,
    secs: f64,
}

/// What one step measured: the loss to descend and numbers for the log.
pub struct StepLoss {
    /// `[1]`
    pub loss: Tensor<1>,
    /// Names and values for the log, averaged between lines.
    pub terms: Vec<(&'static str, Tensor<1>)>,
}

/// Trains until the plan's minutes are spent; returns the averaged weights, which are also in `FOLDER/average.safetensors`.
///
/// `compute` gets the module, the number of the step and the share of the budget used.
pub fn train<M: Module>(
    mut module: M,
    plan: &Plan,
    device: &Device,
    mut compute: impl FnMut(&M, usize, f64) -> StepLoss,
) -> Result<M, TrainError> {
    fs::create_dir_all(&plan.folder).map_err(|source| TrainError::Read { path: plan.folder.clone(), source })?;
    let mut average = Average::default();
    let mut state = State::default();
    let mut progress = Progress::default();
    if let Some(found) = resume(&plan.folder) {
        let averaged = weights::load(module.clone(), &plan.folder.join("average.safetensors"), device)?;
        average.update(&averaged, 0.0);
        module = weights::load(module, &plan.folder.join("latest.safetensors"), device)?;
        state = read_moments(&module, &plan.folder, found.step)?;
        progress = found;
    }
    let mut module = module.map(&mut Tracked);
    let settings = AdamW::default();
    let budget = plan.minutes * 60.0;
    let mut log = Log::open(&plan.folder)?;
    let mut clock = Instant::now();
    let mut saved = progress.secs;
    while progress.secs < budget {
        let used = progress.secs / budget;
        let lr = rate(plan, progress.step, used);
        let StepLoss { loss, terms } = compute(&module, progress.step, used);
        let mut grads = loss.backward();
        let norm;
        (module, norm) = optimizer::step(module, &mut grads, &mut state, lr, &settings);
        let keep = plan.average_keep.min((1.0 + progress.step as f64) / (10.0 + progress.step as f64));
        average.update(&module, keep);
        progress.step += 1;
        progress.secs += clock.elapsed().as_secs_f64();
        clock = Instant::now();
        log.add(&progress, lr, norm, loss, terms)?;
        if progress.secs - saved > plan.save_minutes * 60.0 {
            save(&module, &average, &state, &progress, &plan.folder)?;
            saved = progress.secs;
        }
    }
    save(&module, &average, &state, &progress, &plan.folder)?;
    Ok(average.apply(module))
}

/// Makes every parameter a leaf that wants gradients: loaded ones come without.
struct Tracked;

impl ModuleMapper for Tracked {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|value| value.without_autodiff().autodiff().require_grad())
    }
}

/// Rises over the warm-up, stays, and falls as a cosine over the second half of the budget.
fn rate(plan: &Plan, step: usize, used: f64) -> f64 {
    let rise = ((step + 1) as f64 / plan.warmup.max(1) as f64).min(1.0);
    let fall = if used < 0.5 { 1.0 } else { 0.5 + 0.5 * ((used - 0.5) * 2.0 * std::f64::consts::PI).cos() };
    plan.rate * rise * fall.max(0.02)
}

fn resume(folder: &Path) -> Option<Progress> {
    serde_json::from_slice(&fs::read(folder.join("progress.json")).ok()?).ok()
}

fn save<M: Module>(
    module: &M,
    average: &Average,
    state: &State,
    progress: &Progress,
    folder: &Path,
) -> Result<(), TrainError> {
    let notes = BTreeMap::from([("step".to_owned(), progress.step.to_string())]);
    weights::save(module, &folder.join("latest.safetensors"), StoredType::F32, &notes)?;
    weights::save(&average.apply(module.clone()), &folder.join("average.safetensors"), StoredType::F32, &notes)?;
    let mut moments = BTreeMap::new();
    for (i, (m, v)) in state.export(module).into_iter().enumerate() {
        moments.insert(format!("{i:05}.m"), TensorBytes::new(&m, vec![m.len()], StoredType::F32));
        moments.insert(format!("{i:05}.v"), TensorBytes::new(&v, vec![v.len()], StoredType::F32));
    }
    weights::write_tensors(&moments, &folder.join("moments.safetensors"), &notes)?;
    let text = serde_json::to_vec(progress)?;
    let (part, whole) = (folder.join("progress.json.partial"), folder.join("progress.json"));
    fs::write(&part, text)
        .and_then(|()| fs::rename(&part, &whole))
        .map_err(|source| TrainError::Read { path: whole, source })
}

fn read_moments<M: Module>(module: &M, folder: &Path, step: usize) -> Result<State, TrainError> {
    let file = TensorFile::open(&folder.join("moments.safetensors"))?;
    let count = weights::parameters(module).len();
    let mut moments = Vec::with_capacity(count);
    for i in 0..count {
        moments.push((file.values(&format!("{i:05}.m"))?, file.values(&format!("{i:05}.v"))?));
    }
    Ok(State::import(module, moments, step))
}

/// A line every [`EVERY`] steps, as CSV in `FOLDER/log.csv` and on the terminal.
struct Log {
    file: fs::File,
    /// Name, sum, count since the last line.
    terms: Vec<(String, f64, u32)>,
    steps: usize,
    started: Instant,
    named: bool,
}

const EVERY: usize = 20;
const FIRST_COLUMNS: &str = "step,minutes,rate,step_secs,";

impl Log {
    fn open(folder: &Path) -> Result<Self, TrainError> {
        let path = folder.join("log.csv");
        let names = fs::read_to_string(&path).unwrap_or_default();
        let names =
            names.lines().next().and_then(|line| line.strip_prefix(FIRST_COLUMNS)).unwrap_or_default().to_owned();
        let file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|source| TrainError::Read { path, source })?;
        // A resumed run keeps the order of its columns.
        let terms: Vec<_> =
            names.split(',').filter(|name| !name.is_empty()).map(|name| (name.to_owned(), 0.0, 0)).collect();
        Ok(Self { file, named: !terms.is_empty(), terms, steps: 0, started: Instant::now() })
    }

    fn add(
        &mut self,
        progress: &Progress,
        lr: f64,
        norm: f64,
        loss: Tensor<1>,
        terms: Vec<(&'static str, Tensor<1>)>,
    ) -> Result<(), TrainError> {
        self.count("loss", f64::from(loss.into_scalar::<f32>()));
        self.count("gradient", norm);
        for (name, value) in terms {
            self.count(name, f64::from(value.into_scalar::<f32>()));
        }
        self.steps += 1;
        if self.steps < EVERY {
            return Ok(());
        }
        let step_secs = self.started.elapsed().as_secs_f64() / EVERY as f64;
        let mut text = String::new();
        if !self.named {
            let names: Vec<&str> = self.terms.iter().map(|term| term.0.as_str()).collect();
            text = format!("{FIRST_COLUMNS}{}\n", names.join(","));
            self.named = true;
        }
        let cells: Vec<String> =
            self.terms.iter().map(|(_, sum, count)| format!("{:.5}", sum / f64::from((*count).max(1)))).collect();
        text += &format!("{},{:.2},{lr:.2e},{step_secs:.3},{}\n", progress.step, progress.secs / 60.0, cells.join(","));
        self.file.write_all(text.as_bytes()).map_err(|source| TrainError::Read { path: "log.csv".into(), source })?;
        super::say(&text);
        for term in &mut self.terms {
            (term.1, term.2) = (0.0, 0);
        }
        self.steps = 0;
        self.started = Instant::now();
        Ok(())
    }

    fn count(&mut self, name: &'static str, value: f64) {
        match self.terms.iter_mut().find(|term| term.0 == name) {
            Some(term) => (term.1, term.2) = (term.1 + value, term.2 + 1),
            None => self.terms.push((name.to_owned(), value, 1)),
        }
    }
}
