//! What went wrong or was finished, in words people can act on: the only place with the wording of errors.

use std::time::{Duration, Instant};

use crate::action::Action;

mod wording;

pub use wording::{edit, io, job, media, note};

/// How a notice is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is done.
    Done,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
}

/// A card in the corner: what happened, that nothing is lost, and the next steps.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What happened.
    pub title: String,
    /// What it means for the person's work.
    pub text: String,
    /// How it is marked.
    pub tone: Tone,
    /// At most two next steps, as buttons.
    pub steps: Vec<(String, Action)>,
    shown_since: Instant,
}

/// The notices on the screen, the newest last.
#[derive(Debug, Default)]
pub struct Notices {
    cards: Vec<Notice>,
}

const MOST: usize = 3;
const STAY: Duration = Duration::from_secs(8);

impl Notices {
    /// Shows a card. The same title replaces its elder.
    pub fn show(
        &mut self,
        tone: Tone,
        title: impl Into<String>,
        text: impl Into<String>,
        steps: Vec<(String, Action)>,
    ) {
        let title = title.into();
        self.cards.retain(|card| card.title != title);
        self.cards.push(Notice { title, text: text.into(), tone, steps, shown_since: Instant::now() });
        if self.cards.len() > MOST {
            self.cards.remove(0);
        }
    }

    /// Takes a card away.
    pub fn dismiss(&mut self, idx: usize) {
        if idx < self.cards.len() {
            self.cards.remove(idx);
        }
    }

    /// Lets finished things go after a while; errors stay until they are answered.
    pub fn tick(&mut self) {
        self.cards.retain(|card| card.tone == Tone::Error || card.shown_since.elapsed() < STAY);
    }

    /// What is shown now.
    #[must_use]
    pub fn cards(&self) -> &[Notice] {
        &self.cards
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_three_and_no_doubles() {
        let mut notices = Notices::default();
        for idx in 0..5 {
            notices.show(Tone::Error, format!("fault {idx}"), "", Vec::new());
        }
        notices.show(Tone::Error, "fault 4", "again", Vec::new());
        assert_eq!(notices.cards().len(), 3);
        assert_eq!(notices.cards()[2].text, "again");
    }
}
