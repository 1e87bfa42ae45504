//! Scaled dot-product attention for tens of thousands of tokens: the table of all scores never exists at once.

use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Tensor, activation::softmax, module::attention as fused_attention};

use super::precision::{bf16_products, matmul};

/// Scores held at once, in values. 64 million are 256 MB.
pub(crate) const MAX_SCORES: usize = 1 << 26;

/// An additive score that removes a key.
pub const MASKED: f32 = -1e30;

/// `softmax(q kᵗ · scale + bias) v`, over heads that are contiguous slices of the width.
///
/// # Shapes
/// - `q`: `[B, N, heads, head_dim]`, `k`, `v`: `[B, M, heads, head_dim]`
/// - `bias`: `[B or 1, heads or 1, N or 1, M]`
/// - output: `[B, N, heads * head_dim]`
pub fn attend(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, bias: Option<Tensor<4>>, scale: f64) -> Tensor<3> {
    let [b, n, heads, head_dim] = q.dims();
    let [q, k, v] = [q, k, v].map(|x| x.swap_dims(1, 2));
    let out = if uses_fused(&q) {
        let bias = bias.map(|bias| full_rows(bias, n));
        let options = AttentionModuleOptions { scale: Some(scale), ..Default::default() };
        fused_attention(q, k, v, None, bias, options)
    } else {
        in_chunks(q, k, v, bias, scale, MAX_SCORES)
    };
    out.swap_dims(1, 2).reshape([b, n, heads * head_dim])
}

/// The processor backend has its own tiled kernel; it has no gradient and computes in f32.
fn uses_fused(q: &Tensor<4>) -> bool {
    !q.is_autodiff() && !bf16_products() && q.device() == Device::flex()
}

/// Attention over as many queries at a time as `max_scores` allows.
fn in_chunks(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    bias: Option<Tensor<4>>,
    scale: f64,
    max_scores: usize,
) -> Tensor<4> {
    let [b, heads, n, _] = q.dims();
    let m = k.dims()[2];
    let rows = (max_scores / (b * heads * m).max(1)).clamp(1, n.max(1));
    let q = q.mul_scalar(scale);
    let k = k.transpose();
    let part = |start: usize, len: usize| {
        let scores = matmul(q.clone().narrow(2, start, len), k.clone());
        let scores = match &bias {
            Some(bias) if bias.dims()[2] == 1 => scores + bias.clone(),
            Some(bias) => scores + bias.clone().narrow(2, start, len),
            None => scores,
        };
        matmul(softmax(scores, 3), v.clone())
    };
    if rows >= n {
        return part(0, n);
    }
    let parts = (0..n).step_by(rows).map(|start| part(start, rows.min(n - start))).collect();
    Tensor::cat(parts, 2)
}

fn full_rows(bias: Tensor<4>, n: usize) -> Tensor<4> {
    let [b, heads, rows, m] = bias.dims();
    if rows == n { bias } else { bias.expand([b, heads, n, m]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Distribution;

    fn values<const R: usize>(x: Tensor<R>) -> Vec<f32> {
        x.into_data().convert::<f32>().try_to_vec().unwrap()
    }

    #[test]
    fn chunks_and_the_fused_kernel_agree() {
        let device = Device::flex();
        let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let (q, k, v) = (random([2, 7, 3, 8]), random([2, 5, 3, 8]), random([2, 5, 3, 8]));
        let bias = random([2, 1, 1, 5]);
        for bias in [None, Some(bias)] {
            let fused = values(attend(q.clone(), k.clone(), v.clone(), bias.clone(), 0.3));
            let [q, k, v] = [&q, &k, &v].map(|x| x.clone().swap_dims(1, 2));
            let chunked = in_chunks(q, k, v, bias, 0.3, 2 * 3 * 5 * 2);
            let chunked = values(chunked.swap_dims(1, 2));
            let worst = fused.iter().zip(&chunked).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
            assert!(worst < 1e-5, "{worst}");
        }
    }
}
