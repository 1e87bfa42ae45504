//! Takes on disk: built in a hidden folder, renamed when whole, found again after a crash.

use std::fs;
use std::path::{Path, PathBuf};

use parlance_document::library::{PICTURE_FILE, SOUND_FILE, THUMB_FILE};
use parlance_document::{MediaPath, Project, Take, TakeId, format};
use parlance_media::{FrameReader, MediaError, RgbFrame, Sound, read_wav, write_take_pictures, write_thumb, write_wav};

use super::{ProjectFolder, TAKES_FOLDER, atomic, read_small};
use crate::error::{JobError, Note, StorageError};
use crate::generator::{CancelToken, Generated};

/// File in a take's folder that says what it was made from.
pub const TAKE_FILE: &str = "take.json";

/// Longest side of a take's small still picture, in pixels.
const THUMB_SIDE_PIXELS: u32 = 256;

/// Longest picture that is read: more than any shot has.
const MOST_FRAMES: usize = 1200;

/// Most memory that the pictures of a take may need: three times what ten seconds of the largest model need.
const MOST_PICTURE_BYTES: u64 = 2 << 30;

/// Longest that the pictures of a take may last, in seconds: more than any shot.
const MOST_PICTURE_SECS: f64 = 12.0;

/// Most ids that are skipped because something lies where their takes would.
const MOST_SKIPPED: u64 = 10_000;

/// Largest `take.json` that is read.
const MAX_TAKE_FILE_BYTES: u64 = 1 << 20;

/// Where the files of a take lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeFiles {
    /// Pictures, lossless.
    pub picture: PathBuf,
    /// Sound, 32-bit float.
    pub sound: PathBuf,
    /// Small still picture.
    pub thumb: PathBuf,
}

/// Picture and sound of a take, as they are stored: bit for bit.
#[derive(Clone, Debug)]
pub(crate) struct TakeClip {
    pub(crate) frames: Vec<RgbFrame>,
    pub(crate) frame_rate: (u32, u32),
    pub(crate) sound: Sound,
}

/// The folder of a take inside the project.
///
/// # Panics
/// Never: `takes/<number>` is always a valid path.
#[must_use]
pub fn take_folder(id: TakeId) -> MediaPath {
    MediaPath::new(&format!("{TAKES_FOLDER}/{id}")).unwrap_or_else(|_| unreachable!("takes/<number> is a valid path"))
}

impl ProjectFolder {
    /// Where the files of a take lie; they may be missing.
    ///
    /// # Errors
    /// When a link leads outside the project.
    pub fn take_files(&self, take: &Take) -> Result<TakeFiles, StorageError> {
        let folder = self.resolve(&take.folder)?;
        Ok(TakeFiles {
            picture: folder.join(PICTURE_FILE),
            sound: folder.join(SOUND_FILE),
            thumb: folder.join(THUMB_FILE),
        })
    }

    /// Whether every file of a take is there.
    #[must_use]
    pub fn take_is_whole(&self, take: &Take) -> bool {
        self.take_files(take).is_ok_and(|files| files.picture.is_file() && files.sound.is_file())
    }

    /// Writes a finished clip as the folder of `take`. At every moment the folder is whole or not there.
    ///
    /// # Errors
    /// When the disk refuses, the clip is malformed, or the job was cancelled; then nothing is left behind.
    pub fn write_take(&self, take: &Take, clip: &Generated, cancel: &CancelToken) -> Result<(), JobError> {
        let takes = self.inner_folder(TAKES_FOLDER, "Making the takes folder")?;
        let folder = takes.join(take.id.to_string());
        if folder.exists() {
            return Err(StorageError::Exists { path: folder }.into());
        }
        let partial = takes.join(format!(".{}{}", take.id, atomic::PARTIAL));
        fs::remove_dir_all(&partial).or_else(ignore_missing).map_err(StorageError::io("Saving the take", &partial))?;
        fs::create_dir(&partial).map_err(StorageError::io("Saving the take", &partial))?;
        let written = write_files(&partial, take, clip, cancel).and_then(|()| {
            atomic::sync_folder(&partial)
                .and_then(|()| atomic::publish(&partial, &folder))
                .map_err(StorageError::io("Saving the take", &folder))
                .map_err(JobError::from)
        });
        written.inspect_err(|_| drop(fs::remove_dir_all(&partial)))
    }

    /// Adds takes that were finished but not yet noted in the project file when the program died, and tells of them.
    pub(crate) fn adopt_takes(&self, project: &mut Project) -> Option<Note> {
        let entries = fs::read_dir(self.root().join(TAKES_FOLDER)).ok()?;
        let mut ids: Vec<u64> =
            entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        ids.sort_unstable();
        let unknown = ids.into_iter().map(TakeId::from_raw).filter(|id| project.library().take(*id).is_none());
        let unknown: Vec<TakeId> = unknown.collect();
        let mut num_adopted = 0;
        for id in unknown {
            // The id was given out, but the counter was not saved any more. Only a small gap is believable. It is skipped
            // also where no whole take lies there: a new one would find its place taken when it is finished.
            if id.raw().saturating_sub(project.next_id()) < MOST_SKIPPED {
                for _ in project.next_id()..=id.raw() {
                    project.reserve_take_id();
                }
            }
            let Some(take) = self.read_take(id).filter(|take| self.take_is_whole(take)) else { continue };
            num_adopted += usize::from(project.add_take(take).is_ok());
        }
        (num_adopted > 0).then_some(Note::TakesFound { count: num_adopted })
    }

