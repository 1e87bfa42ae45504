//! What is done to several lines at once: select, delete, duplicate, copy and paste, nudge.

use parlance_document::{Edit, NewSpan, Project, SpanId, Time};

use super::Studio;
use crate::line_clipboard::{LineClipboard, PasteError};
use crate::notices::Tone;
use crate::placing::{self, Obstacles};
use crate::view_state::Selection;

impl Studio {
    /// Selects these lines and no others.
    pub(super) fn select_spans(&mut self, spans: &[SpanId]) {
        let Some(project) = self.project() else { return };
        let shown = self.view.selection.span.filter(|span| spans.contains(span));
        let first = placing::hold(project, spans).first().map(|held| held.span);
        let Some(span) = shown.or(first) else {
            self.view.selection.span = None;
            self.view.selection.group.clear();
            return;
        };
        if shown.is_none() {
            self.select_span(span);
        }
        self.view.selection.group = spans.iter().copied().collect();
    }

    /// Ctrl and a click: in or out.
    pub(super) fn toggle_span(&mut self, span: SpanId) {
        let mut spans = self.view.selection.spans();
        if let Some(idx) = spans.iter().position(|other| *other == span) {
            spans.remove(idx);
        } else {
            spans.push(span);
        }
        self.select_spans(&spans);
    }

    /// Shift and a click: everything between, in time and on the lanes.
    pub(super) fn extend_selection(&mut self, span: SpanId) {
        let Some(project) = self.project() else { return };
        let anchor = self.view.selection.span.unwrap_or(span);
        let between = between(project, anchor, span);
        self.view.selection.span = Some(anchor);
        self.select_spans(&between);
    }

    /// Every line.
    pub(super) fn select_all(&mut self) {
        let Some(project) = self.project() else { return };
        let all: Vec<SpanId> = project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect();
        self.select_spans(&all);
    }

    /// Delete: the lines, else the shot that was picked.
    pub(super) fn delete_selection(&mut self) {
        match self.view.selection.spans().as_slice() {
            [] => {
                if let Some(shot) = self.view.selection.shot {
                    self.edit(Edit::RemoveShot { shot });
                    self.view.selection = Selection { speaker: self.view.selection.speaker, ..Selection::default() };
                }
            }
            [span] => self.edit(Edit::RemoveSpan { span: *span }),
            spans => self.edit(Edit::RemoveSpans { spans: spans.to_vec() }),
        }
        self.view.selection.span = None;
        self.view.selection.group.clear();
    }

    /// Shift and Delete: the gaps close.
    pub(super) fn ripple_delete(&mut self) {
        match self.view.selection.spans().as_slice() {
            [] => return self.delete_selection(),
            [span] => self.edit(Edit::RippleDeleteSpan { span: *span }),
            spans => self.edit(Edit::RippleDeleteSpans { spans: spans.to_vec() }),
        }
        self.view.selection.span = None;
        self.view.selection.group.clear();
    }

    /// Copies behind the selected lines; of a picked shot, the whole of it.
    pub(super) fn duplicate_lines(&mut self) {
        let spans = self.view.selection.spans();
        if spans.is_empty() {
            if let Some(shot) = self.view.selection.shot {
                self.edit(Edit::DuplicateShot { shot });
            }
            return;
        }
        let Some(project) = self.project() else { return };
        let Some(copied) = LineClipboard::copy(project, &spans) else { return };
        let start = placing::hold(project, &spans).first().map(|held| held.range.start).unwrap_or_default();
        self.paste_at(&copied, start + copied.length());
    }

    /// Selected lines to the clipboard.
    pub(super) fn copy_lines(&mut self, ctx: &egui::Context) {
        let spans = self.view.selection.spans();
        let Some(copied) = self.project().and_then(|project| LineClipboard::copy(project, &spans)) else { return };
        ctx.copy_text(copied.text().to_owned());
        self.view.copied = Some(copied);
    }

    /// Selected lines to the clipboard, and away.
    pub(super) fn cut_lines(&mut self, ctx: &egui::Context) {
        if !self.view.selection.spans().is_empty() {
            self.copy_lines(ctx);
            self.delete_selection();
        }
    }

