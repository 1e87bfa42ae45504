//! One request to a server. It runs on a thread of its own, so that whoever waits for it can stop waiting at once, and
//! hands over a few pieces at a time, so that memory stays small however fast the server is.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::catalogue::is_sha256;
use crate::generator::CancelToken;

/// Most bytes handed over at once, and how many such pieces may wait.
const PIECE: usize = 256 << 10;
const PIECES: usize = 8;
/// Most servers a request may be sent on to.
const MAX_REDIRECTS: usize = 8;
/// How often the one who waits looks whether he should stop.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a server says before the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Bytes that follow, if it says.
    pub(super) length: Option<u64>,
    /// First byte and length of the whole, of a part; only the length when there is nothing from the byte asked for.
    pub(super) range: Option<(Option<u64>, Option<u64>)>,
    /// Names this version of the file: its ETag, else the time of its last change.
    pub(super) etag: Option<String>,
    /// SHA-256 of the whole, where the server names it.
    pub(super) sha256: Option<String>,
}

enum Message {
    Head(Head),
    Bytes(Vec<u8>),
    Broken(String),
    End,
}

/// The next thing that comes.
#[derive(Debug)]
pub(super) enum Next {
    /// Bytes.
    Bytes(Vec<u8>),
    /// There are no more.
    End,
    /// The connection broke; what it said.
    Broken(String),
    /// Somebody asked to stop.
    Cancelled,
}

/// A request under way.
pub(super) struct Request {
    messages: Receiver<Message>,
    stall: Duration,
}

/// An agent that follows no redirects by itself.
pub(super) fn agent(stall: Duration) -> Agent {
    let config = Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(stall))
        .timeout_recv_response(Some(stall))
        .timeout_per_read(Some(stall))
        .timeout_per_write(Some(stall))
        .user_agent(concat!("parlance/", env!("CARGO_PKG_VERSION")))
        .build();
    config.into()
}

impl Request {
    /// Asks for a file, from a byte on.
    pub(super) fn send(
        agent: &Agent,
        address: &str,
        from: u64,
        if_range: Option<&str>,
        stall: Duration,
    ) -> std::io::Result<Self> {
        let (sender, messages) = sync_channel(PIECES);
        let (agent, address, if_range) = (agent.clone(), address.to_owned(), if_range.map(str::to_owned));
        std::thread::Builder::new().name("parlance-fetch".to_owned()).spawn(move || {
            let last = match serve(&agent, address, from, if_range.as_deref(), &sender) {
                Ok(()) => Message::End,
                Err(reason) => Message::Broken(reason),
            };
            // Whoever asked may be gone.
            sender.send(last).ok();
        })?;
        Ok(Self { messages, stall })
    }

    /// Waits for what the server says first.
    pub(super) fn head(&self, cancel: &CancelToken) -> Result<Head, Next> {
        match self.wait(cancel) {
            Ok(Message::Head(head)) => Ok(head),
            Ok(Message::Bytes(_) | Message::End) => Err(Next::Broken("the server said nothing".to_owned())),
            Ok(Message::Broken(reason)) => Err(Next::Broken(reason)),
            Err(next) => Err(next),
        }
    }

    /// Waits for more bytes.
    pub(super) fn next(&self, cancel: &CancelToken) -> Next {
        match self.wait(cancel) {
            Ok(Message::Bytes(bytes)) => Next::Bytes(bytes),
            Ok(Message::Head(_) | Message::End) => Next::End,
            Ok(Message::Broken(reason)) => Next::Broken(reason),
            Err(next) => next,
        }
    }

