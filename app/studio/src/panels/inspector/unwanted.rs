//! What must not be seen or heard: the model's usual words for it, which may be changed for a shot.

use egui::{Id, RichText, Ui, vec2};
use parlance_document::{Edit, Shot};

use crate::action::{Action, Actions};
use crate::caption_words;
use crate::generator::caption::{MOST_TOKENS, Problem, count, tokenizer_for_screen};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields};

/// Rows of the field.
const ROWS: usize = 4;

/// The field, for models that are told such a thing.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let Some(usual) = ctx.estimator.usual_negative(shot.settings.sound_only) else { return };
    let palette = Palette::of(ui);
    let own = shot.negative_override.as_deref();
    controls::field_label(ui, t!("unwanted.title"));
    let id = Id::unique(("unwanted", shot.id.raw()));
    let output = fields::boxed(ui, id, t!("unwanted.title"), own.unwrap_or(usual), t!("unwanted.empty"), ROWS);
    if let Some(text) = output.changed {
        // Typed back to the usual words is as good as never changed.
        out.push(Action::Typing(id, Edit::SetNegative { shot: shot.id, text: (text != usual).then_some(text) }));
    }
    if output.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    let say = |ui: &mut Ui, text: &str, color| ui.label(RichText::new(text).font(theme::regular(11.0)).color(color));
    say(ui, t!("unwanted.why"), palette.text_3);
    let count = count(own.unwrap_or(usual), tokenizer_for_screen());
    if count.tokens > MOST_TOKENS {
        say(ui, &caption_words::problem(&Problem::TooLong(count)), palette.too_long);
    }
    if own.is_some() && controls::button(ui, t!("unwanted.restore"), vec2(0.0, 28.0)).clicked() {
        out.push(Action::Edit(Edit::SetNegative { shot: shot.id, text: None }));
    }
    ui.add_space(4.0);
}
