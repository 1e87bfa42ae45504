//! What texts are said as; agreement with the speech corpus; texts made to do harm.

use std::{path::Path, time::Instant};

use super::*;

/// Which words of the dictionary a text is said with.
fn reads_as(text: &str, plain: &str) {
    let (got, want) = (spelled_out(&units(text)), spelled_out(&units(plain)));
    assert_eq!(got, want, "{text:?} should be read as {plain:?}");
}

#[test]
fn plain_sentences() {
    let table = [
        ("Yes, of course.", "Y EH1 S , _ AH1 V _ K AO1 R S ."),
        ("Don't steal that bell!", "D OW1 N T _ S T IY1 L _ DH AE1 T _ B EH1 L !"),
        ("I am a man", "AY1 _ AE1 M _ AH0 _ M AE1 N"),
        ("  hello  ", "HH AH0 L OW1"),
        ("", ""),
        ("...", ""),
        ("What?!", "W AH1 T ?"),
        ("Wait... what", "W EY1 T . sil _ W AH1 T"),
        ("“Quoted,” he said.", "K W OW1 T IH0 D , _ HH IY1 _ S EH1 D ."),
    ];
    for (text, expected) in table {
        assert_eq!(spelled_out(&units(text)), expected, "{text:?}");
    }
}

#[test]
fn numbers_dates_times_money() {
    let table = [
        ("I have 3 cats.", "I have three cats."),
        ("In 1984 and 2006.", "In nineteen eighty four and two thousand six."),
        ("The 1980s", "The nineteen eighties"),
        ("The 23rd of May", "The twenty third of May"),
        ("1,234 things", "one thousand two hundred thirty four things"),
        ("Pi is 3.14.", "Pi is three point one four."),
        ("At 10:30 we go", "At ten thirty we go"),
        ("At 9:05 pm", "At nine oh five pm"),
        ("At 7pm.", "At seven pm."),
        ("It costs $3.50.", "It costs three dollars and fifty cents."),
        ("$5 million", "five million dollars"),
        ("50% of it", "fifty percent of it"),
        ("1/2 cup", "one half cup"),
        ("5-10 days", "five to ten days"),
        ("Call 555-1234", "Call five five five one two three four"),
        ("It was -5 outside", "It was minus five outside"),
        ("20°", "twenty degrees"),
        ("1500 km", "one thousand five hundred kilometers"),
        ("60 mph", "sixty miles per hour"),
        ("007", "zero zero seven"),
        ("July 4, 1776", "July fourth, seventeen seventy six"),
        ("on 4 July", "on the fourth of July"),
        ("12/25/2020", "december twenty fifth twenty twenty"),
        ("2020-12-25", "december twenty fifth twenty twenty"),
        ("May 3:30", "May three thirty"),
        ("10am and 10 AM", "ten AM and ten AM"),
        ("Call 911.", "Call nine one one."),
        ("(555) 123-4567", "five five five one two three four five six seven"),
        ("555 123 4567", "five five five one two three four five six seven"),
        ("24/7 and 50/50", "twenty four seven and fifty fifty"),
        ("$1.2M and $5k", "one point two million dollars and five thousand dollars"),
        ("100K, 4K", "one hundred thousand, four K"),
        ("1 km and 1 ft", "one kilometer and one foot"),
        ("-4°C, 30°F, 1°", "minus four degrees celsius, thirty degrees fahrenheit, one degree"),
        ("5 sq ft", "five square feet"),
        ("5'10\"", "five foot ten"),
        ("4x4", "four by four"),
        ("2½ cups", "two and a half cups"),
        ("It is 6 in. long", "It is six inches long"),
        ("I have 5 in. It works.", "I have five inches. It works."),
    ];
    for (text, plain) in table {
        reads_as(text, plain);
    }
}

#[test]
fn short_forms() {
    let table = [
        ("Mr. Smith and Dr. Jones", "mister Smith and doctor Jones"),
        ("St. Peter lives on Main St.", "saint Peter lives on Main street."),
        ("Tom vs. Ann, etc.", "Tom versus Ann, etc."),
        ("Oranges, e.g. this one", "Oranges, for example this one"),
        ("Fifth Ave. is closed", "Fifth avenue is closed"),
        ("No. 5 is alive", "number five is alive"),
        ("No. Five is right.", "No. Five is right."),
        ("On Jan. 5", "On january fifth"),
        ("Salt & pepper", "Salt and pepper"),
        ("World War II", "World War two"),
        ("a well-known man", "a well known man"),
        ("this – that — those -- these", "this; that; those; these"),
        ("Ann (my sister) left", "Ann, my sister, left"),
        ("Tea, milk, etc. are here", "Tea, milk, etc are here"),
        ("George W. Bush and J. K. Lee", "George W Bush and J K Lee"),
        ("in the U.S. He left", "in the US. He left"),
        ("a Ph.D. from B.A. to M.Sc.", "a P.H.D. from B.A. to M.S.C."),
        ("Henry VIII and Elizabeth II", "Henry the eighth and Elizabeth the second"),
        ("World War I began", "World War one began"),
        ("Chapter IV, Part XII", "Chapter four, Part twelve"),
        ("the XIX century", "the nineteenth century"),
        ("You and I, Claudius", "You and I, Claudius"),
        ("w/o sugar, w/ milk", "without sugar, with milk"),
        ("this and/or that", "this and or that"),
        ("C# and #fun", "C sharp and hashtag fun"),
        ("Open Mon. to Thurs.", "Open monday to thursday."),
        ("write to ann.b@example.com", "write to ann dot b at example dot com"),
        ("see https://example.com/a_b now", "see example dot com slash a underscore b now"),
        ("a file.txt. Next", "a file dot txt. Next"),
    ];
    for (text, plain) in table {
        reads_as(text, plain);
    }
    assert_eq!(spelled_out(&units("The U.S. army")), "DH AH0 _ Y UW2 EH1 S _ AA1 R M IY0");
}

