//! Letter to sound: how to say a word that the dictionary lacks.
//!
//! The dictionary itself is the model. Every word of it is laid letter by letter against its phones (none, one or two a
//! letter); then each letter of a new word takes the phones that make the whole run of letters and phones likeliest, judged
//! by the runs of six that the dictionary holds (see [`runs`]). Nothing is shipped but what each letter may sound like.

mod runs;

use std::sync::LazyLock;

use self::runs::{Runs, Token};
use super::{
    dictionary,
    symbol::{Symbol, Unit},
};

/// Phones that a letter may stand for and how unlikely that is: tenths of a natural logarithm, found by
/// `examples/letter_costs.rs`.
const COSTS: &str = include_str!("../../../assets/letter_costs.txt");

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::learn(|_| true));

/// Longer runs of letters are no word; they are said in pieces.
const LONGEST_WORD: usize = 40;
/// A piece that the dictionary uses less often than this is a slip of it.
const LEAST_USES: u32 = 4;
/// Ways of saying a word that are followed at once, and how far they may fall behind the best.
const BEAM: (usize, f64) = (24, 1e-4);

/// What a letter says: nothing, a phone or two.
type Piece = [Option<Unit>; 2];

/// The next `length` units.
fn piece(units: &[Unit], at: &mut usize, length: u8) -> Piece {
    let first = *at;
    *at += usize::from(length);
    [0, 1].map(|k| units.get(first + k).copied().filter(|_| k < usize::from(length)))
}

/// What letters sound like, learned from the dictionary.
struct Model {
    /// What each token says; the first two stand for the beginning and the end of a word.
    pieces: Vec<Piece>,
    /// Tokens of each letter.
    of_letter: Vec<Vec<Token>>,
    runs: Runs,
}

/// A word so far.
struct Path {
    /// As a share of the best path's: products of long words would leave the numbers there are.
    likelihood: f64,
    history: runs::History,
    /// Place in the list of steps.
    last: usize,
}

impl Model {
    /// Learns from the words that `takes` lets through.
    fn learn(takes: impl Fn(&str) -> bool) -> Self {
        let costs = Costs::parse(COSTS);
        let mut uses: Vec<Vec<(Piece, u32)>> = vec![Vec::new(); 26];
        let mut words: Vec<(Vec<u8>, Vec<Unit>, Vec<u8>)> = Vec::new();
        for (word, units) in dictionary::entries() {
            if word.len() < 2 || !word.bytes().all(|b| b.is_ascii_lowercase()) || !takes(word) {
                continue;
            }
            let letters: Vec<u8> = word.bytes().map(|b| b - b'a').collect();
            let Some(lengths) = costs.align(&letters, &units) else { continue };
            let mut at = 0;
            for (letter, length) in letters.iter().zip(&lengths) {
                let piece = piece(&units, &mut at, *length);
                let known = &mut uses[usize::from(*letter)];
                match known.iter_mut().find(|(other, _)| *other == piece) {
                    Some((_, count)) => *count += 1,
                    None => known.push((piece, 1)),
                }
            }
            words.push((letters, units, lengths));
        }
        let mut pieces: Vec<Piece> = vec![[None; 2]; 2];
        let mut of_letter = vec![Vec::new(); 26];
        for (known, tokens) in uses.into_iter().zip(&mut of_letter) {
            for (piece, _) in known.into_iter().filter(|(_, count)| *count >= LEAST_USES) {
                tokens.push(pieces.len() as Token);
                pieces.push(piece);
            }
        }
        let token = |letter: u8, piece: Piece| {
            let tokens: &Vec<Token> = &of_letter[usize::from(letter)];
            tokens.iter().copied().find(|token| pieces[usize::from(*token)] == piece)
        };
        let mut learner = runs::Learner::default();
        let mut tokens = Vec::new();
        for (letters, units, lengths) in &words {
            tokens.clear();
            let mut at = 0;
            for (letter, length) in letters.iter().zip(lengths) {
                tokens.extend(token(*letter, piece(units, &mut at, *length)));
            }
            if tokens.len() == letters.len() {
                learner.add(&tokens);
            }
        }
        let runs = learner.finish(pieces.len());
        Self { pieces, of_letter, runs }
    }

