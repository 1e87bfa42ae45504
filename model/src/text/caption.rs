//! From the fields of a shot to the long Chinese caption that NAVA was trained on, with the speech left in its own
//! language between `<S>` and `<E>`.
//!
//! No network and no language model: phrases of a list (`assets/caption_terms.txt`), a small grammar for what stands
//! around nouns and verbs, and sentences of our own. The order is that of the authors' prompt rewriter: style and place,
//! people from left to right, what happens and who speaks when, camera, sound, and a closing sentence. What the list does
//! not know stays in English, and is reported; Chinese passes through.

mod actions;
mod check;
mod looks;
mod nouns;
mod people;
mod picture;
mod prepositions;
mod sounds;
mod speech;
mod story;
mod terms;
mod words;

use serde::{Deserialize, Serialize};

pub use check::{Count, MOST_TOKENS, MOST_VOICES, Problem, check, count, spoken};
pub use speech::speakable;

use picture::{Camera, Setting, Style};
use sounds::Sounds;
use words::{harmless, is_chinese, listed, without_seams};

/// Everything a caption is made from. Any text may be empty, English or Chinese.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scene {
    /// Place, time and light.
    pub place: String,
    /// Who is seen, from left to right where their looks do not say otherwise.
    pub people: Vec<Person>,
    /// What happens, a sentence each.
    pub action: String,
    /// Framing and movement.
    pub camera: String,
    /// Sounds other than speech.
    pub ambience: String,
    /// Look of the picture.
    pub style: String,
    /// What is said.
    pub lines: Vec<Line>,
    /// Length of the shot in seconds.
    pub length_secs: f64,
}

/// Somebody in the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// By which other fields speak of them; not in the caption.
    pub name: String,
    /// "A young woman with green eyes, in a purple jumper".
    pub look: String,
    /// How they speak: "in a low voice".
    pub manner: String,
}

/// A spoken line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Line {
    /// Index of the person.
    pub person: usize,
    /// What is said, in ordinary spelling.
    pub words: String,
    /// From the start of the shot.
    pub start_secs: f64,
    /// From the start of the shot.
    pub end_secs: f64,
    /// How it is said: "whispering".
    pub manner: String,
}

/// The fields of a shot as a person fills them in, where people and what they do are still one text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// Place, time and light, and perhaps what happens.
    pub scene: String,
    /// Everybody, by name or in the order of their first words.
    pub characters: String,
    /// Framing and movement.
    pub camera: String,
    /// Sounds other than speech.
    pub ambience: String,
    /// Look of the picture.
    pub style: String,
    /// Names of those who speak, then of the others.
    pub names: Vec<String>,
    /// What is said; `person` is an index of `names`.
    pub lines: Vec<Line>,
    /// Length of the shot in seconds.
    pub length_secs: f64,
}

/// A part of a scene's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Field {
    /// Place, time and light.
    Scene,
    /// Looks of people.
    Characters,
    /// What happens.
    Action,
    /// How somebody speaks.
    Manner,
    /// Framing and movement.
    Camera,
    /// Sounds other than speech.
    Ambience,
    /// Look of the picture.
    Style,
}

/// English that the caption holds because its Chinese is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where it was written.
    pub field: Field,
    /// As it was written.
    pub text: String,
}

/// A caption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// One line.
    pub text: String,
    /// What stayed in English, in the order of the fields.
    pub kept: Vec<Kept>,
    /// Lines out of whose words something had to be taken because the model would have read it as a marker.
    pub changed_lines: Vec<usize>,
}

/// Longest field that is read; the rest is left out. More does not fit into the encoder by far.
const MOST_CHARS: usize = 4000;
/// Most lines that are told of.
const MOST_LINES: usize = 64;

impl Scene {
    /// Parts a shot's fields: people one by one, and sentences about what they do apart from how they look.
    #[must_use]
    pub fn from_fields(fields: &Fields) -> Self {
        let short = |text: &str| harmless(&text.chars().take(MOST_CHARS).collect::<String>());
        let mut names: Vec<String> = fields.names.iter().take(MOST_LINES).map(|name| short(name)).collect();
        let speaks = fields.lines.iter().map(|line| line.person + 1).filter(|count| *count <= MOST_LINES);
        let num_speakers = speaks.max().unwrap_or(0);
        names.resize(names.len().max(num_speakers), String::new());
        let split = people::split(&short(&fields.characters), &names, num_speakers);
        let (place, mut actions) = people::parted_scene(&short(&fields.scene), &split.people);
        // What the scene tells comes first, being of the whole shot.
        actions.extend(split.actions);
        let lines = fields.lines.iter().filter_map(|line| {
            let person = *split.speakers.get(line.person)?;
            Some(Line { person, ..line.clone() })
        });
        Self {
            place,
            lines: lines.collect(),
            people: split.people,
            action: actions.join(". "),
            camera: fields.camera.clone(),
            ambience: fields.ambience.clone(),
            style: fields.style.clone(),
            length_secs: fields.length_secs,
        }
    }

