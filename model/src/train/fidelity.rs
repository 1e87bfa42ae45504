//! How near made pictures are to the truth, and what counts most in them: mouths, then eyes.

use burn::tensor::Tensor;

use crate::world::{FaceBoxes, PixelBox};

/// What a pixel counts in eyes and in mouths, where others count one.
pub(super) const EYE: u8 = 4;
pub(super) const MOUTH: u8 = 12;

/// The parts of faces in which pixels count more, and how much; later ones lie over earlier ones.
pub(super) fn weighted(faces: &[FaceBoxes]) -> impl Iterator<Item = (PixelBox, u8)> + '_ {
    faces.iter().flat_map(|boxes| [(boxes.left_eye, EYE), (boxes.right_eye, EYE), (boxes.mouth, MOUTH)])
}

/// Signal to noise in dB of pictures from -1 to 1, by how far they are from the truth.
pub(super) fn psnr_db(diff: Tensor<5>) -> Tensor<1> {
    let squared = diff.inner().powf_scalar(2.0);
    (squared.mean() / 4.0).log() * (-10.0 / std::f64::consts::LN_10)
}

/// Signal to noise in dB of RGB8 frames, whole and inside the mouth boxes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fidelity {
    whole: (f64, usize),
    mouth: (f64, usize),
}

impl Fidelity {
    /// One more frame, `width` pixels wide.
    pub(super) fn add(&mut self, made: &[u8], truth: &[u8], width: usize, faces: &[FaceBoxes]) {
        for (i, (a, b)) in made.chunks_exact(3).zip(truth.chunks_exact(3)).enumerate() {
            let error: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            self.whole = (self.whole.0 + error, self.whole.1 + 3);
            let (x, y) = ((i % width) as u32, (i / width) as u32);
            if faces.iter().any(|boxes| boxes.mouth.contains(x, y)) {
                self.mouth = (self.mouth.0 + error, self.mouth.1 + 3);
            }
        }
    }

    /// Of all pixels and of those in mouths.
    #[must_use]
    pub fn decibels(&self) -> (f64, f64) {
        let of = |(sum, n): (f64, usize)| 10.0 * (255f64.powi(2) * n.max(1) as f64 / sum.max(1e-9)).log10();
        (of(self.whole), of(self.mouth))
    }
}
