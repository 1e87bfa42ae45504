//! The window as a whole. `logic` hears the engine and carries wishes out; `ui` only draws.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Align2, Frame, Id, Margin, Rect, Sense, Ui, UiBuilder, vec2};
use parlance_engine::generator::Estimator;
use parlance_engine::models::Store;
use parlance_engine::{EngineHandle, Generator};

use crate::action::{Action, Actions, ViewChange};
use crate::command;
use crate::dialogs::Dialog;
use crate::file_dialogs::FileDialogs;
use crate::job_board::JobBoard;
use crate::layout::Layout;
use crate::models::ModelsDesk;
use crate::notices::Notices;
use crate::panels::{self, PanelContext, program::ProgramContext, script::ScriptPanel, timeline::TimelinePanel};
use crate::scene::Scene;
use crate::shelf::Shelf;
use crate::system_motion::SystemMotion;
use crate::theme::{self, Palette};
use crate::transport::Transport;
use crate::view_state::ViewState;
use crate::words;

mod apply;
mod cast;
mod commands;
mod events;
mod lines;
mod models;
mod program;
mod script;
mod takes;
mod tasks;
mod work;

use work::Pending;

/// How a studio starts.
#[derive(Clone, Debug, Default)]
pub struct StudioOptions {
    /// Scene to open; the first page when `None`.
    pub open: Option<PathBuf>,
    /// Where the view is kept between runs; `None` keeps nothing.
    pub view_file: Option<PathBuf>,
    /// Where new scenes are made; the person's documents when `None`.
    pub scenes_folder: Option<PathBuf>,
    /// Never open a sound device or a dialog of the system: for tests.
    pub quiet: bool,
    /// Models and where they live; as the settings say when `None`.
    pub models: Option<Arc<Store>>,
}

/// The window. At most twelve fields; what grows belongs into one of them.
pub struct Studio {
    scene: Option<Scene>,
    engine: EngineHandle,
    view: ViewState,
    transport: Transport,
    jobs: JobBoard,
    notices: Notices,
    shelf: Shelf,
    panels: Panels,
    actions: Actions,
    dialog: Option<Dialog>,
    desktop: Desktop,
    pending: Pending,
}

/// What the window asks of the system around it.
#[derive(Debug)]
struct Desktop {
    files: FileDialogs,
    motion: SystemMotion,
}

/// Panels that remember something between frames.
#[derive(Debug)]
struct Panels {
    script: ScriptPanel,
    timeline: TimelinePanel,
    recent: crate::recent::RecentScenes,
    models: ModelsDesk,
}

impl Panels {
    fn new(models: Arc<Store>) -> Self {
        let models = ModelsDesk::new(models);
        Self { script: ScriptPanel::default(), timeline: TimelinePanel::default(), recent: Default::default(), models }
    }
}

impl std::fmt::Debug for Studio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Studio").field("scene", &self.scene).finish_non_exhaustive()
    }
}

impl Studio {
    /// A studio on a context; needs no window, so tests can make one.
    ///
    /// # Errors
    /// When the system gives out no threads.
    pub fn new(ctx: &egui::Context, generator: Box<dyn Generator>, options: StudioOptions) -> std::io::Result<Self> {
        let view = ViewState::load(options.view_file);
        words::speak(view.settings.spoken());
        theme::install(ctx, view.settings.theme.into());
        theme::set_scale(ctx, view.settings.scale.percent());
        view.settings.keys.install(ctx);
        let wake = ctx.clone();
        let engine = EngineHandle::start(generator, move || wake.request_repaint())?;
        engine.estimator().save_memory(&view.settings.savings);
        let transport = Transport::new(options.quiet, view.kept.volume);
        let models = options.models.unwrap_or_else(|| Arc::new(crate::models::store(&view.settings)));
        let mut actions = Actions::default();
        if let Some(path) = options.open {
            actions.push(Action::OpenScene(path));
        }
        Ok(Self {
            scene: None,
            engine,
            view,
            transport,
            jobs: JobBoard::default(),
            notices: Notices::default(),
            shelf: Shelf::new(ctx.clone()).quiet(options.quiet),
            panels: Panels::new(models),
            actions,
            dialog: None,
            desktop: Desktop {
                files: FileDialogs::new(ctx.clone()).quiet(options.quiet),
                motion: SystemMotion::start(ctx),
            },
            pending: Pending::new(options.scenes_folder),
        })
    }

