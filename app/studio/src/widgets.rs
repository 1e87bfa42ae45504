//! Small drawn things that know no project: buttons, fields, meters, waveforms, rulers.

pub mod amounts;
pub mod choice;
pub mod controls;
pub mod drop_zone;
pub mod fields;
pub mod fit_bar;
pub mod level_meter;
pub mod picture;
pub mod savings;
pub mod span_view;
pub mod statement_row;
pub mod time_ruler;
pub mod voice_strip;
pub mod waveform_view;
