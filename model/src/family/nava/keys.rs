//! The published checkpoint's names. Our fields carry the same names except where a Rust field cannot: numbers.

use crate::weights::{KeyTable, Layout};

/// NAVA's names: `backbone.` in front, numbered layers of its sequences.
pub const NAVA_KEYS: KeyTable = KeyTable {
    prefix: "backbone.",
    renames: &[
        ("patch_embedding_audio.conv", "patch_embedding_audio.0"),
        ("patch_embedding_audio.mlp", "patch_embedding_audio.2"),
        ("text_embedding.up", "text_embedding.0"),
        ("text_embedding.down", "text_embedding.2"),
        ("time_embedding.up", "time_embedding.0"),
        ("time_embedding.down", "time_embedding.2"),
        ("time_projection", "time_projection.1"),
        ("speaker_embedding.norm", "speaker_embedding.net.0"),
        ("speaker_embedding.up", "speaker_embedding.net.1"),
        ("speaker_embedding.down", "speaker_embedding.net.3"),
        ("ffn.up", "ffn.0"),
        ("ffn.down", "ffn.2"),
        ("ffn_audio.up", "ffn_audio.0"),
        ("ffn_audio.down", "ffn_audio.2"),
    ],
    layout: Layout::PyTorch,
    ..KeyTable::own()
};