    fn harmless(&self) -> Self {
        let clean = |text: &str| harmless(&text.chars().take(MOST_CHARS).collect::<String>());
        let person = |person: &Person| Person {
            name: clean(&person.name),
            look: clean(&person.look),
            manner: clean(&person.manner),
        };
        let line = |line: &Line| Line { manner: clean(&line.manner), ..line.clone() };
        Self {
            place: clean(&self.place),
            people: self.people.iter().map(person).collect(),
            action: clean(&self.action),
            camera: clean(&self.camera),
            ambience: clean(&self.ambience),
            style: clean(&self.style),
            lines: self.lines.iter().take(MOST_LINES).map(line).collect(),
            length_secs: self.length_secs,
        }
    }
}

/// How much is said that the person did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// What the model's training captions have besides: how scenes end, that lips follow.
    Full,
    /// Only what is needed.
    Brief,
}

/// Composes the caption. `tokens` counts what the text encoder would be given; a caption that is too long for it is
/// composed again without what nobody asked for.
#[must_use]
pub fn compose(scene: &Scene, tokens: &dyn Fn(&str) -> usize) -> Caption {
    let scene = scene.harmless();
    let full = composed(&scene, Detail::Full);
    if tokens(&full.text) <= MOST_TOKENS { full } else { composed(&scene, Detail::Brief) }
}

/// A part of the caption: told by us, or said by somebody and not to be touched.
enum Part {
    Told(String),
    Said(String),
}

fn composed(scene: &Scene, detail: Detail) -> Caption {
    let (seen, cast, order) = people::seen(&scene.people);
    let setting = picture::setting(&scene.place, &cast);
    let camera = picture::camera(&scene.camera, &cast);
    let sounds = sounds::sounds(&scene.ambience, &cast);
    let style = picture::style(&scene.style);
    let story = story::Story::read(scene, &seen, &cast, detail);

    // Where nobody is described, what happens says who is there.
    let is_told = seen.iter().any(|seen| seen.intro != looks::NOTHING_KNOWN) || !story.has_events();
    let people = if is_told { everybody(&seen, &order, &cast) } else { String::new() };
    let mut out = vec![Part::Told(opening(&style) + &place(&setting, &seen, &cast) + &people)];
    let (timeline, changed_lines) = story.told();
    out.extend(timeline);
    out.push(Part::Told(framing(&camera, seen.len(), &story, detail)));
    out.push(Part::Told(heard(&sounds, &setting, &story, detail)));
    if detail == Detail::Full {
        out.push(Part::Told(closing(&setting, &style)));
    }
    let text = out.into_iter().map(|part| match part {
        Part::Told(text) => without_seams(&text),
        Part::Said(text) => text,
    });
    let kept = [
        style.kept,
        setting.kept,
        seen.iter().flat_map(|seen| seen.kept.iter().cloned()).collect(),
        story.kept,
        camera.kept,
        sounds.kept,
    ];
    Caption { text: text.collect(), kept: kept.concat(), changed_lines }
}

/// The sentence that names the kind of picture.
fn opening(style: &Style) -> String {
    let mut out = match style.name().as_str() {
        "" => "这是一段视频".to_owned(),
        name => format!("这是一段{name}的视频"),
    };
    for look in &style.looks {
        out.push('，');
        out.push_str(look);
    }
    if !style.others.is_empty() {
        out.push_str("，画面风格为");
        out.push_str(&style.others.join("，"));
    }
    out + "。"
}

/// Where and when, and what the light is like.
fn place(setting: &Setting, seen: &[people::Seen], cast: &nouns::Cast) -> String {
    let mut out = Vec::new();
    let mut first: Vec<String> = setting.time.iter().chain(&setting.weather).cloned().collect();
    if !setting.place.is_empty() {
        first.push(match seen.len() {
            0 => format!("画面展现{}", setting.place),
            1 => format!("{}身处{}", seen[0].label, setting.place_at),
            _ => format!("{}身处{}", cast.they, setting.place_at),
        });
    }
    match first.as_slice() {
        [] => {}
        [time] if setting.place.is_empty() && setting.weather.is_empty() => out.push(format!("时间是{time}")),
        _ => out.push(first.join("，")),
    }
    if !setting.light.is_empty() {
        out.push(format!("画面由{}照亮", listed(&setting.light)));
    }
    if !setting.details.is_empty() {
        out.push(format!("背景中可以看到{}", listed(&setting.details)));
    }
    out.extend(setting.others.iter().cloned());
    out.into_iter().map(|sentence| sentence + "。").collect()
}

