//! How likely a token is after those before it, from counted runs of tokens: interpolated Kneser-Ney smoothing (Kneser and
//! Ney, "Improved backing-off for m-gram language modeling", 1995) with one discount an order.
//!
//! Runs are numbers, nine bits a token, in sorted lists. Likelihoods are products and quotients of whole numbers in f64,
//! which IEEE 754 defines exactly, so that every machine says the same.

/// A letter with the phones it stands for; fewer than 512.
pub(super) type Token = u16;

/// Stands before the first letter.
pub(super) const BEGINNING: Token = 0;
/// Stands after the last letter.
pub(super) const END: Token = 1;

/// Longest runs that are counted.
const ORDER: usize = 6;
const BITS: u32 = 9;

/// The tokens before a place, as many as count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct History {
    run: u64,
    len: usize,
}

impl Default for History {
    /// Nothing but the beginning.
    fn default() -> Self {
        Self { run: u64::from(BEGINNING), len: 1 }
    }
}

impl History {
    /// The history after one more token.
    pub(super) fn with(self, token: Token) -> Self {
        let len = (self.len + 1).min(ORDER - 1);
        Self { run: (self.run << BITS | u64::from(token)) & mask(len), len }
    }
}

/// The newest `len` tokens of a run.
fn mask(len: usize) -> u64 {
    (1 << (BITS * len as u32)) - 1
}

/// All runs of one length.
#[derive(Default)]
struct Order {
    /// Runs in order, so that those with the same beginning lie together.
    runs: Vec<u64>,
    counts: Vec<u32>,
    /// Runs without their last token, in order: where those with it begin, and how often they come.
    contexts: Vec<u64>,
    firsts: Vec<u32>,
    sums: Vec<u32>,
    discount: f64,
}

impl Order {
    /// From counted runs in order.
    fn new(counted: Vec<(u64, u32)>) -> Self {
        let mut order = Self::default();
        let (mut once, mut twice) = (0.0, 0.0);
        for (run, count) in counted {
            match count {
                1 => once += 1.0,
                2 => twice += 1.0,
                _ => {}
            }
            if order.contexts.last() != Some(&(run >> BITS)) {
                order.contexts.push(run >> BITS);
                order.firsts.push(order.runs.len() as u32);
                order.sums.push(0);
            }
            if let Some(sum) = order.sums.last_mut() {
                *sum += count;
            }
            order.runs.push(run);
            order.counts.push(count);
        }
        order.firsts.push(order.runs.len() as u32);
        order.discount = if once > 0.0 { once / (once + 2.0 * twice) } else { 0.0 };
        order
    }
}

/// Counts the runs of words.
#[derive(Default)]
pub(super) struct Learner {
    /// Runs of each length less one: the longest, and shorter ones at the beginning of words.
    seen: [Vec<u64>; ORDER],
}

impl Learner {
    /// Adds a word.
    pub(super) fn add(&mut self, tokens: &[Token]) {
        let (mut run, mut len) = (u64::from(BEGINNING), 1);
        for token in tokens.iter().chain([&END]) {
            len = (len + 1).min(ORDER);
            run = (run << BITS | u64::from(*token)) & mask(len);
            self.seen[len - 1].push(run);
        }
    }

    /// The likelihoods, for `tokens` different tokens.
    pub(super) fn finish(self, tokens: usize) -> Runs {
        let mut orders: Vec<Order> = Vec::new();
        // A shorter run counts once for each longer one that ends with it; at the beginning of a word, as often as it is.
        let mut ends: Vec<u64> = Vec::new();
        for (at, mut seen) in self.seen.into_iter().enumerate().rev() {
            seen.append(&mut ends);
            seen.sort_unstable();
            let mut counted: Vec<(u64, u32)> = Vec::new();
            for run in seen {
                match counted.last_mut() {
                    Some((last, count)) if *last == run => *count += 1,
                    _ => counted.push((run, 1)),
                }
            }
            ends = if at == 0 { Vec::new() } else { counted.iter().map(|(run, _)| run & mask(at)).collect() };
            orders.push(Order::new(counted));
        }
        orders.reverse();
        Runs { orders, tokens: tokens as f64 }
    }
}

/// How likely tokens are.
pub(super) struct Runs {
    /// By length less one.
    orders: Vec<Order>,
    tokens: f64,
}

/// Where the contexts of a history lie, shortest first.
pub(super) struct Place {
    found: [(usize, usize, f64); ORDER],
    len: usize,
    histories: [u64; ORDER],
}

impl Runs {
    /// Looks up a history once for all tokens that may follow it.
    pub(super) fn place(&self, history: History) -> Place {
        let mut place = Place { found: [(0, 0, 0.0); ORDER], len: 0, histories: [0; ORDER] };
        for len in 0..=history.len {
            let order = &self.orders[len];
            let context = history.run & mask(len);
            let Ok(at) = order.contexts.binary_search(&context) else { break };
            let range = (order.firsts[at] as usize, order.firsts[at + 1] as usize);
            place.found[len] = (range.0, range.1, f64::from(order.sums[at]));
            place.histories[len] = context;
            place.len = len + 1;
        }
        place
    }

    /// The likelihood of a token after a history.
    pub(super) fn likelihood(&self, place: &Place, token: Token) -> f64 {
        let mut likelihood = 1.0 / self.tokens;
        for (len, order) in self.orders.iter().enumerate().take(place.len) {
            let (first, end, sum) = place.found[len];
            let run = place.histories[len] << BITS | u64::from(token);
            let count = order.runs[first..end].binary_search(&run).map_or(0, |at| order.counts[first + at]);
            let kinds = (end - first) as f64;
            likelihood = (f64::from(count) - order.discount).max(0.0) / sum + order.discount * kinds / sum * likelihood;
        }
        likelihood
    }
}
