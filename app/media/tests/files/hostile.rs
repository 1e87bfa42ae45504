//! Files that are broken, lie or attack: each gives a clear error or right data, in bounded memory, and nothing panics.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use parlance_media::{
    Channels, DecodedSound, FrameReader, MediaError, MovieFormat, MovieSpec, SoundRequest, decode_frames, decode_sound,
    probe, read_image, read_wav, write_movie, write_png, write_take_pictures, write_wav,
};

use super::support::{noisy_frame, pcm16, smooth_frame, two_tones, wav_bytes};

/// What a case should give.
enum Want {
    /// An error whose sentence contains this.
    Error(&'static str),
    /// Sound of about this many seconds at 48 kHz stereo.
    Secs(f64),
}

fn check(name: &str, path: &Path, want: &Want) {
    let result = decode_sound(path, &SoundRequest::for_mix(20.0));
    probe(path).ok();
    FrameReader::open(path).ok();
    match (want, result) {
        (Want::Error(part), Err(e)) => {
            let sentence = e.to_string();
            assert!(sentence.contains(part), "{name}: {sentence}");
            assert!(sentence.chars().next().is_some_and(char::is_uppercase), "{name}: {sentence}");
        }
        (Want::Secs(secs), Ok(got)) => {
            assert!((got.sound.secs() - secs).abs() < 0.05, "{name}: {} s, wanted {secs} s", got.sound.secs());
            assert_eq!((got.sound.rate_hz, got.sound.channels), (48_000, 2), "{name}");
            assert!(got.sound.samples.iter().all(|s| s.is_finite()), "{name}");
        }
        (Want::Error(part), Ok(got)) => {
            panic!("{name}: {} s of sound, wanted an error with {part:?}", got.sound.secs())
        }
        (Want::Secs(secs), Err(e)) => panic!("{name}: {e}, wanted {secs} s"),
    }
}

#[test]
fn a_table_of_bad_sound_files() {
    let folder = tempfile::tempdir().unwrap();
    let tone = |num: usize, channels: usize| {
        pcm16((0..num).flat_map(move |i| std::iter::repeat_n(((i as f32 * 0.05).sin() * 9000.0) as i16, channels)))
    };
    let second = tone(16_000, 1);
    let whole = wav_bytes(1, 16_000, 1, 16, 32_000, &second);
    let mut odd_fields = whole.clone();
    odd_fields[20..36].fill(0xff);
    let mut nan = Vec::new();
    for i in 0..48_000 {
        nan.extend(match i % 3 {
            0 => f32::NAN.to_le_bytes(),
            1 => f32::INFINITY.to_le_bytes(),
            _ => 0.25_f32.to_le_bytes(),
        });
    }
    let playlist = b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n".to_vec();
    let noise: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: Vec<(&str, Vec<u8>, Want)> = vec![
        ("zero.wav", vec![], Want::Error("empty")),
        ("one.wav", vec![b'R'], Want::Error("not a sound or video")),
        ("text.wav", b"Dear diary, this is not a sound.\n".repeat(200), Want::Error("not a sound or video")),
        ("noise.mp4", noise, Want::Error("not a sound or video")),
        ("playlist.m3u8", playlist.clone(), Want::Error("not a sound or video")),
        ("playlist.wav", playlist, Want::Error("not a sound or video")),
        ("header only.wav", whole[..44].to_vec(), Want::Error("damaged or cut short")),
        ("cut header.wav", whole[..30].to_vec(), Want::Error("")),
        ("cut in half.wav", whole[..16_044].to_vec(), Want::Secs(0.5)),
        ("claims 4 GB.wav", wav_bytes(1, 16_000, 1, 16, u32::MAX - 100, &second), Want::Secs(1.0)),
        ("claims nothing.wav", wav_bytes(1, 16_000, 1, 16, 0, &second), Want::Secs(1.0)),
        ("rate 0.wav", wav_bytes(1, 0, 1, 16, 32_000, &second), Want::Error("")),
        ("rate 4 billion.wav", wav_bytes(1, u32::MAX, 1, 16, 32_000, &second), Want::Error("")),
        ("no channels.wav", wav_bytes(1, 16_000, 0, 16, 32_000, &second), Want::Error("")),
        ("fields of ones.wav", odd_fields, Want::Error("")),
        ("8 kHz mono.wav", wav_bytes(1, 8_000, 1, 16, 16_000, &tone(8_000, 1)), Want::Secs(1.0)),
        ("8 bit.wav", wav_bytes(1, 11_025, 1, 8, 11_025, &vec![128; 11_025]), Want::Secs(1.0)),
        ("192 kHz 5.1.wav", wav_bytes(1, 192_000, 6, 16, 2_304_000, &tone(192_000, 6)), Want::Secs(1.0)),
        ("sixteen channels.wav", wav_bytes(1, 48_000, 16, 16, 1_536_000, &tone(48_000, 16)), Want::Secs(1.0)),
        ("not numbers.wav", wav_bytes(3, 48_000, 1, 32, 192_000, &nan), Want::Secs(1.0)),
        ("tail of rubbish.wav", [whole.clone(), vec![0x55; 5_000]].concat(), Want::Secs(1.0)),
        ("no extension", whole.clone(), Want::Secs(1.0)),
        ("näme with späces – 文件 %d.wav", whole, Want::Secs(1.0)),
    ];
    for (name, bytes, want) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        check(name, &path, &want);
    }
    check("folder", folder.path(), &Want::Error("folder"));
    check("missing", &folder.path().join("missing.wav"), &Want::Error("no file here"));
    check("odd path", Path::new("http://192.0.2.1/a.mp3"), &Want::Error("no file here"));
    let nul = PathBuf::from("a\0b.wav");
    assert!(decode_sound(&nul, &SoundRequest::for_mix(1.0)).is_err());
}

