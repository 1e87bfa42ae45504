//! The painter for computers without a GPU gives the pictures that egui's own renderer gives.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui_kittest::wgpu::WgpuTestRenderer;
use image::RgbaImage;
use parlance::action::Action;
use parlance::command::Command;
use parlance::dialogs::{Dialog, PaletteDraft};
use parlance::scene::SaveState;
use parlance::software_painter;
use window::{Opening, Window};

/// Both round to eight bits once more or once less.
const MOST: u8 = 2;

#[test]
fn both_painters_give_the_same_pictures() {
    if parlance::generator::adapters().is_empty() {
        println!("skipped: comparing painters needs a graphics adapter, at least Mesa's software one");
        return;
    }
    let took_over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&took_over);
    let scene = scene_with_a_take();
    let mut ours = open(&scene, Box::new(move |cc| told.store(software_painter::install(cc), Ordering::Relaxed)));
    if !took_over.load(Ordering::Relaxed) {
        println!("skipped: the painter for computers without a GPU needs such an adapter (Mesa's lavapipe)");
        return;
    }
    let mut theirs = open(&scene, Box::new(|_| {}));
    let mut compare = |what: &str, act: &dyn Fn(&mut Window)| {
        let [ours, theirs] = [&mut ours, &mut theirs].map(|window| {
            act(window);
            window.steps(4);
            window.harness.render().unwrap()
        });
        assert_same(what, &ours, &theirs);
    };
    compare("a scene with a take, its film strip and its first picture", &|window| {
        window.until_seen("the take and its picture are read", |harness| {
            let textures = harness.ctx.tex_manager();
            let textures = textures.read();
            let has = |ending: &str| textures.allocated().any(|(_, meta)| meta.name.ends_with(ending));
            has(" strip") && has("preview")
        });
        window.steps(20);
    });
    compare("a list above everything, with letters never seen before", &|window| {
        window.push(Action::SetDialog(Some(Dialog::Palette(PaletteDraft::default()))));
        window.harness.event(egui::Event::Text("Größe ÆØÅ @ 100%".to_owned()));
    });
    compare("a larger picture, after textures were freed", &|window| {
        window.push(Action::SetDialog(None));
        window.push(Action::Command(Command::FullScreen));
        window.harness.set_size(egui::vec2(900.0, 700.0));
    });
}

/// The sample scene with a take in its first shot.
fn scene_with_a_take() -> tempfile::TempDir {
    let mut window = Window::open();
    let shot = window.project().shots()[0].id;
    window.push(Action::Generate(shot));
    window.until("a take is there and kept", |studio| {
        studio.project().is_some_and(|project| !project.library().takes().is_empty())
            && studio.jobs().entries().is_empty()
            && studio.scene().is_some_and(|scene| scene.saved == SaveState::Saved)
    });
    window.place
}

/// A copy of the scene.
fn open(scene: &tempfile::TempDir, before: Box<dyn FnOnce(&eframe::CreationContext<'_>)>) -> Window {
    let place = tempfile::tempdir().unwrap();
    copy(scene.path(), place.path());
    let options = eframe::egui_wgpu::RendererOptions { dithering: false, ..Default::default() };
    let renderer = Some(WgpuTestRenderer::with_render_options(options));
    Opening { renderer, before, ..Opening::default() }.open_in(place)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

fn assert_same(what: &str, ours: &RgbaImage, theirs: &RgbaImage) {
    assert_eq!(ours.dimensions(), theirs.dimensions(), "{what}");
    let odd = |(a, b): &(&u8, &u8)| a.abs_diff(**b) > MOST;
    let odd = ours.as_raw().iter().zip(theirs.as_raw()).filter(odd).count();
    let colours: std::collections::BTreeSet<_> = ours.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 100, "{what}: a picture with {} colours is empty", colours.len());
    assert_eq!(odd, 0, "{what}: so many values differ by more than {MOST}");
}
