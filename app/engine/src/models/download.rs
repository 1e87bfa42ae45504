//! Fetching one file: going on where it stopped, whatever network and server do, until it is whole and checked.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ureq::Agent;

use super::catalogue::{ListedFile, Role};
use super::error::ModelsError;
use super::fetch::{self, Head, Next, Request};
use super::partial::{Note, Partial};
use super::verify::{self, Finding, Verifier};
use crate::generator::CancelToken;

/// How long is waited for servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Tries in a row that bring nothing new before it is given up.
    pub tries: u32,
    /// Wait before the second try; doubled each time.
    pub first_wait: Duration,
    /// Longest time without a byte.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 6, first_wait: Duration::from_secs(1), stall: Duration::from_secs(30) }
    }
}

/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A file to fetch.
pub(super) struct Order<'a> {
    /// Its role; `None` for a text.
    pub(super) role: Option<Role>,
    pub(super) listed: &'a ListedFile,
    /// Where it may be had, best first.
    pub(super) addresses: Vec<String>,
    /// Where it goes.
    pub(super) place: PathBuf,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Fetching,
    Waiting,
    Checking,
}

/// Hears what is being done, and how many bytes of the file that concerns.
pub(super) type Tell<'a> = dyn FnMut(Stage, u64) + 'a;

/// Why a try ended.
enum Trouble {
    /// For good.
    Stop(ModelsError),
    /// This address does not give it.
    Refused(u16),
    /// Another try may do better.
    Again(String),
}

impl From<ModelsError> for Trouble {
    fn from(error: ModelsError) -> Self {
        Self::Stop(error)
    }
}

/// Fetches a file until it lies at its place, whole and checked. Answers its sum, if one is known.
pub(super) fn fetch(
    order: &Order<'_>,
    verifier: &dyn Verifier,
    patience: Patience,
    cancel: &CancelToken,
    tell: &mut Tell<'_>,
) -> Result<Option<String>, ModelsError> {
    let agent = fetch::agent(patience.stall);
    let mut partial = Partial::open(&order.place)?;
    let mut second = false;
    loop {
        let filled = Filler { order, agent: &agent, patience, cancel }.fill(&mut partial, tell);
        if let Err(error) = filled {
            // What came is worth keeping, whatever went wrong; where even that fails, less is kept.
            let left = if partial.len() == 0 { partial.throw_away() } else { partial.keep() };
            left.ok();
            return Err(error);
        }
        let named = partial.note().sha256.clone();
        let checking = &mut |read| tell(Stage::Checking, read);
        let path = partial.path();
        let finding = verify::whole(verifier, order.role, order.listed, path, named.as_deref(), cancel, checking)?;
        let file = || order.listed.path.clone();
        match finding {
            Finding::Whole(sum) => {
                partial.publish()?;
                return Ok(sum);
            }
            Finding::WrongSum | Finding::Wrong(_) if !second => {
                second = true;
                partial.restart(Note::default())?;
            }
            Finding::WrongSum => {
                partial.throw_away()?;
                return Err(ModelsError::WrongBytes { file: file() });
            }
            Finding::Wrong(reason) => {
                partial.throw_away()?;
                return Err(ModelsError::NotTheFile { file: file(), reason });
            }
        }
    }
}

struct Filler<'a> {
    order: &'a Order<'a>,
    agent: &'a Agent,
    patience: Patience,
    cancel: &'a CancelToken,
}

