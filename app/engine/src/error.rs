//! Why a job failed, as sentences that say what happened and what to do; sorted by whose turn it is to act.

use std::path::PathBuf;

use parlance_document::format::Repair;
use parlance_document::{CannotKeep, FormatError, MediaPath};
use parlance_media::MediaError;

use crate::generator::GenerateError;
use crate::models::ModelsError;

/// Who can do something about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The person: change the shot, choose another file.
    User,
    /// The computer: disk, memory, device, a missing codec.
    Environment,
    /// Us: a bug in this program.
    Bug,
}

/// Why a job failed. `Display` is whole sentences for the person.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The model did not make the clip.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A media file could not be read or written.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The project folder could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A model could not be got, checked or deleted.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The shot or the scene is not ready for this.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// The code of a job stopped in the middle.
    #[error("The job stopped because of a fault in this program ({0}). Your scene is safe; please report this.")]
    Panicked(String),
    /// Too many jobs wait.
    #[error("More than {} jobs are waiting. Let some finish, or cancel them.", crate::queue::MAX_WAITING)]
    QueueFull,
    /// The engine is going down.
    #[error("The program is closing, so the job was not started.")]
    Closing,
}

impl JobError {
    /// Who can do something about it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Generate(GenerateError::Internal(_)) | Self::Panicked(_) => Fault::Bug,
            Self::Generate(GenerateError::Unsupported(_)) | Self::NotReady(_) | Self::QueueFull => Fault::User,
            Self::Media(
                MediaError::Write { .. }
                | MediaError::NoEncoder { .. }
                | MediaError::Unreadable { .. }
                | MediaError::Encode { .. },
            )
            | Self::Generate(_)
            | Self::Closing => Fault::Environment,
            Self::Media(_) => Fault::User,
            Self::Storage(error) => error.fault(),
            Self::Models(error) => error.fault(),
        }
    }

    /// Whether the job ended because it was asked to.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        matches!(
            self,
            Self::Generate(GenerateError::Cancelled)
                | Self::Media(MediaError::Cancelled)
                | Self::Storage(StorageError::Media(MediaError::Cancelled))
                | Self::Models(ModelsError::Cancelled)
        )
    }
}

/// What a shot or a scene lacks for a job.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotReady {
    /// The shot is not in the scene any more.
    #[error("The shot was removed before its turn came, so nothing was made.")]
    ShotGone,
    /// Outside of the lengths that the model makes.
    #[error(
        "“{title}” is {secs:.1} s long; {model} makes shots of {min_secs:.0} to {max_secs:.0} s. Change its length or split it."
    )]
    Length {
        /// The shot's title.
        title: String,
        /// Its length in seconds.
        secs: f64,
        /// Name of the model.
        model: String,
        /// Its shortest shot in seconds.
        min_secs: f64,
        /// Its longest.
        max_secs: f64,
    },
    /// More people speak than the model can show.
    #[error(
        "“{title}” has {} speakers ({}); {model} makes shots of at most {most}. Move some lines to another shot.",
        speakers.len(),
        speakers.join(", ")
    )]
    Speakers {
        /// The shot's title.
        title: String,
        /// Who speaks in it.
        speakers: Vec<String>,
        /// Name of the model.
        model: String,
        /// Most speakers in a shot.
        most: usize,
    },
    /// Nothing that keeps a part of a take can be made of the shot as it is.
    #[error(transparent)]
    CannotKeep(#[from] CannotKeep),
    /// The first shot is to go on from one before.
    #[error("“{title}” is to go on from the shot before, but it is the first one. Switch that off.")]
    FirstContinues {
        /// The shot's title.
        title: String,
    },
    /// The shot before has nothing to go on from.
    #[error(
        "“{title}” is to go on from the shot before, which has no take in the cut. Generate that one first, or switch \
         going on off."
    )]
    NothingBefore {
        /// The shot's title.
        title: String,
    },
    /// The take that something is kept of has pictures that the model does not make.
    #[error(
        "The take whose picture is kept has {} x {} pixels and {per_sec} frames a second; {model} makes others. Choose a \
         take of this model, or generate the whole shot.",
        size_pixels.0,
        size_pixels.1
    )]
    OtherPictures {
        /// Width and height.
        size_pixels: (u32, u32),
        /// Frames a second.
        per_sec: f64,
        /// Name of the model.
        model: String,
    },
    /// The take that something is kept of has no files any more.
    #[error(
        "The take that this one keeps something of is not there any more, so nothing was made. Choose another take, or \
         generate the whole shot."
    )]
    SourceGone,
    /// Pictures made and pictures kept do not fit.
    #[error(
        "The model made pictures of another size than those that are kept, so the take was not put together. Generate \
         the whole shot."
    )]
    PicturesDiffer,
    /// An export of nothing.
    #[error("Nothing is chosen to be written. Choose the film or another file.")]
    NothingChosen,
    /// An empty scene.
    #[error("The scene has no shots yet. Add one, then export.")]
    NoShots,
    /// In and out lie beyond the scene.
    #[error("The range to export lies outside of the scene. Choose another in and out.")]
    RangeOutside,
    /// Shots without a take.
    #[error(
        "These shots have no take yet: {}. Generate them first, or choose to export them as a dark picture.",
        shots.join(", ")
    )]
    Missing {
        /// Their titles.
        shots: Vec<String>,
    },
}

