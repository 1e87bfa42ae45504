//! When each phone of known words sounds in a recording: the recogniser's scores laid along the written phones.
//!
//! Viterbi over a chain of states, one a phone, with an optional silence before each and after the last: the classic
//! forced alignment of speech recognition.

use super::{DECISION_SECS, FIRST_SECS, timed_phone};
use crate::conditioning::{CLASSES, PHONES, class_of};
use crate::text::phonemes::Unit;
use crate::world::TimedPhone;

/// One step of the chain.
struct State {
    /// Which unit sounds; `None` is silence, which may be left out.
    unit: Option<usize>,
    class: usize,
}

/// Times of the phones of `units` in a recording whose decisions have these log probabilities, `[T, CLASSES]`; `None` when
/// it has fewer decisions than phones.
pub(super) fn align(scores: &[f32], units: &[Unit]) -> Option<Vec<TimedPhone>> {
    let mut states = vec![State { unit: None, class: 0 }];
    for (idx, unit) in units.iter().enumerate().filter(|(_, unit)| unit.symbol.is_phone()) {
        states.push(State { unit: Some(idx), class: class_of(unit.symbol.name()) });
        states.push(State { unit: None, class: 0 });
    }
    let frames = scores.len() / CLASSES;
    if states.len() < 3 || frames < states.len() / 2 {
        return None;
    }
    let score = |frame: usize, state: &State| {
        let row = &scores[frame * CLASSES..(frame + 1) * CLASSES];
        match state.unit {
            Some(_) => row[state.class],
            // Pauses and marks are silence here.
            None => row[PHONES + 1..].iter().copied().fold(row[0], f32::max),
        }
    };
    let path = best_path(frames, states.len(), |frame, at| score(frame, &states[at]), |at| states[at].unit.is_none())?;
    let mut out: Vec<TimedPhone> = Vec::new();
    let mut last = usize::MAX;
    for (frame, at) in path.into_iter().enumerate() {
        let Some(idx) = states[at].unit else { continue };
        let end_secs = FIRST_SECS + DECISION_SECS * (frame + 1) as f32;
        match out.last_mut() {
            Some(phone) if last == at => phone.end_secs = end_secs,
            _ => out.push(timed_phone(units[idx], FIRST_SECS + DECISION_SECS * frame as f32, end_secs)),
        }
        last = at;
    }
    Some(out)
}

/// The best way along the chain, as the state of every frame. It begins in one of the first two states and ends in one of
/// the last two; every state that may not be left out is visited.
fn best_path(
    frames: usize,
    states: usize,
    score: impl Fn(usize, usize) -> f32,
    optional: impl Fn(usize) -> bool,
) -> Option<Vec<usize>> {
    let mut total = vec![f32::NEG_INFINITY; states];
    total[0] = score(0, 0);
    total[1] = score(0, 1);
    // How many states were stepped on by each frame: 0, 1 or 2.
    let mut steps: Vec<u8> = vec![0; frames * states];
    for frame in 1..frames {
        let before = total.clone();
        for at in 0..states {
            let mut best = (before[at], 0u8);
            if at >= 1 && before[at - 1] > best.0 {
                best = (before[at - 1], 1);
            }
            if at >= 2 && optional(at - 1) && before[at - 2] > best.0 {
                best = (before[at - 2], 2);
            }
            total[at] = best.0 + score(frame, at);
            steps[frame * states + at] = best.1;
        }
    }
    let mut at = if total[states - 1] >= total[states - 2] { states - 1 } else { states - 2 };
    if total[at] == f32::NEG_INFINITY {
        return None;
    }
    let mut path = vec![at];
    for frame in (1..frames).rev() {
        at -= usize::from(steps[frame * states + at]);
        path.push(at);
    }
    path.reverse();
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::phonemes;

    /// Scores that are sure of these classes.
    fn heard(classes: &[usize]) -> Vec<f32> {
        let row = |class: usize| (0..CLASSES).map(move |c| if c == class { -0.1 } else { -5.0 });
        classes.iter().flat_map(|class| row(*class)).collect()
    }

    #[test]
    fn phones_lie_where_they_are_heard_and_silence_between_them_is_left_out() {
        let units = phonemes::units("See me.");
        let phones: Vec<usize> =
            units.iter().filter(|unit| unit.symbol.is_phone()).map(|unit| class_of(unit.symbol.name())).collect();
        let [s, iy, m, iy2] = phones[..] else { panic!("{phones:?}") };
        let silence = 0;
        let scores = heard(&[silence, silence, s, s, iy, iy, iy, silence, silence, m, iy2, iy2, silence]);
        let found = align(&scores, &units).unwrap();
        let times: Vec<(String, i32, i32)> = found
            .iter()
            .map(|p| (p.symbol.clone(), (p.start_secs * 100.0).round() as i32, (p.end_secs * 100.0).round() as i32))
            .collect();
        let wanted = [("S", 2, 4), ("IY", 4, 7), ("M", 9, 10), ("IY", 10, 12)];
        let at = |decision: i32| ((FIRST_SECS + DECISION_SECS * decision as f32) * 100.0).round() as i32;
        let wanted: Vec<(String, i32, i32)> =
            wanted.iter().map(|(s, a, b)| ((*s).to_owned(), at(*a), at(*b))).collect();
        assert_eq!(times, wanted);
    }

    #[test]
    fn what_was_misheard_still_gets_its_place_and_too_short_is_none() {
        let units = phonemes::units("See me.");
        let phones: Vec<usize> =
            units.iter().filter(|unit| unit.symbol.is_phone()).map(|unit| class_of(unit.symbol.name())).collect();
        let scores = heard(&[phones[0], phones[0], phones[1], class_of("B"), phones[3], phones[3]]);
        let found = align(&scores, &units).unwrap();
        assert_eq!(found.iter().map(|p| p.symbol.as_str()).collect::<Vec<_>>(), ["S", "IY", "M", "IY"]);
        assert!(align(&heard(&[0, 0, 0]), &units).is_none());
        assert!(align(&scores, &[]).is_none());
    }
}