    /// The project that is open, for tests and for the command line.
    #[must_use]
    pub fn project(&self) -> Option<&parlance_document::Project> {
        self.scene.as_ref().map(Scene::project)
    }

    /// The open scene with its past, for tests.
    #[must_use]
    pub fn scene(&self) -> Option<&Scene> {
        self.scene.as_ref()
    }

    /// Jobs under way.
    #[must_use]
    pub fn jobs(&self) -> &JobBoard {
        &self.jobs
    }

    /// Notices on the screen.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// What the model says of itself.
    #[must_use]
    pub fn estimator(&self) -> &dyn Estimator {
        self.engine.estimator().as_ref()
    }

    /// The dialog that is open.
    #[must_use]
    pub fn dialog(&self) -> Option<&Dialog> {
        self.dialog.as_ref()
    }

    /// What the person looks at.
    #[must_use]
    pub fn view(&self) -> &ViewState {
        &self.view
    }

    /// Playhead and player.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// What is known of models.
    #[must_use]
    pub fn models(&self) -> &ModelsDesk {
        &self.panels.models
    }

    /// What the preview lets be heard now, with mute and solo: for tests.
    #[must_use]
    pub fn heard(&self) -> Option<parlance_media::Mix> {
        work::scene_mix(self.scene.as_ref()?, &self.view, &self.shelf)
    }

    /// Asks for something, as a panel would.
    pub fn push(&mut self, action: Action) {
        self.actions.push(action);
    }

    fn follow(&mut self, ctx: &egui::Context) {
        let reduced = self.desktop.motion.reduced(ctx);
        theme::set_motion(ctx, self.view.settings.reduced_motion.moves(reduced));
        self.shelf.receive(ctx);
        self.tell_of_unknown_characters();
        self.take_texts();
        if self.shelf.audition().busy() {
            ctx.request_repaint();
        }
        let Some(scene) = &self.scene else { return };
        let project = scene.project();
        let length = project.length();
        let dt_secs = ctx.input(|input| input.stable_dt).min(0.1);
        self.transport.tick(dt_secs, length);
        // Who types into a shot's fields goes on typing there, wherever the playhead is.
        let shown = self.view.shown_shot(project, self.transport.time()).map(|(_, shot)| shot.id);
        self.view.held_shot = shown.filter(|_| ctx.text_edit_focused());
        self.shelf.want_scene(project, scene.folder.root(), shown);
        let shown = work::shown_take(project, &self.view, self.transport.time());
        let (shown, other) = work::compared(project, &self.view, shown);
        self.shelf.show_frames(ctx, shown, other);
        work::refresh_mix(scene, &self.view, &self.shelf, &mut self.transport, &mut self.pending);
        if self.transport.playing() || self.transport.meter_alive() {
            ctx.request_repaint();
        }
        if !self.notices.cards().is_empty() {
            ctx.request_repaint_after(Duration::from_secs(1));
        }
    }

    fn draw(&mut self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let window = ui.max_rect();
        ui.painter().rect_filled(window, 0.0, palette.ground);
        let Some(scene) = &self.scene else {
            let info = self.engine.estimator().info();
            let recent = self.panels.recent.of(ui.ctx(), &self.view.kept.recent);
            panels::welcome::show(ui, recent, &info, &mut self.actions);
            if let Some(dialog) = &self.dialog {
                let program = ProgramContext { view: &self.view, has_scene: false, models: &self.panels.models };
                panels::program::show(ui, dialog, &program, &mut self.actions);
            }
            panels::notices::show(ui, &self.notices, &mut self.actions);
            return;
        };
        let estimator = self.engine.estimator().clone();
        let history = &scene.history;
        let ctx = PanelContext {
            project: scene.project(),
            folder: scene.folder.root(),
            saved: scene.saved,
            undo_redo: (history.undo_label(), history.redo_label()),
            history,
            view: &self.view,
            transport: &self.transport,
            jobs: &self.jobs,
            shelf: &self.shelf,
            estimator: estimator.as_ref(),
        };
        if self.view.full_screen {
            full_screen(ui, window, &ctx, &mut self.actions);
        } else {
            main_view(ui, window, &ctx, &mut self.panels, &mut self.actions);
        }
        unclaimed_drops(ui, &ctx, &mut self.actions);
        if let Some(dialog) = &self.dialog {
            show_dialog(ui, dialog, &ctx, &self.panels.models, &mut self.actions);
        }
        panels::notices::show(ui, &self.notices, &mut self.actions);
    }
}

