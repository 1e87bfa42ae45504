//! Work on every number of a tensor in one pass, on all cores, where the processor computes: operations one after the
//! other would each wait for memory, and on one core.

use burn::tensor::{DType, Device, Tensor};
use rayon::prelude::*;

/// Whether the tensor's numbers can be changed where they are: on the processor, in f32, without a gradient.
pub(crate) fn can_change<const R: usize>(x: &Tensor<R>) -> bool {
    !x.is_autodiff() && x.dtype() == DType::F32 && x.device() == Device::flex()
}

/// Numbers of a weight or a table that goes with the tensor.
pub(crate) fn numbers<const R: usize>(table: Tensor<R>) -> Vec<f32> {
    table.into_data().iter().collect()
}

/// Changes runs of `len` numbers in reading order, each told which it is.
///
/// # Panics
/// If [`can_change`] says no.
pub(crate) fn each_run<const R: usize>(
    x: Tensor<R>,
    len: usize,
    change: impl Fn(usize, &mut [f32]) + Sync,
) -> Tensor<R> {
    let device = x.device();
    let mut data = x.into_data();
    let values = data.as_mut_slice::<f32>().expect("the caller asked whether it can be changed");
    // A task takes enough runs to be worth its start.
    const PART: usize = 1 << 14;
    let runs = (PART / len.max(1)).max(1);
    values.par_chunks_mut((runs * len).max(1)).enumerate().for_each(|(n, part)| {
        for (m, run) in part.chunks_mut(len.max(1)).enumerate() {
            change(n * runs + m, run);
        }
    });
    Tensor::from_data(data, &device)
}
