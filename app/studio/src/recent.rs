//! What the first page shows of scenes opened before: name, shots, day, a picture. Read on a thread of its own.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};

use egui::{ColorImage, TextureHandle, TextureOptions};
use parlance_document::library::THUMB_FILE;
use parlance_engine::storage::PROJECT_FILE;
use parlance_media::RgbFrame;

/// The largest project file that is looked into for this page.
const MOST_BYTES: u64 = 16 << 20;

/// A scene opened before.
#[derive(Clone)]
pub struct RecentScene {
    /// Its folder.
    pub path: PathBuf,
    /// Its name in it, or that of the folder.
    pub name: String,
    /// How many shots; `None` when it is gone or cannot be read.
    pub num_shots: Option<usize>,
    /// Days since it was last saved.
    pub days: Option<u64>,
    /// A picture of the first take in the cut.
    pub picture: Option<TextureHandle>,
}

struct Read {
    path: PathBuf,
    name: Option<String>,
    num_shots: Option<usize>,
    days: Option<u64>,
    picture: Option<RgbFrame>,
}

/// The scenes of the first page.
#[derive(Default)]
pub struct RecentScenes {
    /// What was asked for.
    paths: Vec<PathBuf>,
    coming: Option<Receiver<Read>>,
    scenes: Vec<RecentScene>,
}

impl RecentScenes {
    /// The scenes of these folders, as far as they are known; asks for the others.
    pub fn of(&mut self, ctx: &egui::Context, paths: &[PathBuf]) -> &[RecentScene] {
        if self.paths != paths {
            self.paths = paths.to_vec();
            self.scenes = paths.iter().map(|path| unread(path)).collect();
            self.coming = start(ctx.clone(), paths.to_vec());
        }
        if let Some(coming) = &self.coming {
            for read in coming.try_iter() {
                let Some(scene) = self.scenes.iter_mut().find(|scene| scene.path == read.path) else { continue };
                if let Some(name) = read.name.filter(|name| !name.trim().is_empty()) {
                    scene.name = name;
                }
                scene.num_shots = read.num_shots;
                scene.days = read.days;
                scene.picture = read.picture.map(|frame| texture(ctx, &read.path, &frame));
            }
        }
        &self.scenes
    }
}

impl std::fmt::Debug for RecentScenes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecentScenes").field("paths", &self.paths).finish_non_exhaustive()
    }
}

fn unread(path: &Path) -> RecentScene {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    RecentScene { path: path.to_owned(), name, num_shots: None, days: None, picture: None }
}

fn texture(ctx: &egui::Context, path: &Path, frame: &RgbFrame) -> TextureHandle {
    let image = ColorImage::from_rgb([frame.width as usize, frame.height as usize], &frame.data);
    ctx.load_texture(format!("recent {}", path.display()), image, TextureOptions::LINEAR)
}

fn start(wake: egui::Context, paths: Vec<PathBuf>) -> Option<Receiver<Read>> {
    let (send, coming) = sync_channel(paths.len().max(1));
    let run = move || {
        for path in paths {
            if send.send(read(path)).is_err() {
                return;
            }
            wake.request_repaint();
        }
    };
    // Without the thread the page shows names only.
    std::thread::Builder::new().name("parlance-recent".to_owned()).spawn(run).ok()?;
    Some(coming)
}

fn read(path: PathBuf) -> Read {
    let mut found = Read { path, name: None, num_shots: None, days: None, picture: None };
    let file = found.path.join(PROJECT_FILE);
    let Some(facts) = std::fs::metadata(&file).ok().filter(|facts| facts.is_file() && facts.len() <= MOST_BYTES) else {
        return found;
    };
    found.days = facts.modified().ok().and_then(days_since);
    let Some(opened) = std::fs::read(&file).ok().and_then(|bytes| parlance_document::format::from_bytes(&bytes).ok())
    else {
        return found;
    };
    let project = opened.project;
    found.name = Some(project.name().to_owned());
    found.num_shots = Some(project.shots().len());
    let takes = project.shots().iter().filter_map(|shot| project.active_take(shot.id));
    let mut pictures = takes.map(|take| crate::scene::media_file(&found.path, &take.folder).join(THUMB_FILE));
    found.picture = pictures.find_map(|picture| parlance_media::read_image(&picture).ok());
    found
}

/// Whole days between two midnights (universal time): 0 is today.
fn days_since(time: SystemTime) -> Option<u64> {
    let day = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs() / 86_400);
    Some(day(SystemTime::now())?.saturating_sub(day(time)?))
}

#[cfg(test)]
mod tests {
    use parlance_document::Project;
    use parlance_engine::ProjectFolder;

    use super::*;

    #[test]
    fn a_scene_is_read_and_one_that_is_gone_keeps_its_name() {
        let place = tempfile::tempdir().unwrap();
        let here = place.path().join("Here.parlance");
        drop(ProjectFolder::create(&here, &Project::sample()).unwrap());
        let found = read(here);
        assert_eq!((found.name.as_deref(), found.num_shots, found.days), (Some("The harbour light"), Some(3), Some(0)));
        assert!(found.picture.is_none(), "nothing was made");
        let gone = read(place.path().join("Gone.parlance"));
        assert_eq!((gone.name, gone.num_shots), (None, None));
        assert_eq!(unread(&gone.path).name, "Gone");
    }
}
