//! Our loudness meter against FFmpeg's, on sounds with pauses, where the tool is installed; it says so where it is not.

use std::path::Path;
use std::process::Command;

use parlance_media::{Sound, loudness_lufs, write_wav};

/// What `ffmpeg -af ebur128` reports as integrated loudness.
fn reference_lufs(path: &Path) -> Option<f64> {
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-i"])
        .arg(path)
        .args(["-af", "ebur128=framelog=verbose", "-f", "null", "-"])
        .output()
        .ok()?;
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = &text[text.rfind("Integrated loudness")?..];
    summary[summary.find("I:")? + 2..].split_whitespace().next()?.parse().ok()
}

#[test]
fn agrees_with_ffmpeg() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: the ffmpeg tool is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    for (rate_hz, channels, level) in [(48_000, 2, 0.3), (24_000, 2, 0.05), (44_100, 1, 0.7), (16_000, 1, 0.01)] {
        let num = rate_hz as usize * 9;
        let mut samples = Vec::new();
        for i in 0..num {
            let t = i as f64 / f64::from(rate_hz);
            // A chirp with noise, loud for two seconds, then a third as loud, then almost nothing.
            let envelope = [1.0, 1.0, 0.3, 0.3, 0.002, 0.002, 0.6, 0.1, 1.0][t as usize % 9];
            let chirp = (std::f64::consts::TAU * (150.0 * t + 300.0 * t * t)).sin();
            for channel in 0..channels {
                let noise = f64::from((i as u32 ^ channel << 20).wrapping_mul(2_654_435_761) >> 8) / 8_388_608.0 - 1.0;
                samples.push((level * envelope * (0.7 * chirp + 0.3 * noise)) as f32);
            }
        }
        let sound = Sound { rate_hz, channels: channels as u16, samples };
        write_wav(&path, &sound).unwrap();
        let (ours, theirs) = (loudness_lufs(&sound).unwrap(), reference_lufs(&path).unwrap());
        assert!((ours - theirs).abs() < 0.15, "{rate_hz} Hz, {channels} channels: {ours:.2} against {theirs:.2} LUFS");
    }
}
