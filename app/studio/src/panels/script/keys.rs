//! Keys that mean something else in a line of the script than in any text: Enter, Tab, Backspace, Up and Down, paste.

use egui::{Event, Id, Key, Modifiers, Ui, text_edit::TextEditState};

/// What was asked for in a line that has the keyboard, besides typing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LineKeys {
    /// Enter was pressed at the end; what was typed after it in the same frame belongs to the next line.
    pub(super) enter: Option<String>,
    /// Enter was pressed inside the words, before this character.
    pub(super) split: Option<usize>,
    /// To the next person (1) or the previous one (-1).
    pub(super) speaker: Option<i32>,
    /// Backspace on an empty line.
    pub(super) remove: bool,
    /// Backspace before the first character.
    pub(super) join: bool,
    /// Up or Down was pressed while the caret stood at this character.
    pub(super) vertical: Option<(Key, usize)>,
    /// Text from the clipboard that may be a screenplay.
    pub(super) paste: Option<String>,
}

/// Takes the keys out of this frame's input.
pub(super) fn take(ui: &Ui, id: Id, text: &str) -> LineKeys {
    let caret = caret(ui, id);
    let num_chars = text.chars().count();
    let mut keys = LineKeys::default();
    ui.input_mut(|input| {
        keys.paste = take_script(&mut input.events);
        let typed_first = typed_before_enter(&input.events);
        if let Some(after) = take_after_enter(&mut input.events) {
            let inside = caret.filter(|caret| !typed_first && splits(text, *caret));
            match inside {
                Some(at) if after.is_empty() => keys.split = Some(at),
                _ => keys.enter = Some(after),
            }
        }
        if input.consume_key(Modifiers::SHIFT, Key::Tab) {
            keys.speaker = Some(-1);
        } else if input.consume_key(Modifiers::NONE, Key::Tab) {
            keys.speaker = Some(1);
        }
        if num_chars == 0 {
            keys.remove = input.consume_key(Modifiers::NONE, Key::Backspace);
        } else if caret == Some(0) {
            keys.join = input.consume_key(Modifiers::NONE, Key::Backspace);
        }
        for key in [Key::ArrowUp, Key::ArrowDown] {
            if input.modifiers.is_none() && input.key_pressed(key) {
                keys.vertical = Some((key, caret.unwrap_or(num_chars)));
            }
        }
    });
    keys
}

/// Where the caret stands, in characters; `None` while something is selected.
fn caret(ui: &Ui, id: Id) -> Option<usize> {
    let range = TextEditState::load(ui.ctx(), id)?.cursor.char_range()?;
    (range.primary.index == range.secondary.index).then_some(range.primary.index.0)
}

/// Puts the caret somewhere in a field.
pub(super) fn put_caret(ui: &Ui, id: Id, at_chars: usize) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let caret = egui::text::CCursor::new(at_chars);
    state.cursor.set_char_range(Some(egui::text::CCursorRange::one(caret)));
    state.store(ui.ctx(), id);
}

/// Whether there are words on both sides.
fn splits(text: &str, at_chars: usize) -> bool {
    let byte = text.char_indices().nth(at_chars).map_or(text.len(), |(byte, _)| byte);
    !text[..byte].trim().is_empty() && !text[byte..].trim().is_empty()
}

fn is_enter(event: &Event) -> bool {
    matches!(event, Event::Key { key: Key::Enter, pressed: true, modifiers, .. } if modifiers.is_none())
}

fn typed_before_enter(events: &[Event]) -> bool {
    let at = events.iter().position(is_enter).unwrap_or(0);
    events[..at].iter().any(|event| matches!(event, Event::Text(_) | Event::Paste(_) | Event::Ime(_)))
}

/// A fast typist, or a slow frame, puts Enter and the next words into one frame.
fn take_after_enter(events: &mut Vec<Event>) -> Option<String> {
    let at = events.iter().position(is_enter)?;
    let mut typed = String::new();
    for event in events.split_off(at).into_iter().skip(1) {
        match event {
            Event::Text(text) => typed.push_str(&text),
            other => events.push(other),
        }
    }
    Some(typed)
}

/// Pasted text of several lines that is a screenplay does not go into one line.
fn take_script(events: &mut Vec<Event>) -> Option<String> {
    let is_script = |event: &Event| {
        matches!(event, Event::Paste(text)
            if text.trim().contains(['\n', '\r']) && parlance_document::Screenplay::parse(text).is_script())
    };
    let at = events.iter().position(is_script)?;
    match events.remove(at) {
        Event::Paste(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: Key) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
    }

    #[test]
    fn words_after_enter_belong_to_the_next_line() {
        let mut events = vec![Event::Text("a".into()), key(Key::Enter), Event::Text("b".into()), key(Key::End)];
        assert!(typed_before_enter(&events));
        assert_eq!(take_after_enter(&mut events).as_deref(), Some("b"));
        assert_eq!(events, [Event::Text("a".into()), key(Key::End)]);
        assert_eq!(take_after_enter(&mut events), None);
    }

    #[test]
    fn only_screenplays_leave_the_line() {
        let paste = |text: &str| take_script(&mut vec![Event::Paste(text.into())]).is_some();
        assert!(paste("Mara: Hello\nTomas: Hi"));
        assert!(!paste("Mara: Hello"));
        assert!(!paste("two lines\nof prose"));
    }

    #[test]
    fn a_line_splits_between_words() {
        assert!(splits("one two", 3));
        assert!(!splits("one ", 3));
        assert!(!splits("one", 0));
        assert!(splits("你好", 1));
    }
}