    /// Copied lines to the playhead.
    pub(super) fn paste_lines(&mut self) {
        if let Some(copied) = self.view.copied.clone() {
            self.paste_at(&copied, self.transport.time());
        }
    }

    /// Text from the system: our own lines come back with their timing.
    pub(super) fn paste_text(&mut self, text: &str) {
        // Some systems bring line ends back in their own way.
        let same = |copied: &LineClipboard| copied.text().split_whitespace().eq(text.split_whitespace());
        if self.view.copied.as_ref().is_some_and(same) {
            self.paste_lines();
        } else {
            let _pasted = self.paste_script(text);
        }
    }

    fn paste_at(&mut self, copied: &LineClipboard, at: Time) {
        let Some(project) = self.project() else { return };
        match copied.place(project, at) {
            Ok(lines) => self.add_lines(lines),
            Err(error) => {
                let why = match error {
                    PasteError::NoPlace { needed } => {
                        t!("timeline.no_place", secs = format!("{:.1}", needed.secs_f64()))
                    }
                    PasteError::Nobody => t!("timeline.nobody").to_owned(),
                };
                self.notices.show(Tone::Warning, t!("told.cannot"), why, Vec::new());
            }
        }
    }

    /// Several new lines, which are selected then.
    pub(super) fn add_lines(&mut self, lines: Vec<NewSpan>) {
        let Some(scene) = &mut self.scene else { return };
        let first_new = scene.project().next_id();
        if let Err(error) = scene.edit(Edit::AddSpans { lines }) {
            return self.tell_edit(&error);
        }
        let spans = scene.project().shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id));
        let added: Vec<SpanId> = spans.filter(|id| id.raw() >= first_new).collect();
        self.select_spans(&added);
    }

    /// Selected lines by some frames; quick presses are one step of undo. What is in the way stops them.
    pub(super) fn nudge(&mut self, ctx: &egui::Context, frames: i64) {
        let spans = self.view.selection.spans();
        let Some(project) = self.project() else { return };
        let held = placing::hold(project, &spans);
        if held.is_empty() {
            return;
        }
        let frame = project.settings().frame_rate.frame_length();
        let by = Time(frame.0 * frames);
        let obstacles = Obstacles::new(project, &held);
        // Not beyond what is in the way: a nudge never jumps.
        let free = obstacles.nearest(&held, 0, by).filter(|free| free.0.abs() <= by.0.abs() && free.0 * by.0 > 0);
        let Some(moves) = free.and_then(|by| obstacles.moves(project, &held, 0, by)) else { return };
        let now_millis = (ctx.input(|input| input.time) * 1000.0) as u64;
        let Some(scene) = &mut self.scene else { return };
        let nudged = scene.typing(egui::Id::unique(("nudge", spans)), Edit::MoveSpans { moves }, now_millis);
        if let Err(error) = nudged {
            self.tell_edit(&error);
        }
    }

    /// To the marker before or after the playhead.
    pub(super) fn seek_marker(&mut self, forward: bool) {
        let now = self.transport.time();
        let Some(project) = self.project() else { return };
        let mut markers = project.markers().iter().map(|marker| marker.at);
        let found = if forward { markers.find(|at| *at > now) } else { markers.rfind(|at| *at < now) };
        if let Some(time) = found {
            self.seek(time);
        }
    }
}

/// The lines that begin between two lines, on their lanes and those between them.
fn between(project: &Project, one: SpanId, other: SpanId) -> Vec<SpanId> {
    let lane = |speaker| project.cast().iter().position(|known| known.id == speaker).unwrap_or(0);
    let ends = placing::hold(project, &[one, other]);
    let times = (ends.iter().map(|end| end.range.start).min(), ends.iter().map(|end| end.range.start).max());
    let lanes = (ends.iter().map(|end| lane(end.speaker)).min(), ends.iter().map(|end| lane(end.speaker)).max());
    let ((Some(from), Some(to)), (Some(first), Some(last))) = (times, lanes) else { return Vec::new() };
    let all: Vec<SpanId> = project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect();
    placing::hold(project, &all)
        .into_iter()
        .filter(|held| (from..=to).contains(&held.range.start) && (first..=last).contains(&lane(held.speaker)))
        .map(|held| held.span)
        .collect()
}
