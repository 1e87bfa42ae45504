//! Decoding a large picture in overlapping tiles that fade into each other.
//!
//! Tiles see nothing beyond their borders, so the result is close to, but not the same as, decoding at once. A tile is
//! decoded over the whole clip, since its layers remember earlier frames; what it gave waits in a file without a name
//! until the last tile's frames are there. So memory holds a few frames, however long the clip.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::{Decoding, PIXELS_PER_PLACE, VideoDecoder, frames_of};

/// Size of tiles and the distance from one to the next, in latent places, each (rows, columns).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling {
    /// Size of a tile.
    pub size: [usize; 2],
    /// Distance between the beginnings of neighbours.
    pub stride: [usize; 2],
}

/// The part of the latents that one tile covers, in places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// First row and the one after the last.
    pub rows: std::ops::Range<usize>,
    /// First column and the one after the last.
    pub columns: std::ops::Range<usize>,
}

impl Default for Tiling {
    /// What the authors' command line uses: nine tiles for 704 x 1280 pixels.
    fn default() -> Self {
        Self { size: [22, 40], stride: [14, 26] }
    }
}

impl Tiling {
    /// The tiles of a picture of `rows` x `columns` places, row by row.
    ///
    /// # Panics
    /// If a stride is zero.
    pub fn tiles(&self, rows: usize, columns: usize) -> Vec<Tile> {
        let rows = spans(rows, self.size[0], self.stride[0]);
        let columns = spans(columns, self.size[1], self.stride[1]);
        let tile = |rows: &std::ops::Range<usize>| {
            let rows = rows.clone();
            columns.iter().map(move |columns| Tile { rows: rows.clone(), columns: columns.clone() })
        };
        rows.iter().flat_map(tile).collect()
    }

    /// How much each pixel of a tile counts: 1 inside, falling towards sides where another tile overlaps.
    ///
    /// # Shapes
    /// - output: pixel rows x pixel columns of the tile, row-major
    pub fn weights(&self, tile: &Tile, rows: usize, columns: usize) -> Vec<f32> {
        let down = ramp(&tile.rows, rows, self.size[0] - self.stride[0]);
        let across = ramp(&tile.columns, columns, self.size[1] - self.stride[1]);
        down.iter().flat_map(|row| across.iter().map(|column| row.min(*column))).collect()
    }

    /// The sum of all tiles' weights at every pixel of a picture of `rows` x `columns` places, row-major.
    pub fn weight_sums(&self, rows: usize, columns: usize) -> Vec<f64> {
        let mut canvas = Canvas::new(0, rows, columns);
        for tile in self.tiles(rows, columns) {
            canvas.weigh(&tile, &self.weights(&tile, rows, columns));
        }
        canvas.weights.into_iter().map(f64::from).collect()
    }
}

/// Beginnings a stride apart; one is left out if the tile before it already reaches the end.
fn spans(size: usize, tile: usize, stride: usize) -> Vec<std::ops::Range<usize>> {
    (0..size)
        .step_by(stride)
        .filter(|start| *start < stride || start - stride + tile < size)
        .map(|start| start..(start + tile).min(size))
        .collect()
}

fn ramp(span: &std::ops::Range<usize>, size: usize, overlap: usize) -> Vec<f32> {
    let (pixels, blend) = (span.len() * PIXELS_PER_PLACE, overlap * PIXELS_PER_PLACE);
    let mut weights = vec![1.0; pixels];
    for (i, step) in (0..blend.min(pixels)).zip(1..) {
        let weight = step as f32 / blend as f32;
        if span.start > 0 {
            weights[i] = weight;
        }
    }
    for (i, step) in (0..blend.min(pixels)).zip(1..) {
        if span.end < size {
            weights[pixels - 1 - i] = step as f32 / blend as f32;
        }
    }
    weights
}

