//! A take by the bundled model: the first shot of the sample scene at its default settings, through the engine.

use std::path::Path;

use parlance::cli::args::Device;
use parlance_document::{History, Project};
use parlance_engine::ProjectFolder;
use serde_json::json;

use crate::film::Bench;
use parlance_tests::machine;

use crate::{Numbers, place};

pub(crate) fn measure(folder: &Path) -> Numbers {
    let generator = parlance::generator::open(Device::Auto);
    let device = generator.estimator().info().device;
    let project = Project::sample();
    let shot = project.shots().first().ok_or("the sample scene has no shot")?;
    let (shot, length_secs) = (shot.id, shot.length.secs_f64());
    let folder = ProjectFolder::create(&place(folder), &project)?;
    let mut bench = Bench::new(generator, folder, History::new(project))?;
    let (take, stages) = bench.make(shot, None)?;
    Ok(json!({
        "length_secs": length_secs,
        "device": device,
        "steps": take.recipe.steps,
        "secs": take.taken_secs,
        "stages": stages,
        "peak_bytes": machine::peak_bytes(),
    }))
}