impl eframe::App for Studio {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        for action in command::clipboard(ctx) {
            self.actions.push(action);
        }
        words::speak(self.view.settings.spoken());
        for command in command::pressed(ctx, self.dialog.is_some()) {
            self.actions.push(Action::Command(command));
        }
        for action in self.desktop.files.drain() {
            self.actions.push(action);
        }
        for event in self.engine.drain() {
            self.hear(ctx, event);
        }
        for action in self.actions.take() {
            self.carry_out(ctx, action);
        }
        if let Some(span) = self.view.focus_span {
            // Before the fields read this frame's keys: what is typed now belongs to the new line.
            ctx.memory_mut(|memory| memory.request_focus(panels::script::line_field_id(span)));
        }
        self.autosave();
        self.notices.tick();
        self.follow(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        words::speak(self.view.settings.spoken());
        self.draw(ui);
        if !self.actions.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn on_exit(&mut self) {
        self.save_now();
        self.view.save();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        let palette = if visuals.dark_mode { Palette::dark() } else { Palette::light() };
        palette.ground.to_normalized_gamma_f32()
    }
}

fn main_view(ui: &mut Ui, window: Rect, ctx: &PanelContext<'_>, panels: &mut Panels, out: &mut Actions) {
    let layout = Layout::new(window.min, window.size(), &ctx.view.kept.sizes);
    ui.scope_builder(UiBuilder::new().max_rect(layout.title).id_salt("title"), |ui| {
        panels::title_bar::show(ui, ctx, out);
    });
    panel(ui, layout.script, "script", |ui| panels.script.show(ui, ctx, out));
    panel(ui, layout.preview, "preview", |ui| preview_panel(ui, ctx, out));
    if let Some(rect) = layout.inspector {
        panel(ui, rect, "inspector", |ui| panels::inspector::show(ui, ctx, out));
    }
    panel(ui, layout.timeline, "timeline", |ui| panels.timeline.show(ui, ctx, out));
    dividers(ui, &layout, ctx, out);
}

fn panel(ui: &mut Ui, rect: Rect, name: &str, content: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_PANEL, palette.panel);
    ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt(name.to_owned()), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        content(ui);
    });
}

fn preview_panel(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let rect = ui.max_rect();
    let inner = rect.shrink(12.0);
    // In a low window the takes keep one row and the picture gives way.
    let takes_height = panels::takes::height(ctx, inner.height() < 430.0);
    let takes = Rect::from_min_max(egui::pos2(inner.left(), inner.bottom() - takes_height), inner.max);
    let transport_height = panels::preview::TRANSPORT_HEIGHT;
    let transport = Rect::from_min_max(
        egui::pos2(inner.left(), takes.top() - transport_height - 12.0),
        egui::pos2(inner.right(), takes.top() - 12.0),
    );
    let picture = Rect::from_min_max(inner.min - vec2(0.0, 2.0), egui::pos2(inner.right(), transport.top()));
    panels::preview::picture(ui, picture, ctx, out);
    panels::preview::transport(ui, transport, ctx, out);
    ui.painter().hline(rect.x_range(), transport.bottom() + 1.0, egui::Stroke::new(1.0, palette.line));
    ui.scope_builder(UiBuilder::new().max_rect(takes).id_salt("takes"), |ui| panels::takes::show(ui, ctx, out));
}

/// Files dropped where nothing listens, or by a system that does not say where: what they are decides.
fn unclaimed_drops(ui: &Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let dropped: Vec<PathBuf> =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
    if let Some(path) = dropped.into_iter().next().filter(|_| !out.has_offer()) {
        crate::dropped::anywhere(ctx, path, out);
    }
}

