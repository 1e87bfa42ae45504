//! Small pictures of the cast, drawn from what the scene says of each person.

use std::collections::HashMap;

use egui::{TextureHandle, TextureOptions};
use parlance_document::{Project, SpeakerId};
use parlance_engine::generator::Estimator;

use super::color_image;

/// What a portrait was drawn from: the words about the people of a shot, their names, and which of them it is.
#[derive(PartialEq)]
struct Said {
    characters: String,
    names: Vec<String>,
    person: usize,
}

/// The last portrait of everybody, so that it is drawn again only when other words are there.
#[derive(Default)]
pub(super) struct Portraits {
    known: HashMap<SpeakerId, (Said, Option<TextureHandle>)>,
}

impl Portraits {
    pub(super) fn of(
        &mut self,
        ctx: &egui::Context,
        estimator: &dyn Estimator,
        project: &Project,
        speaker: SpeakerId,
    ) -> Option<TextureHandle> {
        let said = said_of(project, speaker)?;
        if let Some((from, drawn)) = self.known.get(&speaker)
            && *from == said
        {
            return drawn.clone();
        }
        let names: Vec<&str> = said.names.iter().map(String::as_str).collect();
        let picture = estimator.portrait(&said.characters, &names, said.person);
        let drawn = picture.map(|picture| {
            ctx.load_texture(format!("portrait {speaker}"), color_image(&picture), TextureOptions::LINEAR)
        });
        self.known.insert(speaker, (said, drawn.clone()));
        drawn
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
    }
}

/// The words of the first shot that a person speaks in and whose people are described.
fn said_of(project: &Project, speaker: SpeakerId) -> Option<Said> {
    let described = project.shots().iter().filter(|shot| !shot.prompt.characters.is_empty());
    let mut theirs = described.filter(|shot| shot.spans.iter().any(|span| span.speaker == speaker));
    let shot = theirs.next()?;
    let speakers = shot.speakers();
    let names = speakers.iter().filter_map(|id| project.speaker(*id)).map(|person| person.name.clone()).collect();
    let person = speakers.iter().position(|id| *id == speaker)?;
    Some(Said { characters: shot.prompt.characters.clone(), names, person })
}
