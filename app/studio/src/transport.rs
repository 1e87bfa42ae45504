//! Playhead and playing. The audio clock of the player is the master; the window follows it.

use parlance_document::{Time, TimeRange};
use parlance_media::{Mix, Player};

/// Playhead, player, loop, shuttle.
#[derive(Debug)]
pub struct Transport {
    player: Player,
    time: Time,
    playing: bool,
    muted: bool,
    volume: f32,
    looping: bool,
    /// Where the loop was told to begin and to end.
    marks: (Option<Time>, Option<Time>),
    /// Speed of J and L beyond plain playing; 0 when not shuttling.
    shuttle: f64,
    last_grain: Time,
    levels: [f32; 2],
}

/// How fast the meter falls, per second.
const METER_FALL: f32 = 1.6;

impl Transport {
    /// A transport; a quiet one never opens a sound device.
    #[must_use]
    pub fn new(quiet: bool, volume: f32) -> Self {
        let player = if quiet { Player::silent() } else { Player::new() };
        player.set_volume(volume);
        Self {
            player,
            time: Time::ZERO,
            playing: false,
            muted: false,
            volume,
            looping: false,
            marks: (None, None),
            shuttle: 0.0,
            last_grain: Time::ZERO,
            levels: [0.0; 2],
        }
    }

    /// Replaces what is heard, as long as the timeline.
    pub fn load(&mut self, mix: Mix, length: Time) {
        self.player.load(mix.with_length(length));
    }

    /// Once a frame: follows the audio clock, moves the shuttle, lets the meter fall.
    pub fn tick(&mut self, dt_secs: f32, length: Time) {
        if self.shuttle != 0.0 {
            let moved = self.time + Time::from_secs_f64(f64::from(dt_secs) * self.shuttle);
            self.time = moved.max(Time::ZERO).min(length);
            self.sound_of_shuttle();
            if self.time == Time::ZERO || self.time == length {
                self.shuttle = 0.0;
            }
        } else {
            self.time = self.player.position().min(length);
        }
        self.playing = self.player.is_playing() || self.shuttle != 0.0;
        let peaks = self.player.take_peaks();
        for (level, peak) in self.levels.iter_mut().zip(peaks) {
            *level = peak.max(*level - METER_FALL * dt_secs).max(0.0);
        }
    }

    /// Grains of the sound on the way, as a reel that is turned by hand.
    fn sound_of_shuttle(&mut self) {
        const EVERY: Time = Time::from_millis(60);
        let (now, last) = (self.time, self.last_grain);
        let on_the_clock = self.shuttle.abs().max(1.0);
        if ((now - last).secs_f64() / on_the_clock).abs() >= EVERY.secs_f64() {
            self.last_grain = now;
            self.player.scrub(now);
        }
    }

    /// Where the playhead stands.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }

    /// Whether it moves by itself.
    #[must_use]
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// Whether the meter still moves.
    #[must_use]
    pub fn meter_alive(&self) -> bool {
        self.levels.iter().any(|level| *level > 0.0)
    }

    /// Peaks, left and right, 0 to 1.
    #[must_use]
    pub fn levels(&self) -> [f32; 2] {
        self.levels
    }

    /// Whether the sound is off.
    #[must_use]
    pub fn muted(&self) -> bool {
        self.muted
    }

    /// Whether the shot is played round and round.
    #[must_use]
    pub fn looping(&self) -> bool {
        self.looping
    }

    /// Space.
    pub fn toggle(&mut self) {
        if self.playing { self.stop() } else { self.start() }
    }

    /// Plays from the playhead.
    pub fn start(&mut self) {
        self.shuttle = 0.0;
        self.player.play();
        self.playing = self.player.is_playing();
    }

    /// Stops where it is heard.
    pub fn stop(&mut self) {
        self.shuttle = 0.0;
        self.player.pause();
        self.time = self.player.position();
        self.playing = false;
    }

    /// J and L: the first press plays, each further one doubles the speed, the other way brings it back.
    pub fn shuttle(&mut self, forward: bool) {
        let speed = if self.shuttle != 0.0 {
            self.shuttle
        } else if self.player.is_playing() {
            1.0
        } else {
            0.0
        };
        let next: f64 = match (forward, speed) {
            (true, speed) if speed < 0.0 => 1.0,
            (true, 0.0) => 1.0,
            (true, speed) => (speed * 2.0).min(8.0),
            (false, speed) if speed > 0.0 => -1.0,
            (false, 0.0) => -1.0,
            (false, speed) => (speed * 2.0).max(-8.0),
        };
        if (next - 1.0).abs() < 1e-9 {
            self.start();
        } else {
            self.player.pause();
            self.shuttle = next;
            self.playing = true;
        }
    }