    /// The likeliest way to say up to [`LONGEST_WORD`] letters.
    fn say(&self, letters: &[u8]) -> Vec<Unit> {
        // Where each step comes from, and its token.
        let mut steps: Vec<(usize, Token)> = vec![(0, runs::BEGINNING)];
        let mut paths = vec![Path { likelihood: 1.0, history: runs::History::default(), last: 0 }];
        for letter in letters {
            let mut next: Vec<(Path, Token)> = Vec::new();
            let mut best = 0.0f64;
            for path in &paths {
                let place = self.runs.place(path.history);
                for token in &self.of_letter[usize::from(*letter)] {
                    let likelihood = path.likelihood * self.runs.likelihood(&place, *token);
                    if likelihood >= best * BEAM.1 {
                        best = best.max(likelihood);
                        next.push((Path { likelihood, history: path.history.with(*token), last: path.last }, *token));
                    }
                }
            }
            next.sort_by(|a, b| b.0.likelihood.total_cmp(&a.0.likelihood));
            // Of paths that can only go on alike the likelier is enough.
            let mut kept: Vec<Path> = Vec::with_capacity(BEAM.0);
            for (path, token) in next {
                if kept.len() == BEAM.0 || path.likelihood < best * BEAM.1 {
                    break;
                }
                if kept.iter().all(|other| other.history != path.history) {
                    steps.push((path.last, token));
                    kept.push(Path { likelihood: path.likelihood / best, last: steps.len() - 1, ..path });
                }
            }
            paths = kept;
        }
        let ends = |path: &Path| path.likelihood * self.runs.likelihood(&self.runs.place(path.history), runs::END);
        let best = paths.iter().max_by(|a, b| ends(a).total_cmp(&ends(b)));
        let mut tokens = Vec::new();
        let mut at = best.map_or(0, |path| path.last);
        while at > 0 {
            tokens.push(steps[at].1);
            at = steps[at].0;
        }
        tokens.iter().rev().flat_map(|token| self.pieces[usize::from(*token)].into_iter().flatten()).collect()
    }
}

/// What phones a letter may stand for.
struct Costs {
    /// By letter, first and second phone, with a place for none.
    table: Vec<u8>,
}

impl Costs {
    /// More phones a letter than this no word has.
    const MOST_PHONES: usize = 2;
    /// A letter that sounds like nothing known, and words that cost more than this a letter: the spelling is foreign.
    const UNKNOWN: u8 = 140;
    const MOST_A_LETTER: u32 = 45;
    /// What a second phone costs.
    const SECOND: u32 = 10;
    /// Phones, and the place for none.
    const COLUMNS: usize = Symbol::COUNT + 1;

    /// Reads lines such as `c K:6 -:14 S:22`, one a letter.
    fn parse(text: &str) -> Self {
        let mut table = vec![Self::UNKNOWN; 26 * Self::COLUMNS * Self::COLUMNS];
        for (letter, line) in text.lines().enumerate().take(26) {
            for (phones, cost) in line.split(' ').skip(1).filter_map(|entry| entry.split_once(':')) {
                let mut symbols = phones.split('+').filter_map(Symbol::from_name);
                let place = Self::place(letter, symbols.next(), symbols.next());
                table[place] = cost.parse().unwrap_or(Self::UNKNOWN);
            }
        }
        Self { table }
    }

    fn place(letter: usize, first: Option<Symbol>, second: Option<Symbol>) -> usize {
        let column = |symbol: Option<Symbol>| symbol.map_or(Symbol::COUNT, Symbol::index);
        (letter * Self::COLUMNS + column(first)) * Self::COLUMNS + column(second)
    }

    fn cost(&self, letter: u8, units: &[Unit]) -> u32 {
        let symbol = |at: usize| units.get(at).map(|unit| unit.symbol);
        let second = if units.len() == 2 { Self::SECOND } else { 0 };
        u32::from(self.table[Self::place(usize::from(letter), symbol(0), symbol(1))]) + second
    }

    /// How many phones belong to each letter; `None` where the spelling does not fit the sound.
    fn align(&self, letters: &[u8], units: &[Unit]) -> Option<Vec<u8>> {
        const NEVER: u32 = u32::MAX / 2;
        let (rows, columns) = (letters.len() + 1, units.len() + 1);
        let mut best = vec![(NEVER, 0u8); rows * columns];
        best[0].0 = 0;
        for (i, letter) in letters.iter().enumerate() {
            for j in (0..columns).filter(|j| j + Self::MOST_PHONES * (letters.len() - i) + 1 >= columns) {
                let here = best[i * columns + j].0;
                if here == NEVER {
                    continue;
                }
                for count in 0..=Self::MOST_PHONES.min(units.len() - j) {
                    let total = here + self.cost(*letter, &units[j..j + count]);
                    let next = &mut best[(i + 1) * columns + j + count];
                    if total < next.0 {
                        *next = (total, count as u8);
                    }
                }
            }
        }
        let total = best[rows * columns - 1].0;
        if total == NEVER || total > Self::MOST_A_LETTER * letters.len() as u32 {
            return None;
        }
        let mut lengths = vec![0; letters.len()];
        let mut j = units.len();
        for i in (0..letters.len()).rev() {
            lengths[i] = best[(i + 1) * columns + j].1;
            j -= usize::from(lengths[i]);
        }
        Some(lengths)
    }
}

/// Learns now what the first unknown word would otherwise wait for, some tenths of a second.
pub fn prepare() {
    LazyLock::force(&MODEL);
}