#[test]
fn surround_keeps_its_sides_and_numbers_are_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    // Only the left front channel sounds.
    let left_only = pcm16((0..48_000).flat_map(|i| [((i as f32 * 0.05).sin() * 20_000.0) as i16, 0, 0, 0, 0, 0]));
    std::fs::write(&path, wav_bytes(1, 48_000, 6, 16, 576_000, &left_only)).unwrap();
    let sound = decode_sound(&path, &SoundRequest::for_mix(5.0)).unwrap().sound;
    let power = |side: usize| sound.samples.iter().skip(side).step_by(2).map(|s| s * s).sum::<f32>();
    assert!(power(0) > 100.0 && power(1) < 1e-3, "{} {}", power(0), power(1));

    let data: Vec<u8> = [0.5, f32::NAN, 0.25, f32::NEG_INFINITY].into_iter().flat_map(f32::to_le_bytes).collect();
    std::fs::write(&path, wav_bytes(3, 48_000, 1, 32, 16, &data)).unwrap();
    let request = SoundRequest { rate_hz: None, channels: Channels::Mono, start_secs: 0.0, max_secs: 1.0 };
    let DecodedSound { sound, num_repaired, .. } = decode_sound(&path, &request).unwrap();
    assert_eq!((sound.samples.as_slice(), num_repaired), ([0.5, 0.0, 0.25, 0.0].as_slice(), 2));
    assert!(matches!(read_wav(&path), Err(MediaError::Damaged { .. })), "takes must not hold such samples at all");
}

#[test]
fn an_hour_stops_at_the_cap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hour.wav");
    // A sparse file: 3600 s of 48 kHz stereo, 691 MB on paper and nothing on disk.
    let num_bytes = 3_600_u32 * 48_000 * 4;
    std::fs::write(&path, wav_bytes(1, 48_000, 2, 16, num_bytes, &[])).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(44 + u64::from(num_bytes)).unwrap();
    let before = memory_peak_kb();
    let began = std::time::Instant::now();
    let got = decode_sound(&path, &SoundRequest::mono(16_000, 10.0)).unwrap();
    assert!(got.truncated);
    assert_eq!(got.sound.num_samples(), 160_000);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    if let (Some(before), Some(after)) = (before, memory_peak_kb()) {
        assert!(after - before < 200_000, "{} MB more", (after - before) / 1000);
    }
    assert!((probe(&path).unwrap().secs.unwrap() - 3600.0).abs() < 0.1);
    assert!(matches!(read_wav(&path), Err(MediaError::TooLarge { .. })));
    for max_secs in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(decode_sound(&path, &SoundRequest::for_mix(max_secs)).is_err());
    }
}

