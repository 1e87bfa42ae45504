//! Project folders on disk: `Name.parlance/{project.json, media/, takes/, backups/}`.
//!
//! Every save is atomic and synced, one program at a time may write, and nothing half-written is ever read as whole.
//! A file that cannot be read is reported and left exactly as it is.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parlance_document::{MediaPath, Project, format};

use crate::error::{Note, StorageError};

pub(crate) mod atomic;
mod backup;
pub(crate) mod import;
mod lock;
mod queue_file;
mod takes;

pub use import::{ImportPurpose, Imported, MAX_IMPORT_BYTES};
pub use queue_file::{QUEUE_FILE, QueuedTake};
pub(crate) use takes::TakeClip;
pub use takes::{TAKE_FILE, TakeFiles, take_folder};

use lock::FolderLock;

/// Name of the file that describes the project.
pub const PROJECT_FILE: &str = "project.json";
/// Folder of imported media.
pub const MEDIA_FOLDER: &str = "media";
/// Folder of takes.
pub const TAKES_FOLDER: &str = "takes";
/// Folder of earlier versions of the project file.
pub const BACKUP_FOLDER: &str = "backups";
/// Ending of a project's folder name.
pub const PROJECT_ENDING: &str = "parlance";
/// Largest project file that is read.
pub const MAX_PROJECT_BYTES: u64 = format::MAX_BYTES as u64;

/// A project's folder, held open. Share it by `Arc`; the last one gone lets other programs in.
#[derive(Debug)]
pub struct ProjectFolder {
    root: PathBuf,
    lock: Option<FolderLock>,
    last_backup_secs: AtomicU64,
    num_unique: AtomicU64,
}

/// What [`ProjectFolder::open`] found.
#[derive(Debug)]
pub struct Opened {
    /// The folder, locked for this program unless opened for reading.
    pub folder: ProjectFolder,
    /// The scene.
    pub project: Project,
    /// What the person should know: what was recovered, what is missing.
    pub notes: Vec<Note>,
    /// The scene differs from the file (takes were recovered): save soon.
    pub changed: bool,
}

impl ProjectFolder {
    /// Makes a project folder holding `project`. It appears whole or not at all.
    ///
    /// # Errors
    /// When something is there already or the disk refuses.
    pub fn create(path: &Path, project: &Project) -> Result<Self, StorageError> {
        Self::create_with(path, project, |_| Ok(()))
    }

    /// As [`ProjectFolder::create`], with `fill` putting further files (media of a sample) into the folder before it
    /// gets its name.
    ///
    /// # Errors
    /// As [`ProjectFolder::create`], and whatever `fill` returns.
    pub fn create_with(
        path: &Path,
        project: &Project,
        fill: impl FnOnce(&Path) -> Result<(), StorageError>,
    ) -> Result<Self, StorageError> {
        let doing = "Making the project";
        let name = path.file_name().ok_or_else(|| StorageError::Missing { path: path.to_owned() })?;
        if path.symlink_metadata().is_ok() {
            return Err(StorageError::Exists { path: path.to_owned() });
        }
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(StorageError::io(doing, parent))?;
        let mut partial_name = std::ffi::OsString::from(".");
        partial_name.push(name);
        partial_name.push(format!(".{}{}", std::process::id(), atomic::PARTIAL));
        let partial = parent.join(partial_name);
        let build = || {
            let io = |at: &Path| StorageError::io(doing, at);
            fs::create_dir(&partial).map_err(io(&partial))?;
            for folder in [MEDIA_FOLDER, TAKES_FOLDER] {
                fs::create_dir(partial.join(folder)).map_err(io(&partial))?;
            }
            fill(&partial)?;
            let file = partial.join(PROJECT_FILE);
            atomic::write_whole(&file, &bytes_of(project, &file)?).map_err(io(&file))?;
            if path.symlink_metadata().is_ok() {
                return Err(StorageError::Exists { path: path.to_owned() });
            }
            atomic::publish(&partial, path).map_err(io(path))
        };
        build().inspect_err(|_| drop(fs::remove_dir_all(&partial)))?;
        let root = path.canonicalize().map_err(StorageError::io(doing, path))?;
        let lock = FolderLock::take(&root)?;
        Ok(Self::at(root, Some(lock)))
    }

    /// Opens a project for writing, given its folder or the project file in it. Cleans up what a crash left behind.
    ///
    /// # Errors
    /// When it is not a project, cannot be read, or is open in another program. The file is never changed by this.
    pub fn open(path: &Path) -> Result<Opened, StorageError> {
        let root = find_root(path)?;
        let lock = FolderLock::take(&root)?;
        let folder = Self::at(root, Some(lock));
        let format::Opened { mut project, repairs } = folder.read_project()?;
        for place in ["", MEDIA_FOLDER, TAKES_FOLDER, BACKUP_FOLDER] {
            atomic::sweep(&folder.root.join(place));
        }
        let mut notes: Vec<Note> = repairs.into_iter().map(Note::from).collect();
        notes.extend(folder.adopt_takes(&mut project));
        folder.clear_removed(&project);
        let changed = !notes.is_empty();
        notes.extend(folder.missing_files(&project));
        Ok(Opened { folder, project, notes, changed })
    }

