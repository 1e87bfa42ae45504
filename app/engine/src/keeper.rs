//! Keeps the list of waiting takes in the project's folder in step with the queue, on a thread of its own: nobody who
//! holds the board waits for a disk.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::board::Board;
use crate::storage::{ProjectFolder, QueuedTake};

/// Starts the thread. It ends when the engine closes.
pub(crate) fn spawn(board: &Arc<Board>) -> std::io::Result<JoinHandle<()>> {
    let board = Arc::clone(board);
    std::thread::Builder::new().name("parlance-queue".to_owned()).spawn(move || while board.keep_one_queue(&write) {})
}

/// Writes the lists of all folders, or of one, as they are now, and lets later changes of them be: the jobs are about to
/// be stopped, but shall go on when the scene is opened again.
pub(crate) fn put_away(board: &Board, folder: Option<&Path>) {
    board.freeze(folder, &write);
}

/// A list that cannot be written is only missed after a restart; saving the scene tells of the disk.
fn write(folder: &ProjectFolder, queue: &[QueuedTake]) {
    if folder.writable() {
        drop(folder.write_queue(queue));
    }
}
