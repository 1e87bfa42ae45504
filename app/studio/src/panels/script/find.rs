//! Find and replace in the words of the script.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Key, Layout, Modifiers, Role, Sense, Ui, WidgetInfo, vec2};
use parlance_document::{Edit, Project, SpanId};

use crate::action::{Action, Actions, ViewChange};
use crate::icons::Icon;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};
use crate::widgets::fields;

/// Height of a row of the bar.
const ROW: f32 = 40.0;

/// One place where the wanted words stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The line.
    pub span: SpanId,
    /// Bytes in its text.
    pub bytes: Range<usize>,
}

/// What is looked for, and where the person is among the places found.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    open: bool,
    replacing: bool,
    wanted: String,
    instead: String,
    exact: bool,
    current: usize,
    focus: bool,
    /// The place the person is at, as last drawn.
    here: Option<Match>,
}

impl Finder {
    /// Opens the bar and gives it the keyboard.
    pub fn open(&mut self, replacing: bool) {
        self.replacing = replacing || (self.open && self.replacing);
        self.open = true;
        self.focus = true;
    }

    /// Whether the bar is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn height(&self) -> f32 {
        if self.replacing { 2.0 * ROW - 6.0 } else { ROW }
    }

    /// Every place, in the order of the script.
    #[must_use]
    pub fn matches(&self, project: &Project) -> Vec<Match> {
        let spans = project.shots().iter().flat_map(|shot| &shot.spans);
        let found = |span: &parlance_document::Span| {
            let id = span.id;
            self.ranges(&span.text).into_iter().map(move |bytes| Match { span: id, bytes })
        };
        spans.flat_map(found).collect()
    }

    /// To the next place (1) or the one before (-1).
    pub fn step(&mut self, project: &Project, by: isize, out: &mut Actions) {
        let count = self.matches(project).len();
        if count > 0 {
            self.current = self.current.min(count - 1).wrapping_add_signed(by + count as isize) % count;
            self.show_current(project, out);
        }
    }

    fn show_current(&self, project: &Project, out: &mut Actions) {
        let Some(place) = self.matches(project).into_iter().nth(self.current) else { return };
        out.push(Action::View(ViewChange::SelectSpan(place.span)));
        if let Some(range) = project.span_timeline_range(place.span) {
            out.push(Action::Seek(range.start));
        }
    }

    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        if self.open { occurrences(text, &self.wanted, self.exact) } else { Vec::new() }
    }

    /// A line's words with the places marked.
    pub(super) fn marked(&self, text: &str, span: SpanId, palette: &Palette, width: f32) -> LayoutJob {
        let mut job = LayoutJob::default();
        job.wrap.max_width = width;
        let plain = TextFormat { font_id: theme::regular(14.0), color: palette.text_1, ..TextFormat::default() };
        let mut at = 0;
        for bytes in self.ranges(text) {
            let here = self.here.as_ref().is_some_and(|here| here.span == span && here.bytes == bytes);
            let strength = if here { 0.75 } else { 0.3 };
            let color = if here { palette.panel } else { palette.text_1 };
            let background = theme::mix(palette.panel, palette.tight, strength);
            let mark = TextFormat { background, color, ..plain.clone() };
            job.append(&text[at..bytes.start], 0.0, plain.clone());
            job.append(&text[bytes.clone()], 0.0, mark);
            at = bytes.end;
        }
        job.append(&text[at..], 0.0, plain);
        job
    }

    /// Draws the bar.
    pub(super) fn show(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
        let places = self.matches(ctx.project);
        self.current = self.current.min(places.len().saturating_sub(1));
        self.here = places.get(self.current).cloned();
        ui.spacing_mut().item_spacing = vec2(2.0, 0.0);
        self.find_row(ui, ctx, places.len(), out);
        if self.replacing {
            self.replace_row(ui, ctx, &places, out);
        }
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.open = false;
        }
    }

    fn find_row(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, count: usize, out: &mut Actions) {
        let palette = Palette::of(ui);
        let id = egui::Id::unique("find wanted");
        let enter = field_enter(ui, id);
        row(ui, |ui| {
            if controls::icon_button(ui, Icon::Cross, t!("find.close"), Lit::Off).clicked() {
                self.open = false;
            }
            if controls::icon_button(ui, Icon::ChevronDown, t!("find.next"), Lit::Off).clicked() {
                self.step(ctx.project, 1, out);
            }
            if controls::icon_button(ui, Icon::ChevronUp, t!("find.previous"), Lit::Off).clicked() {
                self.step(ctx.project, -1, out);
            }
            if controls::letters_switch(ui, "Aa", t!("find.case"), self.exact).clicked() {
                self.exact = !self.exact;
            }
            let number = if count == 0 { 0 } else { self.current + 1 };
            let words =
                if self.wanted.is_empty() { String::new() } else { t!("find.count", n = number, count = count) };
            let color = if count == 0 { palette.tight } else { palette.text_3 };
            let galley = ui.painter().layout_no_wrap(words.clone(), theme::mono(11.0), color);
            let (rect, response) = ui.allocate_exact_size(vec2(62.0, 28.0), Sense::hover());
            ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            let field = one_field(ui, id, t!("find.field"), &self.wanted);
            if let Some(text) = field.changed {
                self.wanted = text;
                self.current = 0;
                self.show_current(ctx.project, out);
            }
            if std::mem::take(&mut self.focus) {
                field.response.request_focus();
            }
        });
        if let Some(back) = enter {
            self.step(ctx.project, if back { -1 } else { 1 }, out);
        }
    }

    fn replace_row(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, places: &[Match], out: &mut Actions) {
        let id = egui::Id::unique("find instead");
        let enter = field_enter(ui, id).is_some();
        let mut one = enter;
        let mut all = false;
        row(ui, |ui| {
            ui.add_enabled_ui(!places.is_empty(), |ui| {
                all = controls::button(ui, t!("find.all"), vec2(44.0, 28.0)).clicked();
                ui.add_space(4.0);
                one |= controls::button(ui, t!("find.replace"), vec2(0.0, 28.0)).clicked();
                ui.add_space(4.0);
            });
            let field = one_field(ui, id, t!("find.instead"), &self.instead);
            self.instead = field.changed.unwrap_or(std::mem::take(&mut self.instead));
        });
        if one && let Some(place) = places.get(self.current) {
            self.replace_one(ctx.project, place, out);
        }
        if all {
            let texts = self.replaced(ctx.project);
            if !texts.is_empty() {
                out.push(Action::EndGesture);
                out.push(Action::Edit(Edit::ReplaceTexts { texts }));
            }
        }
    }

    fn replace_one(&mut self, project: &Project, place: &Match, out: &mut Actions) {
        let Some((_, span)) = project.span(place.span) else { return };
        let mut text = span.text.clone();
        text.replace_range(place.bytes.clone(), &self.instead);
        out.push(Action::EndGesture);
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        out.push(Action::Edit(Edit::SetSpanText { span: span.id, text }));
        // The places after it move up by one, unless the new words hold the wanted ones.
        self.current += self.ranges(&self.instead).len();
    }

    /// Every line that changes, with its new words.
    #[must_use]
    pub fn replaced(&self, project: &Project) -> Vec<(SpanId, String)> {
        let spans = project.shots().iter().flat_map(|shot| &shot.spans);
        let changed = |span: &parlance_document::Span| {
            let ranges = self.ranges(&span.text);
            let mut text = span.text.clone();
            for bytes in ranges.into_iter().rev() {
                text.replace_range(bytes, &self.instead);
            }
            (text != span.text).then_some((span.id, text))
        };
        spans.filter_map(changed).collect()
    }
}

