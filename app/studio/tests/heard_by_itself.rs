//! What is heard by itself. Agreement in somebody's own words: a recording kept with the consent, heard on their card,
//! named in what is exported. And a take while it is being made.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::command::Command;
use parlance::dialogs::VoiceTarget;
use parlance_document::Voice;
use window::{Window, wav};

impl Window {
    fn drop_on(&mut self, label: &str, path: &Path) {
        let at = self.harness.get_by_label_contains(label).rect().center();
        self.drop_file(path, at);
    }

    fn voice(&self) -> Option<Voice> {
        self.project().cast()[0].voice.clone()
    }

    fn statement(&self) -> Option<PathBuf> {
        let media = self.voice()?.consent.statement?;
        Some(media.parts().fold(self.folder(), |path, part| path.join(part)))
    }

    /// A tone that swells and fades, as long as that.
    fn tone(&self, name: &str, secs: usize) -> PathBuf {
        let sample = |i: usize| (i as f32 * 0.015).sin() * (i as f32 * 0.0002).sin().abs() * 0.5;
        wav(self.place.path(), name, (0..48_000 * secs).map(sample).collect())
    }
}

#[test]
fn a_statement_dropped_while_consent_is_asked_is_kept_and_exported() {
    let mut window = Window::open();
    let (voice, statement) = (window.tone("mara.wav", 4), window.tone("i agree.wav", 3));
    let speaker = window.project().cast()[0].id;
    window.push(Action::OfferVoice(voice, VoiceTarget::Speaker(speaker)));
    assert!(!window.shows_part("Spoken consent"), "not before it is said whose voice it is");
    window.click("It is my own voice");
    window.drop_on("Spoken consent (optional)", &statement);
    assert!(
        window.shows_part("Whose voice is this?") && window.shows_part("Spoken consent: i agree.wav"),
        "the sheet stays"
    );
    window.until("it can be cast", |_| true);
    window.click("Cast as Mara");
    window.until("voice and statement are there", |studio| {
        studio.project().unwrap().cast()[0].voice.as_ref().is_some_and(|voice| voice.consent.statement.is_some())
    });
    let kept = window.statement().unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), std::fs::read(&statement).unwrap());
    // One step of undo takes both away, and the other way round.
    window.push(Action::Command(Command::Undo));
    assert!(window.voice().is_none());
    window.push(Action::Command(Command::Redo));
    // A film in which the voice is heard says so, before it is written and in its own data.
    let project = window.project();
    let shot = project.shots().iter().find(|shot| shot.spans_of(speaker).next().is_some()).unwrap().id;
    window.push(Action::Generate(shot));
    window.until("a take is made", |studio| studio.project().unwrap().active_take(shot).is_some());
    window.push(Action::Command(Command::Export));
    assert!(window.shows_part("own voice") && window.shows_part("spoken consent kept"));
    let project = window.project();
    let range = parlance_document::TimeRange::new(parlance_document::Time::ZERO, project.length());
    let said = parlance_engine::export::notice::sentences(project, range);
    let name = kept.file_name().unwrap().to_string_lossy().into_owned();
    assert!(said.contains(&format!("spoken consent in {name}")), "{said}");
}

#[test]
fn a_statement_can_come_later_be_heard_and_go() {
    let mut window = Window::open();
    let (voice, statement) = (window.tone("mara.wav", 4), window.tone("yes.wav", 2));
    let speaker = window.project().cast()[0].id;
    window.push(Action::OfferVoice(voice, VoiceTarget::Speaker(speaker)));
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.until("the voice is there", |studio| studio.project().unwrap().cast()[0].voice.is_some());
    assert!(window.statement().is_none());
    window.push(Action::OpenVoice(speaker));
    window.steps(2);
    // The sheet grows when the recording has been read.
    window.until_seen("the recording is read", |harness| {
        harness.query_all_by_label_contains(parlance::words::say("voice.reading")).next().is_none()
    });
    window.steps(2);
    let size = window.harness.get_by_label_contains("Spoken consent (optional)").rect().size();
    assert!(size.x > 100.0 && size.y > 20.0, "{size:?}");
    window.drop_on("Spoken consent (optional)", &statement);
    window.until("the statement is there", |studio| {
        studio.project().unwrap().cast()[0].voice.as_ref().is_some_and(|voice| voice.consent.statement.is_some())
    });
    assert!(window.shows_part("Spoken consent: yes-"), "under the name it has in the scene");
    window.click("Hear the spoken consent");
    assert!(window.shows_part("Stop hearing the spoken consent"));
    window.click("Remove the spoken consent");
    assert!(window.statement().is_none() && window.voice().is_some());
    // What is no recording is refused and the voice stays.
    let text = window.place.path().join("yes.txt");
    std::fs::write(&text, "yes").unwrap();
    window.push(Action::OfferStatement(text, Some(speaker)));
    window.until("it is told", |studio| !studio.notices().cards().is_empty());
    assert_eq!(window.harness.state().notices().cards()[0].title, "The spoken consent could not be used");
    assert!(window.voice().is_some());
}

#[test]
fn a_take_can_be_heard_while_it_is_being_made() {
    let step = Duration::from_millis(800);
    let mut window = Window::with_step(step);
    let shot = window.project().shots()[0].id;
    window.push(Action::Generate(shot));
    let start = Instant::now();
    while !window.shows_part("as far as it is") {
        assert!(!window.harness.state().jobs().entries().is_empty(), "it was never heard");
        assert!(start.elapsed() < Duration::from_secs(60));
        window.steps(1);
        std::thread::sleep(Duration::from_millis(4));
    }
    let part = window.harness.state().jobs().entries()[0].part;
    assert!((0.5..1.0).contains(&part), "only once it means something: {part}");
    window.click("Hear Shot 1, take 1 as far as it is");
    assert!(window.shows_part("Stop hearing Shot 1, take 1"));
    window.click("Stop hearing Shot 1, take 1");
    assert!(window.shows_part("as far as it is"));
    window.until("the take is made", |studio| studio.jobs().entries().is_empty());
    assert!(!window.shows_part("as far as it is"));
}