#[test]
fn capitals_are_spelled_only_where_they_mean_it() {
    reads_as("GIVE IT BACK NOW", "give it back now");
    assert_eq!(spelled_out(&units("the IT team")), "DH IY0 _ AY2 T IY1 _ T IY1 M");
    assert_eq!(spelled_out(&units("an XKCD joke")), "AE1 N _ EH2 K S K EY2 S IY2 D IY1 _ JH OW1 K");
}

#[test]
fn emphasis_raises_stress() {
    assert_eq!(spelled_out(&units("not *the* end")), "N AA1 T _ DH IY3 _ EH1 N D");
    assert_eq!(spelled_out(&units("I *understand* you")), "AY1 _ AH1 N D ER0 S T AE3 N D _ Y UW1");
    assert_eq!(spelled_out(&units("**no** way")), "N OW3 _ W EY1");
    assert_eq!(spelled_out(&units("3 * 4")), "TH R IY1 _ T AY1 M Z _ F AO1 R");
    assert_eq!(spelled_out(&units("* lone")), "L OW1 N");
}

#[test]
fn marks_pause_by_their_weight() {
    assert_eq!(spelled_out(&units("one, two")), "W AH1 N , _ T UW1");
    for longer in ["one; two", "one — two", "one: two", "one - two"] {
        assert_eq!(spelled_out(&units(longer)), "W AH1 N , sil _ T UW1", "{longer:?}");
    }
    assert_eq!(spelled_out(&units("one… two...")), "W AH1 N . sil _ T UW1 .");
}

#[test]
fn articles_sound_like_their_neighbours() {
    assert_eq!(spelled_out(&units("the apple, the hour")), "DH IY0 _ AE1 P AH0 L , _ DH IY0 _ AW1 ER0");
    assert_eq!(spelled_out(&units("the one the union")), "DH AH0 _ W AH1 N _ DH AH0 _ Y UW1 N Y AH0 N");
    assert_eq!(spelled_out(&units("the 8")), "DH IY0 _ EY1 T");
    assert_eq!(spelled_out(&units("grade A, a Q&A")), "G R EY1 D _ EY1 , _ AH0 _ K Y UW1 _ AH0 N D _ EY1");
}

#[test]
fn spoken_spellings() {
    for (text, word) in
        [("noooo", "no"), ("goooood", "good"), ("yesss", "yes"), ("pleeease", "please"), ("heyyy", "hey")]
    {
        reads_as(text, word);
    }
    assert_eq!(spelled_out(&units("hahaha")), "HH AA1 HH AA1 HH AA1");
    assert_eq!(spelled_out(&units("I'd've shouldn't've")), "AY1 D AH0 V _ SH UH1 D AH0 N T AH0 V");
    assert_eq!(spelled_out(&units("CO2, AT&T")), "S IY2 OW1 _ T UW1 , _ EY2 T IY1 _ AH0 N D _ T IY1");
    for text in ["aww", "ew", "meh", "noooo", "hahaha", "Wi-Fi"] {
        assert!(speak(text).notes.is_empty(), "{text} needs no note");
    }
}

#[test]
fn words_know_their_place() {
    let text = "Say 42, now";
    let spoken = speak(text);
    let places: Vec<&str> = spoken.words.iter().map(|w| &text[w.text.clone()]).collect();
    assert_eq!(places, ["Say", "42", "42", "now"]);
    assert_eq!(spelled_out(&spoken.units[spoken.words[3].units.clone()]), "N AW1");
}

#[test]
fn other_scripts_and_unknown_words_are_reported() {
    let text = "Hello 世界, meet Zorblax 🙂";
    let spoken = speak(text);
    let found: Vec<(&str, String)> =
        spoken.notes.iter().map(|n| (&text[n.range.clone()], n.kind.to_string())).collect();
    assert_eq!(
        found,
        [
            ("世界", "cannot speak Chinese characters".to_owned()),
            ("Zorblax", "said by rule".to_owned()),
            ("🙂", "cannot speak emoji".to_owned()),
        ]
    );
    assert!(spoken.notes.iter().all(|note| note.message(text).contains('"')));
    assert!(speak("你好").units.is_empty());
}

