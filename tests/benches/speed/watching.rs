//! From a wish to what is seen or heard: a jump to its picture, a dropped recording to a voice that can be used, and how
//! well the clock of the sound keeps time.

use std::path::Path;
use std::time::{Duration, Instant};

use parlance::action::Action;
use parlance::cli::args::Device;
use parlance::dialogs::{ConsentDraft, Dialog, VoiceTarget};
use parlance_document::{ConsentKind, Date, Edit, GenerationSettings, Project, Time};
use parlance_engine::ProjectFolder;
use parlance_media::testing::speech_like;
use parlance_media::{Mix, Player, Segment};
use serde_json::{Value, json};

use crate::headless::Headless;
use crate::{Numbers, millis_since, place, quantile};

/// Jumps that are timed.
const JUMPS: usize = 100;
/// How long the clock is watched. Ten minutes would make the benchmark too long; what it loses in this time is told for
/// ten minutes by proportion. `packaging/bench drift` watches it for ten minutes.
const CLOCK: Duration = Duration::from_secs(60);
const TEN_MINUTES_SECS: f64 = 600.0;

pub(crate) fn measure(folder: &Path) -> Numbers {
    drop(ProjectFolder::create(&place(folder), &Project::sample())?);
    let mut bench = Headless::open(place(folder), parlance::generator::open(Device::Auto))?;
    let mut out = json!({});
    jumps(&mut bench, &mut out)?;
    voice(&mut bench, folder, &mut out)?;
    clock(&mut out, CLOCK)?;
    Ok(out)
}

/// From a click on the ruler to the frame that shows the picture, in a take of the bundled model.
fn jumps(bench: &mut Headless, out: &mut Value) -> Result<(), Box<dyn std::error::Error>> {
    let shot = bench.studio.project().and_then(|project| project.shots().first()).ok_or("no shot")?;
    let (shot, length) = (shot.id, shot.length.secs_f64());
    let settings = GenerationSettings { steps: Some(1), seed: Some(1), ..GenerationSettings::default() };
    bench.push(Action::Edit(Edit::SetSettings { shot, settings }));
    bench.push(Action::Generate(shot));
    bench.until("the take is made", |bench| {
        bench.studio.jobs().entries().is_empty()
            && bench.studio.project().is_some_and(|project| project.active_take(shot).is_some())
    })?;
    let strip = |bench: &Headless| {
        let textures = bench.ctx.tex_manager();
        textures.read().allocated().any(|(_, meta)| meta.name.ends_with(" strip"))
    };
    bench.until("its pictures are read", strip)?;
    let (mut millis, mut shown) = (Vec::new(), 0);
    for k in 0..JUMPS {
        // Golden-ratio steps reach everywhere and never the place before.
        let at = (k as f64 * 0.618_033_988_75).fract() * length;
        bench.push(Action::Seek(Time::from_secs_f64(at)));
        millis.push(bench.frame(Vec::new()));
        shown += usize::from(bench.textures > 0);
    }
    if shown < JUMPS * 9 / 10 {
        return Err(format!("only {shown} of {JUMPS} jumps brought another picture").into());
    }
    out["jump_ms"] = json!([quantile(&mut millis, 0.5), quantile(&mut millis, 0.95), quantile(&mut millis, 0.99)]);
    Ok(())
}

/// A minute of somebody speaking, dropped on a person.
fn voice(bench: &mut Headless, folder: &Path, out: &mut Value) -> Result<(), Box<dyn std::error::Error>> {
    let file = folder.join("voice.wav");
    parlance_media::write_wav(&file, &speech_like(48_000, 60.0))?;
    let person = bench.studio.project().and_then(|project| project.cast().first()).ok_or("nobody")?.id;
    let target = VoiceTarget::Speaker(person);
    bench.listen();
    bench.push(Action::OfferVoice(file.clone(), target));
    let edge = "End of the part used";
    let judged = bench.until("it is judged", |bench| bench.spoken.iter().any(|name| name == edge))?;
    let mut draft = ConsentDraft::new(file, target, "Mara".to_owned(), Date::from_epoch_secs(1_795_219_200));
    draft.kind = Some(ConsentKind::Own);
    bench.push(Action::SetDialog(Some(Dialog::Consent(draft))));
    bench.push(Action::CastVoice);
    let cast = bench.until("it is cast", |bench| {
        bench.studio.project().is_some_and(|project| project.cast().first().is_some_and(|p| p.voice.is_some()))
    })?;
    out["voice_judged_ms"] = json!(judged);
    out["voice_cast_ms"] = json!(cast);
    Ok(())
}

/// What the clock of the sound alone does in a while.
pub(crate) fn drift(time: Duration) -> Numbers {
    let mut out = json!({});
    clock(&mut out, time)?;
    Ok(out)
}

/// The player's clock beside the computer's, while an hour of sound plays.
fn clock(out: &mut Value, time: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let tone = speech_like(48_000, 10.0).to_stereo();
    let tone = std::sync::Arc::new(tone);
    let pieces = (0..360).map(|idx| Segment::whole(std::sync::Arc::clone(&tone), Time::from_secs(10 * idx)));
    let mut player = Player::silent();
    player.load(Mix::new(pieces.collect())?);
    player.play();
    // The first moments belong to the thread's start.
    std::thread::sleep(Duration::from_millis(500));
    let (began, from) = (Instant::now(), player.position().secs_f64());
    let mut points = Vec::new();
    while began.elapsed() < time {
        std::thread::sleep(Duration::from_millis(7));
        let wall = millis_since(began);
        points.push((wall, (player.position().secs_f64() - from) * 1e3 - wall));
    }
    let (slope, mut apart) = line_through(&points);
    out["clock_secs"] = json!(time.as_secs());
    out["clock_drift_ms"] = json!(slope * TEN_MINUTES_SECS * 1e3);
    out["clock_apart_ms"] = json!([quantile(&mut apart, 0.5), quantile(&mut apart, 0.99)]);
    Ok(())
}

/// Slope of the line through points by least squares, and how far each point is from the line.
fn line_through(points: &[(f64, f64)]) -> (f64, Vec<f64>) {
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
    let slope = if variance > 0.0 { covariance / variance } else { 0.0 };
    let apart = points.iter().map(|(x, y)| (y - y_mean - slope * (x - x_mean)).abs()).collect();
    (slope, apart)
}
