//! What latents look like, without the decoder: a linear map from a latent's channels to a colour, found by least squares
//! on pictures that the encoder at hand has seen.
//!
//! Nothing is assumed about the weights: the map is fitted once on the computer that has them, and says how far off it
//! is on pictures that were left out of the fit.

use std::ops::ControlFlow;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::contracts::Grid;
use crate::released::pictures::{Picture, byte};
use crate::released::video_vae::{PIXELS_PER_PLACE, VideoEncoder};
use crate::sampling::noise::{NoiseStream, normal};

/// Colours as sums over a latent's channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatentColours {
    /// For red, green and blue, one weight for every channel, then a constant; colours run from -1 to 1.
    pub weights: [Vec<f32>; 3],
    /// Root mean square error on pictures that the fit did not see, in the same units.
    pub error: f32,
    /// The same of the best single colour: what a map without any sense would reach.
    pub spread: f32,
}

const COLOURS: usize = 3;
/// Pictures of the fit, and how many of them are kept for the error.
const PICTURES: usize = 20;
const HELD_OUT: usize = 4;
/// Sides of the pictures, in latent places.
const PLACES: usize = 8;
/// Keeps the solution small where channels hardly differ, as a share of the mean square.
const RIDGE: f64 = 1e-4;

impl LatentColours {
    /// A clip's middle frame, one pixel for every place.
    ///
    /// # Shapes
    /// - `latents`: `[1, N, C]`, the places of `grid`
    pub fn middle_frame(&self, latents: Tensor<3>, grid: Grid) -> Picture {
        let cells = grid.cells_per_frame();
        let frame = latents.narrow(1, grid.frames / 2 * cells, cells);
        let values: Vec<f32> = frame.into_data().convert::<f32>().iter::<f32>().collect();
        let channels = values.len() / cells.max(1);
        let data = values
            .chunks_exact(channels.max(1))
            .flat_map(|place| self.weights.iter().map(|weights| byte(colour(weights, place))))
            .collect();
        Picture { height: grid.rows, width: grid.columns, data }
    }
}

fn colour(weights: &[f32], place: &[f32]) -> f32 {
    let constant = weights.get(place.len()).copied().unwrap_or(0.0);
    weights.iter().zip(place).map(|(weight, value)| weight * value).sum::<f32>() + constant
}

/// Fits the map to an encoder; `watch` is told how many pictures are done of how many, and may stop it.
pub fn fit(
    encoder: &VideoEncoder,
    device: &Device,
    watch: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Option<LatentColours> {
    let mut samples = Vec::new();
    for n in 0..PICTURES {
        if watch(n, PICTURES).is_break() {
            return None;
        }
        samples.push(sample(encoder, n as u64, device));
    }
    let (seen, unseen) = samples.split_at(PICTURES - HELD_OUT);
    let weights = solve(seen)?;
    let means: [f32; COLOURS] = std::array::from_fn(|c| mean(seen.iter().flat_map(|sample| &sample.colours[c])));
    let square = |value: &dyn Fn(&Sample, usize, usize) -> f32| -> f32 {
        let errors = unseen.iter().flat_map(|sample| {
            (0..sample.colours[0].len()).flat_map(move |place| {
                (0..COLOURS).map(move |c| (value(sample, c, place) - sample.colours[c][place]).powi(2))
            })
        });
        mean(errors.collect::<Vec<f32>>().iter()).sqrt()
    };
    let error = square(&|sample, c, place| colour(&weights[c], sample.place(place)));
    let spread = square(&|_, c, _| means[c]);
    Some(LatentColours { weights, error, spread })
}

/// A picture's latents and what stands in its places.
struct Sample {
    /// Place by place.
    latents: Vec<f32>,
    channels: usize,
    /// Means over the pixels of each place.
    colours: [Vec<f32>; COLOURS],
}

impl Sample {
    fn place(&self, place: usize) -> &[f32] {
        &self.latents[place * self.channels..(place + 1) * self.channels]
    }
}

fn mean<'a>(values: impl Iterator<Item = &'a f32>) -> f32 {
    let (sum, count) = values.fold((0f64, 0usize), |(sum, count), value| (sum + f64::from(*value), count + 1));
    (sum / count.max(1) as f64) as f32
}

/// A still clip of five frames, of which the second latent frame counts: nearly all frames of a clip are of its kind.
fn sample(encoder: &VideoEncoder, seed: u64, device: &Device) -> Sample {
    let side = PLACES * PIXELS_PER_PLACE;
    let planes = painted(seed, side);
    let clip: Vec<f32> = planes.iter().copied().cycle().take(5 * planes.len()).collect();
    let latent = encoder.encode(Tensor::from_data(TensorData::new(clip, [5, COLOURS, side, side]), device));
    let [_, channels, rows, columns] = latent.dims();
    let latent = latent.narrow(0, 1, 1).permute([0, 2, 3, 1]).reshape([rows * columns * channels]);
    let of_place = |c: usize, place: usize| {
        let (row, column) = (place / columns * PIXELS_PER_PLACE, place % columns * PIXELS_PER_PLACE);
        let pixels = (0..PIXELS_PER_PLACE).flat_map(|y| {
            let start = (c * side + row + y) * side + column;
            &planes[start..start + PIXELS_PER_PLACE]
        });
        mean(pixels)
    };
    Sample {
        latents: latent.into_data().convert::<f32>().iter::<f32>().collect(),
        channels,
        colours: std::array::from_fn(|c| (0..rows * columns).map(|place| of_place(c, place)).collect()),
    }
}

