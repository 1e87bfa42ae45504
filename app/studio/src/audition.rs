//! Hearing a voice or a take being made by itself: a small player beside that of the scene.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parlance_document::Time;
use parlance_engine::JobId;
use parlance_media::{Mix, Player, Segment, Sound};

/// A part of a recording, in seconds.
pub type Part = (f64, f64);

/// What is heard, or is about to be.
#[derive(Debug, Default)]
pub struct Audition {
    player: Option<Player>,
    quiet: bool,
    wanted: Option<(PathBuf, Part)>,
    heard: Option<(PathBuf, Part)>,
    heard_job: Option<JobId>,
}

impl Audition {
    /// An audition; a quiet one never opens a sound device.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self { quiet, ..Self::default() }
    }

    /// Asks for a part of a recording; it sounds as soon as it is read.
    pub fn want(&mut self, path: &Path, part: Part) {
        self.stop();
        self.wanted = Some((path.to_owned(), part));
    }

    /// Nothing is heard any more.
    pub fn stop(&mut self) {
        self.wanted = None;
        self.heard = None;
        self.heard_job = None;
        if let Some(player) = &self.player {
            player.pause();
        }
    }

    /// A recording has been read: plays it, if it is still wanted.
    pub fn read(&mut self, path: &Path, part: Part, sound: Sound) {
        if self.wanted.as_ref().is_none_or(|wanted| wanted.0 != path || wanted.1 != part) {
            return;
        }
        self.heard = self.wanted.take();
        self.play(Arc::new(sound));
    }

    /// Plays a take being made as far as it is.
    pub fn play_job(&mut self, job: JobId, sound: Arc<Sound>) {
        self.stop();
        self.heard_job = Some(job);
        self.play(sound);
    }

    fn play(&mut self, sound: Arc<Sound>) {
        let quiet = self.quiet;
        let player = self.player.get_or_insert_with(|| if quiet { Player::silent() } else { Player::new() });
        // A sound that cannot be mixed is not heard; decoding for the mix always makes one that can.
        if let Ok(mix) = Mix::new(vec![Segment::whole(sound, Time::ZERO)]) {
            player.load(mix);
            player.seek(Time::ZERO);
            player.play();
        }
    }

    /// Once a frame: at the end of the part, nothing is heard.
    pub fn tick(&mut self) {
        if self.player.as_ref().is_none_or(|player| !player.is_playing()) {
            self.heard = None;
            self.heard_job = None;
        }
    }

    /// Whether something is heard or about to be.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.wanted.is_some() || self.heard.is_some() || self.heard_job.is_some()
    }

    /// Whether this recording is heard or about to be.
    #[must_use]
    pub fn plays(&self, path: &Path) -> bool {
        self.wanted.iter().chain(&self.heard).any(|(known, _)| known == path)
    }

    /// Whether this take being made is heard.
    #[must_use]
    pub fn plays_job(&self, job: JobId) -> bool {
        self.heard_job == Some(job)
    }

    /// Where in the recording the sound is, in seconds.
    #[must_use]
    pub fn position_secs(&self, path: &Path) -> Option<f64> {
        let (_, part) = self.heard.as_ref().filter(|(known, _)| known == path)?;
        Some(part.0 + self.player.as_ref()?.position().secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_still_wanted_is_heard() {
        let mut audition = Audition::new(true);
        let (one, other) = (Path::new("one.wav"), Path::new("other.wav"));
        audition.want(one, (1.0, 2.0));
        audition.want(other, (0.0, 1.0));
        audition.read(one, (1.0, 2.0), Sound::silence(48_000, 2, 48_000));
        assert!(audition.position_secs(one).is_none() && audition.plays(other));
        audition.read(other, (0.0, 1.0), Sound::silence(48_000, 2, 48_000));
        assert!(audition.position_secs(other).is_some());
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while audition.busy() {
            assert!(std::time::Instant::now() < until, "it ends by itself");
            std::thread::sleep(std::time::Duration::from_millis(20));
            audition.tick();
        }
    }
}