    /// Deletes the files of takes that the person removed.
    pub(crate) fn clear_removed(&self, project: &Project) {
        for id in project.library().removed() {
            if let Ok(folder) = self.resolve(&take_folder(id)) {
                // What cannot be deleted now is tried again the next time.
                drop(fs::remove_dir_all(folder));
            }
        }
    }

    /// Whether picture and sound of two takes are the same bytes; `None` when one cannot be read.
    pub(crate) fn same_bytes(&self, a: &Take, b: &Take) -> Option<bool> {
        let (a, b) = (self.take_files(a).ok()?, self.take_files(b).ok()?);
        let same = |a: &Path, b: &Path| {
            // First the lengths: the one that was just made bounds what is read.
            let len = |path: &Path| fs::metadata(path).ok().map(|meta| meta.len());
            Some(len(a)? == len(b)? && fs::read(a).ok()? == fs::read(b).ok()?)
        };
        Some(same(&a.picture, &b.picture)? && same(&a.sound, &b.sound)?)
    }

    /// All pictures of a take with their rate.
    pub(crate) fn read_take_frames(
        &self,
        take: &Take,
        cancel: &CancelToken,
    ) -> Result<(Vec<RgbFrame>, (u32, u32)), JobError> {
        read_frames(&self.take_files(take)?.picture, MOST_PICTURE_BYTES, cancel)
    }

    /// Picture and sound of a take; `None` when its files are not there.
    pub(crate) fn read_take_clip(&self, id: TakeId) -> Result<Option<TakeClip>, JobError> {
        let folder = self.resolve(&take_folder(id))?;
        let (picture, sound) = (folder.join(PICTURE_FILE), folder.join(SOUND_FILE));
        if !picture.is_file() || !sound.is_file() {
            return Ok(None);
        }
        let (frames, frame_rate) = read_frames(&picture, MOST_PICTURE_BYTES, &CancelToken::new())?;
        Ok(Some(TakeClip { frames, frame_rate, sound: read_wav(&sound)? }))
    }

    fn read_take(&self, id: TakeId) -> Option<Take> {
        let path = self.resolve(&take_folder(id)).ok()?.join(TAKE_FILE);
        let take = format::take_from_bytes(&read_small(&path, MAX_TAKE_FILE_BYTES).ok()??).ok()?;
        (take.id == id && take.folder == take_folder(id)).then_some(take)
    }
}

/// Refuses what no take can be, since takes come with projects from anywhere: small files may hold huge pictures, and the
/// length is what others make sound by.
fn read_frames(path: &Path, most_bytes: u64, cancel: &CancelToken) -> Result<(Vec<RgbFrame>, (u32, u32)), JobError> {
    let mut reader = FrameReader::open(path)?;
    let frame_rate = reader.frame_rate();
    let secs_each = f64::from(frame_rate.1) / f64::from(frame_rate.0.max(1));
    let mut num_bytes = 0;
    let mut frames: Vec<RgbFrame> = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        if cancel.cancelled() {
            return Err(MediaError::Cancelled.into());
        }
        num_bytes += frame.picture.data.len() as u64;
        frames.push(frame.picture);
        if num_bytes > most_bytes {
            let detail = format!("the pictures of a take have at most {} MB", most_bytes >> 20);
            return Err(MediaError::TooLarge { path: path.to_owned(), detail }.into());
        }
        if frames.len() as f64 * secs_each > MOST_PICTURE_SECS {
            let detail = "its pictures last longer than a shot can".to_owned();
            return Err(MediaError::Damaged { path: path.to_owned(), detail }.into());
        }
        if frames.len() >= MOST_FRAMES {
            break;
        }
    }
    Ok((frames, frame_rate))
}

fn write_files(partial: &Path, take: &Take, clip: &Generated, cancel: &CancelToken) -> Result<(), JobError> {
    let go_on = || if cancel.cancelled() { Err(JobError::Media(MediaError::Cancelled)) } else { Ok(()) };
    write_take_pictures(&partial.join(PICTURE_FILE), &clip.frames, clip.frame_rate)?;
    go_on()?;
    write_wav(&partial.join(SOUND_FILE), &clip.sound)?;
    if let Some(frame) = clip.frames.get(clip.frames.len() / 2) {
        write_thumb(&partial.join(THUMB_FILE), frame, THUMB_SIDE_PIXELS)?;
    }
    go_on()?;
    let path = partial.join(TAKE_FILE);
    let bytes = format::take_to_bytes(take).map_err(|source| StorageError::Format {
        path: path.clone(),
        source,
        backup: None,
    })?;
    atomic::write_whole(&path, &bytes).map_err(StorageError::io("Saving the take", &path))?;
    Ok(())
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_would_fill_the_memory_are_refused_while_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PICTURE_FILE);
        write_take_pictures(&path, &vec![RgbFrame::filled(64, 64, [0; 3]); 10], (25, 2)).unwrap();
        let cancel = CancelToken::new();
        let frame_bytes = 64 * 64 * 3;
        assert_eq!(read_frames(&path, 10 * frame_bytes, &cancel).unwrap().0.len(), 10);
        let error = read_frames(&path, 10 * frame_bytes - 1, &cancel).unwrap_err();
        assert!(matches!(error, JobError::Media(MediaError::TooLarge { .. })), "{error}");
    }
}