#[test]
fn every_dictionary_word_is_said_as_the_corpus_says_it() {
    let mut wrong = Vec::new();
    for (word, phones) in dictionary::entries() {
        let plain = word.bytes().all(|b| b.is_ascii_lowercase()) && (3..=13).contains(&word.len());
        if !plain || heteronyms::is_one(word) {
            continue;
        }
        let capital = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        let mut mark = phones.clone();
        mark.push(Unit::plain(Symbol::Period));
        for text in [word.to_owned(), capital.clone()] {
            if units(&text) != phones {
                wrong.push(text);
            }
        }
        if units(&format!("{capital}.")) != mark {
            wrong.push(format!("{capital}."));
        }
    }
    assert!(wrong.is_empty(), "{} differ: {:?}", wrong.len(), &wrong[..wrong.len().min(40)]);
}

#[test]
fn agrees_with_the_corpus() {
    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/speech/index.jsonl");
    let Ok(lines) = std::fs::read_to_string(&index) else {
        println!("skipped: no corpus at {}", index.display());
        return;
    };
    let mut count = 0;
    for line in lines.lines() {
        let Ok(row) = serde_json::from_str::<serde_json::Value>(line) else { break };
        let text = row["text"].as_str().unwrap();
        let said: Vec<Unit> = row["phones"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| Unit {
                symbol: Symbol::from_name(p[0].as_str().unwrap()).unwrap(),
                stress: p[1].as_u64().unwrap() as u8,
            })
            .filter(|unit| unit.symbol.is_phone() || unit.symbol == Symbol::Gap)
            .collect();
        // The corpus says every word as the dictionary does, whatever is beside it.
        let said: Vec<&[Unit]> = said.split(|unit| unit.symbol == Symbol::Gap).collect();
        let spoken = speak(text);
        assert_eq!(spoken.words.len(), said.len(), "{text:?}");
        for (word, said) in spoken.words.iter().zip(said) {
            let written = text[word.text.clone()].to_ascii_lowercase();
            if written != "the" && !heteronyms::is_one(&written) {
                assert_eq!(
                    spelled_out(&spoken.units[word.units.clone()]),
                    spelled_out(said),
                    "{written:?} in {text:?}"
                );
            }
        }
        count += 1;
    }
    println!("{count} corpus lines agree");
}

#[test]
fn hostile_texts_are_fast_and_bounded() {
    let zalgo = format!("e{}", "\u{301}".repeat(10_000_000 / 2));
    let texts = [
        "a".repeat(10_000_000),
        "9".repeat(10_000_000),
        "a b ".repeat(2_500_000),
        "🙂".repeat(2_500_000),
        zalgo,
        "\0\u{1}\u{7f}\u{200b}\u{202e}\u{feff}".repeat(1_000_000),
        "*".repeat(10_000_000),
        "'".repeat(1_000_000),
        "a.".repeat(1_000_000),
        "$1,".repeat(1_000_000),
        "1:".repeat(1_000_000),
        "1/".repeat(1_000_000),
        "世a".repeat(1_000_000),
        "-".repeat(1_000_000),
        "*a* ".repeat(1_000_000),
        "1.2.3,4.".repeat(500_000),
        "Zorblax ".repeat(500_000),
    ];
    letters::prepare();
    for text in &texts {
        let began = Instant::now();
        let spoken = speak(text);
        let head: String = text.chars().take(8).collect();
        // Anything that grows with the square would take hours.
        assert!(began.elapsed().as_secs_f64() < 2.0, "{head:?} took {:?}", began.elapsed());
        assert!(spoken.units.len() < 12 * MAX_CHARS, "{head:?} made {} units", spoken.units.len());
        assert!(spoken.notes.len() < 1000);
        for note in &spoken.notes {
            assert!(text.get(note.range.clone()).is_some(), "{head:?}: a note cuts a character");
        }
    }
}

#[test]
fn any_mixture_of_characters_is_safe() {
    let pool: Vec<char> = "ab'Z09.,:;?!-—–*$£%#/°½()\"é世🙂\u{200b}\u{301} \n".chars().collect();
    let mut state = 1u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push(pool[(state >> 33) as usize % pool.len()]);
        }
        let spoken = speak(&text);
        let doubled = spoken.units.windows(2).find(|pair| {
            pair.iter().all(|unit| unit.symbol.is_pause() && unit.symbol != Symbol::Silence)
                && pair[1].symbol != Symbol::Gap
        });
        assert!(doubled.is_none(), "{text:?}: {}", spelled_out(&spoken.units));
        assert!(spoken.units.first().is_none_or(|unit| unit.symbol.is_phone()));
        assert!(spoken.units.last().is_none_or(|unit| unit.symbol != Symbol::Silence));
        assert!(spoken.words.iter().all(|word| text.get(word.text.clone()).is_some()));
    }
}
