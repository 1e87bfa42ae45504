//! Getting models from servers of all manners, taking over files from the disk, checking and deleting: on real folders and
//! real connections, through the engine as the window uses it.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod bench;
mod getting;
mod keeping;
