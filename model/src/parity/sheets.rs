//! Fixtures without tensors of a model: lengths, sizes, texts, pictures, containers.

use serde_json::Value;

use super::{Fixture, ParityError, Sheet};
use crate::audio::resample;
use crate::family::nava::sizes::{
    FRAMES_PER_SEC, Resolution, audio_only_tokens, audio_tokens, bucket, shapes, video_frames,
};
use crate::released::pictures::{Cover, Picture, byte, pictures};
use crate::text::prompt::{clean, mark_speech, mark_speech_again};
use crate::weights::TensorFile;

/// `lengths`: frames and sound tokens.
pub(super) fn lengths(sheet: &mut Sheet) -> Result<(), ParityError> {
    for row in sheet.list("rows") {
        let [latent, frames, tokens] = [0, 1, 3].map(|column| row[column].as_u64().unwrap_or_default() as usize);
        sheet.same(&format!("{latent} latent frames"), &video_frames(latent), &frames);
        sheet.same(&format!("{frames} frames"), &audio_tokens(frames, FRAMES_PER_SEC), &tokens);
        let secs = row[2].as_f64().unwrap_or_default();
        sheet.compare_with(&format!("{frames} frames, seconds"), &[frames as f64 / FRAMES_PER_SEC], &[secs]);
    }
    for row in sheet.list("t2a") {
        let secs = row[0].as_f64().unwrap_or_default();
        sheet.same(
            &format!("{secs} seconds"),
            &audio_only_tokens(secs),
            &(row[1].as_u64().unwrap_or_default() as usize),
        );
    }
    Ok(())
}

fn resolution(number: u64) -> Option<Resolution> {
    Some(match number {
        256 => Resolution::P256,
        512 => Resolution::P512,
        640 => Resolution::P640,
        960 => Resolution::P960,
        _ => return None,
    })
}

/// `image_buckets`: sizes by shape.
pub(super) fn buckets(sheet: &mut Sheet) -> Result<(), ParityError> {
    for number in [256, 512, 640, 960] {
        let Some(resolution) = resolution(number) else { continue };
        let table = sheet.settings["table_div16"][number.to_string()].clone();
        for (shape, sides) in shapes(resolution) {
            sheet.same(&format!("{number} {shape}"), &sides.to_vec(), &Fixture::numbers(&table[shape]));
        }
    }
    for case in sheet.list("cases") {
        let [height, width] = ["h", "w"].map(|key| case[key].as_u64().unwrap_or_default() as usize);
        for (key, resolution) in [("out960", Resolution::P960), ("out640", Resolution::P640)] {
            let ours = bucket(height, width, resolution);
            sheet.same(
                &format!("{height} x {width} {key}"),
                &vec![ours.height, ours.width],
                &Fixture::numbers(&case[key]),
            );
        }
    }
    Ok(())
}

/// `image_preprocess`: pictures resized and cut, byte by byte, and more sizes by shape.
pub(super) fn images(fixture: &mut Fixture) -> Result<(), ParityError> {
    for case in fixture.settings["cases"].as_array().cloned().unwrap_or_default() {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let size = |key: &str| case[key].as_u64().unwrap_or_default() as usize;
        let key = format!("{name}.src_u8_hwc");
        let source = Picture { height: size("src_h"), width: size("src_w"), data: fixture.file.bytes(&key)?.to_vec() };
        let cover = Cover::of(&source, size("target_h"), size("target_w"));
        let expected = ["resize_h", "resize_w", "top", "left"].map(|key| size(key) as f64);
        let ours = [cover.height, cover.width, cover.top, cover.left].map(|side| side as f64);
        fixture.compare_with(&format!("{name}.geometry"), &ours, &expected);
        compare_bytes(fixture, &format!("{name}.resized_u8_hwc"), &source.resized(cover.height, cover.width).data)?;
        let fitted = source.fitted(size("target_h"), size("target_w"));
        compare_bytes(fixture, &format!("{name}.cropped_u8_hwc"), &fitted.data)?;
        fixture.compare(&format!("{name}.tensor"), fitted.frame(&fixture.device.clone()))?;
    }
    let bytes: Vec<u8> = fixture.file.values("to_u8.in")?.into_iter().map(byte).collect();
    compare_bytes(fixture, "to_u8.out", &bytes)?;
    for case in fixture.settings["bucket_cases"].as_array().cloned().unwrap_or_default() {
        let number = |key: &str| case[key].as_u64().unwrap_or_default();
        let Some(resolution) = resolution(number("resolution")) else { continue };
        let ours = bucket(number("src_h") as usize, number("src_w") as usize, resolution);
        let name = format!("bucket {} x {} at {}", number("src_h"), number("src_w"), number("resolution"));
        let same_shape = case["bucket"].as_str() == Some(ours.shape);
        let ours = [ours.height as f64, ours.width as f64, f64::from(u8::from(same_shape))];
        fixture.compare_with(&name, &ours, &[number("height") as f64, number("width") as f64, 1.0]);
    }
    Ok(())
}