/// Places of `wanted` in `text` that do not overlap; capitals count only when `exact`.
#[must_use]
pub(super) fn occurrences(text: &str, wanted: &str, exact: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if wanted.is_empty() {
        return found;
    }
    let mut at = 0;
    while at < text.len() {
        match end_of_match(&text[at..], wanted, exact) {
            Some(length) if length > 0 => {
                found.push(at..at + length);
                at += length;
            }
            _ => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

/// How many bytes at the start of `text` are `wanted`, letter by letter.
fn end_of_match(text: &str, wanted: &str, exact: bool) -> Option<usize> {
    if exact {
        return text.starts_with(wanted).then_some(wanted.len());
    }
    let mut wanted = wanted.chars().flat_map(char::to_lowercase).peekable();
    for (byte, c) in text.char_indices() {
        if wanted.peek().is_none() {
            return Some(byte);
        }
        for lower in c.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

fn row(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, ROW), Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(8.0);
        content(ui);
    });
    // The rows stand a little closer than they are high.
    ui.add_space(-6.0);
}

fn one_field(ui: &mut Ui, id: egui::Id, name: &str, text: &str) -> fields::FieldOutput {
    let width = ui.available_width() - 12.0;
    let cell = ui.allocate_ui_with_layout(vec2(width, 28.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        fields::boxed(ui, id, name, text, name, 1)
    });
    cell.inner
}

/// Takes Enter out of the input while a field has the keyboard; `Some(true)` with Shift.
fn field_enter(ui: &Ui, id: egui::Id) -> Option<bool> {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return None;
    }
    ui.input_mut(|input| {
        if input.consume_key(Modifiers::SHIFT, Key::Enter) {
            Some(true)
        } else {
            input.consume_key(Modifiers::NONE, Key::Enter).then_some(false)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_whatever_the_capitals() {
        assert_eq!(occurrences("The thing, the THE", "the", false), [0..3, 11..14, 15..18]);
        assert_eq!(occurrences("The thing, the THE", "the", true), vec![11..14]);
        assert_eq!(occurrences("aaaa", "aa", true), [0..2, 2..4]);
        assert_eq!(occurrences("İstanbul", "i", false).len(), 0);
        assert_eq!(occurrences("你好，你", "你", false), [0..3, 9..12]);
        assert!(occurrences("abc", "", false).is_empty());
    }

    #[test]
    fn replacing_changes_only_lines_that_hold_the_words() {
        let finder = Finder { open: true, wanted: "LIGHT".into(), instead: "lamp".into(), ..Finder::default() };
        let project = Project::sample();
        let texts = finder.replaced(&project);
        assert_eq!(texts.len(), 1);
        assert_eq!(texts[0].1, "Did you see the lamp last night?");
        assert!(Finder { open: false, ..finder }.replaced(&project).is_empty());
    }
}
