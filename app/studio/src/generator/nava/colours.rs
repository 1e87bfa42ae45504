//! The map from latents to colours that previews of the picture are drawn with: fitted once to the codec at hand, kept
//! in the cache.

use std::ops::ControlFlow;
use std::path::Path;

use parlance_engine::generator::{CancelToken, GenerateError, GenerationProgress};
use parlance_model::device::Chosen;
use parlance_model::released::pipeline::{LatentColours, Nava, fit_colours};

use super::{identity, stage};
use crate::generator::unreadable;
use crate::kept;

/// What latents look like: read, or found out once with the files that are there.
pub(super) fn colours(
    nava: &Nava,
    device: &Chosen,
    codec: &Path,
    cache: &Path,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(GenerationProgress),
) -> Result<Option<LatentColours>, GenerateError> {
    let codec = identity(codec).map_err(|error| unreadable(codec, &error))?;
    let file = cache.join(format!("latent-colours-{}.json", &codec[..16]));
    let known = kept::read::<LatentColours>(&file);
    if let Some(known) =
        known.filter(|known| known.weights.iter().all(|w| w.len() == 49 && w.iter().all(|x| x.is_finite())))
    {
        return Ok(Some(known));
    }
    let encoder = nava.video_vae().encoder(&device.device).map_err(|error| GenerateError::Model(error.to_string()))?;
    let found = fit_colours(&encoder, &device.device, &mut |done, total| {
        let told =
            GenerationProgress { done: done as u32, total: total as u32, ..stage("Preparing the preview, once") };
        progress(told);
        if cancel.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if cancel.cancelled() {
        return Err(GenerateError::Cancelled);
    }
    if let Some(found) = &found {
        kept::write(&file, found);
    }
    Ok(found)
}
