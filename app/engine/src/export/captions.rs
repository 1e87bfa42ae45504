//! The script as captions that follow the norms of broadcasters: at most two lines of 42 characters (16 Chinese ones),
//! broken where a clause ends, on the screen between five sixths of a second and seven seconds, never touching.
//!
//! A line that is too long becomes several captions that share its time. Lines of two people at once share one caption.
//! Where the words leave silence, a caption stays until it can be read.

use parlance_document::{FrameRate, Project, SpeakerId, Time, TimeRange, plan};

/// Longest row, in columns; a Chinese character is as wide as [`WIDE`] of them.
pub const MAX_COLUMNS: usize = 42;
/// Columns of a Chinese character: sixteen fill a row.
const WIDE: f64 = 2.6;
/// Most rows of one caption.
pub const MAX_ROWS: usize = 2;
/// A caption stays at least this long: five sixths of a second.
pub const MIN_LENGTH: Time = Time(40_000);
/// A caption stays at most this long.
pub const MAX_LENGTH: Time = Time::from_secs(7);
/// Columns that are read in a second.
const COLUMNS_PER_SEC: f64 = 17.0;
/// A pause shorter than this between captions only flickers, so the first one stays.
const FLICKER: Time = Time::from_millis(500);

/// One caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// When it is shown, from the start of the film.
    pub when: TimeRange,
    /// Its rows, one or two.
    pub rows: Vec<String>,
    /// Who speaks; both, when two rows are by two people.
    pub speakers: Vec<SpeakerId>,
    /// Whether it begins with the name: somebody else spoke before.
    pub named: bool,
}

/// The captions of the lines inside `range`, in order. No two touch: there are at least two frames at `rate` between them.
#[must_use]
pub fn captions(project: &Project, range: TimeRange, rate: FrameRate) -> Vec<Caption> {
    let gap = Time::from_frame(2, rate).min(Time::from_millis(100));
    let mut lines: Vec<_> = plan::script(project)
        .into_iter()
        .filter_map(|line| Some((line.timeline.intersection(range)?.shifted(-range.start), line)))
        .collect();
    lines.sort_by_key(|(when, _)| when.start);
    let mut found: Vec<Caption> = Vec::new();
    for (when, line) in lines {
        for (when, rows) in pieces(line.text, when) {
            found.push(Caption { when, rows, speakers: vec![line.speaker], named: false });
        }
    }
    found.sort_by_key(|caption| caption.when.start);
    let mut captions = apart(found, gap);
    lengthen(&mut captions, gap, range.length());
    name_changes(&mut captions);
    captions
}

/// A line as one or more captions that share its time by their length.
fn pieces(text: &str, when: TimeRange) -> Vec<(TimeRange, Vec<String>)> {
    let blocks = blocks(&tokens(text));
    let total: f64 = blocks.iter().map(|block| columns(block)).sum();
    let mut start = when.start;
    let mut done = 0.0;
    let mut out = Vec::with_capacity(blocks.len());
    for block in &blocks {
        done += columns(block);
        let end = when.start + Time::from_secs_f64(when.length().secs_f64() * done / total.max(1.0));
        out.push((TimeRange::new(start, end.min(when.end)), rows(block)));
        start = end;
    }
    out
}

/// Words with the space after them; in Chinese every character stands alone, its punctuation with it.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut part = String::new();
        for c in word.chars() {
            let closes = matches!(c, '，' | '。' | '！' | '？' | '；' | '：' | '、' | '”' | '’' | '）' | '》' | '…');
            let alone = is_wide(c) && !closes;
            if alone && !part.is_empty() {
                tokens.push(std::mem::take(&mut part));
            }
            part.push(c);
            // A word longer than a row would never fit.
            if columns(&part) >= MAX_COLUMNS as f64 - WIDE {
                tokens.push(std::mem::take(&mut part));
            }
        }
        part.push(' ');
        tokens.push(part);
    }
    tokens
}

