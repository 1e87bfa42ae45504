//! Contact sheets: rows of square pictures as one PNG, to look at what was drawn or made.

/// Pixels between pictures.
pub const GAP: usize = 12;
const BACK: [u8; 3] = [0x16, 0x17, 0x1b];
/// Effort of the compressor, 0 to 10.
const EFFORT: u8 = 6;

/// Rows of square pictures on a dark ground.
pub struct Sheet {
    width: usize,
    rgb: Vec<u8>,
}

impl Sheet {
    /// An empty sheet of `width` pixels.
    pub fn new(width: usize) -> Self {
        let mut sheet = Self { width, rgb: Vec::new() };
        sheet.blank(GAP);
        sheet
    }

    /// A sheet for `count` pictures of `size` pixels side by side.
    pub fn for_row(count: usize, size: usize) -> Self {
        Self::new(count * (size + GAP) + GAP)
    }

    /// Columns and rows in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.rgb.len() / 3 / self.width)
    }

    fn blank(&mut self, rows: usize) {
        self.rgb.extend(std::iter::repeat_n(BACK, rows * self.width).flatten());
    }

    /// Adds RGB8 pictures of `size` x `size`; those that do not fit into the width are left out.
    pub fn row<P: AsRef<[u8]>>(&mut self, pictures: &[P], size: usize) {
        let top = self.rgb.len();
        self.blank(size + GAP);
        for (i, picture) in pictures.iter().enumerate() {
            let x = GAP + i * (size + GAP);
            if x + size > self.width {
                break;
            }
            for (y, line) in picture.as_ref().chunks_exact(size * 3).take(size).enumerate() {
                let at = top + (y * self.width + x) * 3;
                self.rgb[at..at + size * 3].copy_from_slice(line);
            }
        }
    }

    /// The sheet as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let (width, height) = self.size();
        let mut raw = Vec::with_capacity(self.rgb.len() + height);
        for row in self.rgb.chunks_exact(width * 3) {
            raw.push(0); // no filter
            raw.extend_from_slice(row);
        }
        let mut header = Vec::new();
        header.extend_from_slice(&(width as u32).to_be_bytes());
        header.extend_from_slice(&(height as u32).to_be_bytes());
        header.extend_from_slice(&[8, 2, 0, 0, 0]); // 8 bits, RGB
        let pixels = miniz_oxide::deflate::compress_to_vec_zlib(&raw, EFFORT);
        let mut png = vec![0x89, b'P', b'N', b'G', 13, 10, 26, 10];
        for (kind, data) in [(b"IHDR", &header), (b"IDAT", &pixels), (b"IEND", &Vec::new())] {
            png.extend_from_slice(&(data.len() as u32).to_be_bytes());
            let start = png.len();
            png.extend_from_slice(kind);
            png.extend_from_slice(data);
            let crc = crc32(&png[start..]);
            png.extend_from_slice(&crc.to_be_bytes());
        }
        png
    }
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_a_png_of_its_size() {
        let mut sheet = Sheet::for_row(2, 4);
        sheet.row(&[vec![255u8; 48], vec![0; 48], vec![9; 48]], 4);
        assert_eq!(sheet.size(), (2 * 16 + 12, 12 + 16));
        let png = sheet.png();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 44);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(&png[png.len() - 4..], 0xae42_6082u32.to_be_bytes());
    }
}
