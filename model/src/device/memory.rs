//! How much memory a graphics card has. Graphics interfaces do not tell, drivers do: each in its own way.

use std::process::Command;

/// Bytes of the card whose name contains `name`, where its driver tells; the largest card's where none is named so.
pub fn card_bytes(name: &str) -> Option<u64> {
    nvidia(name).or_else(amd)
}

/// NVIDIA's own tool, which comes with the driver on every system.
fn nvidia(name: &str) -> Option<u64> {
    let query = ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"];
    let told = Command::new("nvidia-smi").args(query).output().ok().filter(|told| told.status.success())?;
    largest(&String::from_utf8_lossy(&told.stdout), name)
}

/// From lines of a card's name, a comma and mebibytes.
fn largest(lines: &str, name: &str) -> Option<u64> {
    let cards = lines.lines().filter_map(|line| {
        let (card, size) = line.rsplit_once(',')?;
        Some((card.trim(), size.trim().parse::<u64>().ok()? << 20))
    });
    let cards: Vec<(&str, u64)> = cards.collect();
    let named = cards.iter().find(|(card, _)| name.contains(card)).map(|(_, bytes)| *bytes);
    named.or_else(|| cards.iter().map(|(_, bytes)| *bytes).max())
}

/// What Linux's driver for AMD says.
fn amd() -> Option<u64> {
    let cards = std::fs::read_dir("/sys/class/drm").ok()?.filter_map(Result::ok);
    let told = cards.filter_map(|card| std::fs::read_to_string(card.path().join("device/mem_info_vram_total")).ok());
    told.filter_map(|text| text.trim().parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_card_is_found_among_several() {
        let lines = "NVIDIA GeForce RTX 4070, 12282\nNVIDIA RTX A6000, 49140\n";
        assert_eq!(largest(lines, "NVIDIA GeForce RTX 4070 (vulkan)"), Some(12282 << 20));
        assert_eq!(largest(lines, "something else"), Some(49140 << 20));
        assert_eq!(largest("no devices were found", "x"), None);
    }
}