/// Groups of words that fit into one caption each, of about equal length, cut after a clause where there is one.
fn blocks(tokens: &[String]) -> Vec<String> {
    let whole: String = tokens.concat().trim().to_owned();
    if whole.is_empty() {
        return Vec::new();
    }
    if fits(&whole) {
        return vec![whole];
    }
    let best = (1..tokens.len()).min_by(|a, b| cut_cost(tokens, *a).total_cmp(&cut_cost(tokens, *b))).unwrap_or(0);
    if best == 0 {
        return vec![whole];
    }
    let mut out = blocks(&tokens[..best]);
    out.extend(blocks(&tokens[best..]));
    out
}

/// Whether a text can be laid in two rows.
fn fits(text: &str) -> bool {
    columns(text) <= MAX_COLUMNS as f64 || split_row(text).is_some()
}

/// One or two rows; the text fits.
fn rows(text: &str) -> Vec<String> {
    if columns(text) <= MAX_COLUMNS as f64 {
        return vec![text.to_owned()];
    }
    match split_row(text) {
        Some((first, second)) => vec![first, second],
        None => vec![text.to_owned()],
    }
}

/// The best place to break a text into two rows that both fit.
fn split_row(text: &str) -> Option<(String, String)> {
    let tokens = tokens(text);
    let most = MAX_COLUMNS as f64;
    let both = |cut: usize| (tokens[..cut].concat().trim().to_owned(), tokens[cut..].concat().trim().to_owned());
    let fitting = (1..tokens.len()).filter(|cut| {
        let (first, second) = both(*cut);
        columns(&first) <= most && columns(&second) <= most
    });
    fitting.min_by(|a, b| cut_cost(&tokens, *a).total_cmp(&cut_cost(&tokens, *b))).map(both)
}

/// How bad a cut before token `cut` is: far from the middle, inside a clause, a short word hanging at the end of the row.
fn cut_cost(tokens: &[String], cut: usize) -> f64 {
    let before = columns(tokens[..cut].concat().trim_end());
    let after = columns(tokens[cut..].concat().trim_end());
    let uneven = (before - after).abs() / (before + after).max(1.0);
    let last = tokens[cut - 1].trim_end();
    let clause = match last.chars().last() {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？') => -0.5,
        Some(',' | ';' | ':' | '–' | '—' | '，' | '；' | '：' | '、') => -0.35,
        _ => 0.0,
    };
    let hangs = last.chars().count() <= 3 && clause == 0.0 && last.is_ascii();
    // A longer second row is easier on the eye than a longer first one.
    let top_heavy = if before > after { 0.05 } else { 0.0 };
    uneven + clause + top_heavy + if hangs { 0.12 } else { 0.0 }
}

/// Width of a text in columns.
fn columns(text: &str) -> f64 {
    text.chars().map(|c| if is_wide(c) { WIDE } else { 1.0 }).sum()
}

/// Chinese, Japanese and Korean characters and their full-width punctuation.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}')
}

/// No caption begins before the one before has gone.
fn apart(found: Vec<Caption>, gap: Time) -> Vec<Caption> {
    let mut captions: Vec<Caption> = Vec::with_capacity(found.len());
    for mut next in found {
        let Some(last) = captions.last_mut() else {
            captions.push(next);
            continue;
        };
        let earliest = last.when.start + MIN_LENGTH;
        if last.when.end + gap > next.when.start {
            let shared = last.when.end - next.when.start;
            let shorter = last.when.length().min(next.when.length());
            // Of one person it is a line that had to wait for the one before.
            let single = last.rows.len() == 1 && next.rows.len() == 1;
            if single && shared + shared > shorter {
                last.when.end = last.when.end.max(next.when.end);
                last.rows.append(&mut next.rows);
                if last.speakers != next.speakers {
                    last.speakers.append(&mut next.speakers);
                }
                continue;
            }
            last.when.end = (next.when.start - gap).max(earliest);
        }
        // A very short one before needs its least time; then this one waits.
        next.when.start = next.when.start.max(last.when.end.max(earliest) + gap);
        next.when.end = next.when.end.max(next.when.start + MIN_LENGTH);
        captions.push(next);
    }
    captions
}

