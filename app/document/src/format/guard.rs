//! A look over the bytes before anything is parsed, so that a hostile file cannot make the parser take memory.
//!
//! A number and a comma are two bytes in a file and 32 in memory, so a size limit for the file alone is not enough.

use super::FormatError;

/// Most commas, colons and brackets. A thousand shots with 64 lines each and two thousand takes stay below.
const MAX_TOKENS: usize = 4_000_000;
/// Deepest nesting. A project needs six levels; the rest is for fields of later versions.
const MAX_DEPTH: usize = 64;

/// Counts structure outside of strings. Broken JSON may pass here; the parser finds it.
pub(super) fn check(bytes: &[u8]) -> Result<(), FormatError> {
    let (mut num_tokens, mut depth) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                num_tokens += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' | b':' => num_tokens += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || num_tokens > MAX_TOKENS {
            return Err(FormatError::TooComplex);
        }
    }
    Ok(())
}