/// How an unknown word is probably said. Anything but the letters a to z is passed over.
///
/// A word with vowels always gets exactly one primary stress (words of more than [`LONGEST_WORD`] letters one a piece).
pub fn guess(word: &str) -> Vec<Unit> {
    guess_with(&MODEL, word)
}

fn guess_with(model: &Model, word: &str) -> Vec<Unit> {
    let letters: Vec<u8> =
        word.bytes().map(|b| b.to_ascii_lowercase()).filter(u8::is_ascii_lowercase).map(|b| b - b'a').collect();
    letters
        .chunks(LONGEST_WORD)
        .flat_map(|letters| {
            let mut said = model.say(letters);
            settle_stress(&mut said);
            said
        })
        .collect()
}

fn settle_stress(said: &mut [Unit]) {
    let mut seen = false;
    for unit in said.iter_mut().filter(|unit| unit.stress == 1) {
        unit.stress = if seen { 2 } else { 1 };
        seen = true;
    }
    if !seen {
        let heaviest =
            said.iter().position(|u| u.stress == 2).or_else(|| said.iter().position(|u| u.symbol.is_vowel()));
        if let Some(at) = heaviest {
            said[at].stress = 1;
        }
    }
}

/// What one letter is called ("double you" for w), for spelled words.
pub fn name_of(letter: char) -> &'static [(Symbol, u8)] {
    use Symbol::*;
    match letter.to_ascii_lowercase() {
        'a' => &[(EY, 1)],
        'b' => &[(B, 0), (IY, 1)],
        'c' => &[(S, 0), (IY, 1)],
        'd' => &[(D, 0), (IY, 1)],
        'e' => &[(IY, 1)],
        'f' => &[(EH, 1), (F, 0)],
        'g' => &[(JH, 0), (IY, 1)],
        'h' => &[(EY, 1), (CH, 0)],
        'i' => &[(AY, 1)],
        'j' => &[(JH, 0), (EY, 1)],
        'k' => &[(K, 0), (EY, 1)],
        'l' => &[(EH, 1), (L, 0)],
        'm' => &[(EH, 1), (M, 0)],
        'n' => &[(EH, 1), (N, 0)],
        'o' => &[(OW, 1)],
        'p' => &[(P, 0), (IY, 1)],
        'q' => &[(K, 0), (Y, 0), (UW, 1)],
        'r' => &[(AA, 1), (R, 0)],
        's' => &[(EH, 1), (S, 0)],
        't' => &[(T, 0), (IY, 1)],
        'u' => &[(Y, 0), (UW, 1)],
        'v' => &[(V, 0), (IY, 1)],
        'w' => &[(D, 0), (AH, 1), (B, 0), (AH, 0), (L, 0), (Y, 0), (UW, 0)],
        'x' => &[(EH, 1), (K, 0), (S, 0)],
        'y' => &[(W, 0), (AY, 1)],
        'z' => &[(Z, 0), (IY, 1)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{super::dictionary, *};

    /// One word in twenty, by a hash of its spelling.
    fn held_out(word: &str) -> bool {
        let hash =
            word.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
        (hash >> 20).is_multiple_of(20)
    }

    fn distance(a: &[Symbol], b: &[Symbol]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut last = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let best = (row[j + 1] + 1).min(row[j] + 1).min(last + usize::from(x != y));
                last = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    #[test]
    fn phone_error_on_words_never_seen() {
        let began = std::time::Instant::now();
        let model = Model::learn(|word| !held_out(word));
        println!("learned in {:?}", began.elapsed());
        let (mut words, mut right, mut wrong, mut phones) = (0, 0, 0, 0);
        for (word, units) in dictionary::entries() {
            if !held_out(word) || word.len() < 2 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
                continue;
            }
            let truth: Vec<Symbol> = units.iter().map(|u| u.symbol).collect();
            let said: Vec<Symbol> = guess_with(&model, word).iter().map(|u| u.symbol).collect();
            let errors = distance(&said, &truth);
            words += 1;
            right += usize::from(errors == 0);
            wrong += errors;
            phones += truth.len();
        }
        let error = wrong as f64 / phones as f64;
        println!(
            "letter to sound on {words} held-out words: phone error {:.2} %, words right {:.1} %",
            100.0 * error,
            100.0 * right as f64 / words as f64
        );
        assert!(words > 5500);
        assert!(error < 0.085, "phone error {error}");
    }

    #[test]
    fn one_primary_stress_and_no_panic() {
        for word in ["", "x", "brrr", "Zorblax", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "schwytzgebel", "qqq"] {
            let said = guess(word);
            let primary = said.iter().filter(|u| u.stress == 1).count();
            assert_eq!(primary, usize::from(said.iter().any(|u| u.symbol.is_vowel())), "{word}");
        }
    }
}