/// Lets captions stay until they can be read, and closes pauses that would only flicker.
fn lengthen(captions: &mut [Caption], gap: Time, film: Time) {
    for idx in 0..captions.len() {
        let until = captions.get(idx + 1).map_or(film, |next| next.when.start - gap);
        let caption = &mut captions[idx];
        let wide: f64 = caption.rows.iter().map(|row| columns(row)).sum();
        let read = Time::from_secs_f64(wide / COLUMNS_PER_SEC).max(MIN_LENGTH);
        let start = caption.when.start;
        let mut end = caption.when.end.max(start + read).min(until);
        if until < film && until - end < FLICKER {
            end = until;
        }
        // Where far too many lines stand before the end of the film, the last caption comes after it.
        caption.when.end = end.min(start + MAX_LENGTH).max(start + MIN_LENGTH.min((film - start).max(gap)));
    }
}

fn name_changes(captions: &mut [Caption]) {
    let several =
        captions.iter().any(|caption| Some(&caption.speakers) != captions.first().map(|first| &first.speakers));
    let several = several || captions.iter().any(|caption| caption.speakers.len() > 1);
    let mut before: Option<Vec<SpeakerId>> = None;
    for caption in captions {
        caption.named = several && before.as_ref() != Some(&caption.speakers);
        before = Some(caption.speakers.clone());
    }
}

/// As a SubRip file. Where several people speak, the name stands before the words whenever it is somebody else's turn.
#[must_use]
pub fn to_srt(captions: &[Caption], project: &Project) -> String {
    let mut text = String::new();
    for (idx, caption) in captions.iter().enumerate() {
        let rows = named_rows(caption, project);
        let (start, end) = (stamp(caption.when.start, ','), stamp(caption.when.end, ','));
        text.push_str(&format!("{}\n{start} --> {end}\n{}\n\n", idx + 1, rows.join("\n")));
    }
    text
}

/// As a WebVTT file: the speaker of every caption is marked as its voice, and `note` stands at the top for readers of the file.
#[must_use]
pub fn to_vtt(captions: &[Caption], project: &Project, note: &str) -> String {
    let mut text = String::from("WEBVTT\n\n");
    let note = note.replace("-->", "→").replace(['\r', '\n'], " ");
    if !note.trim().is_empty() {
        text.push_str(&format!("NOTE\n{}\n\n", note.trim()));
    }
    for caption in captions {
        let (start, end) = (stamp(caption.when.start, '.'), stamp(caption.when.end, '.'));
        text.push_str(&format!("{start} --> {end}\n"));
        let both = caption.speakers.len() > 1;
        for (idx, row) in caption.rows.iter().enumerate() {
            let speaker = caption.speakers.get(if both { idx } else { 0 });
            let name = speaker.map(|id| name_of(project, *id)).unwrap_or_default();
            let voice =
                if (both || idx == 0) && !name.is_empty() { format!("<v {}>", escaped(&name)) } else { String::new() };
            text.push_str(&format!("{voice}{}\n", escaped(row)));
        }
        text.push('\n');
    }
    text
}

fn named_rows(caption: &Caption, project: &Project) -> Vec<String> {
    let both = caption.speakers.len() > 1;
    let with_name = |(idx, row): (usize, &String)| {
        let speaker = caption.speakers.get(if both { idx } else { 0 });
        let name = speaker.map(|id| name_of(project, *id)).unwrap_or_default();
        let wanted = (both || (caption.named && idx == 0)) && !name.is_empty();
        if wanted { format!("{name}: {row}") } else { row.clone() }
    };
    caption.rows.iter().enumerate().map(with_name).collect()
}

