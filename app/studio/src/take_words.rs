//! What was measured on a take, in words. What was not measured is not there.

use parlance_document::{Acceleration, Measured, Outdated, Take, TakenOver};

/// In one short line, for a card.
#[must_use]
pub fn short(take: &Take) -> String {
    let measured = &take.measured;
    let parts: Vec<String> = [words(measured), lips(measured)].into_iter().flatten().collect();
    match (parts.is_empty(), loudness(measured)) {
        (false, _) => parts.join(" · "),
        (true, Some(loudness)) => loudness,
        (true, None) => t!("take.seed", seed = take.recipe.seed),
    }
}

/// "words 8 of 9".
#[must_use]
pub fn words(measured: &Measured) -> Option<String> {
    let (heard, written) = (measured.words_heard?, measured.words_written?);
    Some(t!("take.words", heard = heard, written = written))
}

/// "lips −1", in frames; "lips off" when they do not follow the sound.
#[must_use]
pub fn lips(measured: &Measured) -> Option<String> {
    match (measured.lip_offset_frames, measured.lip_match) {
        (Some(offset), _) => Some(t!("take.lips", frames = signed(offset.round() as i32))),
        (None, Some(_)) => Some(t!("take.lips.off").to_owned()),
        (None, None) => None,
    }
}

/// "−23 LUFS".
#[must_use]
pub fn loudness(measured: &Measured) -> Option<String> {
    measured.loudness_lufs.map(|loudness| format!("{loudness:.0} LUFS").replace('-', "−"))
}

/// "Faster".
#[must_use]
pub fn speed(acceleration: Acceleration) -> &'static str {
    match acceleration {
        Acceleration::Exact => t!("advanced.speed.exact"),
        Acceleration::Faster => t!("advanced.speed.faster"),
        Acceleration::Fastest => t!("advanced.speed.fastest"),
    }
}

/// "2.1 %, at most 4.0 %": how far off was what was taken over; `None` if nothing was.
#[must_use]
pub fn drift(found: &TakenOver) -> Option<String> {
    let (mean, most) = (percent(found.mean_drift?), percent(found.largest_drift?));
    Some(t!("facts.drift.found", mean = mean, most = most))
}

fn percent(share: f32) -> String {
    format!("{:.1}", share * 100.0)
}

/// All of it as sentences, for a tooltip.
#[must_use]
pub fn sentences(take: &Take) -> String {
    let measured = &take.measured;
    let mut lines = Vec::new();
    if let (Some(heard), Some(written)) = (measured.words_heard, measured.words_written) {
        lines.push(t!("take.said.words", heard = heard, written = written));
    }
    match (measured.lip_offset_frames, measured.lip_match) {
        (Some(offset), _) if offset.round() == 0.0 => lines.push(t!("take.said.lips.with").to_owned()),
        (Some(offset), _) if offset > 0.0 => lines.push(tn!("take.said.lips.behind", frames(offset))),
        (Some(offset), _) => lines.push(tn!("take.said.lips.ahead", frames(-offset))),
        (None, Some(_)) => lines.push(t!("take.said.lips.off").to_owned()),
        (None, None) => {}
    }
    if let Some(loudness) = measured.loudness_lufs {
        let loudness = format!("{loudness:.1}").replace('-', "−");
        lines.push(t!("take.said.loudness", loudness = loudness));
    }
    if let Some(found) = &measured.taken_over {
        let (n, all) = (found.evaluations, found.exact_evaluations);
        lines.push(match found.mean_drift.zip(found.largest_drift) {
            Some((mean, most)) => {
                t!("take.said.taken_over", n = n, all = all, mean = percent(mean), most = percent(most))
            }
            None => t!("take.said.nothing_taken_over", n = n, all = all),
        });
    }
    lines.join("\n")
}

/// What has changed since a take was made, in words.
#[must_use]
pub fn changes(changes: &[Outdated]) -> String {
    let word = |change: &Outdated| match change {
        Outdated::Words => t!("changed.words"),
        Outdated::Timing => t!("changed.timing"),
        Outdated::Length => t!("changed.length"),
        Outdated::Aspect => t!("changed.shape"),
        Outdated::Prompt => t!("changed.description"),
        Outdated::Voice => t!("changed.voice"),
        Outdated::Recording => t!("changed.recording"),
        Outdated::FirstFrame => t!("changed.first_picture"),
        Outdated::Before => t!("changed.before"),
        Outdated::Picture => t!("changed.picture"),
    };
    changes.iter().map(word).collect::<Vec<_>>().join(t!("changed.comma"))
}

fn frames(count: f32) -> usize {
    count.round().max(0.0) as usize
}

fn signed(frames: i32) -> String {
    match frames {
        0 => "0".to_owned(),
        frames if frames < 0 => format!("−{}", frames.unsigned_abs()),
        frames => format!("+{frames}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_measured_is_said() {
        let measured = Measured { words_heard: Some(8), words_written: Some(9), ..Measured::default() };
        assert_eq!(
            (words(&measured).as_deref(), lips(&measured), loudness(&measured)),
            (Some("words 8 of 9"), None, None)
        );
        let lips_of =
            |offset, found| lips(&Measured { lip_offset_frames: offset, lip_match: found, ..Measured::default() });
        assert_eq!(lips_of(Some(-1.0), Some(0.7)).as_deref(), Some("lips −1"));
        assert_eq!(lips_of(None, Some(0.1)).as_deref(), Some("lips off"));
    }
}
