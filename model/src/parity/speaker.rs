//! Fixtures of the speaker encoder.

use burn::module::Param;
use burn::tensor::Tensor;

use super::{Fixture, ParityError};
use crate::released::redimnet::{FeatureTables, Features, REDIMNET_KEYS, ReDimNetConfig, Seen, SpeakerEncoder};
use crate::released::settings::Settings;
use crate::weights::{self, KeyTable};

/// `redimnet_tiny`: three clips to voice vectors, and every hidden state the file holds.
pub(super) fn encoder(fixture: &mut Fixture) -> Result<(), ParityError> {
    let settings = Settings::new(fixture.file.path(), fixture.settings["config"].clone());
    let config = ReDimNetConfig::from_settings(&settings).map_err(|error| fixture.wrong(error.to_string()))?;
    let device = fixture.device.clone();
    let keys = KeyTable { prefix: "weights.", ..REDIMNET_KEYS };
    let encoder = weights::load_open(config.init(&device), &fixture.file.part("weights."), &device, &keys)?;
    for case in fixture.settings["cases"].as_array().cloned().unwrap_or_default() {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let features = features(fixture, &encoder.spec, &name)?;
        for (key, ours) in [("signal_normalised", &features.normalised), ("preemphasised", &features.emphasised)] {
            let key = format!("{name}.{key}");
            if fixture.file.contains(&key) {
                fixture.compare_values(&key, ours)?;
            }
        }
        embedding(fixture, &encoder, &name)?;
    }
    Ok(())
}

/// From the stored features, so that what follows is judged on its own.
fn embedding(fixture: &mut Fixture, encoder: &SpeakerEncoder, name: &str) -> Result<(), ParityError> {
    let mut seen = Vec::new();
    let features = fixture.tensor::<3>(&format!("{name}.features"))?;
    let embedding = encoder.forward_observed(features, &mut |state| seen.push(state));
    for state in seen {
        let (Seen::Rows(place, _) | Seen::Planes(place, _) | Seen::Vector(place, _)) = &state;
        let key = format!("{name}.{place}");
        if !fixture.file.contains(&key) {
            continue;
        }
        match state {
            Seen::Rows(_, x) => fixture.compare(&key, x)?,
            Seen::Planes(_, x) => fixture.compare(&key, x)?,
            Seen::Vector(_, x) => fixture.compare(&key, x)?,
        }
    }
    fixture.compare(&format!("{name}.embedding"), embedding)
}

fn features(fixture: &mut Fixture, tables: &FeatureTables, name: &str) -> Result<Features, ParityError> {
    let clip = fixture.file.values(&format!("{name}.wav"))?;
    let features = tables.features(&clip).ok_or_else(|| fixture.wrong(format!("{name} is too short")))?;
    let ours: Vec<f64> = features.values.iter().map(|value| f64::from(*value)).collect();
    fixture.compare_values(&format!("{name}.features"), &ours)?;
    Ok(features)
}

/// `redimnet_features`: the published front end with its stored tables.
pub(super) fn front_end(fixture: &mut Fixture) -> Result<(), ParityError> {
    // The taps are not in this fixture; its settings name the share of the earlier sample.
    let share = fixture.settings["preemphasis"].as_f64().ok_or_else(|| fixture.wrong("no preemphasis".to_owned()))?;
    let taps = Tensor::<3>::from_floats([[[-share as f32, 1.0]]], &fixture.device);
    let tables = FeatureTables {
        flipped_filter: Param::from_tensor(taps),
        window: Param::from_tensor(fixture.tensor::<1>("hamming_window_400")?),
        filters: Param::from_tensor(fixture.tensor::<2>("fbank_257x72")?),
    };
    let names: Vec<String> =
        fixture.file.names().iter().filter_map(|key| key.strip_suffix(".wav")).map(str::to_owned).collect();
    for name in names {
        let features = features(fixture, &tables, &name)?;
        fixture.compare_values(&format!("{name}.power_mel_before_log"), &features.energies)?;
    }
    Ok(())
}
