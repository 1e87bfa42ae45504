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
    let width = rgb.width as usize;
    let strides = [frame.stride(0), frame.stride(1), frame.stride(2)];
    let rows: Vec<&[u8]> = rgb.data.chunks_exact(width * 3).collect();
    let luma = frame.data_mut(0);
    let mut write_luma = |y: usize, row: &[u8]| {
        let line = &mut luma[y * strides[0]..][..width.next_multiple_of(2)];
        for (to, p) in line.iter_mut().zip(row.chunks_exact(3)) {
            *to = byte(16.0 + light(f32::from(p[0]), f32::from(p[1]), f32::from(p[2])) * (219.0 / 255.0));
        }
        if width % 2 == 1 {
            line[width] = line[width - 1];
        }
    };
    for (y, row) in rows.iter().enumerate() {
        write_luma(y, row);
    }
    if let (1, Some(last)) = (rows.len() % 2, rows.last()) {
        write_luma(rows.len(), last);
    }
    // Chroma sits on even columns and between rows (the default siting of H.264): weights 1 2 1 across, 1 1 down.
    let mut chroma = [Vec::new(), Vec::new()];
    for (y, pair) in rows.chunks(2).enumerate() {
        write_chroma_line(pair[0], pair[pair.len() - 1], &mut chroma);
        for (side, line) in chroma.iter().enumerate() {
            frame.data_mut(side + 1)[y * strides[side + 1]..][..line.len()].copy_from_slice(line);
        }
    }
}

/// Two rows of RGB become one line of Cb and one of Cr.
fn write_chroma_line(upper: &[u8], lower: &[u8], out: &mut [Vec<u8>; 2]) {
    let width = upper.len() / 3;
    // The sum of both rows at a pixel; the last one repeats.
    let both = |x: usize, c: usize| {
        let at = x.min(width - 1) * 3 + c;
        f32::from(u16::from(upper[at]) + u16::from(lower[at]))
    };
    let [blue, red] = out;
    blue.clear();
    red.clear();
    for x in (0..width).step_by(2) {
        let left = x.saturating_sub(1);
        let mean = |c: usize| 0.125 * both(left, c) + 0.25 * both(x, c) + 0.125 * both(x + 1, c);
        let (r, g, b) = (mean(0), mean(1), mean(2));
        let light = light(r, g, b);
        blue.push(byte(128.0 + (b - light) * (224.0 / 255.0 / 1.8556)));
        red.push(byte(128.0 + (r - light) * (224.0 / 255.0 / 1.5748)));
    }
}

/// Luma of BT.709.
fn light(r: f32, g: f32, b: f32) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn byte(value: f32) -> u8 {
    // Rounds to the nearest, and saturates.
    (value + 0.5) as u8
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
