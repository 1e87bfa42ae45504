//! Colour: our RGB is sRGB in eight bits; movies are BT.709, limited range, 4:2:0; takes stay RGB.
//!
//! The way out is written here, so that it does not depend on scaler defaults (which are BT.601). The way in uses swscale
//! with the stream's own matrix, since it meets every pixel format there is.

use ff::format::Pixel;
use ff::software::scaling;
use ffmpeg_next as ff;

use crate::error::MediaError;
use crate::picture::RgbFrame;

/// Fills a `BGRZ` frame (blue, green, red, unused) of the same size; exact.
pub(crate) fn write_bgr0(rgb: &RgbFrame, frame: &mut ff::frame::Video) {
    let stride = frame.stride(0);
    let width = rgb.width as usize;
    let rows = frame.data_mut(0).chunks_mut(stride);
    for (row, from) in rows.zip(rgb.data.chunks_exact(width * 3)) {
        for (to, from) in row.chunks_exact_mut(4).zip(from.chunks_exact(3)) {
            to.copy_from_slice(&[from[2], from[1], from[0], 0]);
        }
    }
}

/// Fills a `YUV420P` frame; its size is that of `rgb`, rounded up to even numbers (the last row and column repeat).
pub(crate) fn write_yuv420(rgb: &RgbFrame, frame: &mut ff::frame::Video) {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let (last_x, last_y) = (rgb.width as usize - 1, rgb.height as usize - 1);
    let at = |x: usize, y: usize| {
        let i = (y.min(last_y) * (last_x + 1) + x.min(last_x)) * 3;
        [f32::from(rgb.data[i]), f32::from(rgb.data[i + 1]), f32::from(rgb.data[i + 2])]
    };
    let stride = frame.stride(0);
    let luma = frame.data_mut(0);
    for y in 0..height {
        for x in 0..width {
            let [r, g, b] = at(x, y);
            luma[y * stride + x] = byte(16.0 + (0.2126 * r + 0.7152 * g + 0.0722 * b) * (219.0 / 255.0));
        }
    }
    // Chroma sits on even columns and between rows (the default siting of H.264): weights 1 2 1 across, 1 1 down.
    let stride = [frame.stride(1), frame.stride(2)];
    for y in 0..height / 2 {
        for x in 0..width / 2 {
            let mut mean = [0.0_f32; 3];
            for from_y in [2 * y, 2 * y + 1] {
                for (from_x, weight) in [((2 * x).saturating_sub(1), 0.125), (2 * x, 0.25), (2 * x + 1, 0.125)] {
                    for (sum, value) in mean.iter_mut().zip(at(from_x, from_y)) {
                        *sum += weight * value;
                    }
                }
            }
            let [r, g, b] = mean;
            let light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            frame.data_mut(1)[y * stride[0] + x] = byte(128.0 + (b - light) * (224.0 / 255.0 / 1.8556));
            frame.data_mut(2)[y * stride[1] + x] = byte(128.0 + (r - light) * (224.0 / 255.0 / 1.5748));
        }
    }
}

fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// Turns decoded frames of any format into RGB, keeping a scaler while the format stays the same.
#[derive(Default)]
pub(crate) struct ToRgb {
    scaler: Option<(Key, Scaler)>,
}

/// What a scaler was made for.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    format: Pixel,
    width: u32,
    height: u32,
    matrix: i32,
    full_range: bool,
}

struct Scaler(scaling::Context);

#[expect(unsafe_code, reason = "a scaler has no ties to the thread that made it; the wrapper just does not say so")]
// SAFETY: SwsContext is plain heap memory without thread-local state, and `&mut self` keeps its use exclusive.
unsafe impl Send for Scaler {}

impl ToRgb {
    pub(crate) fn convert(&mut self, frame: &ff::frame::Video) -> Result<RgbFrame, MediaError> {
        let (width, height) = (frame.width(), frame.height());
        if frame.format() == Pixel::BGRZ {
            return Ok(read_bgr0(frame));
        }
        let key = Key {
            format: frame.format(),
            width,
            height,
            matrix: matrix_of(frame),
            full_range: frame.color_range() == ff::color::Range::JPEG,
        };
        if self.scaler.as_ref().is_none_or(|(made_for, _)| *made_for != key) {
            self.scaler = Some((key, Scaler(new_scaler(key)?)));
        }
        let Some((_, scaler)) = &mut self.scaler else {
            return Err(MediaError::invalid("the picture cannot be converted"));
        };
        let mut out = ff::frame::Video::empty();
        scaler.0.run(frame, &mut out).map_err(failed)?;
        if out.planes() == 0 {
            return Err(MediaError::invalid("there is not enough memory for this picture"));
        }
        let stride = out.stride(0);
        let row = width as usize * 3;
        let data = out.data(0).chunks(stride).take(height as usize).flat_map(|line| &line[..row]).copied().collect();
        RgbFrame::new(width, height, data)
    }
}

fn read_bgr0(frame: &ff::frame::Video) -> RgbFrame {
    let (width, height, stride) = (frame.width(), frame.height(), frame.stride(0));
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for row in frame.data(0).chunks(stride).take(height as usize) {
        data.extend(row.chunks_exact(4).take(width as usize).flat_map(|p| [p[2], p[1], p[0]]));
    }
    RgbFrame { width, height, data }
}

/// The matrix to decode with: the stream's own, else BT.709 for high definition and BT.601 below, as players do.
fn matrix_of(frame: &ff::frame::Video) -> i32 {
    use ff::color::Space;
    match frame.color_space() {
        Space::BT709 => ff::ffi::SWS_CS_ITU709,
        Space::BT470BG | Space::SMPTE170M => ff::ffi::SWS_CS_ITU601,
        Space::SMPTE240M => ff::ffi::SWS_CS_SMPTE240M,
        Space::FCC => ff::ffi::SWS_CS_FCC,
        Space::BT2020NCL | Space::BT2020CL => ff::ffi::SWS_CS_BT2020,
        _ if frame.height() >= 720 => ff::ffi::SWS_CS_ITU709,
        _ => ff::ffi::SWS_CS_ITU601,
    }
}

fn new_scaler(key: Key) -> Result<scaling::Context, MediaError> {
    use scaling::Flags;
    let flags = Flags::BICUBIC | Flags::ACCURATE_RND | Flags::FULL_CHR_H_INT | Flags::FULL_CHR_H_INP;
    let (width, height) = (key.width, key.height);
    let mut scaler =
        scaling::Context::get(key.format, width, height, Pixel::RGB24, width, height, flags).map_err(failed)?;
    #[expect(unsafe_code, reason = "the wrapper has no call for the colour matrix")]
    // SAFETY: the context is alive, and the coefficient tables are FFmpeg's own static ones.
    unsafe {
        let table = ff::ffi::sws_getCoefficients(key.matrix);
        let range = i32::from(key.full_range || format!("{:?}", key.format).starts_with("YUVJ"));
        // A negative answer means the format has no matrix (RGB, grey): then there is nothing to set.
        ff::ffi::sws_setColorspaceDetails(scaler.as_mut_ptr(), table, range, table, 1, 0, 1 << 16, 1 << 16);
    }
    Ok(scaler)
}

fn failed(error: ff::Error) -> MediaError {
    MediaError::invalid(format!("the picture cannot be converted ({})", super::reason(error)))
}