    /// Playhead to a time; a standing playhead lets a grain of sound be heard.
    pub fn seek(&mut self, time: Time, length: Time) {
        self.time = time.max(Time::ZERO).min(length);
        if self.playing {
            self.player.seek(self.time);
        } else {
            self.player.scrub(self.time);
        }
    }

    /// Sound off and on.
    pub fn toggle_mute(&mut self) {
        self.muted = !self.muted;
        self.player.set_volume(if self.muted { 0.0 } else { self.volume });
    }

    /// Loudness, 0 to 1.
    pub fn set_volume(&mut self, volume: f32) {
        self.volume = volume.clamp(0.0, 1.0);
        self.muted = false;
        self.player.set_volume(self.volume);
    }

    /// Plays a range round and round, or not.
    pub fn set_loop(&mut self, range: Option<TimeRange>) {
        self.looping = range.is_some();
        self.player.set_repeat(range.map(|range| (range.start, range.end)));
    }

    /// Where the loop was told to begin and to end.
    #[must_use]
    pub fn marks(&self) -> (Option<Time>, Option<Time>) {
        self.marks
    }

    /// The stretch between the marks; a missing one is the start or the end of the scene. `None` without marks.
    #[must_use]
    pub fn marked(&self, length: Time) -> Option<TimeRange> {
        let (start, end) = self.marks;
        start.or(end)?;
        let range = TimeRange::new(start.unwrap_or(Time::ZERO), end.unwrap_or(length).min(length));
        (!range.is_empty()).then_some(range)
    }

    /// The loop begins at the playhead; an end that lies before it is forgotten. Looping is on then.
    pub fn mark_in(&mut self, length: Time) {
        self.marks = (Some(self.time), self.marks.1.filter(|end| *end > self.time));
        self.set_loop(self.marked(length));
    }

    /// The loop ends at the playhead; a start that lies after it is forgotten. Looping is on then.
    pub fn mark_out(&mut self, length: Time) {
        self.marks = (self.marks.0.filter(|start| *start < self.time), Some(self.time));
        self.set_loop(self.marked(length));
    }

    /// No marks, and no loop.
    pub fn clear_marks(&mut self) {
        self.marks = (None, None);
        self.set_loop(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Transport {
        let mut transport = Transport::new(true, 1.0);
        transport.load(Mix::default(), Time::from_secs(10));
        transport
    }

    #[test]
    fn seeking_stays_inside() {
        let mut transport = silent();
        transport.seek(Time::from_secs(99), Time::from_secs(10));
        assert_eq!(transport.time(), Time::from_secs(10));
        transport.seek(Time::from_secs(-5), Time::from_secs(10));
        assert_eq!(transport.time(), Time::ZERO);
    }

    #[test]
    fn shuttle_goes_back_and_stops_at_the_start() {
        let mut transport = silent();
        let length = Time::from_secs(10);
        transport.seek(Time::from_secs(1), length);
        transport.shuttle(false);
        transport.shuttle(false);
        transport.tick(0.25, length);
        assert_eq!(transport.time(), Time::from_millis(500));
        transport.tick(1.0, length);
        assert_eq!(transport.time(), Time::ZERO);
        transport.tick(0.0, length);
        assert!(!transport.playing());
    }

    #[test]
    fn marks_make_a_loop_and_never_an_empty_one() {
        let mut transport = silent();
        let length = Time::from_secs(10);
        let range = |a, b| Some(TimeRange::new(Time::from_secs(a), Time::from_secs(b)));
        transport.seek(Time::from_secs(4), length);
        transport.mark_in(length);
        assert_eq!((transport.marked(length), transport.looping()), (range(4, 10), true));
        transport.seek(Time::from_secs(6), length);
        transport.mark_out(length);
        assert_eq!(transport.marked(length), range(4, 6));
        transport.seek(Time::from_secs(8), length);
        transport.mark_in(length);
        assert_eq!(transport.marked(length), range(8, 10), "the end before it is forgotten");
        transport.seek(Time::ZERO, length);
        transport.mark_out(length);
        assert_eq!((transport.marked(length), transport.looping()), (None, false), "nothing to go round");
        transport.clear_marks();
        assert_eq!(transport.marks(), (None, None));
    }

    #[test]
    fn a_silent_scene_still_plays() {
        let mut transport = silent();
        transport.start();
        std::thread::sleep(std::time::Duration::from_millis(150));
        transport.tick(0.15, Time::from_secs(10));
        assert!(transport.playing() && transport.time() > Time::ZERO);
    }
}
