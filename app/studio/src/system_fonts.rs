//! Characters that the built-in faces lack (Traditional Chinese, Japanese, Korean, Devanagari, …): a font of this computer
//! that has them is looked for and read on the thread `parlance-fonts`, and goes behind the built-in ones.
//!
//! egui draws and shapes what is found, but has no bidirectional layout: Hebrew and Arabic are shown, and a line that mixes
//! them with other scripts is not put into its order.

use std::collections::{BTreeSet, HashSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egui::{FallbackRequest, FontData, FontInsert, FontPriority, FontProvider, InsertFontFamily};
use fontdb::{Database, FaceInfo, Style};
use skrifa::{FontRef, MetadataProvider as _};

use crate::theme;

/// Most bytes of fonts that are read, all together. The largest of the usual ones has about 30 MB.
const MOST_BYTES: usize = 128 << 20;
/// Most fonts that are added: each is asked for every character that the ones before it lack.
const MOST_FONTS: usize = 12;
/// Characters of one text come together; looked for together they end up in one font.
const GATHER: Duration = Duration::from_millis(40);

/// The search for fonts. It ends when this is dropped.
#[derive(Debug)]
pub struct SystemFonts {
    wanted: Arc<Wanted>,
    answers: Receiver<Answer>,
}

#[derive(Debug)]
enum Answer {
    Found(Box<FontInsert>),
    Nowhere(Vec<char>),
}

/// What egui tells of characters without a glyph.
#[derive(Debug)]
struct Wanted {
    /// `None` once nobody looks any more.
    queue: Mutex<Option<SyncSender<char>>>,
    asked: Mutex<HashSet<char>>,
}

impl FontProvider for Wanted {
    /// Never answers at once, because that would be a file read while drawing; the font is added when it has been read.
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let missing = request.cluster.chars().next()?;
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queue.as_ref().filter(|_| !asked.contains(&missing))
            && queue.try_send(missing).is_ok()
        {
            asked.insert(missing);
        }
        None
    }
}

impl SystemFonts {
    /// Listens for characters without a glyph from now on. The fonts of the computer are listed when the first one comes.
    #[must_use]
    pub fn install(ctx: &egui::Context) -> Self {
        Self::with(ctx, || {
            let mut fonts = Database::new();
            fonts.load_system_fonts();
            fonts
        })
    }

    fn with(ctx: &egui::Context, list: impl FnOnce() -> Database + Send + 'static) -> Self {
        let (queue, todo) = sync_channel(4096);
        let (answer, answers) = sync_channel(64);
        let wanted = Arc::new(Wanted { queue: Mutex::new(Some(queue)), asked: Mutex::default() });
        ctx.add_font_provider(Arc::clone(&wanted) as Arc<dyn FontProvider>);
        let wake = ctx.clone();
        // Without the thread, unknown characters stay boxes, as they are without a font.
        let _started = std::thread::Builder::new().name("parlance-fonts".to_owned()).spawn(move || {
            let mut search: Option<Search> = None;
            let mut list = Some(list);
            while let Some(missing) = gather(&todo) {
                let search = match (&mut search, list.take()) {
                    (Some(search), _) => search,
                    (none, list) => none.insert(Search::new(list.map(|list| list()).unwrap_or_default())),
                };
                for found in search.find(missing) {
                    if answer.send(found).is_err() {
                        return;
                    }
                }
                wake.request_repaint();
            }
        });
        Self { wanted, answers }
    }

    /// Adds what has been read since the last call; answers the characters that no font has.
    pub fn receive(&self, ctx: &egui::Context) -> Vec<char> {
        let mut nowhere = Vec::new();
        for answer in self.answers.try_iter() {
            match answer {
                Answer::Found(font) => ctx.add_font(*font),
                Answer::Nowhere(missing) => nowhere.extend(missing),
            }
        }
        nowhere
    }
}