/// Sums of weighted tiles in host memory, planes of one clip.
struct Canvas {
    frames: usize,
    rows: usize,
    columns: usize,
    /// `[frames, 3, rows, columns]`
    sums: Vec<f32>,
    /// `[rows, columns]`
    weights: Vec<f32>,
}

/// What a tiled decoding reports.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, never kept")]
pub enum Decoded {
    /// So many latent frames of all tiles are done.
    Part {
        /// Done.
        done: usize,
        /// To do in all.
        total: usize,
    },
    /// The clip's next frames, `[frames, 3, 16 H, 16 W]`, from -1 to 1.
    Frames(Tensor<4>),
}

impl VideoDecoder {
    /// Decodes a clip tile by tile and hands its frames to `on`, in order, until it breaks off. Meanwhile tiles lie in a
    /// file in the folder `scratch`, which nobody finds there and which is gone afterwards.
    ///
    /// # Shapes
    /// - `latent`: `[n + 1, latent channels, H, W]`, normalised
    pub fn decode_tiled(
        &self,
        latent: Tensor<4>,
        tiling: &Tiling,
        scratch: &Path,
        on: &mut dyn FnMut(Decoded) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        let [latent_frames, _, rows, columns] = latent.dims();
        let device = latent.device();
        let tiles = tiling.tiles(rows, columns);
        let weights: Vec<Vec<f32>> = tiles.iter().map(|tile| tiling.weights(tile, rows, columns)).collect();
        let total = tiles.len() * latent_frames;
        let Some((last, earlier)) = tiles.split_last() else { return Ok(ControlFlow::Continue(())) };
        let mut spill = if earlier.is_empty() { None } else { Some(Spill::create(scratch)?) };
        for (n, tile) in earlier.iter().enumerate() {
            let mut decoding = self.begin();
            for t in 0..latent_frames {
                if on(Decoded::Part { done: n * latent_frames + t, total }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                let values = decoding.push_tile(&latent, t, tile);
                spill.as_mut().map_or(Ok(()), |spill| spill.write(&values))?;
            }
        }
        let mut spilled = spill.map(Spill::read_back).transpose()?;
        let mut decoding = self.begin();
        let mut frame = 0;
        for t in 0..latent_frames {
            if on(Decoded::Part { done: earlier.len() * latent_frames + t, total }).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let values = decoding.push_tile(&latent, t, last);
            let count = frames_of(t + 1) - frame;
            let mut canvas = Canvas::new(count, rows, columns);
            for (n, (tile, weights)) in earlier.iter().zip(&weights).enumerate() {
                canvas.weigh(tile, weights);
                let before: usize = tiles[..n].iter().map(|tile| tile.values(frames_of(latent_frames))).sum();
                if let Some(spilled) = &mut spilled {
                    let values = read(spilled, before + tile.values(frame), tile.values(count))?;
                    canvas.add(tile, weights, 0, &values);
                }
            }
            canvas.weigh(last, &weights[earlier.len()]);
            canvas.add(last, &weights[earlier.len()], 0, &values);
            frame += count;
            if on(Decoded::Frames(canvas.finish(&device))).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Decoding<'_> {
    /// The next frames of one tile, from -1 to 1.
    fn push_tile(&mut self, latent: &Tensor<4>, t: usize, tile: &Tile) -> Vec<f32> {
        let part = latent.clone().narrow(0, t, 1).narrow(2, tile.rows.start, tile.rows.len());
        let pixels = self.push(part.narrow(3, tile.columns.start, tile.columns.len())).clamp(-1.0, 1.0);
        pixels.into_data().convert::<f32>().iter::<f32>().collect()
    }
}

impl Tile {
    /// Numbers of so many frames.
    fn values(&self, frames: usize) -> usize {
        frames * 3 * self.rows.len() * self.columns.len() * PIXELS_PER_PLACE * PIXELS_PER_PLACE
    }
}

/// Finished tiles, one after the other, in a file without a name.
struct Spill(BufWriter<File>);

impl Spill {
    fn create(folder: &Path) -> io::Result<Self> {
        Ok(Self(BufWriter::new(tempfile::tempfile_in(folder)?)))
    }

    fn write(&mut self, values: &[f32]) -> io::Result<()> {
        values.iter().try_for_each(|value| self.0.write_all(&value.to_le_bytes()))
    }

    fn read_back(self) -> io::Result<BufReader<File>> {
        Ok(BufReader::new(self.0.into_inner().map_err(io::IntoInnerError::into_error)?))
    }
}

fn read(spilled: &mut BufReader<File>, start: usize, len: usize) -> io::Result<Vec<f32>> {
    spilled.seek(SeekFrom::Start(start as u64 * 4))?;
    let mut bytes = vec![0; len * 4];
    spilled.read_exact(&mut bytes)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
}

impl Canvas {
    fn new(frames: usize, rows: usize, columns: usize) -> Self {
        let (rows, columns) = (rows * PIXELS_PER_PLACE, columns * PIXELS_PER_PLACE);
        Self { frames, rows, columns, sums: vec![0.0; frames * 3 * rows * columns], weights: vec![0.0; rows * columns] }
    }

    fn weigh(&mut self, tile: &Tile, weights: &[f32]) {
        let width = tile.columns.len() * PIXELS_PER_PLACE;
        let (top, left) = (tile.rows.start * PIXELS_PER_PLACE, tile.columns.start * PIXELS_PER_PLACE);
        for (row, weights) in weights.chunks_exact(width).enumerate() {
            let start = (top + row) * self.columns + left;
            for (sum, weight) in self.weights[start..start + width].iter_mut().zip(weights) {
                *sum += weight;
            }
        }
    }

    /// Adds frames of a tile, `values` being `[frames, 3, rows, columns]` of the tile.
    fn add(&mut self, tile: &Tile, weights: &[f32], first_frame: usize, values: &[f32]) {
        let width = tile.columns.len() * PIXELS_PER_PLACE;
        let (top, left) = (tile.rows.start * PIXELS_PER_PLACE, tile.columns.start * PIXELS_PER_PLACE);
        for (plane, values) in values.chunks_exact(weights.len()).enumerate() {
            let plane = first_frame * 3 + plane;
            for (row, (values, weights)) in values.chunks_exact(width).zip(weights.chunks_exact(width)).enumerate() {
                let start = (plane * self.rows + top + row) * self.columns + left;
                for ((sum, value), weight) in self.sums[start..start + width].iter_mut().zip(values).zip(weights) {
                    *sum += value * weight;
                }
            }
        }
    }

    fn finish(mut self, device: &Device) -> Tensor<4> {
        for plane in self.sums.chunks_exact_mut(self.weights.len().max(1)) {
            for (sum, weight) in plane.iter_mut().zip(&self.weights) {
                *sum = (*sum / weight).clamp(-1.0, 1.0);
            }
        }
        Tensor::from_data(TensorData::new(self.sums, [self.frames, 3, self.rows, self.columns]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_tiles_cover_the_published_size_as_documented() {
        let tiles = Tiling::default().tiles(44, 80);
        let rows: Vec<_> = tiles.iter().map(|tile| tile.rows.clone()).collect();
        let columns: Vec<_> = tiles.iter().map(|tile| tile.columns.clone()).collect();
        assert_eq!(tiles.len(), 9);
        assert_eq!([&rows[0], &rows[3], &rows[6]], [&(0..22), &(14..36), &(28..44)]);
        assert_eq!([&columns[0], &columns[1], &columns[2]], [&(0..40), &(26..66), &(52..80)]);
    }

    #[test]
    fn every_pixel_counts() {
        for (rows, columns) in [(1, 1), (22, 41), (23, 39), (44, 80), (60, 60)] {
            let sums = Tiling::default().weight_sums(rows, columns);
            assert!(sums.iter().all(|weight| *weight > 0.0), "{rows} x {columns}");
        }
    }
}
