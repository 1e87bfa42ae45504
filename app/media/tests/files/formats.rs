//! The usual formats of the world, made by the ffmpeg tool where it is installed: all give the same sound.

use std::path::Path;
use std::process::Command;

use parlance_media::{FrameReader, SoundRequest, VideoFrame, decode_sound, probe, write_wav};

use super::support::two_tones;

/// Converts with the tool; `false` when this build of it cannot write the format.
fn convert(from: &Path, to: &Path, options: &[&str]) -> bool {
    let run = Command::new("ffmpeg").args(["-v", "quiet", "-y", "-i"]).arg(from).args(options).arg(to).status();
    run.is_ok_and(|status| status.success())
}

#[test]
fn every_usual_sound_format_decodes() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: the ffmpeg tool is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.wav");
    let sound = two_tones(48_000, 2.0);
    write_wav(&source, &sound).unwrap();
    let cases: [(&str, &[&str], f64); 12] = [
        ("a.flac", &[], 1e-3),
        ("a.mp3", &["-b:a", "192k"], 0.03),
        ("a.m4a", &["-b:a", "192k"], 0.03),
        ("a.ogg", &["-c:a", "libvorbis", "-q:a", "6"], 0.03),
        ("a.opus", &["-b:a", "160k"], 0.03),
        ("a.aiff", &[], 1e-3),
        ("a.caf", &[], 1e-3),
        ("a.mov", &["-c:a", "pcm_s24le"], 1e-3),
        ("a.mka", &["-c:a", "flac"], 1e-3),
        ("24 bit.wav", &["-c:a", "pcm_s24le"], 1e-3),
        ("64 bit float.wav", &["-c:a", "pcm_f64le"], 1e-3),
        ("a.w64", &["-c:a", "pcm_s32le"], 1e-3),
    ];
    let mut num_checked = 0;
    for (name, options, tolerance) in cases {
        let path = folder.path().join(name);
        if !convert(&source, &path, options) {
            continue;
        }
        num_checked += 1;
        let got = decode_sound(&path, &SoundRequest::for_mix(10.0)).unwrap();
        assert!((got.sound.secs() - 2.0).abs() < 0.06, "{name}: {} s", got.sound.secs());
        // The delay of lossy codecs must have been taken off: compare in place, away from the ends.
        let range = 60_000..180_000;
        let difference =
            got.sound.samples[range.clone()].iter().zip(&sound.samples[range]).map(|(a, b)| (a - b) * (a - b));
        let error = (difference.sum::<f32>() / 120_000.0).sqrt();
        assert!(f64::from(error) < tolerance, "{name}: off by {error}");
    }
    assert!(num_checked >= 8, "only {num_checked} formats could be made");
}

#[test]
fn films_of_other_makers_open() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: the ffmpeg tool is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.wav");
    write_wav(&source, &two_tones(44_100, 1.0)).unwrap();
    let picture = ["-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=1", "-map", "0:a", "-map", "1:v"];
    let cases: [(&str, &[&str]); 5] = [
        ("a.mp4", &["-c:v", "mpeg4"]),
        ("a.avi", &["-c:v", "mjpeg"]),
        ("a.webm", &["-c:v", "libvpx", "-c:a", "libvorbis"]),
        ("a.ts", &["-c:v", "mpeg2video"]),
        ("ten bit.mkv", &["-c:v", "ffv1", "-pix_fmt", "yuv422p10le"]),
    ];
    let mut num_checked = 0;
    for (name, options) in cases {
        let path = folder.path().join(name);
        if !convert(&source, &path, &[&picture[..], options].concat()) {
            continue;
        }
        num_checked += 1;
        let facts = probe(&path).unwrap();
        assert!(facts.sound.is_some() && facts.video.is_some(), "{name}: {facts:?}");
        let mut reader = FrameReader::open(&path).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            assert_eq!((frame.picture.width, frame.picture.height), (160, 90), "{name}");
            // Some containers count from somewhere else, or leave a frame out; the order must hold.
            assert!(frames.last().is_none_or(|last: &VideoFrame| last.frame_idx < frame.frame_idx), "{name}");
            frames.push(frame);
        }
        assert!(frames.len().abs_diff(25) <= 1, "{name}: {} frames", frames.len());
        for idx in [12, 3, 20] {
            let got = reader.frame_at((f64::from(idx) + 0.5) / 25.0).unwrap().unwrap();
            assert_eq!(got.frame_idx, idx as u64, "{name}");
            let same = frames.contains(&got);
            assert!(same, "{name}: frame {idx} after a seek is another one");
        }
        let sound = decode_sound(&path, &SoundRequest::for_mix(10.0)).unwrap();
        assert!((sound.sound.secs() - 1.0).abs() < 0.1, "{name}: {} s of sound", sound.sound.secs());
    }
    assert!(num_checked >= 3, "only {num_checked} kinds could be made");
}

#[test]
fn sound_that_sets_in_later_stays_in_place() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: the ffmpeg tool is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, film) = (folder.path().join("source.wav"), folder.path().join("film.mkv"));
    write_wav(&source, &two_tones(48_000, 1.0)).unwrap();
    let status = Command::new("ffmpeg")
        .args(["-v", "quiet", "-y", "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=2", "-itsoffset", "0.5", "-i"])
        .arg(&source)
        .args(["-c:v", "ffv1", "-c:a", "pcm_s16le"])
        .arg(&film)
        .status();
    assert!(status.unwrap().success());
    let sound = decode_sound(&film, &SoundRequest::for_mix(10.0)).unwrap().sound;
    // The tones set in after a quarter of the source's second.
    let first = sound.samples.iter().position(|s| s.abs() > 0.05).unwrap() / 2;
    assert!(first.abs_diff(36_000) < 480, "the tone begins at sample {first}");
    let capped = decode_sound(&film, &SoundRequest::for_mix(0.3)).unwrap();
    assert!(capped.truncated && capped.sound.num_samples() == 14_400);
}
