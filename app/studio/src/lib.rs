//! The Parlance studio: the window, and everything in it that is not long work.
//!
//! Reading order: [`studio`] (one frame from events to pixels), [`action`] and [`command`] (what can be asked for),
//! [`panels`] (what is drawn), [`theme`].
//!
//! **Invariant:** panels read and push [`action::Action`]s; only [`studio`] changes the scene, through its history.

#[macro_use]
pub mod words;

pub mod action;
pub mod audible;
pub mod audition;
pub mod built_in_voices;
pub mod caption_words;
pub mod cli;
pub mod command;
pub mod dialogs;
pub mod dropped;
pub mod file_dialogs;
pub mod generator;
pub mod icons;
pub mod job_board;
mod kept;
pub mod keys;
pub mod layout;
pub mod line_clipboard;
pub mod models;
pub mod notices;
pub mod panels;
pub mod placing;
pub mod program_action;
pub mod recent;
pub mod scene;
pub mod settings;
pub mod shelf;
pub mod software_painter;
pub mod studio;
pub mod system_fonts;
pub mod system_motion;
pub mod take_action;
pub mod take_words;
pub mod theme;
pub mod transport;
pub mod view_state;
pub mod widgets;
pub mod window;
