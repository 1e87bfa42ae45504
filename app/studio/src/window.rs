//! Opens the window on the screen; everything inside it is [`crate::studio::Studio`].

use parlance_engine::Generator;

use crate::settings::Settings;
use crate::studio::{Studio, StudioOptions};

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The system gave no window or no way to draw into it.
    #[error(
        "The window could not be opened ({0}). `parlance render` works without one; `parlance doctor` says what is missing."
    )]
    Open(String),
}

/// Opens the window and stays until it is closed. The generator is opened once the window has its graphics: looking for a GPU
/// before would load and unload every driver one time more.
///
/// # Errors
/// When the system gives no window.
pub fn run(generator: impl FnOnce() -> Box<dyn Generator>, options: StudioOptions) -> Result<(), WindowError> {
    // Larger words want a larger window; the system keeps it within the screen.
    let settings = options.view_file.as_deref().map(|file| Settings::load(&Settings::file_beside(file)));
    let scale = f32::from(settings.unwrap_or_default().scale.percent()) / 100.0;
    let viewport = egui::ViewportBuilder::default()
        .with_title("Parlance")
        .with_app_id("parlance")
        .with_icon(crate::icons::window_icon(128))
        .with_inner_size([1600.0 * scale, 1000.0 * scale])
        .with_min_inner_size([1000.0, 620.0])
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Wgpu, ..Default::default() };
    let create =
        |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
            crate::software_painter::install(cc);
            Ok(Box::new(Studio::new(&cc.egui_ctx, generator(), options)?))
        };
    eframe::run_native("Parlance", native, Box::new(create)).map_err(|error| WindowError::Open(error.to_string()))
}
