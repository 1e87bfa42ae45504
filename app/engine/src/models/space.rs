//! What this computer has: free space and memory.

use std::path::Path;

/// Main memory: bytes in all and bytes free for new work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// All of it.
    pub total_bytes: u64,
    /// What new work may take.
    pub free_bytes: u64,
}

/// What the system says about its memory. Known on Linux; elsewhere `None`.
#[must_use]
pub fn memory() -> Option<Memory> {
    parse(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse(text: &str) -> Option<Memory> {
    let kilobytes = |name: &str| -> Option<u64> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some(Memory { total_bytes: kilobytes("MemTotal:")? * 1024, free_bytes: kilobytes("MemAvailable:")? * 1024 })
}

/// Bytes free on the disk that a folder is, or will be, on.
pub(super) fn free_bytes(folder: &Path) -> Option<u64> {
    folder.ancestors().find(|folder| folder.exists()).and_then(|folder| fs4::available_space(folder).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_says() {
        let text = "MemTotal:       16000 kB\nMemFree:  1 kB\nMemAvailable:    8000 kB\n";
        assert_eq!(parse(text), Some(Memory { total_bytes: 16_384_000, free_bytes: 8_192_000 }));
        assert_eq!(parse("nothing"), None);
    }

    #[test]
    fn free_space_is_that_of_the_nearest_folder_that_is_there() {
        let place = tempfile::tempdir().unwrap();
        assert!(free_bytes(&place.path().join("not/there/yet")).is_some_and(|bytes| bytes > 0));
    }
}
