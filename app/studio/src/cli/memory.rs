//! Memory of this computer, for `parlance doctor`. Known on Linux; elsewhere the answer is "not known".

/// Bytes in all and bytes free for new work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) total_bytes: u64,
    pub(crate) free_bytes: u64,
}

/// What the system says about its memory.
pub(crate) fn read() -> Option<Memory> {
    parse(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse(text: &str) -> Option<Memory> {
    let kilobytes = |name: &str| -> Option<u64> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some(Memory { total_bytes: kilobytes("MemTotal:")? * 1024, free_bytes: kilobytes("MemAvailable:")? * 1024 })
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
}
