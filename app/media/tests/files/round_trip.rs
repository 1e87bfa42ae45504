//! What is written comes back: bit for bit where that is promised, within a tolerance where it is not.

use std::ops::ControlFlow;
use std::path::Path;

use parlance_media::{
    Channels, FrameReader, MediaError, MovieFormat, MovieProgress, MovieSpec, MovieSummary, MovieWriter, RgbFrame,
    Sound, SoundRequest, codecs, decode_frames, decode_sound, probe, read_image, read_wav, write_movie, write_png,
    write_take_pictures, write_thumb, write_wav,
};

use super::support::{difference, noisy_frame, smooth_frame, two_tones};

const MP4: MovieFormat = MovieFormat::Mp4 { crf: 18 };

fn export(path: &Path, size: (u32, u32), rate: (u32, u32), num: u64, sound: Option<&Sound>) -> MovieSummary {
    let spec = MovieSpec {
        title: "A test".to_owned(),
        comment: "Made by a test".to_owned(),
        ..MovieSpec::new(MP4, size.0, size.1, rate)
    };
    let mut frame_at = |i| Ok(smooth_frame(size.0, size.1, i as u32));
    write_movie(path, &spec, num, &mut frame_at, sound, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// Files in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn this_computer_can_do_the_job() {
    let codecs = codecs();
    assert!(codecs.aac && codecs.ffv1 && codecs.h264_encoder.is_some(), "{codecs:?}");
}

#[test]
fn mp4_keeps_counts_pictures_and_sound() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rate, num, rate_hz) in
        [("a.mp4", (25, 2), 50_u64, 24_000), ("b.mp4", (24_000, 1001), 48, 48_000), ("c.mp4", (30, 1), 61, 44_100)]
    {
        let path = folder.path().join(name);
        let secs = num as f64 * f64::from(rate.1) / f64::from(rate.0);
        let sound = two_tones(rate_hz, secs);
        let summary = export(&path, (128, 128), rate, num, Some(&sound));
        assert_eq!(summary.num_frames, num);
        assert!(summary.num_samples.abs_diff((secs * 48_000.0).round() as u64) <= 2, "{summary:?}");
        assert_eq!(summary.num_bytes, std::fs::metadata(&path).unwrap().len());

        let facts = probe(&path).unwrap();
        let (video, audio) = (facts.video.unwrap(), facts.sound.unwrap());
        assert_eq!((video.codec.as_str(), video.width, video.height), ("h264", 128, 128));
        assert_eq!((audio.codec.as_str(), audio.rate_hz, audio.channels), ("aac", 48_000, 2));
        assert_eq!((video.frame_rate, video.num_frames), (rate, Some(num)));
        assert!((facts.secs.unwrap() - secs).abs() < 0.03, "{:?} for {secs}", facts.secs);

        let (frames, more) = decode_frames(&path, 1000).unwrap();
        assert_eq!((frames.len() as u64, more), (num, false));
        for (i, frame) in frames.iter().enumerate() {
            let off = difference(frame, &smooth_frame(128, 128, i as u32));
            assert!(off < 3.0, "{name} frame {i}: {off}");
        }

        let back = decode_sound(&path, &SoundRequest::for_mix(60.0)).unwrap();
        let want = sound.to_mix().unwrap();
        assert!(!back.truncated && back.num_repaired == 0 && back.num_damaged == 0);
        let (got_num, want_num) = (back.sound.num_samples(), want.num_samples());
        assert!(got_num.abs_diff(want_num) <= 1024, "{name}: {got_num} samples for {want_num}");
        let error = rms(want.samples.iter().zip(&back.sound.samples).map(|(a, b)| a - b));
        assert!(error < 0.01, "{name}: sound is off by {error}; delayed or distorted");
    }
    assert_eq!(names(folder.path()), ["a.mp4", "b.mp4", "c.mp4"]);
}

fn rms(values: impl Iterator<Item = f32>) -> f64 {
    let (mut sum, mut num) = (0.0, 0_u32);
    for value in values {
        sum += f64::from(value) * f64::from(value);
        num += 1;
    }
    (sum / f64::from(num.max(1))).sqrt()
}

#[test]
fn mp4_starts_fast_and_carries_tags() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    export(&path, (64, 64), (25, 1), 25, None);
    let bytes = std::fs::read(&path).unwrap();
    let find = |what: &[u8]| bytes.windows(what.len()).position(|w| w == what);
    assert!(find(b"moov").unwrap() < find(b"mdat").unwrap(), "the index is not at the front");
    assert!(find(b"Made by a test").is_some() && find(b"A test").is_some());
    // The colour box: nclx with primaries, transfer and matrix 1 (BT.709), limited range.
    let colr = find(b"colrnclx").unwrap();
    assert_eq!(bytes[colr + 8..colr + 15], [0, 1, 0, 1, 0, 1, 0]);
}