    /// Opens a project only for reading; others may have it open meanwhile, and nothing in the folder is touched.
    ///
    /// # Errors
    /// When it is not a project or cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Opened, StorageError> {
        let folder = Self::at(find_root(path)?, None);
        let format::Opened { project, repairs } = folder.read_project()?;
        let mut notes: Vec<Note> = repairs.into_iter().map(Note::from).collect();
        notes.extend(folder.missing_files(&project));
        Ok(Opened { folder, project, notes, changed: false })
    }

    /// Saves the project: afterwards the file on disk is the new one, whatever happens to the power.
    ///
    /// # Errors
    /// When the disk refuses or the folder was opened for reading; the old file is then still whole.
    pub fn save(&self, project: &Project) -> Result<(), StorageError> {
        let file = self.root.join(PROJECT_FILE);
        self.check_there()?;
        if self.lock.is_none() {
            let source = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "it was opened for reading only");
            return Err(StorageError::Io { doing: "Saving the project", path: file, source });
        }
        let bytes = bytes_of(project, &file)?;
        self.back_up_if_due();
        atomic::write_whole(&file, &bytes).map_err(StorageError::io("Saving the project", &file))
    }

    /// The folder, absolute and free of links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether [`ProjectFolder::save`] can work.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.lock.is_some()
    }

    /// Where a file of the project lies.
    ///
    /// # Errors
    /// When a link on the way leads outside the folder.
    pub fn resolve(&self, media: &MediaPath) -> Result<PathBuf, StorageError> {
        let path = media.parts().fold(self.root.clone(), |path, part| path.join(part));
        // The file itself may be missing; its nearest existing folder must still be inside.
        let existing = path.ancestors().find_map(|p| p.canonicalize().ok());
        if existing.is_some_and(|real| real.starts_with(&self.root)) {
            Ok(path)
        } else {
            Err(StorageError::Outside { path: media.as_str().into() })
        }
    }

    /// One of the folders in the project's folder, made where it is missing. Never the project's folder itself: when that
    /// was moved or deleted meanwhile, work must not go on in an empty one in its old place.
    pub(crate) fn inner_folder(&self, name: &str, doing: &'static str) -> Result<PathBuf, StorageError> {
        self.check_there()?;
        let folder = self.root.join(name);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                // What is behind a link is not the project's.
                let own = folder.symlink_metadata().is_ok_and(|meta| meta.is_dir());
                if own { Ok(folder) } else { Err(StorageError::Outside { path: name.into() }) }
            }
            made => made.map(|()| folder.clone()).map_err(StorageError::io(doing, &folder)),
        }
    }

    fn check_there(&self) -> Result<(), StorageError> {
        if self.root.is_dir() { Ok(()) } else { Err(StorageError::Missing { path: self.root.clone() }) }
    }

    pub(crate) fn unique(&self) -> u64 {
        self.num_unique.fetch_add(1, Ordering::Relaxed)
    }

    fn at(root: PathBuf, lock: Option<FolderLock>) -> Self {
        Self { root, lock, last_backup_secs: AtomicU64::new(0), num_unique: AtomicU64::new(0) }
    }

    fn read_project(&self) -> Result<format::Opened, StorageError> {
        let path = self.root.join(PROJECT_FILE);
        let bytes = read_limited(&path)?;
        format::from_bytes(&bytes).map_err(|source| StorageError::Format { backup: self.newest_backup(), path, source })
    }

    fn missing_files(&self, project: &Project) -> Vec<Note> {
        let there = |media: &MediaPath| self.resolve(media).is_ok_and(|path| path.is_file());
        let lost_media = project.media().into_iter().filter(|media| !there(media));
        let mut notes: Vec<Note> = lost_media.map(|media| Note::MediaMissing { media }).collect();
        let active = project.shots().iter().filter_map(|shot| project.active_take(shot.id).map(|take| (shot, take)));
        for (shot, _) in active.filter(|(_, take)| !self.take_is_whole(take)) {
            notes.push(Note::TakeMissing { shot: shot.title.clone() });
        }
        notes
    }
}

/// The folder of a project, given the folder or its project file.
fn find_root(path: &Path) -> Result<PathBuf, StorageError> {
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => StorageError::Missing { path: path.to_owned() },
        _ => StorageError::io("Opening the project", path)(e),
    })?;
    let is_project_file = meta.is_file() && path.file_name().is_some_and(|name| name == PROJECT_FILE);
    let folder = match path.parent() {
        Some(parent) if is_project_file && parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) if is_project_file => parent,
        _ => path,
    };
    if !folder.join(PROJECT_FILE).is_file() {
        return Err(StorageError::NotAProject { path: path.to_owned() });
    }
    folder.canonicalize().map_err(StorageError::io("Opening the project", folder))
}

fn bytes_of(project: &Project, file: &Path) -> Result<Vec<u8>, StorageError> {
    format::to_bytes(project).map_err(|source| StorageError::Format { path: file.to_owned(), source, backup: None })
}

/// The bytes of a project file, refused when far too many.
fn read_limited(path: &Path) -> Result<Vec<u8>, StorageError> {
    let bytes = read_small(path, MAX_PROJECT_BYTES).map_err(StorageError::io("Reading the project", path))?;
    bytes.ok_or_else(|| {
        let num_bytes = fs::metadata(path).map_or(0, |meta| meta.len());
        StorageError::TooLarge { path: path.to_owned(), num_bytes }
    })
}

/// The bytes of a plain file that must be small; `None` when it is not. A pipe in its place, which would never end, is an
/// error.
pub(crate) fn read_small(path: &Path, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// Seconds since 1970-01-01, universal time; 0 on a clock set before that.
#[must_use]
pub fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
