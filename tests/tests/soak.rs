//! Half a minute of a restless person, always with the same dice. `packaging/bench soak 60` goes on for an hour.

use std::time::Duration;

use parlance_engine::testing::GradientGenerator;
use parlance_tests::soak::{Plan, run};

#[test]
fn a_restless_person_breaks_nothing() {
    let generator = Box::new(GradientGenerator { step: Duration::from_millis(1), ..GradientGenerator::default() });
    let plan = Plan { time: Duration::from_secs(25), seed: 4, generator };
    let report = run(plan, &mut |line| println!("{line}"));
    println!("{}", report.line());
    assert!(report.scenes > 0 && report.edits > 20, "{}", report.line());
}
