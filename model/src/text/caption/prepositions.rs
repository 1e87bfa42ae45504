//! What stands behind a noun: "by the harbour", "in the distance".

use super::nouns::Noun;
use super::terms::Section;
use super::words::Word;

/// What can follow a head.
#[derive(Clone, Copy, Debug)]
pub(super) enum Post {
    Adverb(&'static str),
    Place(Preposition),
}

/// A preposition between two nouns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preposition {
    In,
    On,
    At,
    By,
    Behind,
    Ahead,
    Under,
    Over,
    Outside,
    Through,
    From,
    Of,
    With,
    FullOf,
    Facing,
    Opposite,
    Around,
    Between,
}

const ADVERBS: [(&[&str], &str); 19] = [
    (&["far", "off"], "远处的"),
    (&["far", "away"], "远处的"),
    (&["in", "the", "distance"], "远处的"),
    (&["on", "the", "horizon"], "地平线上的"),
    (&["in", "the", "background"], "背景中的"),
    (&["in", "the", "foreground"], "前景中的"),
    (&["outside", "the", "window"], "窗外的"),
    (&["through", "the", "window"], "透过窗户的"),
    (&["in", "the", "corner"], "角落里的"),
    (&["on", "the", "left"], "左侧的"),
    (&["on", "the", "right"], "右侧的"),
    (&["in", "the", "middle"], "中间的"),
    (&["in", "the", "centre"], "中央的"),
    (&["next", "door"], "隔壁的"),
    (&["outside"], "外面的"),
    (&["upstairs"], "楼上的"),
    (&["nearby"], "附近的"),
    (&["below"], "下方的"),
    (&["overhead"], "头顶的"),
];

const PREPOSITIONS: [(&[&str], Preposition); 40] = [
    (&["in", "front", "of"], Preposition::Ahead),
    (&["at", "the", "edge", "of"], Preposition::By),
    (&["on", "the", "edge", "of"], Preposition::By),
    (&["with", "a", "view", "of"], Preposition::Facing),
    (&["next", "to"], Preposition::By),
    (&["close", "to"], Preposition::By),
    (&["full", "of"], Preposition::FullOf),
    (&["filled", "with"], Preposition::FullOf),
    (&["lined", "with"], Preposition::FullOf),
    (&["covered", "in"], Preposition::FullOf),
    (&["covered", "with"], Preposition::FullOf),
    (&["across", "from"], Preposition::Opposite),
    (&["on", "top", "of"], Preposition::On),
    (&["inside"], Preposition::In),
    (&["within"], Preposition::In),
    (&["in"], Preposition::In),
    (&["upon"], Preposition::On),
    (&["on"], Preposition::On),
    (&["at"], Preposition::At),
    (&["by"], Preposition::By),
    (&["beside"], Preposition::By),
    (&["near"], Preposition::By),
    (&["along"], Preposition::By),
    (&["behind"], Preposition::Behind),
    (&["under"], Preposition::Under),
    (&["below"], Preposition::Under),
    (&["beneath"], Preposition::Under),
    (&["over"], Preposition::Over),
    (&["above"], Preposition::Over),
    (&["outside"], Preposition::Outside),
    (&["through"], Preposition::Through),
    (&["from"], Preposition::From),
    (&["of"], Preposition::Of),
    (&["with"], Preposition::With),
    (&["overlooking"], Preposition::Facing),
    (&["facing"], Preposition::Facing),
    (&["opposite"], Preposition::Opposite),
    (&["around"], Preposition::Around),
    (&["between"], Preposition::Between),
    (&["against"], Preposition::By),
];

/// The adverb or preposition at the beginning of some words, and how many of them it is.
pub(super) fn post_at(words: &[Word]) -> Option<(usize, Post)> {
    let fits = |phrase: &[&str]| {
        phrase.len() <= words.len() && phrase.iter().zip(words).all(|(part, word)| *part == word.lower)
    };
    // An adverb ends the phrase, so that "outside the city" is none.
    let adverb = ADVERBS.iter().find(|(phrase, _)| fits(phrase) && (phrase.len() > 1 || words.len() == 1));
    if let Some((phrase, chinese)) = adverb {
        return Some((phrase.len(), Post::Adverb(chinese)));
    }
    let found = PREPOSITIONS.iter().find(|(phrase, _)| fits(phrase) && words.len() > phrase.len());
    found.map(|(phrase, preposition)| (phrase.len(), Post::Place(*preposition)))
}

impl Preposition {
    /// Whether it stands between measure word and noun: 一间带有大窗户的房间.
    pub(super) fn stands_inside(self) -> bool {
        matches!(self, Self::With | Self::FullOf | Self::Facing)
    }

    /// Before the noun: "by the harbour" is 港口边的.
    pub(super) fn of(self, other: &Noun) -> String {
        match self {
            Self::In if other.section == Some(Section::Cloth) => {
                format!("{}{}的", other.facts.get(1).unwrap_or(&"身穿"), other.text)
            }
            Self::With => format!("带有{}的", other.text),
            Self::FullOf => format!("满是{}的", other.text),
            Self::Facing => format!("面向{}的", other.text),
            Self::From => format!("来自{}的", other.text),
            Self::Through => format!("透过{}的", other.text),
            Self::Of => format!("{}的", other.text),
            _ => format!("{}的", self.place(other)),
        }
    }

    /// Where something is: "by the harbour" is 港口边.
    pub(super) fn place(self, other: &Noun) -> String {
        let is_place = other.section == Some(Section::Place);
        let behind = match self {
            Self::In if is_place => return other.located(),
            Self::In => "里",
            Self::On if is_place && other.facts.get(1) == Some(&"里") => return other.located(),
            Self::On => "上",
            Self::At if is_place && other.facts.get(2) == Some(&"in") => return other.located(),
            Self::At | Self::By => "边",
            Self::Behind if other.is_person => "身后",
            Self::Behind => "后面",
            Self::Ahead if other.is_person => "面前",
            Self::Ahead => "前",
            Self::Under => "下",
            Self::Over => "上方",
            Self::Outside => "外",
            Self::Opposite => "对面",
            Self::Around => "周围",
            Self::Between => "之间",
            _ => "",
        };
        format!("{}{behind}", other.text)
    }
}