    fn wait(&self, cancel: &CancelToken) -> Result<Message, Next> {
        let since = Instant::now();
        loop {
            if cancel.cancelled() {
                return Err(Next::Cancelled);
            }
            match self.messages.recv_timeout(LOOK_EVERY) {
                Ok(message) => return Ok(message),
                Err(RecvTimeoutError::Disconnected) => return Err(Next::Broken("it ended without a word".to_owned())),
                // The agent has its own patience for every read; this one holds for names that are never found.
                Err(RecvTimeoutError::Timeout) if since.elapsed() > self.stall.saturating_mul(3) => {
                    return Err(Next::Broken("the server does not answer".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// Follows redirects to the file and passes its bytes on; ends early when nobody listens any more.
fn serve(
    agent: &Agent,
    mut address: String,
    from: u64,
    if_range: Option<&str>,
    out: &SyncSender<Message>,
) -> Result<(), String> {
    let mut sha256 = None;
    for _ in 0..=MAX_REDIRECTS {
        let mut request = agent.get(&address);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
            if let Some(etag) = if_range {
                request = request.header("If-Range", etag);
            }
        }
        let response = request.call().map_err(|error| error.to_string())?;
        // The hub that redirects knows the file; the store it sends us to only knows bytes.
        sha256 = sha256.or_else(|| linked_sum(response.headers()));
        match location(&response) {
            Some(next) => address = resolve(&address, next)?,
            None => {
                let head = Head { sha256, ..head_of(&response) };
                return pass_on(head, response, out);
            }
        }
    }
    Err("it is sent from server to server without end".to_owned())
}

fn pass_on(head: Head, response: Response<Body>, out: &SyncSender<Message>) -> Result<(), String> {
    use std::io::Read as _;

    if out.send(Message::Head(head)).is_err() {
        return Ok(());
    }
    let mut reader = response.into_body().into_reader();
    let mut piece = vec![0; PIECE];
    loop {
        // What is there is passed on at once: a slow server shall not look like a silent one.
        match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) if out.send(Message::Bytes(piece[..count].to_vec())).is_err() => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn location(response: &Response<Body>) -> Option<&str> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    if moved { text(response.headers(), "location") } else { None }
}

/// The hub's own name for a large file is its SHA-256.
fn linked_sum(headers: &HeaderMap) -> Option<String> {
    let sum = text(headers, "x-linked-etag")?.trim_matches('"').to_lowercase();
    is_sha256(&sum).then_some(sum)
}

fn head_of(response: &Response<Body>) -> Head {
    let headers = response.headers();
    // A weak name holds for versions that differ in bytes.
    let strong = text(headers, "etag").filter(|etag| !etag.starts_with("W/"));
    let etag = strong.or_else(|| text(headers, "last-modified")).filter(|name| name.len() <= 300).map(str::to_owned);
    Head {
        status: response.status().as_u16(),
        length: text(headers, "content-length").and_then(|length| length.trim().parse().ok()),
        range: text(headers, "content-range").and_then(content_range),
        etag,
        sha256: None,
    }
}

/// `bytes 200-999/1000` or `bytes */1000`: first byte, and length of the whole; either may be `*`.
fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (span, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let start = match span.trim() {
        "*" => None,
        span => Some(span.split_once('-')?.0.trim().parse().ok()?),
    };
    Some((start, total.trim().parse().ok()))
}

/// The address that a server sends us to.
fn resolve(base: &str, next: &str) -> Result<String, String> {
    let (scheme, rest) = base.split_once("://").ok_or("the address has no scheme")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let address = if next.starts_with("http://") || next.starts_with("https://") {
        next.to_owned()
    } else if next.starts_with("//") {
        format!("{scheme}:{next}")
    } else if next.starts_with('/') {
        format!("{scheme}://{host}{next}")
    } else {
        let path = rest[host.len()..].split(['?', '#']).next().unwrap_or_default();
        let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
        format!("{scheme}://{host}{folder}{next}")
    };
    if scheme == "https" && !address.starts_with("https://") {
        return Err("the server sends us on to an unsafe connection".to_owned());
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_followed_and_never_to_an_unsafe_one() {
        for (base, next, wanted) in [
            ("https://a.org/x/y?z", "https://b.org/w", "https://b.org/w"),
            ("https://a.org/x/y?z", "//b.org/w", "https://b.org/w"),
            ("https://a.org/x/y?z", "/w", "https://a.org/w"),
            ("https://a.org/x/y?z=/1/", "w", "https://a.org/x/w"),
            ("http://a.org", "w", "http://a.org/w"),
            ("http://127.0.0.1:80/a", "/b", "http://127.0.0.1:80/b"),
        ] {
            assert_eq!(resolve(base, next).as_deref(), Ok(wanted), "{base} {next}");
        }
        assert!(resolve("https://a.org/x", "http://a.org/x").is_err());
    }

    #[test]
    fn parts_are_read_from_what_servers_say() {
        assert_eq!(content_range("bytes 200-999/1000"), Some((Some(200), Some(1000))));
        assert_eq!(content_range("bytes 200-999/*"), Some((Some(200), None)));
        assert_eq!(content_range("bytes */1000"), Some((None, Some(1000))));
        for nonsense in ["", "bytes", "items 1-2/3", "bytes -5/10", "bytes 99999999999999999999-1/2"] {
            assert_eq!(content_range(nonsense), None, "{nonsense}");
        }
    }
}