/// The most memory this process ever had, where the system tells.
fn memory_peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn films_without_sound_and_sounds_without_film() {
    let folder = tempfile::tempdir().unwrap();
    let (film, sound) = (folder.path().join("a.mkv"), folder.path().join("a.wav"));
    write_take_pictures(&film, &[noisy_frame(16, 16, 0)], (25, 1)).unwrap();
    write_wav(&sound, &two_tones(48_000, 0.5)).unwrap();
    assert!(matches!(decode_sound(&film, &SoundRequest::for_mix(1.0)), Err(MediaError::NoSound { .. })));
    assert!(matches!(FrameReader::open(&sound), Err(MediaError::NoVideo { .. })));
    assert!(matches!(decode_frames(&sound, 3), Err(MediaError::NoVideo { .. })));
}

#[test]
fn films_cut_anywhere_give_frames_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (mkv, mp4, cut) = (folder.path().join("a.mkv"), folder.path().join("a.mp4"), folder.path().join("cut"));
    let frames: Vec<_> = (0..10).map(|i| noisy_frame(32, 32, i)).collect();
    write_take_pictures(&mkv, &frames, (25, 2)).unwrap();
    let spec = MovieSpec::new(MovieFormat::Mp4 { crf: 30 }, 32, 32, (25, 1));
    let mut frame_at = |i: u64| Ok(smooth_frame(32, 32, i as u32));
    let sound = two_tones(48_000, 0.4);
    write_movie(&mp4, &spec, 10, &mut frame_at, Some(&sound), &mut |_| ControlFlow::Continue(())).unwrap();
    for path in [&mkv, &mp4] {
        let bytes = std::fs::read(path).unwrap();
        for part in 0..40 {
            std::fs::write(&cut, &bytes[..bytes.len() * part / 40]).unwrap();
            if let Ok((got, _)) = decode_frames(&cut, 100) {
                assert!(got.len() <= 10);
            }
            decode_sound(&cut, &SoundRequest::for_mix(5.0)).ok();
        }
        // Single bytes turned around, all over the file.
        for at in (0..bytes.len()).step_by(bytes.len() / 150 + 1) {
            let mut broken = bytes.clone();
            broken[at] ^= 0xff;
            std::fs::write(&cut, &broken).unwrap();
            if let Ok(mut reader) = FrameReader::open(&cut) {
                let mut num = 0;
                while num < 200 && reader.next_frame().ok().flatten().is_some() {
                    num += 1;
                }
                reader.seek_frame(5).ok();
                reader.next_frame().ok();
                reader.frame_at(1e9).ok();
            }
            decode_sound(&cut, &SoundRequest::for_mix(5.0)).ok();
        }
    }
}

#[test]
fn a_table_of_bad_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    write_png(&path, &noisy_frame(40, 30, 1)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut huge = whole.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let crc = crc32(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("empty.png", vec![], "empty"),
        ("text.png", b"hello".repeat(50), "not a picture"),
        ("cut.png", whole[..whole.len() / 2].to_vec(), "not a picture"),
        ("huge.png", huge, "too large"),
        ("gif.png", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec(), "not a picture"),
    ];
    for (name, bytes, part) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let sentence = read_image(&path).expect_err(name).to_string();
        assert!(sentence.contains(part), "{name}: {sentence}");
    }
    assert!(matches!(read_image(folder.path()), Err(MediaError::NotAFile { .. })));
    for at in 0..whole.len().min(400) {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        std::fs::write(&path, &broken).unwrap();
        read_image(&path).ok();
    }
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