/// Everybody from left to right.
fn everybody(seen: &[people::Seen], order: &[usize], cast: &nouns::Cast) -> String {
    match seen {
        [] => String::new(),
        [_, _] if seen.iter().all(|seen| seen.intro == looks::NOTHING_KNOWN) => {
            "画面中有两个人，一左一右，同时入画。".to_owned()
        }
        [one] if one.intro == looks::NOTHING_KNOWN => "画面中心是一个人，面部清晰可见。".to_owned(),
        [one] => format!("画面中心{}。", one.intro),
        _ => {
            let each: Vec<String> =
                order.iter().map(|idx| format!("{}{}", seen[*idx].side, seen[*idx].intro)).collect();
            format!("画面{}。{}同时入画。", each.join("；"), cast.they)
        }
    }
}

/// Framing and movement.
fn framing(camera: &Camera, num_people: usize, story: &story::Story<'_>, detail: Detail) -> String {
    let only_other = !camera.others.is_empty() && camera.size.is_empty() && camera.moves.is_empty();
    let mut out = Vec::new();
    if !only_other {
        let usual = match num_people {
            0 => "全景",
            1 => "中近景",
            2 => "双人中近景",
            _ => "中景",
        };
        let size = if camera.size.is_empty() { usual } else { &camera.size };
        let angle = if camera.angles.is_empty() { String::new() } else { format!("{}、", camera.angles.join("、")) };
        out.push(format!("镜头采用{angle}{size}构图"));
    }
    out.extend(
        camera.lens.iter().map(|lens| if lens.ends_with("镜头") { format!("使用{lens}") } else { lens.clone() }),
    );
    if !camera.moves.is_empty() {
        out.push(format!("全程{}", camera.moves.join("，随后")));
    } else if !only_other && !camera.lens.iter().any(|lens| lens.contains("手持")) {
        out.push("全程保持稳定".to_owned());
    }
    out.extend(camera.others.iter().map(|other| {
        if other.chars().any(is_chinese) && !only_other { other.clone() } else { format!("镜头{other}") }
    }));
    match camera.cuts {
        Some("切镜") => out.push("中途有切镜".to_owned()),
        Some(cuts) => out.push(cuts.to_owned()),
        None => out.push("不切镜".to_owned()),
    }
    if detail == Detail::Full {
        let caught = match (num_people, story.voices().is_empty()) {
            (0, _) => "清晰呈现画面的层次与动态",
            (_, true) => "清晰捕捉人物的神情和动作",
            (_, false) => "清晰捕捉人物的神情和口型",
        };
        out.push(caught.to_owned());
    }
    out.join("，") + "。"
}

/// Voices, sounds and music.
fn heard(sounds: &Sounds, setting: &Setting, story: &story::Story<'_>, detail: Detail) -> String {
    let mut out = Vec::new();
    let around = match setting.indoors {
        Some(true) => "轻微的室内底噪",
        Some(false) => "自然的户外环境声",
        None => "轻微的环境底噪",
    };
    let heard = if sounds.heard.is_empty() { around.to_owned() } else { listed(&sounds.heard) };
    match story.voices().as_slice() {
        [] => out.push(format!("声音以{heard}为主")),
        [voice] => {
            out.push(format!("声音以{voice}清晰的近场人声为主"));
            out.push(format!("背景伴有{heard}"));
        }
        _ => {
            out.push("声音以人物清晰的近场人声为主".to_owned());
            out.push("各人声音的左右方位与画面一致".to_owned());
            out.push(format!("背景伴有{heard}"));
        }
    }
    if detail == Detail::Full && !sounds.heard.is_empty() {
        match setting.indoors {
            Some(true) => out.push("带有轻微的室内混响".to_owned()),
            Some(false) => out.push("带有开阔的空间感".to_owned()),
            None => {}
        }
    }
    let mut absent: Vec<&str> = sounds.absent.iter().map(String::as_str).collect();
    if sounds.music.is_empty() {
        absent.retain(|sound| *sound != "背景音乐");
        absent.push("背景音乐");
    } else {
        out.push(format!("配有{}", listed(&sounds.music)));
    }
    out.extend(absent.iter().map(|sound| format!("没有{sound}")));
    out.join("，") + "。"
}

/// The last sentence.
fn closing(setting: &Setting, style: &Style) -> String {
    let mut moods: Vec<&str> = Vec::new();
    for mood in setting.moods.iter().chain(&style.moods) {
        if !moods.contains(&mood.as_str()) {
            moods.push(mood);
        }
    }
    let moods = if moods.is_empty() { "自然、真实".to_owned() } else { moods.join("、") };
    format!("整体氛围{moods}。")
}
