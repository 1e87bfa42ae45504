//! Turns the transport's state into samples, without clicks at jumps. Runs on the device's callback: it takes the shared
//! lock twice for a few assignments, mixes outside of it, and allocates nothing after its first block.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::Time;

use super::Shared;
use crate::mixer::Mix;

/// Fade between the old and the new place at a jump: 5 ms.
const FADE_SAMPLES: i64 = 240;

/// Blocks that come closer together than this belong to one request of the device.
const BURST: Duration = Duration::from_millis(3);

/// A stretch of sound that is running.
#[derive(Clone)]
struct Voice {
    mix: Arc<Mix>,
    at: i64,
    repeat: Option<(i64, i64)>,
    /// Samples since it began, up to [`FADE_SAMPLES`]: the fade-in.
    age: i64,
    /// It has jumped from the end of the repeated range to its start.
    wrapped: bool,
}

/// Renders block after block.
pub(super) struct Renderer {
    shared: Arc<Shared>,
    generation: Option<u64>,
    playing: Option<Voice>,
    /// What was playing before a jump, and how many samples of fade-out are left.
    leaving: Option<(Voice, i64)>,
    scratch: Vec<f32>,
}

impl Renderer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, generation: None, playing: None, leaving: None, scratch: vec![0.0; 4096] }
    }

    /// Fills interleaved stereo and moves the transport on.
    pub(super) fn fill(&mut self, out: &mut [f32], now: Instant) {
        out.fill(0.0);
        let order = self.follow_transport(now);
        let num = out.len() / 2;
        let ended = match &mut self.playing {
            Some(voice) => voice.render(out) < num,
            None => false,
        };
        if let Some((voice, left)) = &mut self.leaving {
            voice.add_fading(out, left, &mut self.scratch);
            if *left <= 0 {
                self.leaving = None;
            }
        }
        let mut peaks = [0.0_f32; 2];
        for pair in out.chunks_exact_mut(2) {
            for (sample, peak) in pair.iter_mut().zip(&mut peaks) {
                *sample *= order.volume;
                *peak = peak.max(sample.abs());
            }
        }
        self.report(&order, peaks, ended, num as i64);
    }

    /// Takes over jumps and says what this block is.
    fn follow_transport(&mut self, now: Instant) -> Order {
        let mut transport = self.shared.lock();
        let is_new_burst = transport.last_fill.is_none_or(|last| now.saturating_duration_since(last) > BURST);
        transport.last_fill = Some(now);
        if transport.playing && (is_new_burst || transport.anchor.is_none()) {
            transport.anchor = Some((now, transport.next));
        }
        if self.generation != Some(transport.generation) {
            self.generation = Some(transport.generation);
            if let Some(voice) = self.playing.take() {
                self.leaving = Some((voice, FADE_SAMPLES));
            }
            let begin = |at, repeat| Voice { mix: Arc::clone(&transport.mix), at, repeat, age: 0, wrapped: false };
            self.playing = match transport.scrub {
                _ if transport.playing => Some(begin(transport.next, transport.repeat)),
                Some((at, _)) => Some(begin(at, None)),
                None => None,
            };
        } else if let (Some(voice), true) = (&mut self.playing, transport.playing) {
            voice.repeat = transport.repeat;
        }
        Order { volume: transport.volume, generation: transport.generation, time_runs: transport.playing }
    }

    /// Tells the transport what was handed over, unless it has jumped meanwhile.
    fn report(&mut self, order: &Order, peaks: [f32; 2], ended: bool, num: i64) {
        let mut transport = self.shared.lock();
        transport.num_filled += num as u64;
        for (kept, new) in transport.peaks.iter_mut().zip(peaks) {
            *kept = kept.max(new);
        }
        if transport.generation != order.generation {
            return;
        }
        if order.time_runs {
            if let Some(voice) = &self.playing {
                transport.next = voice.at;
                transport.wrapped |= voice.wrapped;
            }
            if ended {
                transport.playing = false;
                transport.next = transport.mix.length().0;
                transport.anchor = None;
                self.playing = None;
            }
            return;
        }
        transport.scrub = transport.scrub.map(|(at, left)| (at, left - num)).filter(|(_, left)| *left > 0);
        if transport.scrub.is_none()
            && let Some(voice) = self.playing.take()
        {
            self.leaving = Some((voice, FADE_SAMPLES));
        }
    }
}

/// What the transport wants of one block.
struct Order {
    volume: f32,
    generation: u64,
    /// False while a scrub grain sounds or nothing does.
    time_runs: bool,
}

impl Voice {
    /// Fills `out` from here on, following the repeated range; returns how many samples there were before the end.
    fn render(&mut self, out: &mut [f32]) -> usize {
        let total = out.len() / 2;
        let mut done = 0;
        while done < total {
            let end = match self.repeat {
                Some((start, end)) if self.at < end.min(self.mix.length().0) && end > start => {
                    end.min(self.mix.length().0)
                }
                _ => self.mix.length().0,
            };
            if self.at >= end {
                break;
            }
            let num = (total - done).min((end - self.at) as usize);
            let part = &mut out[done * 2..(done + num) * 2];
            self.mix.render(Time(self.at), part);
            self.fade_in(part);
            self.at += num as i64;
            done += num;
            if let Some((start, repeat_end)) = self.repeat
                && self.at == repeat_end.min(self.mix.length().0)
                && start < self.at
            {
                self.at = start;
                self.age = 0;
                self.wrapped = true;
            }
        }
        done
    }

    fn fade_in(&mut self, part: &mut [f32]) {
        for pair in part.chunks_exact_mut(2) {
            if self.age >= FADE_SAMPLES {
                return;
            }
            self.age += 1;
            let gain = self.age as f32 / FADE_SAMPLES as f32;
            pair[0] *= gain;
            pair[1] *= gain;
        }
    }

    /// Adds the fading rest of this voice.
    fn add_fading(&mut self, out: &mut [f32], left: &mut i64, scratch: &mut Vec<f32>) {
        let num = (out.len() / 2).min((*left).max(0) as usize);
        scratch.resize(num * 2, 0.0);
        self.mix.render(Time(self.at), scratch);
        self.fade_in(scratch);
        self.at += num as i64;
        for (to, from) in out.chunks_exact_mut(2).zip(scratch.chunks_exact(2)) {
            *left -= 1;
            let gain = *left as f32 / FADE_SAMPLES as f32;
            to[0] += gain * from[0];
            to[1] += gain * from[1];
        }
    }
}
