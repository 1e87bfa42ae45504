//! Bytes and waiting times for people.

/// "640 MB", "6.9 GB"; rounded up where that is coarse.
#[must_use]
pub fn memory_text(bytes: u64) -> String {
    let gigabytes = bytes as f64 / 1e9;
    if gigabytes < 0.95 { format!("{:.0} MB", (gigabytes * 100.0).ceil() * 10.0) } else { format!("{gigabytes:.1} GB") }
}

/// "40 s", "12 min", "5 h", rounded up.
#[must_use]
pub fn wait_text(secs: f64) -> String {
    match secs {
        ..90.0 => format!("{:.0} s", secs.ceil().max(1.0)),
        90.0..7200.0 => format!("{:.0} min", (secs / 60.0).ceil()),
        _ => format!("{:.0} h", (secs / 3600.0).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_up() {
        assert_eq!(
            [1, 641_000_000, 949_999_999, 950_000_000].map(memory_text),
            ["10 MB", "650 MB", "950 MB", "0.9 GB"]
        );
        assert_eq!([0.0, 12.1, 90.0, 7199.0, 7200.5].map(wait_text), ["1 s", "13 s", "2 min", "120 min", "3 h"]);
    }
}
