//! The command palette: every command by its name, from the same list that makes menus, keys and docs.

use egui::{Id, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::ProgramContext;
use crate::action::{Action, Actions};
use crate::command::Command;
use crate::dialogs::{Dialog, PaletteDraft};
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields};

const WIDTH: f32 = 560.0;
const ROW: f32 = 34.0;
const MOST_ROWS: usize = 10;

/// Draws the palette.
pub(super) fn show(ui: &mut Ui, draft: &PaletteDraft, ctx: &ProgramContext<'_>, out: &mut Actions) {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 4.0;
    let (down, up, enter) = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter))
    });
    let mut next = draft.clone();
    let id = Id::unique("palette query");
    let field = fields::boxed(ui, id, t!("palette.name"), &draft.query, t!("palette.hint"), 1);
    field.response.request_focus();
    if let Some(query) = field.changed {
        next.query = query;
        next.chosen = 0;
    }
    let found = found(&next.query, ctx.has_scene);
    let last = found.len().saturating_sub(1);
    next.chosen = match (down, up) {
        (true, _) if next.chosen >= last => 0,
        (true, _) => next.chosen + 1,
        (_, true) if next.chosen == 0 => last,
        (_, true) => next.chosen - 1,
        _ => next.chosen.min(last),
    };
    let moved = down || up;
    let mut run = found.get(next.chosen).copied().filter(|_| enter);
    egui::ScrollArea::vertical().max_height(ROW * MOST_ROWS as f32).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if found.is_empty() {
            nothing(ui, &next.query);
        }
        for (idx, command) in found.iter().enumerate() {
            let chosen = idx == next.chosen;
            let response = row(ui, *command, chosen);
            if chosen && moved {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                run = Some(*command);
            }
        }
    });
    if let Some(command) = run {
        out.push(Action::SetDialog(None));
        out.push(Action::Command(command));
    } else if next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Palette(next))));
    }
}

fn nothing(ui: &mut Ui, query: &str) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, ROW * 2.0), Sense::hover());
    let text = t!("palette.nothing", query = query.trim());
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, theme::regular(13.0), palette.text_3);
}

fn row(ui: &mut Ui, command: Command, chosen: bool) -> egui::Response {
    let palette = Palette::of(ui);
    let about = command.about();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if chosen || response.hovered() {
        let fill = if chosen { theme::mix(palette.control, palette.accent, 0.16) } else { palette.control };
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    }
    let keys = command.keys_text(ui.ctx());
    let keys = ui.painter().layout_no_wrap(keys, theme::regular(12.0), palette.text_3);
    let keys_left = rect.right() - 12.0 - keys.size().x;
    ui.painter().galley(pos2(keys_left, rect.center().y - keys.size().y / 2.0), keys, palette.text_3);
    let name = ui.painter().layout_no_wrap(about.text.to_owned(), theme::medium(13.0), palette.text_1);
    let name_right = rect.left() + 12.0 + name.size().x;
    ui.painter().galley(pos2(rect.left() + 12.0, rect.center().y - name.size().y / 2.0), name, palette.text_1);
    let room = Rect::from_min_max(pos2(name_right + 12.0, rect.top()), pos2(keys_left - 12.0, rect.bottom()));
    if room.width() > 60.0 {
        let note = controls::one_line(ui, about.tooltip, theme::regular(12.0), palette.text_3, room.width());
        ui.painter().galley(pos2(room.left(), rect.center().y - note.size().y / 2.0), note, palette.text_3);
    }
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, chosen, about.text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Commands that fit what was typed, the best first; all of them in their order when nothing was.
fn found(query: &str, has_scene: bool) -> Vec<Command> {
    let commands = Command::ALL.iter().copied();
    let usable = commands.filter(|c| *c != Command::CommandPalette && (has_scene || !c.needs_scene()));
    let query = query.trim().to_lowercase();
    if query.is_empty() {
        return usable.collect();
    }
    let mut scored: Vec<(i32, Command)> = usable.filter_map(|c| Some((score(&query, c)?, c))).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, command)| command).collect()
}

/// How well a command fits; its name in the window's language and in English count more than what it does.
fn score(query: &str, command: Command) -> Option<i32> {
    let about = command.about();
    let name = likeness(query, &about.text.to_lowercase());
    let english = likeness(query, &command.english());
    // Of a sentence, only whole pieces count: scattered letters are in every one.
    let tooltip = about.tooltip.to_lowercase().contains(query).then_some(1);
    [name.map(|score| score + 20), english.map(|score| score + 10), tooltip].into_iter().flatten().max()
}

/// Whether the letters of `query` come in this order in `text`, and how close together and how near to starts of words.
fn likeness(query: &str, text: &str) -> Option<i32> {
    if let Some(at) = text.find(query) {
        let starts_word = at == 0 || text[..at].ends_with(|c: char| !c.is_alphanumeric());
        return Some(
            100 + if at == 0 { 40 } else { 0 } + if starts_word { 20 } else { 0 } - text.chars().count() as i32 / 4,
        );
    }
    let mut score = 0;
    let mut before = ' ';
    let mut letters = text.chars();
    let mut missed = false;
    for wanted in query.chars().filter(|c| !c.is_whitespace()) {
        loop {
            let letter = letters.next()?;
            let hit = letter == wanted;
            if hit {
                score += if !before.is_alphanumeric() {
                    8
                } else if missed {
                    -2
                } else {
                    3
                };
            }
            missed = !hit;
            before = letter;
            if hit {
                break;
            }
        }
    }
    (score > 0).then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_first(query: &str, wanted: Command) {
        assert_eq!(found(query, true).first(), Some(&wanted), "{query}");
    }

    #[test]
    fn the_wanted_command_comes_first() {
        check_first("exp", Command::Export);
        check_first("split", Command::SplitSpan);
        check_first("settings", Command::Settings);
        check_first("undo", Command::Undo);
        check_first("dark", Command::ToggleTheme);
        check_first("gt", Command::Generate);
        assert!(found("xyzxyz", true).is_empty());
    }

    #[test]
    fn in_chinese_both_names_find_it() {
        crate::words::speak(crate::words::Language::Chinese);
        check_first("导出", Command::Export);
        check_first("export", Command::Export);
        crate::words::speak(crate::words::Language::English);
    }

    #[test]
    fn without_a_scene_only_what_works_is_offered() {
        let all = found("", false);
        assert!(all.contains(&Command::NewScene) && !all.contains(&Command::SplitSpan));
        assert_eq!(found("", true).len(), Command::ALL.len() - 1);
    }
}
