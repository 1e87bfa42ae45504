use parlance_engine::generator::{LineSpec, PromptSpec, VoiceClip};
use parlance_model::device;

use super::*;

fn spec() -> GenerationSpec {
    let line = |speaker, text: &str, start_secs: f64| LineSpec {
        speaker,
        text: text.to_owned(),
        start_secs,
        end_secs: start_secs + 1.0,
        recorded: false,
    };
    let voice = |sample| Some(VoiceClip { samples: vec![sample; 4], rate_hz: 16_000 });
    GenerationSpec {
        length_secs: 6.0,
        width: 1280,
        height: 704,
        prompt: PromptSpec { scene: "A kitchen.".into(), ambience: "Rain.".into(), ..PromptSpec::default() },
        lines: vec![line(2, "Hello.", 0.5), line(0, "Hi.", 2.0), line(1, "Yes.", 3.0)],
        names: vec!["Mara".into(), "Tomas".into(), "Ann".into()],
        voices: vec![voice(0.1), None, voice(0.3)],
        steps: 30,
        guidance: Guidance { text: 4.0, alignment: 4.0, timbre: 4.0 },
        ..GenerationSpec::default()
    }
}

#[test]
fn every_line_is_told_whose_voice_says_it() {
    let request = request_of(&spec(), plain_prompt);
    assert_eq!(request.prompt, "A kitchen. Ann: <S>Hello.<E> Mara: <S>Hi.<E> Tomas: <S>Yes.<E> Rain.");
    assert_eq!(request.speakers, [Some(1), Some(0), None]);
    let first: Vec<f32> = request.voices.iter().map(|voice| voice.samples[0]).collect();
    assert_eq!(first, [0.1, 0.3]);
    assert_eq!(request.evaluations_per_step(), 4);
    let quiet = GenerationSpec { guidance: Guidance::default(), ..spec() };
    assert_eq!(request_of(&quiet, plain_prompt).evaluations_per_step(), 1);
}

#[test]
fn a_forecast_needs_no_files_and_grows_with_the_clip() {
    let files = NavaFiles {
        backbone: "nowhere/NAVA_fp8.safetensors".into(),
        text_encoder: "nowhere/t5.pth".into(),
        tokenizer: "nowhere/tokenizer.json".into(),
        video_vae: "nowhere/vae.pth".into(),
        audio: "nowhere/audio.safetensors".into(),
        speaker: None,
        preview: None,
    };
    let mut generator = NavaGenerator::new(files, device::cpu("of the test"), plain_prompt);
    let estimator = generator.estimator();
    let info = estimator.info();
    assert_eq!((info.frame_rate, info.sound_rate_hz, info.sizes[0]), ((24, 1), 48_000, (1280, 704)));
    let forecast = |spec: GenerationSpec| estimator.forecast(&spec);
    let (short, long) = (forecast(GenerationSpec { length_secs: 2.0, ..spec() }), forecast(spec()));
    assert!(short.secs > 0.0 && long.secs > 2.0 * short.secs);
    assert!(long.bytes > 1 << 30);
    assert!(forecast(GenerationSpec { steps: 60, ..spec() }).secs > 1.8 * long.secs);

    let error = generator.generate(&spec(), &CancelToken::new(), &mut |_| {}).unwrap_err();
    let GenerateError::Model(why) = error else { panic!("{error:?}") };
    assert!(why.contains("NAVA_fp8.safetensors"), "{why}");
}

#[test]
fn a_folder_without_files_is_refused_with_the_first_missing_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = NavaGenerator::in_folder(folder.path(), device::cpu("of the test"), plain_prompt);
    let Err(why) = refused else { panic!("accepted") };
    assert!(why.contains("NAVA_fp8.safetensors") && why.contains("missing"), "{why}");
}

#[test]
fn sizes_of_files_tell_how_many_bits_their_numbers_have() {
    assert_eq!([6_930_000_000, 12_590_000_000, 25_190_000_000].map(number_bytes), [1, 2, 4]);
}
