//! Still pictures: PNG and JPEG in (first frames, with size limits), PNG out (thumbnails).

use std::io::{BufReader, Cursor};
use std::path::Path;

use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, RgbImage};

use crate::error::MediaError;
use crate::ffmpeg;
use crate::picture::RgbFrame;
use crate::whole_file;

/// The longest side of a picture that we open, in pixels.
pub const MAX_IMAGE_SIDE: u32 = 16_384;

/// The most memory a picture may need while it is decoded.
const MAX_IMAGE_BYTES: u64 = 512 << 20;

/// Reads a PNG or JPEG file, upright (its orientation tag is applied), transparency over black.
///
/// # Errors
/// When there is no such file, it is not such a picture, or it is over the limits.
pub fn read_image(path: &Path) -> Result<RgbFrame, MediaError> {
    ffmpeg::check_file(path)?;
    let failed = |e: ImageError| match e {
        ImageError::Limits(_) => MediaError::TooLarge {
            path: path.to_owned(),
            detail: format!("a picture may have at most {MAX_IMAGE_SIDE} pixels on a side and 512 MB"),
        },
        other => MediaError::NotAPicture { path: path.to_owned(), detail: other.to_string() },
    };
    let unreadable = |source| MediaError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(unreadable)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_IMAGE_SIDE);
    limits.max_image_height = Some(MAX_IMAGE_SIDE);
    limits.max_alloc = Some(MAX_IMAGE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let orientation = decoder.orientation().map_err(failed)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width(), image.height());
    let data = if image.color().has_alpha() { over_black(&image) } else { image.into_rgb8().into_raw() };
    RgbFrame::new(width, height, data)
}

fn over_black(image: &DynamicImage) -> Vec<u8> {
    let rgba = image.to_rgba8();
    let scaled = |value: u8, alpha: u8| ((u16::from(value) * u16::from(alpha) + 127) / 255) as u8;
    rgba.pixels().flat_map(|p| [scaled(p[0], p[3]), scaled(p[1], p[3]), scaled(p[2], p[3])]).collect()
}

/// The bytes of a PNG file.
///
/// # Errors
/// When the frame's byte count does not fit its size.
pub fn png_bytes(frame: &RgbFrame) -> Result<Vec<u8>, MediaError> {
    frame.check()?;
    let Some(image) = RgbImage::from_raw(frame.width, frame.height, frame.data.clone()) else {
        return Err(MediaError::invalid("the picture's bytes do not fit its size"));
    };
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|e| MediaError::invalid(format!("the picture cannot be written as PNG ({e})")))?;
    Ok(bytes.into_inner())
}

/// Writes a PNG file, whole or not at all.
///
/// # Errors
/// When the frame is impossible or the disk refuses.
pub fn write_png(path: &Path, frame: &RgbFrame) -> Result<(), MediaError> {
    whole_file::write_whole(path, &[&png_bytes(frame)?])
}

/// Writes a thumbnail: the frame scaled down to fit `max_side` and saved as PNG.
///
/// # Errors
/// As [`write_png`].
pub fn write_thumb(path: &Path, frame: &RgbFrame, max_side: u32) -> Result<(), MediaError> {
    frame.check()?;
    write_png(path, &frame.fitted(max_side, max_side))
}