/// `postprocess`: frames as bytes, sound at the reference's peak.
pub(super) fn postprocess(fixture: &mut Fixture) -> Result<(), ParityError> {
    let frames = fixture.tensor::<4>("in.video_m1_1_TCHW")?;
    let bytes: Vec<u8> = pictures(frames).into_iter().flat_map(|picture| picture.data).collect();
    compare_bytes(fixture, "out.video_u8_THWC", &bytes)?;
    for (input, output) in [("in.wave_ch_samples", "out.wave"), ("in.silence", "out.silence")] {
        let mut wave = fixture.file.values(input)?;
        resample::limit(&mut wave, 0.99);
        resample::normalise_peak(&mut wave, 0.95);
        fixture.compare_values(output, &wave.into_iter().map(f64::from).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn compare_bytes(fixture: &mut Fixture, key: &str, ours: &[u8]) -> Result<(), ParityError> {
    let widen = |bytes: &[u8]| -> Vec<f64> { bytes.iter().map(|byte| f64::from(*byte)).collect() };
    let expected = widen(fixture.file.bytes(key)?);
    fixture.compare_with(key, &widen(ours), &expected);
    Ok(())
}

/// `speech_marker`: the sentinel before every line.
pub(super) fn speech(sheet: &mut Sheet) -> Result<(), ParityError> {
    for case in sheet.list("cases") {
        let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let input = text("input");
        sheet.same(&format!("{input:?} once"), &mark_speech(&input), &text("gradio"));
        sheet.same(&format!("{input:?} again"), &mark_speech_again(&input), &text("cli"));
    }
    Ok(())
}

/// `text_clean`: what the tokenizer is given.
pub(super) fn cleaning(sheet: &mut Sheet) -> Result<(), ParityError> {
    for case in sheet.list("cases") {
        let input = case["input"].as_str().unwrap_or_default();
        let expected = case["output"].as_str().unwrap_or_default().to_owned();
        sheet.same(&format!("{input:?}"), &clean(input), &expected);
    }
    Ok(())
}

/// `containers`: PyTorch's archives and the bf16 file hold what the other fixtures hold.
pub(super) fn containers(sheet: &mut Sheet) -> Result<(), ParityError> {
    archive(sheet, "container_wan_flat.pth", "wan22_vae_tiny")?;
    archive(sheet, "container_redimnet_nested.pt", "redimnet_tiny")?;
    let file = TensorFile::open(&sheet.folder.join("container_audio_bf16.safetensors"))?;
    let settings = file.metadata().get("config").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let bands = settings.map(|settings| settings["audio_vae"]["model"]["params"]["ddconfig"]["mel_bins"].clone());
    sheet.same("container_audio_bf16 settings", &bands, &Some(Value::from(16)));
    let [vae, vocoder] =
        ["audio_vae_tiny", "vocoder_tiny"].map(|name| sheet.folder.join(format!("{name}.safetensors")));
    let references = [TensorFile::open(&vae)?, TensorFile::open(&vocoder)?];
    for key in file.names() {
        let name = format!("weights.{key}");
        let Some(reference) = references.iter().find(|reference| reference.contains(&name)) else {
            sheet.same(&key, &"nowhere", &"in a fixture");
            continue;
        };
        let rounded = reference.values(&name)?.into_iter().map(|value| half::bf16::from_f32(value).to_f64());
        sheet.compare_with(&key, &widen(file.values(&key)?), &rounded.collect::<Vec<_>>());
    }
    Ok(())
}

/// Every tensor that the sheet lists for an archive, by value; and its settings.
fn archive(sheet: &mut Sheet, name: &str, reference: &str) -> Result<(), ParityError> {
    let file = TensorFile::open(&sheet.folder.join(name))?;
    let reference = TensorFile::open(&sheet.folder.join(format!("{reference}.safetensors")))?;
    let listed = sheet.settings[name].clone();
    if let Some(settings) = listed.get("model_config") {
        let ours = file.metadata().get("model_config").and_then(|text| serde_json::from_str::<Value>(text).ok());
        sheet.same(&format!("{name} model_config"), &ours, &Some(settings.clone()));
    }
    let tensors = listed.get("state_dict").unwrap_or(&listed).as_object().cloned().unwrap_or_default();
    let keys: Vec<String> = tensors.keys().cloned().collect();
    sheet.same(&format!("{name} keys"), &file.names(), &{
        let mut keys = keys.clone();
        keys.sort();
        keys
    });
    for (key, shape) in tensors {
        let shape = Fixture::numbers(if shape[0].is_array() { &shape[0] } else { &shape });
        sheet.same(&format!("{name} {key} shape"), &file.shape(&key).map(<[usize]>::to_vec), &Some(shape));
        let weights = format!("weights.{key}");
        if reference.contains(&weights) {
            sheet.compare_with(
                &format!("{name} {key}"),
                &widen(file.values(&key)?),
                &widen(reference.values(&weights)?),
            );
        } else {
            sheet.same(&format!("{name} {key}"), &file.integers(&key)?.len(), &1);
        }
    }
    Ok(())
}

fn widen(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}
