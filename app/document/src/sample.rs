//! The scene the studio opens with: two people, a kitchen, a pier, and a light that should not burn.

use std::sync::Arc;

use crate::cast::Speaker;
use crate::extra::Extra;
use crate::ids::{ShotId, SpanId, SpeakerId};
use crate::project::Project;
use crate::shot::{Aspect, GenerationSettings, Prompt, Shot, Span};
use crate::time::{Time, TimeRange};

/// Both people as the bundled model's world can draw them: first named stands on the left.
const CHARACTERS: &str = "Mara on the left, a young woman with light skin, a black bob and green eyes, in a purple jumper. \
     Tomas on the right, a man with dark brown skin, short black hair, a beard and brown eyes, in a yellow shirt.";
const STYLE: &str = "Flat editorial illustration, soft shading, warm colours";

/// A shot as data: title, seconds, scene, camera, ambience, and lines of (speaker, text, start, end in
/// milliseconds).
struct SampleShot {
    title: &'static str,
    secs: i64,
    scene: &'static str,
    camera: &'static str,
    ambience: &'static str,
    lines: [(usize, &'static str, i64, i64); 2],
}

const SHOTS: [SampleShot; 3] = [
    SampleShot {
        title: "Kitchen, morning",
        secs: 5,
        scene: "A small kitchen by the harbour, early morning, warm lamp",
        camera: "Two-shot, slow push in",
        ambience: "Kettle, gulls outside",
        lines: [
            (0, "Did you see the light last night?", 240, 2400),
            (1, "Twice. Then nothing, until dawn.", 2560, 4800),
        ],
    },
    SampleShot {
        title: "Kitchen, closer",
        secs: 4,
        scene: "The same kitchen by the harbour, morning, window behind them",
        camera: "Closer two-shot, hold",
        ambience: "Kettle dies down",
        lines: [(0, "Nobody has lit it in thirty years.", 40, 2240), (1, "Then somebody found the key.", 2280, 3960)],
    },
    SampleShot {
        title: "Pier, night",
        secs: 4,
        scene: "A wooden pier at the beach, night, a lighthouse far off",
        camera: "Two-shot, hold",
        ambience: "Waves, a distant bell",
        lines: [(0, "Wait. Listen.", 480, 1920), (1, "I hear it too.", 2240, 3600)],
    },
];

impl Project {
    /// The sample scene "The harbour light": Mara and Tomas, three shots, six lines, no takes yet. The same every
    /// time, ids included.
    #[must_use]
    pub fn sample() -> Self {
        let mut project = Self::new("The harbour light");
        let speakers = ["Mara", "Tomas"].map(|_| SpeakerId::from_raw(project.allocate()));
        let cast = speakers.iter().zip(["Mara", "Tomas"]).enumerate();
        project.scene.cast = Arc::new(cast.map(|(color, (id, name))| speaker(*id, name, color)).collect());
        let shots = SHOTS.iter().map(|sample| Arc::new(shot(&mut project, sample, &speakers))).collect();
        project.scene.shots = Arc::new(shots);
        project
    }
}

fn speaker(id: SpeakerId, name: &str, color: usize) -> Speaker {
    Speaker { id, name: name.to_owned(), color, voice: None, extra: Extra::default() }
}

fn shot(project: &mut Project, sample: &SampleShot, speakers: &[SpeakerId; 2]) -> Shot {
    let id = ShotId::from_raw(project.allocate());
    let spans = sample.lines.iter().map(|(speaker, text, start_millis, end_millis)| Span {
        id: SpanId::from_raw(project.allocate()),
        speaker: speakers[*speaker],
        text: (*text).to_owned(),
        range: TimeRange::new(Time::from_millis(*start_millis), Time::from_millis(*end_millis)),
        hurried: false,
        recording: None,
        extra: Extra::default(),
    });
    Shot {
        id,
        title: sample.title.to_owned(),
        length: Time::from_secs(sample.secs),
        prompt: Prompt {
            scene: sample.scene.to_owned(),
            characters: CHARACTERS.to_owned(),
            camera: sample.camera.to_owned(),
            ambience: sample.ambience.to_owned(),
            style: STYLE.to_owned(),
        },
        caption_override: None,
        negative_override: None,
        first_frame: None,
        aspect: Aspect::Square,
        spans: spans.collect(),
        active_take: None,
        settings: GenerationSettings::default(),
        extra: Extra::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::check_project;

    #[test]
    fn the_sample_is_a_valid_project() {
        let sample = Project::sample();
        assert_eq!(check_project(&sample), Ok(()));
        assert_eq!(sample, Project::sample());
        assert_eq!(sample.length(), Time::from_secs(13));
        let words: Vec<&str> =
            sample.shots().iter().flat_map(|shot| &shot.spans).map(|span| span.text.as_str()).collect();
        assert_eq!(words.len(), 6);
        assert_eq!(words[3], "Then somebody found the key.");
    }
}
