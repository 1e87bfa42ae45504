//! The crate from outside: files written, read back, broken on purpose. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "tests")]

mod files {
    mod formats;
    mod hostile;
    mod loudness_against_ffmpeg;
    mod round_trip;
    mod support;
}
