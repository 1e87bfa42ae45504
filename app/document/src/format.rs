//! Bytes to project and back.
/// Why bytes are not a project.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {}