/// Something a person should know about a scene that was opened. `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// The project file was wrong somewhere and has been put right.
    #[error(transparent)]
    Repaired(#[from] Repair),
    /// Takes whose folder was there, but which the project file did not know.
    #[error("{}", match count {
        1 => "A take that was finished just before the program stopped was found and added.".to_owned(),
        n => format!("{n} takes that were finished just before the program stopped were found and added."),
    })]
    TakesFound {
        /// How many.
        count: usize,
    },
    /// Takes during whose making the program stopped more than once.
    #[error("{}", match count {
        1 => "A take was being made when the program stopped, twice, so it was not begun again by itself.".to_owned(),
        n => format!(
            "{n} takes were being made when the program stopped, twice, so they were not begun again by themselves."
        ),
    })]
    NotBegunAgain {
        /// How many.
        count: usize,
    },
    /// A recording or a picture is not there.
    #[error("A file of this project is missing; import it again: {media}")]
    MediaMissing {
        /// Which.
        media: MediaPath,
    },
    /// The files of a take in the cut are not there.
    #[error("The files of the take in use for “{shot}” are missing; generate the shot again.")]
    TakeMissing {
        /// The shot's title.
        shot: String,
    },
}

/// Why a project folder could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Nothing there.
    #[error("There is no project here any more; it may have been moved or renamed: {}", path.display())]
    Missing {
        /// Where we looked.
        path: PathBuf,
    },
    /// The folder has no project file.
    #[error("This folder is not a Parlance project, it has no {}: {}", super::storage::PROJECT_FILE, path.display())]
    NotAProject {
        /// What was given.
        path: PathBuf,
    },
    /// Something is there already.
    #[error("There is something here already; choose another name: {}", path.display())]
    Exists {
        /// Where the project was to be.
        path: PathBuf,
    },
    /// The project file does not describe a project.
    #[error("{source} Nothing was changed.{} File: {}", backup_hint(backup.as_ref()), path.display())]
    Format {
        /// The project file.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
        /// The newest backup that can be read.
        backup: Option<PathBuf>,
    },
    /// The project file is far larger than any real one.
    #[error(
        "The project file has {num_bytes} bytes, more than the {} that a project may have. Nothing was changed. File: {}",
        super::storage::MAX_PROJECT_BYTES,
        path.display()
    )]
    TooLarge {
        /// The project file.
        path: PathBuf,
        /// Its size.
        num_bytes: u64,
    },
    /// Another window or command has it open.
    #[error("This project is open already{}. Close it there first, so that no work is overwritten: {}", holder.as_ref().map(|h| format!(" ({h})")).unwrap_or_default(), path.display())]
    Locked {
        /// The project's folder.
        path: PathBuf,
        /// Who holds it, if the lock says so.
        holder: Option<String>,
    },
    /// A path of the project leads out of its folder by a link.
    #[error("A file of this project leads outside its folder, so it was not opened. Import the file instead: {}", path.display())]
    Outside {
        /// The path inside the project.
        path: PathBuf,
    },
    /// The disk refused.
    #[error("{doing} did not work ({source}). Check free space, permissions and the disk: {}", path.display())]
    Io {
        /// What was being done, as the start of a sentence: "Saving the project".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A media file given for import cannot be used.
    #[error("This file cannot be used here: {0}")]
    Media(#[from] MediaError),
}

impl StorageError {
    /// Who can do something about it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Io { .. } => Fault::Environment,
            Self::Missing { .. }
            | Self::NotAProject { .. }
            | Self::Exists { .. }
            | Self::Format { .. }
            | Self::TooLarge { .. }
            | Self::Locked { .. }
            | Self::Outside { .. }
            | Self::Media(_) => Fault::User,
        }
    }

    pub(crate) fn io(doing: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

fn backup_hint(backup: Option<&PathBuf>) -> String {
    backup.map(|b| format!(" A backup can be opened instead ({}).", b.display())).unwrap_or_default()
}