impl Filler<'_> {
    /// Gets every byte.
    fn fill(&self, partial: &mut Partial, tell: &mut Tell<'_>) -> Result<(), ModelsError> {
        let addresses = &self.order.addresses;
        let mut refused: Vec<Option<u16>> = vec![None; addresses.len()];
        let (mut at, mut failures, mut farthest) = (0, 0, partial.len());
        while !self.is_full(partial)? {
            let reason = match self.attempt(&addresses[at], partial, tell) {
                Ok(()) => break,
                Err(Trouble::Stop(error)) => return Err(error),
                Err(Trouble::Refused(status)) => {
                    refused[at] = Some(status);
                    let Some(next) = refused.iter().position(Option::is_none) else {
                        let (file, address) = (self.order.listed.path.clone(), addresses[at].clone());
                        return Err(ModelsError::Refused { file, status, address });
                    };
                    at = next;
                    continue;
                }
                Err(Trouble::Again(reason)) => reason,
            };
            partial.keep()?;
            if partial.len() > farthest {
                (failures, farthest) = (0, partial.len());
            } else {
                // This server brings nothing new; perhaps the next one does.
                let after = (at + 1..addresses.len()).chain(0..=at).find(|idx| refused[*idx].is_none());
                at = after.unwrap_or(at);
            }
            failures += 1;
            if failures >= self.patience.tries {
                return Err(ModelsError::Network { file: self.order.listed.path.clone(), reason });
            }
            self.pause(failures, partial.len(), tell)?;
        }
        partial.keep()
    }

    fn is_full(&self, partial: &mut Partial) -> Result<bool, ModelsError> {
        let Some(total) = self.order.listed.exact_bytes().or(partial.note().total) else { return Ok(false) };
        if partial.len() > total {
            partial.restart(Note::default())?;
        }
        Ok(partial.len() == total)
    }

    fn pause(&self, failures: u32, bytes: u64, tell: &mut Tell<'_>) -> Result<(), ModelsError> {
        let wait = self.patience.first_wait.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST_WAIT);
        let until = Instant::now() + wait;
        loop {
            if self.cancel.cancelled() {
                return Err(ModelsError::Cancelled);
            }
            tell(Stage::Waiting, bytes);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    /// One request.
    fn attempt(&self, address: &str, partial: &mut Partial, tell: &mut Tell<'_>) -> Result<(), Trouble> {
        // With a listed sum that decides in the end; else bytes of two versions must never meet.
        let listed_sum = self.order.listed.sha256.is_some();
        let same = partial.note().etag.clone().filter(|_| !listed_sum);
        if partial.len() > 0 && !listed_sum && same.is_none() && partial.note().sha256.is_none() {
            // Nothing tells whether the rest would be of the same file.
            partial.restart(Note::default())?;
        }
        let from = partial.len();
        let request = Request::send(self.agent, address, from, same.as_deref(), self.patience.stall);
        let request = request.map_err(|error| Trouble::Again(error.to_string()))?;
        let head = request.head(self.cancel).map_err(trouble_of)?;
        if !self.prepare(&head, partial)? {
            return Ok(());
        }
        let total = self.order.listed.exact_bytes().or(partial.note().total);
        loop {
            match request.next(self.cancel) {
                Next::Bytes(bytes) => {
                    let after = partial.len() + bytes.len() as u64;
                    let most = total.unwrap_or(self.order.listed.most_bytes());
                    if after > most {
                        partial.restart(Note::default())?;
                        return Err(Trouble::Stop(self.wrong_size(after)));
                    }
                    partial.write(&bytes)?;
                    tell(Stage::Fetching, after);
                }
                Next::End => break,
                other => return Err(trouble_of(other)),
            }
        }
        match total {
            Some(total) if partial.len() < total => Err(Trouble::Again("the connection was cut".to_owned())),
            _ => Ok(()),
        }
    }

    /// Makes what is there fit to what the server is about to send; answers whether it sends anything.
    fn prepare(&self, head: &Head, partial: &mut Partial) -> Result<bool, Trouble> {
        match head.status {
            200 => {
                // The whole file, also when only the rest was asked for.
                self.check_size(head.length)?;
                let (etag, sha256) = (head.etag.clone(), head.sha256.clone());
                partial.restart(Note { kept: 0, etag, total: head.length, sha256 })?;
                Ok(true)
            }
            206 => {
                let (start, total) = head.range.unwrap_or_default();
                self.check_size(total)?;
                let known = partial.note();
                let other_file = self.order.listed.sha256.is_none()
                    && (known.etag.is_some() && head.etag.is_some() && known.etag != head.etag
                        || known.sha256.is_some() && head.sha256.is_some() && known.sha256 != head.sha256
                        || total.is_some() && known.total.is_some() && known.total != total);
                if start == Some(partial.len()) && !other_file {
                    return Ok(true);
                }
                partial.restart(Note::default())?;
                Err(Trouble::Again("the file changed on the server".to_owned()))
            }
            // All of it came before the connection broke, and nobody had said how much that is.
            416 if partial.note().total.is_none() && head.range == Some((None, Some(partial.len()))) => Ok(false),
            416 => {
                partial.restart(Note::default())?;
                Err(Trouble::Again("the server does not have the rest of it".to_owned()))
            }
            408 | 425 | 429 | 500..=599 => Err(Trouble::Again(format!("the server answers with {}", head.status))),
            status => Err(Trouble::Refused(status)),
        }
    }

    fn check_size(&self, offered: Option<u64>) -> Result<(), Trouble> {
        let Some(offered) = offered else { return Ok(()) };
        let listed = self.order.listed;
        let fits = listed.exact_bytes().map_or(offered <= listed.most_bytes(), |exact| exact == offered);
        if fits { Ok(()) } else { Err(Trouble::Stop(self.wrong_size(offered))) }
    }

    fn wrong_size(&self, offered: u64) -> ModelsError {
        let listed = self.order.listed;
        ModelsError::WrongSize { file: listed.path.clone(), offered, wanted: listed.bytes }
    }
}

fn trouble_of(next: Next) -> Trouble {
    match next {
        Next::Cancelled => Trouble::Stop(ModelsError::Cancelled),
        Next::Broken(reason) => Trouble::Again(reason),
        Next::Bytes(_) | Next::End => Trouble::Again("the server said something unexpected".to_owned()),
    }
}