/// A picture of soft colours with waves and edges in them, `[3, side, side]`, from -1 to 1.
fn painted(seed: u64, side: usize) -> Vec<f32> {
    let dice = normal(seed, NoiseStream::Other(0x70_72), 64);
    let scale = std::f32::consts::TAU / side as f32;
    let mut planes = Vec::with_capacity(COLOURS * side * side);
    for c in 0..COLOURS {
        let dice = &dice[c * 12..];
        for y in 0..side {
            for x in 0..side {
                let (x, y) = (x as f32 * scale, y as f32 * scale);
                let slow = dice[0] * 0.5 + dice[1] * 0.3 * (x + dice[2]).sin() + dice[3] * 0.3 * (y + dice[4]).sin();
                let wave = 0.15 * dice[5] * (3.0 * dice[6] * x + 3.0 * dice[7] * y).sin();
                let edge = if dice[8] * (x - 3.0) + dice[9] * (y - 3.0) > dice[10] { 0.25 * dice[11] } else { 0.0 };
                planes.push((slow + wave + edge).clamp(-1.0, 1.0));
            }
        }
    }
    planes
}

/// The weights of least squared error.
fn solve(samples: &[Sample]) -> Option<[Vec<f32>; COLOURS]> {
    let channels = samples.first()?.channels;
    let size = channels + 1;
    let mut squares = vec![0f64; size * size];
    let mut targets = [(); COLOURS].map(|()| vec![0f64; size]);
    let mut count = 0f64;
    for sample in samples {
        for place in 0..sample.colours[0].len() {
            let row: Vec<f64> = sample.place(place).iter().map(|value| f64::from(*value)).chain([1.0]).collect();
            for (i, a) in row.iter().enumerate() {
                for (j, b) in row.iter().enumerate() {
                    squares[i * size + j] += a * b;
                }
                for (c, target) in targets.iter_mut().enumerate() {
                    target[i] += a * f64::from(sample.colours[c][place]);
                }
            }
            count += 1.0;
        }
    }
    let mean_square = (0..channels).map(|i| squares[i * size + i]).sum::<f64>() / channels as f64;
    for i in 0..channels {
        squares[i * size + i] += RIDGE * mean_square;
    }
    // The constant needs none, but a picture without places would leave it undetermined.
    squares[size * size - 1] += f64::EPSILON * count;
    let factor = cholesky(squares, size)?;
    Some(targets.map(|target| substituted(&factor, target).into_iter().map(|weight| weight as f32).collect()))
}

/// The lower triangle whose square a positive definite matrix is.
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Option<Vec<f64>> {
    for j in 0..size {
        for i in j..size {
            let dot: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let value = matrix[i * size + j] - dot;
            matrix[i * size + j] = if i == j {
                if value <= 0.0 || !value.is_finite() {
                    return None;
                }
                value.sqrt()
            } else {
                value / matrix[j * size + j]
            };
        }
    }
    Some(matrix)
}

fn substituted(factor: &[f64], mut x: Vec<f64>) -> Vec<f64> {
    let size = x.len();
    for i in 0..size {
        let dot: f64 = (0..i).map(|k| factor[i * size + k] * x[k]).sum();
        x[i] = (x[i] - dot) / factor[i * size + i];
    }
    for i in (0..size).rev() {
        let dot: f64 = (i + 1..size).map(|k| factor[k * size + i] * x[k]).sum();
        x[i] = (x[i] - dot) / factor[i * size + i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::released::video_vae::VideoVaeConfig;

    #[test]
    fn a_linear_latent_is_read_exactly() {
        let sample = |seed: u64| {
            let latents = normal(seed, NoiseStream::Other(1), 40 * 5);
            let colours = std::array::from_fn(|c| {
                latents.chunks(5).map(|place| 0.3 * place[c] - 0.2 * place[4] + c as f32 * 0.1).collect()
            });
            Sample { latents, channels: 5, colours }
        };
        let weights = solve(&[sample(1), sample(2)]).unwrap();
        let unseen = sample(3);
        for (c, weights) in weights.iter().enumerate() {
            for place in 0..40 {
                assert!((colour(weights, unseen.place(place)) - unseen.colours[c][place]).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_small_encoder_is_fitted_and_the_error_is_of_pictures_it_did_not_see() {
        let device = Device::flex();
        let encoder = VideoVaeConfig::tiny().init_encoder(&device);
        let mut told = 0;
        let mut watch = |done: usize, _: usize| {
            told = done;
            ControlFlow::Continue(())
        };
        let colours = fit(&encoder, &device, &mut watch).unwrap();
        assert_eq!(told, PICTURES - 1);
        println!("error {} of spread {}", colours.error, colours.spread);
        assert!(colours.error < 0.8 * colours.spread, "{} of {}", colours.error, colours.spread);
        // The stated error is that of a picture made through the public way.
        let (mut sum, mut count) = (0f64, 0f64);
        for n in PICTURES - HELD_OUT..PICTURES {
            let sample = sample(&encoder, n as u64, &device);
            let grid = Grid { frames: 1, rows: PLACES, columns: PLACES };
            let latents = Tensor::from_data(TensorData::new(sample.latents, [1, PLACES * PLACES, 48]), &device);
            let picture = colours.middle_frame(latents, grid);
            for (i, value) in picture.data.iter().enumerate() {
                let truth = sample.colours[i % COLOURS][i / COLOURS];
                sum += f64::from((f32::from(*value) / 127.5 - 1.0 - truth).powi(2));
                count += 1.0;
            }
        }
        let seen = (sum / count).sqrt() as f32;
        assert!((seen - colours.error).abs() < 0.01, "{seen} against {}", colours.error);
        assert!(fit(&encoder, &device, &mut |_, _| ControlFlow::Break(())).is_none());
    }
}
