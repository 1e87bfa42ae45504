//! The precision of matrix products, one switch for the whole process.
//!
//! Parameters, activations and sums stay in f32. Where a processor multiplies bf16 several times faster than
//! f32, training casts both operands of each product and widens the result again.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{FloatDType, Tensor};

static BF16_PRODUCTS: AtomicBool = AtomicBool::new(false);

/// Lets every product of [`matmul`] run on bf16 operands (`true`) or on the tensors' own type (`false`, the default).
pub fn set_bf16_products(on: bool) {
    BF16_PRODUCTS.store(on, Ordering::Relaxed);
}

/// Whether products run on bf16 operands.
pub fn bf16_products() -> bool {
    BF16_PRODUCTS.load(Ordering::Relaxed)
}

/// Matrix product over the last two axes, in the precision chosen for the process.
///
/// # Shapes
/// - `a`: `[.., M, K]`, `b`: `[.., K, N]`
/// - output: `[.., M, N]`, in the type of `a`
pub fn matmul<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    if !bf16_products() {
        return a.matmul(b);
    }
    a.cast(FloatDType::BF16).matmul(b.cast(FloatDType::BF16)).cast(FloatDType::F32)
}
