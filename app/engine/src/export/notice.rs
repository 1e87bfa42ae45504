//! What a film says about itself: that it is machine-made, by which model, and whose voices by what right.

use std::collections::BTreeSet;

use parlance_document::{Consent, ConsentKind, MediaPath, Project, RecipeVoice, SpeakerId, Take, TimeRange, plan};

/// The name that press agencies and archives have for pictures and sound made by a trained model.
pub const DIGITAL_SOURCE_TYPE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// A voice that is imitated or heard in the film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceNote {
    /// Who speaks with it in the scene.
    pub speaker: String,
    /// By what right; `None` when the recording has been taken out of the cast since.
    pub consent: Option<Consent>,
}

impl VoiceNote {
    /// For people: "Mara: own voice, 2026-11-21".
    #[must_use]
    pub fn sentence(&self) -> String {
        let speaker = &self.speaker;
        let Some(consent) = &self.consent else {
            return format!("{speaker}: a recording that is no longer in the cast; no consent on record");
        };
        let right = match consent.kind {
            ConsentKind::Own => "own voice".to_owned(),
            ConsentKind::Permission => format!("permission of {}", consent.name.trim()),
            ConsentKind::BuiltIn => return format!("{speaker}: a built-in voice of no real person"),
        };
        let scope = if consent.scope.trim().is_empty() { String::new() } else { format!(", {}", consent.scope.trim()) };
        let spoken = consent.statement.as_ref().and_then(|media| media.parts().last());
        let spoken = spoken.map(|file| format!(", spoken consent in {file}")).unwrap_or_default();
        format!("{speaker}: {right}{scope}, {}{spoken}", consent.date)
    }
}

/// The takes that are seen or heard inside `range`, each once, in order.
fn takes_in(project: &Project, range: TimeRange) -> Vec<&Take> {
    let mut known = BTreeSet::new();
    let ids = plan::segments(project, range).into_iter().filter_map(|segment| segment.source.take());
    ids.filter(|id| known.insert(*id)).filter_map(|id| project.library().take(id)).collect()
}

/// The recordings whose voices are imitated or heard inside `range`, in order of first use.
#[must_use]
pub fn voices_in(project: &Project, range: TimeRange) -> Vec<VoiceNote> {
    let mut known: Vec<(SpeakerId, MediaPath)> = Vec::new();
    for take in takes_in(project, range) {
        // Of a put-together take, the sound's recipe is what counts.
        let sound = take.recipe.combined.and_then(|halves| project.library().take(halves.sound)).unwrap_or(take);
        let spoken = |voice: &&RecipeVoice| sound.recipe.lines.iter().any(|line| line.speaker == voice.speaker);
        let imitated = sound.recipe.voices.iter().filter(spoken).map(|voice| (voice.speaker, voice.media.as_ref()));
        let heard = sound.recipe.lines.iter().map(|line| (line.speaker, line.recording.as_ref().map(|it| &it.media)));
        for (speaker, media) in imitated.chain(heard) {
            let Some(media) = media else { continue };
            if !known.iter().any(|(one, path)| *one == speaker && path == media) {
                known.push((speaker, media.clone()));
            }
        }
    }
    let note = |(speaker, media): (SpeakerId, MediaPath)| {
        let cast = project.cast();
        let same = |found: &&parlance_document::Speaker| found.voice.as_ref().is_some_and(|voice| voice.media == media);
        let owner = project.speaker(speaker).filter(|found| same(found)).or_else(|| cast.iter().find(same));
        let mut spans = project.shots().iter().flat_map(|shot| &shot.spans);
        let line = || spans.find_map(|span| span.recording.as_ref().filter(|voice| voice.media == media));
        VoiceNote {
            speaker: project.speaker(speaker).map_or_else(|| "Somebody".to_owned(), |found| found.name.clone()),
            consent: owner.and_then(|found| found.voice.as_ref()).or_else(line).map(|voice| voice.consent.clone()),
        }
    };
    known.into_iter().map(note).collect()
}

/// Names of the models that made what is inside `range`, sorted.
#[must_use]
pub fn models_in(project: &Project, range: TimeRange) -> Vec<String> {
    let names = takes_in(project, range).into_iter().map(|take| take.recipe.model_name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The sentences that go into every exported file.
#[must_use]
pub fn sentences(project: &Project, range: TimeRange) -> String {
    let models = models_in(project, range);
    let by = if models.is_empty() { String::new() } else { format!(" by {}", models.join(" and ")) };
    let mut text = format!("Generated with Parlance: pictures and voices are synthetic, made{by} on a computer.");
    let voices: Vec<String> = voices_in(project, range).iter().map(VoiceNote::sentence).collect();
    if !voices.is_empty() {
        text.push_str(&format!(" Voices imitated with consent on record: {}.", voices.join("; ")));
    }
    text.push_str(&format!(" Digital source type: {DIGITAL_SOURCE_TYPE}"));
    text
}

/// The same as XMP, for programs that look for it.
#[must_use]
pub fn xmp(project: &Project, range: TimeRange) -> String {
    let title = escaped(project.name());
    let text = escaped(&sentences(project, range));
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">\
<Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>\
<xmp:CreatorTool>Parlance {version}</xmp:CreatorTool>\
<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{text}</rdf:li></rdf:Alt></dc:description>\
</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}

fn escaped(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
