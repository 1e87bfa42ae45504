//! A soak run: a restless person at the real window for a given time, memory told every minute.
//!
//!     packaging/bench soak 60        for an hour
//!     packaging/bench soak 10 7      for ten minutes, with other dice
//!
//! Most takes are gradients, because they are many; every twentieth is made by the bundled model, in one step.

use std::sync::Arc;
use std::time::Duration;

use parlance::cli::args::Device;
use parlance_engine::generator::{
    CancelToken, Estimator, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator, Ruler,
};
use parlance_engine::testing::GradientGenerator;
use parlance_tests::soak::{Plan, run};

/// One take of so many is real.
const REAL_EVERY: u32 = 20;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let minutes = numbers.first().copied().unwrap_or(60);
    let seed = numbers.get(1).copied().unwrap_or(1);
    println!("A soak run of {minutes} min with the dice {seed}, on {}.", parlance_tests::machine::description());
    let generator = Box::new(Mixed {
        real: parlance::generator::open(Device::Cpu),
        fast: GradientGenerator { step: Duration::from_millis(1), ..GradientGenerator::default() },
        made: 0,
    });
    let report = run(Plan { time: Duration::from_secs(minutes * 60), seed, generator }, &mut |line| println!("{line}"));
    println!("No panic, every scene valid, every undo exact: {}.", report.line());
    if let Some((third, end)) = report.memory() {
        let (third, end) = (third as f64 / 1e6, end as f64 / 1e6);
        println!(
            "Memory: {third:.0} MB after a third of the time, {end:.0} MB at the end ({:+.1} %).",
            100.0 * (end / third - 1.0)
        );
    }
}

/// Mostly gradients, now and then the bundled model.
struct Mixed {
    real: Box<dyn Generator>,
    fast: GradientGenerator,
    made: u32,
}

impl Generator for Mixed {
    fn estimator(&self) -> Arc<dyn Estimator> {
        self.real.estimator()
    }

    fn generate(
        &mut self,
        spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        self.made += 1;
        let spec = GenerationSpec { steps: spec.steps.min(1), ..spec.clone() };
        if self.made.is_multiple_of(REAL_EVERY) {
            self.real.generate(&spec, cancel, progress)
        } else {
            self.fast.generate(&spec, cancel, progress)
        }
    }

    fn ruler(&mut self) -> Option<Box<dyn Ruler>> {
        self.fast.ruler()
    }
}
