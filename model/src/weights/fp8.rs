//! Weights in 8-bit floats (E4M3, the variant without infinities) with one scale per output row.
//!
//! NAVA's small checkpoint stores the large matrices of its blocks this way: key `K` holds the codes `[out, in]`,
//! `K_scale` one bf16 factor per row.

use half::bf16;

/// Largest finite value of the format.
pub const MAX: f32 = 448.0;

/// The key of the scales that belong to `key`.
pub fn scale_key(key: &str) -> String {
    format!("{key}_scale")
}

/// The value of one code; `0x7F` and `0xFF` are not numbers.
pub fn decode(code: u8) -> f32 {
    let sign = if code & 0x80 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(code >> 3 & 0x0F);
    let mantissa = f32::from(code & 0x07);
    match (exponent, code & 0x07) {
        (15, 7) => f32::NAN,
        (0, _) => sign * mantissa * 2f32.powi(-9),
        _ => sign * (1.0 + mantissa / 8.0) * 2f32.powi(exponent - 7),
    }
}

/// The code nearest to `value`, ties to the even one; values beyond the range are clamped.
pub fn encode(value: f32) -> u8 {
    let sign = if value.is_sign_negative() { 0x80 } else { 0 };
    let size = value.abs().min(MAX);
    if size.is_nan() {
        return sign | 0x7F;
    }
    // Below the smallest normal number (2^-6) codes are 2^-9 apart, above 2^-3 of their power of two.
    let exponent = if size < 2f32.powi(-6) { -6 } else { size.log2().floor() as i32 };
    let exponent = if size >= 2f32.powi(exponent + 1) { exponent + 1 } else { exponent };
    let steps = (size / 2f32.powi(exponent - 3)).round_ties_even() as u8;
    // `steps` is 0..=16; adding it to the exponent's base carries into the exponent by itself.
    let base = if size < 2f32.powi(-6) { 0 } else { (exponent + 6) as u8 * 8 };
    sign | (base + steps)
}

/// Rows of codes times their scales, in f32.
///
/// # Shapes
/// - `codes`: `[out, in]` row-major, `scales`: `[out]`
pub fn dequantize(codes: &[u8], scales: &[f32]) -> Vec<f32> {
    let table: [f32; 256] = std::array::from_fn(|code| decode(code as u8));
    rows(codes, scales).flat_map(|(row, scale)| row.iter().map(move |code| table[usize::from(*code)] * scale)).collect()
}

/// Rows of codes times their scales, the product rounded to bf16 as the reference computes it on its GPU.
pub fn dequantize_bf16(codes: &[u8], scales: &[f32]) -> Vec<bf16> {
    rows(codes, scales)
        .flat_map(|(row, scale)| row.iter().map(move |code| bf16::from_f32(decode(*code) * scale)))
        .collect()
}

/// Codes and scales of a matrix; scales are rounded to bf16 after the codes used the exact ones.
///
/// # Shapes
/// - `weights`: `[out, in]` row-major with `d_in` columns
/// - output: codes `[out, in]`, scales `[out]`
pub fn quantize(weights: &[f32], d_in: usize) -> (Vec<u8>, Vec<bf16>) {
    let mut codes = Vec::with_capacity(weights.len());
    let mut scales = Vec::with_capacity(weights.len() / d_in.max(1));
    for row in weights.chunks_exact(d_in.max(1)) {
        let largest = row.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        let scale = largest.max(1e-12) / MAX;
        codes.extend(row.iter().map(|value| encode(value / scale)));
        scales.push(bf16::from_f32(scale));
    }
    (codes, scales)
}

fn rows<'a>(codes: &'a [u8], scales: &'a [f32]) -> impl Iterator<Item = (&'a [u8], f32)> {
    let d_in = (codes.len() / scales.len().max(1)).max(1);
    codes.chunks(d_in).zip(scales.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        for code in 0..=255u8 {
            let value = decode(code);
            if value.is_nan() {
                assert_eq!(code & 0x7F, 0x7F);
            } else {
                assert_eq!(encode(value), code, "{value}");
            }
        }
    }

    #[test]
    fn values_between_codes_go_to_the_nearest() {
        for (value, nearest) in
            [(1.0624, 1.0), (1.0626, 1.125), (1e9, 448.0), (-1e9, -448.0), (1e-4, 0.0), (0.0019, 1.0 / 512.0)]
        {
            assert_eq!(decode(encode(value)), nearest, "{value}");
        }
    }
}
