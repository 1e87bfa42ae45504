//! What NAVA would take on this computer, asked before any of its files is there.

use std::sync::Arc;

use parlance_engine::generator::{Estimator, GenerationSpec, Savings};
use parlance_engine::models::memory;
use parlance_model::device::Chosen;

use super::{Compose, Facts, NavaSetup};

/// A usual clip by one of the files that the backbone can be had as, and who knows what it takes.
#[derive(Clone)]
pub struct Prospect {
    /// Length of that file.
    pub backbone_bytes: u64,
    /// Six seconds in the usual size, with the usual number of steps.
    pub spec: GenerationSpec,
    facts: Arc<Facts>,
}

impl Prospect {
    /// The clip on this device. Asks the card's driver how much memory there is, which may take a moment.
    pub(crate) fn new(device: &Chosen, backbone_bytes: u64, compose: Compose) -> Self {
        // What other programs use now they will not use for good.
        let memory_bytes = memory().map(|memory| memory.total_bytes);
        Self::set_up(NavaSetup { memory_bytes, ..NavaSetup::published() }, device, backbone_bytes, compose)
    }

    fn set_up(setup: NavaSetup, device: &Chosen, backbone_bytes: u64, compose: Compose) -> Self {
        let facts = Facts::new(setup, device, backbone_bytes, compose);
        facts.ask_card();
        let info = facts.info();
        let (width, height) = info.sizes.first().copied().unwrap_or((1280, 704));
        let spec = GenerationSpec {
            length_secs: 6.0,
            width,
            height,
            steps: info.preset_steps[1],
            guidance: info.default_guidance,
            ..GenerationSpec::default()
        };
        Self { backbone_bytes, spec, facts: Arc::new(facts) }
    }

    /// Who is asked, when this much is done without.
    #[must_use]
    pub fn estimator(&self, savings: &Savings) -> &dyn Estimator {
        self.facts.save_memory(savings);
        &*self.facts
    }
}

impl std::fmt::Debug for Prospect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prospect").field("backbone_bytes", &self.backbone_bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use parlance_engine::generator::Saving;
    use parlance_model::device;

    use super::super::plain_prompt;
    use super::*;

    #[test]
    fn without_any_file_it_is_known_what_a_clip_needs_and_what_would_help() {
        let cache = tempfile::tempdir().unwrap();
        let of = |gigabytes: u64, backbone_bytes: u64| {
            let memory_bytes = Some(gigabytes * 1_000_000_000);
            let setup = NavaSetup { cache: cache.path().to_owned(), memory_bytes, ..NavaSetup::published() };
            Prospect::set_up(setup, &device::cpu("of the test"), backbone_bytes, plain_prompt)
        };
        let (small, whole) = (of(64, 6_930_000_000), of(64, 25_190_000_000));
        let bytes = |prospect: &Prospect, savings: &[Saving]| {
            let savings = savings.iter().copied().collect();
            prospect.estimator(&savings).forecast(&prospect.spec).bytes
        };
        assert!(bytes(&whole, &[]) > bytes(&small, &[]));
        assert!(bytes(&whole, &[Saving::Stream]) < bytes(&whole, &[]));
        let tight = of(3, 25_190_000_000);
        let estimator = tight.estimator(&Savings::new());
        let forecast = estimator.forecast(&tight.spec);
        assert!(forecast.only_bytes.is_some_and(|there| there < forecast.bytes), "{forecast:?}");
        assert!(estimator.offers(&tight.spec).iter().all(|offer| offer.forecast.bytes < forecast.bytes));
        let told = Prospect::new(&device::cpu("of the test"), 6_930_000_000, plain_prompt);
        assert_eq!((told.spec.width, told.spec.height, told.spec.steps), (1280, 704, 30));
    }
}
