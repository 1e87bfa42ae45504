//! The fixture of the text encoder.

use super::{Fixture, ParityError};
use crate::text::umt5::{UMT5_KEYS, Umt5Config, bucket};
use crate::weights::{self, KeyTable};

/// `t5_tiny`: classes of distances, one table of scores, the state after every block, the output.
pub(super) fn t5(fixture: &mut Fixture) -> Result<(), ParityError> {
    let size = |key: &str| {
        let size = fixture.settings[key].as_u64().map(|size| size as usize);
        size.ok_or_else(|| fixture.wrong(format!("{key} is missing")))
    };
    let config = Umt5Config {
        vocab: size("vocab")?,
        dim: size("dim")?,
        dim_attn: size("dim_attn")?,
        dim_ffn: size("dim_ffn")?,
        num_heads: size("num_heads")?,
        num_layers: size("num_layers")?,
        num_buckets: size("num_buckets")?,
        max_distance: size("max_dist")?,
    };
    let weights = fixture.file.part("w.");
    let keys = KeyTable { prefix: "w.", ..UMT5_KEYS };
    let model = weights::load_open(config.init(&fixture.device), &weights, &fixture.device, &keys)?;

    let distances = fixture.file.integers("bucket.rel")?;
    let ours: Vec<f64> = distances.iter().map(|d| bucket(*d, config.num_buckets, config.max_distance) as f64).collect();
    let expected: Vec<f64> = fixture.file.integers("bucket.idx")?.iter().map(|class| *class as f64).collect();
    fixture.compare_with("bucket.idx", &ours, &expected);
    let len = fixture.file.shape("bias.block0_160").map_or(0, |shape| shape[2]);
    let bias = model.blocks[0].pos_embedding.bias(len, config.num_heads, config.max_distance);
    fixture.compare("bias.block0_160", bias)?;

    let shape = fixture.file.shape("in.ids").unwrap_or_default().to_vec();
    let ids: Vec<usize> = fixture.file.integers("in.ids")?.iter().map(|id| *id as usize).collect();
    let expected: Vec<f64> = fixture.file.values("out.hidden")?.into_iter().map(f64::from).collect();
    for (sample, valid) in Fixture::numbers(&fixture.settings["valid_lens"]).into_iter().enumerate() {
        let ids = &ids[sample * shape[1]..sample * shape[1] + valid];
        let mut states = Vec::new();
        let hidden = model.encode_observed(ids, &mut |block, state| states.push((block, state.clone())));
        for (block, state) in states {
            let key = format!("act.block{block}.sample{sample}");
            if fixture.file.contains(&key) {
                fixture.compare(&key, state)?;
            }
        }
        let ours: Vec<f64> = hidden.into_data().convert::<f32>().iter::<f32>().map(f64::from).collect();
        let start = sample * shape[1] * config.dim;
        let name = format!("out.hidden[{sample}]");
        fixture.compare_with(&name, &ours, &expected[start..start + valid * config.dim]);
    }
    Ok(())
}