#[test]
fn odd_sizes_grow_to_even_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    export(&path, (33, 17), (10, 1), 5, None);
    let (frames, _) = decode_frames(&path, 10).unwrap();
    assert_eq!((frames.len(), frames[0].width, frames[0].height), (5, 34, 18));
}

#[test]
fn colours_survive_an_mp4() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [128, 128, 128], [240, 200, 160]];
    let spec = MovieSpec::new(MovieFormat::Mp4 { crf: 5 }, 64, 64, (10, 1));
    let mut frame_at = |i: u64| Ok(RgbFrame::filled(64, 64, colours[i as usize]));
    write_movie(&path, &spec, 7, &mut frame_at, None, &mut |_| ControlFlow::Continue(())).unwrap();
    let (frames, _) = decode_frames(&path, 10).unwrap();
    for (frame, colour) in frames.iter().zip(colours) {
        let got = frame.pixel(32, 32);
        let off = got.iter().zip(colour).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(off <= 4, "{colour:?} came back as {got:?}");
    }
}

#[test]
fn takes_are_bit_exact_and_seek_to_any_frame() {
    let folder = tempfile::tempdir().unwrap();
    for (name, size, rate) in
        [("a.mkv", (128, 128), (25, 2)), ("b.mkv", (37, 51), (30, 1)), ("c.mkv", (16, 16), (24_000, 1001))]
    {
        let path = folder.path().join(name);
        let frames: Vec<RgbFrame> = (0..40).map(|i| noisy_frame(size.0, size.1, i)).collect();
        assert_eq!(write_take_pictures(&path, &frames, rate).unwrap().num_frames, 40);
        let (back, more) = decode_frames(&path, 100).unwrap();
        assert!(!more && back == frames, "{name} is not bit-exact");
        check_seeking(&path, &frames, rate, 0.0);
    }
    assert_eq!(names(folder.path()), ["a.mkv", "b.mkv", "c.mkv"]);
}

#[test]
fn mp4_seeks_to_any_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    export(&path, (128, 128), (25, 1), 120, Some(&two_tones(48_000, 4.8)));
    let (frames, _) = decode_frames(&path, 200).unwrap();
    check_seeking(&path, &frames, (25, 1), 0.0);
}

fn check_seeking(path: &Path, frames: &[RgbFrame], rate: (u32, u32), tolerance: f64) {
    let mut reader = FrameReader::open(path).unwrap();
    let got = reader.frame_rate();
    let off = f64::from(got.0) / f64::from(got.1) / (f64::from(rate.0) / f64::from(rate.1)) - 1.0;
    assert!(off.abs() < 1e-4, "{got:?} for {rate:?}");
    let last = frames.len() as u64 - 1;
    for frame_idx in [0, 7, 3, last, 1, 0, last - 1, last / 2, last / 2 + 1] {
        reader.seek_frame(frame_idx).unwrap();
        for step in 0..2.min(last - frame_idx + 1) {
            let frame = reader.next_frame().unwrap().unwrap();
            assert_eq!(frame.frame_idx, frame_idx + step);
            assert!(difference(&frame.picture, &frames[(frame_idx + step) as usize]) <= tolerance, "frame {frame_idx}");
        }
    }
    reader.seek_frame(last + 5).unwrap();
    assert!(reader.next_frame().unwrap().is_none());
    let secs_of = |idx: f64| idx * f64::from(rate.1) / f64::from(rate.0);
    for (secs, want) in [(-1.0, 0), (0.0, 0), (secs_of(3.0), 3), (secs_of(3.5), 3), (secs_of(3.98), 3), (1e6, last)] {
        let frame = reader.frame_at(secs).unwrap().unwrap();
        assert_eq!(frame.frame_idx, want, "at {secs} s of {}", path.display());
    }
}

