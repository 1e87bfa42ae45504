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
    /// Speed of J and L beyond plain playing; 0 when not shuttling.
    shuttle: f64,
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
            shuttle: 0.0,
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
            self.player.seek(self.time);
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
    fn a_silent_scene_still_plays() {
        let mut transport = silent();
        transport.start();
        std::thread::sleep(std::time::Duration::from_millis(150));
        transport.tick(0.15, Time::from_secs(10));
        assert!(transport.playing() && transport.time() > Time::ZERO);
    }
}
