//! The voices that come with the program: synthetic, nobody's, under made-up names.

use std::path::{Path, PathBuf};

use parlance_document::{Consent, ConsentKind, Date};

use crate::kept;

/// A voice of the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltInVoice {
    /// Its made-up name.
    pub name: &'static str,
    /// Key of the words that say how it sounds.
    about: &'static str,
    /// The recording, Ogg Opus.
    bytes: &'static [u8],
}

/// All of them.
pub const BUILT_IN_VOICES: [BuiltInVoice; 6] = [
    BuiltInVoice { name: "Robin", about: "voice.robin", bytes: include_bytes!("../../../ui-assets/voices/robin.ogg") },
    BuiltInVoice { name: "Kim", about: "voice.kim", bytes: include_bytes!("../../../ui-assets/voices/kim.ogg") },
    BuiltInVoice { name: "Noa", about: "voice.noa", bytes: include_bytes!("../../../ui-assets/voices/noa.ogg") },
    BuiltInVoice { name: "Alex", about: "voice.alex", bytes: include_bytes!("../../../ui-assets/voices/alex.ogg") },
    BuiltInVoice {
        name: "Charlie",
        about: "voice.charlie",
        bytes: include_bytes!("../../../ui-assets/voices/charlie.ogg"),
    },
    BuiltInVoice { name: "Jules", about: "voice.jules", bytes: include_bytes!("../../../ui-assets/voices/jules.ogg") },
];

impl BuiltInVoice {
    /// How it sounds, in two or three words.
    #[must_use]
    pub fn about(&self) -> &'static str {
        crate::words::say(self.about)
    }

    /// Where its file is put so that it can be read as any other recording.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        folder().join(format!("{}.ogg", self.name))
    }

    /// The note that says whose voice it is: nobody's.
    #[must_use]
    pub fn consent(&self, today: Date) -> Consent {
        Consent {
            kind: ConsentKind::BuiltIn,
            name: self.name.to_owned(),
            date: today,
            scope: "Any use".to_owned(),
            statement: None,
        }
    }
}

/// The built-in voice whose file this is.
#[must_use]
pub fn at(path: &Path) -> Option<&'static BuiltInVoice> {
    (path.parent()? == folder()).then(|| BUILT_IN_VOICES.iter().find(|voice| voice.path() == path)).flatten()
}

/// Writes the file of a built-in voice where it is missing or not whole. Any other path is left alone.
pub fn ensure(path: &Path) {
    let Some(voice) = at(path) else { return };
    if std::fs::metadata(path).is_ok_and(|meta| meta.len() == voice.bytes.len() as u64) {
        return;
    }
    // A failure shows when it is read.
    kept::write_bytes(path, voice.bytes);
}

fn folder() -> PathBuf {
    kept::folder().unwrap_or_else(|| std::env::temp_dir().join("parlance")).join("voices")
}

#[cfg(test)]
mod tests {
    use parlance_media::{SoundRequest, VoiceAnalysis, decode_sound};

    use super::*;

    #[test]
    fn every_voice_is_a_good_recording() {
        let place = tempfile::tempdir().unwrap();
        let mut sum = 0;
        for voice in &BUILT_IN_VOICES {
            sum += voice.bytes.len();
            let path = place.path().join(format!("{}.ogg", voice.name));
            std::fs::write(&path, voice.bytes).unwrap();
            let sound = decode_sound(&path, &SoundRequest::mono(48_000, 60.0)).unwrap().sound;
            assert!((4.0..=6.0).contains(&sound.secs()), "{} lasts {} s", voice.name, sound.secs());
            let analysis = VoiceAnalysis::new(&sound).unwrap();
            let facts = analysis.facts(0.0, sound.secs());
            assert_eq!(facts.warnings(), [], "{} {facts:?}", voice.name);
        }
        assert!(sum < 600_000, "{sum} bytes");
    }

    #[test]
    fn only_our_own_files_are_written() {
        assert!(at(Path::new("/somewhere/Robin.ogg")).is_none());
        assert_eq!(at(&BUILT_IN_VOICES[0].path()).map(|voice| voice.name), Some("Robin"));
    }
}