impl Drop for SystemFonts {
    fn drop(&mut self) {
        // egui keeps the provider, and the thread keeps egui: without this neither would ever go.
        self.wanted.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Waits for a character, then a moment for those that come with it; `None` at the end.
fn gather(todo: &Receiver<char>) -> Option<BTreeSet<char>> {
    let mut missing = BTreeSet::from([todo.recv().ok()?]);
    loop {
        match todo.recv_timeout(GATHER) {
            Ok(one) => missing.insert(one),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Some(missing),
        };
    }
}

/// The fonts of the computer, and how much of them has been read.
struct Search {
    fonts: Database,
    used: HashSet<fontdb::ID>,
    bytes: usize,
}

impl Search {
    fn new(fonts: Database) -> Self {
        Self { fonts, used: HashSet::new(), bytes: 0 }
    }

    /// The fewest fonts that have these characters, one after the other the one with the most of them.
    fn find(&mut self, mut missing: BTreeSet<char>) -> Vec<Answer> {
        let mut answers = Vec::new();
        while !missing.is_empty() {
            let Some((id, covered)) = self.best(&missing) else { break };
            self.used.insert(id);
            if let Some(font) = self.read(id) {
                missing.retain(|one| !covered.contains(one));
                answers.push(Answer::Found(Box::new(font)));
            }
        }
        if !missing.is_empty() {
            answers.push(Answer::Nowhere(missing.into_iter().collect()));
        }
        answers
    }

    fn best(&self, missing: &BTreeSet<char>) -> Option<(fontdb::ID, Vec<char>)> {
        if self.used.len() >= MOST_FONTS {
            return None;
        }
        let faces = self.fonts.faces().filter(|face| !self.used.contains(&face.id));
        let with = faces.filter_map(|face| {
            let covered = self.fonts.with_face_data(face.id, |data, index| covered(data, index, missing))?;
            (!covered.is_empty()).then_some((face, covered))
        });
        let best = with.max_by_key(|(face, covered)| (covered.len(), fitness(face), std::cmp::Reverse(face.id)));
        best.map(|(face, covered)| (face.id, covered))
    }

    /// The bytes of a font, unless there are too many.
    fn read(&mut self, id: fontdb::ID) -> Option<FontInsert> {
        let room = MOST_BYTES.saturating_sub(self.bytes);
        let read =
            |data: &[u8], index| (data.len() <= room).then(|| FontData::from_blob(Arc::new(data.to_vec()), index));
        let data = self.fonts.with_face_data(id, read)??;
        self.bytes += (*data.font).as_ref().len();
        let name = self.fonts.face(id).map(|face| face.post_script_name.clone()).unwrap_or_default();
        let family = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
        let families = theme::families().into_iter().map(family).collect();
        Some(FontInsert::new(&format!("system {id} {name}"), data, families))
    }
}

/// Characters that a face can draw. A file that is no font has none.
fn covered(data: &[u8], index: u32, wanted: &BTreeSet<char>) -> Vec<char> {
    let Ok(font) = FontRef::from_index(data, index) else { return Vec::new() };
    let (map, outlines, colors, strikes) =
        (font.charmap(), font.outline_glyphs(), font.color_glyphs(), font.bitmap_strikes());
    let can_draw = |one: &char| {
        map.map(*one).is_some_and(|glyph| {
            outlines.get(glyph).is_some()
                || colors.get(glyph).is_some()
                || strikes.glyph_for_size(skrifa::instance::Size::unscaled(), glyph).is_some()
        })
    };
    wanted.iter().copied().filter(can_draw).collect()
}

/// Among faces with the same characters, an upright one of ordinary weight without serifs.
fn fitness(face: &FaceInfo) -> (bool, bool, bool, std::cmp::Reverse<u16>) {
    let names = || face.families.iter().map(|(name, _)| name.as_str());
    let plain =
        names().any(|name| ["Sans", "Gothic", "UI", "PingFang", "YaHei", "Hei"].iter().any(|word| name.contains(word)));
    (face.style == Style::Normal, !face.monospaced, plain, std::cmp::Reverse(face.weight.0.abs_diff(400)))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use egui::{FontId, MissingGlyphPolicy, RawInput};

    use super::*;

    const REGULAR: &[u8] = include_bytes!("../../../ui-assets/fonts/NotoSansSC-Regular.otf");
    const BOLD: &[u8] = include_bytes!("../../../ui-assets/fonts/NotoSansSC-Bold.otf");
    const INTER: &[u8] = include_bytes!("../../../ui-assets/fonts/Inter-Regular.otf");
    /// In no font: the last private character.
    const NOWHERE: char = '\u{10fffd}';

    fn shelf(fonts: &[&[u8]]) -> Database {
        let mut all = Database::new();
        fonts.iter().for_each(|font| all.load_font_data(font.to_vec()));
        all
    }

    fn names(answers: &[Answer]) -> Vec<String> {
        let name = |answer: &Answer| match answer {
            Answer::Found(font) => font.name.split(' ').next_back().unwrap_or_default().to_owned(),
            Answer::Nowhere(missing) => missing.iter().map(|one| format!("no {:x}", u32::from(*one))).collect(),
        };
        answers.iter().map(name).collect()
    }

    #[test]
    fn the_plainest_face_with_the_most_characters_is_taken_once() {
        let mut search = Search::new(shelf(&[INTER, BOLD, REGULAR]));
        let answers = search.find(['中', '文', NOWHERE].into());
        assert_eq!(
            names(&answers),
            ["NotoSansCJKsc-Regular", "no 10fffd"],
            "the regular one, though the bold one comes first"
        );
        assert!(search.bytes >= REGULAR.len() && search.bytes < REGULAR.len() + 1000);
        assert_eq!(names(&search.find(['Ж'].into())), ["Inter-Regular"]);
    }

    #[test]
    fn fonts_are_bounded_and_broken_ones_are_passed_by() {
        let mut search = Search::new(shelf(&[REGULAR]));
        search.bytes = MOST_BYTES - 10;
        assert_eq!(names(&search.find(['中'].into())), ["no 4e2d"]);
        assert!(covered(b"no font at all", 0, &['a'].into()).is_empty());
        assert!(covered(&REGULAR[..2000], 0, &['中'].into()).is_empty());
    }

    /// Draws until fonts and characters without one are there.
    fn draw(text: &str, list: impl FnOnce() -> Database + Send + 'static) -> (egui::Context, Vec<char>) {
        let ctx = egui::Context::default();
        ctx.set_missing_glyph_policy(MissingGlyphPolicy::default());
        // Only what has Latin letters, so that the rest is missing.
        let mut only = egui::FontDefinitions::empty();
        only.font_data.insert("inter".to_owned(), Arc::new(FontData::from_static(INTER)));
        theme::families().into_iter().for_each(|family| drop(only.families.insert(family, vec!["inter".to_owned()])));
        ctx.set_fonts(only);
        let fonts = SystemFonts::with(&ctx, list);
        let (start, mut nowhere) = (Instant::now(), Vec::new());
        while start.elapsed() < Duration::from_secs(20) {
            let _output = ctx.run_ui(RawInput::default(), |ui| {
                ui.label(egui::RichText::new(text).font(FontId::new(14.0, theme::families()[0].clone())));
            });
            nowhere.extend(fonts.receive(&ctx));
            if nowhere.contains(&NOWHERE) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _output = ctx.run_ui(RawInput::default(), |_| {});
        (ctx, nowhere)
    }

    #[test]
    fn what_is_drawn_without_a_glyph_gets_one_in_every_weight() {
        let (ctx, nowhere) = draw(&format!("Mara 中文 {NOWHERE}"), || shelf(&[REGULAR, BOLD]));
        assert_eq!(nowhere, [NOWHERE]);
        let _output = ctx.run_ui(RawInput::default(), |ui| {
            for family in theme::families() {
                assert!(ui.fonts_mut(|fonts| fonts.has_glyph(&FontId::new(13.0, family.clone()), '文')), "{family:?}");
            }
        });
    }

    #[test]
    fn a_font_of_this_computer_is_found() {
        // Greek is in nearly every computer's fonts, but so it is in Inter; Armenian is not.
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        let has =
            |face: &FaceInfo| fonts.with_face_data(face.id, |data, index| covered(data, index, &['Ա'].into()).len());
        if !fonts.faces().any(|face| has(face) == Some(1)) {
            println!("skipped: no font of this computer has Armenian letters");
            return;
        }
        let (ctx, nowhere) = draw(&format!("Ա {NOWHERE}"), move || fonts);
        assert_eq!(nowhere, [NOWHERE]);
        let _output = ctx.run_ui(RawInput::default(), |ui| {
            assert!(ui.fonts_mut(|fonts| fonts.has_glyph(&theme::regular(13.0), 'Ա')));
        });
    }

    #[test]
    fn nothing_listens_after_the_end() {
        let ctx = egui::Context::default();
        let fonts = SystemFonts::with(&ctx, Database::new);
        let wanted = Arc::downgrade(&fonts.wanted);
        drop(fonts);
        drop(ctx);
        let start = Instant::now();
        while wanted.upgrade().is_some() {
            assert!(start.elapsed() < Duration::from_secs(20), "the thread keeps the context");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
