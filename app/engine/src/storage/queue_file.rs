//! What waits to be made, beside the scene: written whole at every change of the queue, read when the scene is opened.

use parlance_document::{Extra, Measured, Project, Recipe, ShotId, Take, TakeId, format, invariants};
use serde_json::{Value, json};

use super::{ProjectFolder, atomic, now_secs, read_small, take_folder};
use crate::error::Note;
use crate::queue::MAX_WAITING;

/// Name of the file that lists takes waiting to be made.
pub const QUEUE_FILE: &str = "queue.json";

/// Largest queue file that is read.
const MAX_QUEUE_BYTES: u64 = 8 << 20;

/// A take that was begun this often without an end is not begun again by itself: it may be what stops the program.
const MOST_STARTS: u32 = 2;

/// A take that waits to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedTake {
    /// The shot it is made for.
    pub shot: ShotId,
    /// The id it was to have; it gets a new one when it is sent again.
    pub take: TakeId,
    /// What it is made from.
    pub recipe: Recipe,
    /// How often it was begun without coming to an end.
    pub starts: u32,
}

impl ProjectFolder {
    /// Writes the list of waiting takes; an empty one leaves no file.
    pub(crate) fn write_queue(&self, queue: &[QueuedTake]) -> std::io::Result<()> {
        let path = self.root().join(QUEUE_FILE);
        if queue.is_empty() {
            return atomic::remove_if_there(&path);
        }
        let waiting: Vec<Value> = queue.iter().filter_map(entry_of).collect();
        let file = json!({ "format": "parlance-queue", "version": 1, "waiting": waiting });
        let bytes = serde_json::to_vec_pretty(&file).map_err(std::io::Error::other)?;
        atomic::write_whole(&path, &bytes)
    }

    /// The takes that waited when the scene was last closed, without those that are there meanwhile. Adds to
    /// `notes` what is left out on purpose.
    pub(crate) fn waiting_takes(&self, project: &Project, notes: &mut Vec<Note>) -> Vec<QueuedTake> {
        let mut queue = self.read_queue().unwrap_or_default();
        queue.retain(|waiting| project.library().take(waiting.take).is_none() && project.shot(waiting.shot).is_some());
        let num_all = queue.len();
        queue.retain(|waiting| waiting.starts < MOST_STARTS);
        let count = num_all - queue.len();
        if count > 0 {
            notes.push(Note::NotBegunAgain { count });
        }
        queue
    }

    /// `None` when there is no list, or none that can be read: then nothing waits, and the scene is as good as ever.
    fn read_queue(&self) -> Option<Vec<QueuedTake>> {
        let bytes = read_small(&self.root().join(QUEUE_FILE), MAX_QUEUE_BYTES).ok()??;
        let file: Value = serde_json::from_slice(&bytes).ok()?;
        if file.get("format")?.as_str()? != "parlance-queue" || file.get("version")?.as_u64()? != 1 {
            return None;
        }
        Some(file.get("waiting")?.as_array()?.iter().take(MAX_WAITING).filter_map(queued).collect())
    }
}

/// A waiting take is written as the take it will be, so that one reader knows both.
fn entry_of(queued: &QueuedTake) -> Option<Value> {
    let take = Take {
        id: queued.take,
        shot: queued.shot,
        recipe: queued.recipe.clone(),
        folder: take_folder(queued.take),
        measured: Measured::default(),
        created_secs: now_secs(),
        taken_secs: 0.0,
        extra: Extra::default(),
    };
    let take: Value = serde_json::from_slice(&format::take_to_bytes(&take).ok()?).ok()?;
    Some(json!({ "starts": queued.starts, "take": take }))
}

fn queued(entry: &Value) -> Option<QueuedTake> {
    let bytes = serde_json::to_vec(entry.get("take")?).ok()?;
    let take = format::take_from_bytes(&bytes).ok()?;
    invariants::check_take(&take).ok()?;
    let starts = u32::try_from(entry.get("starts")?.as_u64()?).ok()?;
    Some(QueuedTake { shot: take.shot, take: take.id, recipe: take.recipe, starts })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_waits_is_read_back_and_nonsense_is_nothing() {
        let place = tempfile::tempdir().unwrap();
        let project = Project::sample();
        let folder = ProjectFolder::create(&place.path().join("a.parlance"), &project).unwrap();
        let queue: Vec<QueuedTake> = (0..3)
            .map(|idx| {
                let shot = &project.shots()[idx];
                let recipe = Recipe { seed: idx as u64, steps: 5, ..Recipe::of_shot(&project, shot) };
                QueuedTake { shot: shot.id, take: TakeId::from_raw(900 + idx as u64), recipe, starts: idx as u32 }
            })
            .collect();
        folder.write_queue(&queue).unwrap();
        let mut notes = Vec::new();
        assert_eq!(folder.waiting_takes(&project, &mut notes), queue[..2]);
        assert_eq!(notes.len(), 1, "the one begun twice is told: {notes:?}");
        let path = folder.root().join(QUEUE_FILE);
        for nonsense in ["", "{", "[]", r#"{"format":"parlance-queue","version":1,"waiting":[{"starts":0,"take":{}}]}"#]
        {
            fs::write(&path, nonsense).unwrap();
            assert_eq!(folder.waiting_takes(&project, &mut notes), []);
        }
        folder.write_queue(&[]).unwrap();
        assert!(!path.exists());
    }
}