fn full_screen(ui: &mut Ui, window: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let transport_height = panels::preview::TRANSPORT_HEIGHT;
    let picture = Rect::from_min_max(window.min, window.max - vec2(0.0, transport_height));
    panels::preview::picture(ui, picture, ctx, out);
    let row = Rect::from_min_max(egui::pos2(window.left(), picture.bottom()), window.max);
    panels::preview::transport(ui, row.shrink2(vec2(16.0, 0.0)), ctx, out);
    if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        out.push(Action::Command(command::Command::FullScreen));
    }
}

/// The gaps between panels can be dragged.
fn dividers(ui: &Ui, layout: &Layout, ctx: &PanelContext<'_>, out: &mut Actions) {
    let mut sizes = ctx.view.kept.sizes;
    let gap = theme::GAP;
    let beside = |rect: Rect, x: f32| Rect::from_min_size(egui::pos2(x, rect.top()), vec2(gap, rect.height()));
    let script = beside(layout.script, layout.script.right());
    if let Some(delta) = divider(ui, script, "script divider", true) {
        sizes.script = (layout.script.width() + delta).clamp(300.0, 720.0);
    }
    if let Some(rect) = layout.inspector
        && let Some(delta) = divider(ui, beside(rect, rect.left() - gap), "inspector divider", true)
    {
        sizes.inspector = (rect.width() - delta).clamp(260.0, 520.0);
    }
    let above = Rect::from_min_size(layout.timeline.left_top() - vec2(0.0, gap), vec2(layout.timeline.width(), gap));
    if let Some(delta) = divider(ui, above, "timeline divider", false) {
        sizes.timeline = (layout.timeline.height() - delta).clamp(180.0, 1200.0);
    }
    if sizes != ctx.view.kept.sizes {
        out.push(Action::View(ViewChange::Sizes(sizes)));
    }
}

fn divider(ui: &Ui, rect: Rect, name: &str, upright: bool) -> Option<f32> {
    let response = ui.interact(rect, Id::unique(name), Sense::drag());
    let icon = if upright { egui::CursorIcon::ResizeHorizontal } else { egui::CursorIcon::ResizeVertical };
    let response = response.on_hover_and_drag_cursor(icon);
    if response.hovered() || response.dragged() {
        let palette = Palette::of(ui);
        let line = if upright { rect.shrink2(vec2(3.0, 40.0)) } else { rect.shrink2(vec2(60.0, 3.0)) };
        ui.painter().rect_filled(line, 1.0, theme::fade(palette.text_3, 0.6));
    }
    let delta = response.drag_delta();
    let moved = if upright { delta.x } else { delta.y };
    (response.dragged() && moved != 0.0).then_some(moved)
}

fn show_dialog(ui: &Ui, dialog: &Dialog, ctx: &PanelContext<'_>, models: &ModelsDesk, out: &mut Actions) {
    let palette = Palette::of(ui);
    let frame = Frame::NONE
        .fill(palette.panel)
        .stroke(egui::Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS_PANEL)
        .inner_margin(Margin::same(20))
        .shadow(ui.visuals().window_shadow);
    // Each dialog has its own id: an area remembers its size.
    let id = match dialog {
        Dialog::Consent(_) => Id::unique("consent dialog"),
        Dialog::Voice(_) => Id::unique("voice dialog"),
        Dialog::Export(_) => Id::unique("export dialog"),
        Dialog::Palette(_) | Dialog::Settings(_) | Dialog::Models(_) | Dialog::About | Dialog::Tour(_) => {
            let program = ProgramContext { view: ctx.view, has_scene: true, models };
            return panels::program::show(ui, dialog, &program, out);
        }
    };
    let modal = egui::Modal::new(id)
        .area(egui::Modal::default_area(id).anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)))
        .backdrop_color(theme::shade(if palette.dark { 0.5 } else { 0.28 }))
        .frame(frame);
    let response = modal.show(ui.ctx(), |ui| match dialog {
        Dialog::Consent(draft) => panels::consent::show(ui, draft, ctx, out),
        Dialog::Voice(speaker) => panels::cast::show_sheet(ui, *speaker, ctx, out),
        Dialog::Export(draft) => panels::export::show(ui, draft, ctx, out),
        // These have frames of their own, see above.
        Dialog::Palette(_) | Dialog::Settings(_) | Dialog::Models(_) | Dialog::About | Dialog::Tour(_) => {}
    });
    if response.should_close() {
        out.push(Action::SetDialog(None));
    }
}