fn name_of(project: &Project, id: SpeakerId) -> String {
    project.speaker(id).map(|speaker| speaker.name.trim().replace(['\r', '\n'], " ")).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn stamp(time: Time, point: char) -> String {
    let millis = (time.0.max(0) + 24) / 48;
    let (secs, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}{point}{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use parlance_document::Edit;

    use super::*;

    /// A scene of one shot of 10 s with these lines: speaker, text, start and end in milliseconds.
    fn scene(lines: &[(usize, &str, i64, i64)]) -> Project {
        let mut project = Project::new("Captions");
        for (name, color) in [("Mara", 0), ("Tomas", 1)] {
            project.apply(Edit::AddSpeaker { name: name.into(), color }).unwrap();
        }
        project.apply(Edit::AddShot { at: 0, title: String::new(), length: Time::from_secs(10) }).unwrap();
        let shot = project.shots()[0].id;
        for (speaker, text, start, end) in lines {
            let speaker = project.cast()[*speaker].id;
            let (start, length) = (Time::from_millis(*start), Time::from_millis(end - start));
            project.apply(Edit::AddSpan { shot, speaker, text: (*text).into(), start, length }).unwrap();
        }
        project
    }

    fn of(project: &Project) -> Vec<Caption> {
        captions(project, TimeRange::new(Time::ZERO, project.length()), FrameRate::FPS_25)
    }

    #[track_caller]
    fn check_norms(captions: &[Caption]) {
        for caption in captions {
            assert!((1..=MAX_ROWS).contains(&caption.rows.len()), "{caption:?}");
            assert!(caption.rows.iter().all(|row| columns(row) <= MAX_COLUMNS as f64), "{caption:?}");
            assert!((MIN_LENGTH..=MAX_LENGTH).contains(&caption.when.length()), "{caption:?}");
        }
        for pair in captions.windows(2) {
            let gap = pair[1].when.start - pair[0].when.end;
            assert!(gap >= Time::from_frame(2, FrameRate::FPS_25), "{pair:?}");
        }
    }

    const LONG: &str = "When the lamp went out, nobody on the island said a word about it, because everybody knew who had the key, \
        and everybody was afraid of what the winter would bring to the harbour.";

    #[test]
    fn long_lines_are_cut_at_clauses_and_share_their_time() {
        let project = scene(&[(0, LONG, 0, 9800)]);
        let captions = of(&project);
        check_norms(&captions);
        assert_eq!(captions.len(), 3, "{captions:#?}");
        let said: Vec<String> = captions.iter().flat_map(|caption| caption.rows.clone()).collect();
        assert_eq!(said.join(" "), LONG.split_whitespace().collect::<Vec<_>>().join(" "), "no word is lost");
        assert!(captions.iter().take(2).all(|caption| caption.rows.last().unwrap().ends_with(',')), "{captions:#?}");
    }

    #[test]
    fn chinese_is_cut_between_characters_and_punctuation_stays() {
        let text = "三十年来没有人点过那盏灯，可是昨天夜里我亲眼看见它亮了，一直亮到天快要亮的时候才灭掉。";
        let captions = of(&scene(&[(0, text, 0, 9000)]));
        check_norms(&captions);
        let said: String = captions.iter().flat_map(|caption| caption.rows.clone()).collect();
        assert_eq!(said, text);
        for row in captions.iter().flat_map(|caption| &caption.rows) {
            assert!(!row.starts_with(['，', '。']), "{row}");
        }
    }

    #[test]
    fn a_short_line_stays_long_enough_and_a_short_pause_does_not_flicker() {
        let captions = of(&scene(&[(0, "No.", 1000, 1200), (0, "I said no.", 2000, 3000), (0, "Never.", 3200, 4000)]));
        check_norms(&captions);
        assert_eq!(captions[0].when.start, Time::from_millis(1000));
        let gap = Time::from_frame(2, FrameRate::FPS_25);
        assert_eq!(captions[0].when.end, captions[1].when.start - gap);
        assert_eq!(captions[1].when.end, captions[2].when.start - gap);
    }

    #[test]
    fn two_who_speak_at_once_share_a_caption_with_their_names() {
        let project = scene(&[(0, "Wait!", 1000, 2000), (1, "Stop it!", 1100, 2200), (0, "Listen.", 4000, 5000)]);
        let captions = of(&project);
        check_norms(&captions);
        assert_eq!(captions.len(), 2);
        let srt = to_srt(&captions, &project);
        assert!(srt.contains("\nMara: Wait!\nTomas: Stop it!\n\n"), "{srt}");
        assert!(srt.contains("\nMara: Listen.\n"), "{srt}");
    }

    #[test]
    fn crowded_lines_never_overlap() {
        let crowd: Vec<(usize, &str, i64, i64)> = (0..12)
            .map(|i| {
                (
                    i as usize % 2,
                    if i % 3 == 0 { "Yes." } else { "This is not what we agreed upon, is it?" },
                    i * 500,
                    i * 500 + 460,
                )
            })
            .collect();
        let captions = of(&scene(&crowd));
        check_norms(&captions);
    }

    #[test]
    fn short_lines_of_one_person_share_captions_and_none_is_late_by_more_than_one() {
        let quick: Vec<(usize, &str, i64, i64)> = (0..12).map(|i| (0, "Yes.", i * 500, i * 500 + 460)).collect();
        let captions = of(&scene(&quick));
        check_norms(&captions);
        assert_eq!(captions.iter().map(|caption| caption.rows.len()).sum::<usize>(), 12, "no word is lost");
        let mut row = 0;
        for caption in &captions {
            let late = caption.when.start - Time::from_millis(row * 500);
            assert!(late < Time::from_millis(1000), "{late}: {caption:?}");
            row += caption.rows.len() as i64;
        }
    }

    #[test]
    fn too_many_lines_before_the_end_of_the_film_never_end_before_they_begin() {
        let crowd: Vec<(usize, &str, i64, i64)> =
            (0..40).map(|i| (0, "No.", 6000 + i * 100, 6000 + i * 100 + 100)).collect();
        let captions = of(&scene(&crowd));
        assert!(captions.iter().all(|caption| caption.when.start < caption.when.end), "{captions:#?}");
        assert!(captions.windows(2).all(|pair| pair[0].when.end < pair[1].when.start), "{captions:#?}");
    }

    #[test]
    fn names_stand_where_the_speaker_changes() {
        let project = scene(&[(0, "One.", 0, 900), (0, "Two.", 1500, 2400), (1, "Three.", 4000, 5000)]);
        let srt = to_srt(&of(&project), &project);
        assert!(srt.starts_with("1\n00:00:00,000 --> "), "{srt}");
        assert!(
            srt.contains("\nMara: One.\n") && srt.contains("\nTwo.\n") && srt.contains("\nTomas: Three.\n"),
            "{srt}"
        );
    }

    #[test]
    fn web_captions_mark_the_voice_and_hide_no_markup() {
        let project = scene(&[(0, "I <3 you & yours.", 0, 2000)]);
        let vtt = to_vtt(&of(&project), &project, "Machine-made --> yes");
        assert!(vtt.starts_with("WEBVTT\n\nNOTE\nMachine-made → yes\n\n00:00:00.000 --> 00:00:02.000\n"), "{vtt}");
        assert!(vtt.contains("<v Mara>I &lt;3 you &amp; yours.\n"), "{vtt}");
    }

    #[test]
    fn a_part_of_the_scene_starts_at_zero() {
        let project = scene(&[(0, "Before.", 0, 1000), (0, "Inside.", 4000, 5000), (0, "Cut off here.", 7500, 9500)]);
        let range = TimeRange::new(Time::from_secs(3), Time::from_secs(8));
        let captions = captions(&project, range, FrameRate::FPS_25);
        let rows: Vec<&str> = captions.iter().map(|caption| caption.rows[0].as_str()).collect();
        assert_eq!(rows, ["Inside.", "Cut off here."]);
        assert_eq!(captions[0].when.start, Time::from_secs(1));
        assert!(captions[1].when.end <= Time::from_secs(5));
    }

    #[test]
    fn stamps() {
        assert_eq!(stamp(Time::from_millis(3_723_045), ','), "01:02:03,045");
    }
}