#[test]
fn cancelling_and_dropping_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    std::fs::write(&path, b"the old film").unwrap();
    let spec = MovieSpec::new(MP4, 64, 64, (25, 1));
    let mut seen = Vec::new();
    let stop = &mut |progress: MovieProgress| {
        seen.push(progress.done_frames);
        assert_eq!(progress.total_frames, 50);
        if progress.done_frames == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut frame_at = |i: u64| Ok(smooth_frame(64, 64, i as u32));
    let sound = two_tones(48_000, 2.0);
    let result = write_movie(&path, &spec, 50, &mut frame_at, Some(&sound), stop);
    assert!(matches!(result, Err(MediaError::Cancelled)));
    assert_eq!(seen, (1..=10).collect::<Vec<u64>>());
    assert_eq!(names(folder.path()), ["a.mp4"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"the old film");

    let mut writer = MovieWriter::create(&path, &spec).unwrap();
    writer.write_frame(&smooth_frame(64, 64, 0)).unwrap();
    assert_eq!(names(folder.path()), ["a.mp4", "a.mp4.partial"]);
    drop(writer);
    assert_eq!(names(folder.path()), ["a.mp4"]);

    let failing = &mut |i: u64| {
        if i == 5 { Err(MediaError::Cancelled) } else { Ok(smooth_frame(64, 64, i as u32)) }
    };
    assert!(write_movie(&path, &spec, 50, failing, None, &mut |_| { ControlFlow::Continue(()) }).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"the old film");
    export(&path, (64, 64), (25, 1), 5, None);
    assert_eq!(names(folder.path()), ["a.mp4"]);
    assert_eq!(decode_frames(&path, 10).unwrap().0.len(), 5, "a finished film replaces the old one");
}

#[test]
fn impossible_movies_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    for spec in [
        MovieSpec::new(MP4, 0, 64, (25, 1)),
        MovieSpec::new(MP4, 64, 100_000, (25, 1)),
        MovieSpec::new(MP4, 64, 64, (0, 1)),
        MovieSpec::new(MP4, 64, 64, (1, 0)),
        MovieSpec { sound: Some((0, 2)), ..MovieSpec::new(MP4, 64, 64, (25, 1)) },
        MovieSpec { sound: Some((48_000, 7)), ..MovieSpec::new(MP4, 64, 64, (25, 1)) },
        MovieSpec { sound: Some((48_000, 2)), ..MovieSpec::new(MovieFormat::LosslessMkv, 64, 64, (25, 1)) },
    ] {
        assert!(MovieWriter::create(&path, &spec).is_err(), "{spec:?}");
    }
    let mut writer = MovieWriter::create(&path, &MovieSpec::new(MP4, 64, 64, (25, 1))).unwrap();
    assert!(writer.write_frame(&smooth_frame(32, 64, 0)).is_err());
    assert!(writer.write_frame(&RgbFrame { width: 64, height: 64, data: vec![0; 5] }).is_err());
    assert!(writer.write_sound(&[0.0; 2]).is_err());
    drop(writer);
    let nowhere = folder.path().join("missing").join("a.mp4");
    assert!(MovieWriter::create(&nowhere, &MovieSpec::new(MP4, 64, 64, (25, 1))).is_err());
    assert!(MovieWriter::create(folder.path(), &MovieSpec::new(MP4, 64, 64, (25, 1))).is_err(), "a folder's name");
    assert!(write_take_pictures(&path, &[], (25, 1)).is_err());
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn wav_is_bit_exact_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    for sound in [two_tones(24_000, 1.3), two_tones(48_000, 0.1).to_mono(), Sound::silence(8_000, 1, 0)] {
        write_wav(&path, &sound).unwrap();
        assert_eq!(read_wav(&path).unwrap(), sound);
        if sound.num_samples() > 0 {
            let channels = if sound.channels == 1 { Channels::Mono } else { Channels::Stereo };
            let request = SoundRequest { rate_hz: None, channels, start_secs: 0.0, max_secs: 10.0 };
            assert_eq!(decode_sound(&path, &request).unwrap().sound, sound, "FFmpeg reads the same");
        }
    }
    assert_eq!(names(folder.path()), ["sound.wav"]);
}

#[test]
fn sound_of_a_film_and_parts_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    let sound = two_tones(48_000, 3.0);
    write_wav(&path, &sound).unwrap();
    let request = SoundRequest { start_secs: 1.0, ..SoundRequest::for_mix(0.5) };
    let part = decode_sound(&path, &request).unwrap();
    assert!(part.truncated);
    assert_eq!(part.sound, sound.part(1.0, 1.5));
    let past = decode_sound(&path, &SoundRequest { start_secs: 9.0, ..request }).unwrap();
    assert!(past.sound.samples.is_empty() && !past.truncated);
    let exact = decode_sound(&path, &SoundRequest::for_mix(3.0)).unwrap();
    assert!(!exact.truncated, "exactly the cap is whole");
    let small = decode_sound(&path, &SoundRequest::mono(16_000, 60.0)).unwrap().sound;
    assert_eq!((small.rate_hz, small.channels), (16_000, 1));
    assert!(small.num_samples().abs_diff(48_000) <= 2);
}

#[test]
fn pictures_round_trip_as_png() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thumb.png");
    let frame = noisy_frame(61, 33, 4);
    write_png(&path, &frame).unwrap();
    assert_eq!(read_image(&path).unwrap(), frame);
    write_thumb(&path, &frame, 20).unwrap();
    let thumb = read_image(&path).unwrap();
    assert_eq!((thumb.width, thumb.height), (20, 11));
    assert_eq!(names(folder.path()), ["thumb.png"]);
}

#[test]
fn workers_may_own_all_of_it() {
    fn is_send<T: Send>() {}
    is_send::<FrameReader>();
    is_send::<MovieWriter>();
    is_send::<parlance_media::Player>();
    is_send::<parlance_media::Mix>();
}
