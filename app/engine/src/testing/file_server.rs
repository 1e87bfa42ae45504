//! A small HTTP server on this computer that does what a test tells it to: answer in parts, cut connections, lie about
//! lengths, ignore ranges, give wrong bytes, redirect, dawdle.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A request, as far as tests look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Path of the address, with its leading slash.
    pub path: String,
    /// First byte wanted.
    pub from: Option<u64>,
    /// Which version the rest is wanted of.
    pub if_range: Option<String>,
    /// How many requests came before it.
    pub nth: usize,
}

/// What the server answers.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers besides the length.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes.
    pub body: Vec<u8>,
    /// The length that is said, if not the true one; `Some(None)` says none.
    pub said_length: Option<Option<usize>>,
    /// Close the connection after so many bytes.
    pub cut_after: Option<usize>,
    /// After every so many bytes wait so long.
    pub pace: Option<(usize, Duration)>,
}

impl Reply {
    /// A file as a good server gives it: parts when asked for, and a name for its version.
    #[must_use]
    pub fn file(asked: &Asked, bytes: &[u8], etag: &str) -> Self {
        let same = asked.if_range.as_ref().is_none_or(|wanted| wanted == etag);
        let mut headers = vec![("ETag", etag.to_owned()), ("Accept-Ranges", "bytes".to_owned())];
        match asked.from.filter(|_| same) {
            None => Self { status: 200, headers, body: bytes.to_vec(), ..Self::default() },
            Some(from) if from >= bytes.len() as u64 => {
                headers.push(("Content-Range", format!("bytes */{}", bytes.len())));
                Self { status: 416, headers, ..Self::default() }
            }
            Some(from) => {
                let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
                headers.push(("Content-Range", range));
                Self { status: 206, headers, body: bytes[from as usize..].to_vec(), ..Self::default() }
            }
        }
    }

    /// Only a status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Look there instead.
    #[must_use]
    pub fn redirect(to: &str) -> Self {
        Self { status: 302, headers: vec![("Location", to.to_owned())], ..Self::default() }
    }

    /// The same, cut after so many bytes.
    #[must_use]
    pub fn cut(self, after: usize) -> Self {
        Self { cut_after: Some(after), ..self }
    }

    /// The same, slowly.
    #[must_use]
    pub fn slow(self, bytes: usize, wait: Duration) -> Self {
        Self { pace: Some((bytes, wait)), ..self }
    }
}

/// The server. It stops when it is dropped.
pub struct FileServer {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    closing: Arc<AtomicBool>,
}

impl FileServer {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// When the system gives no port or no thread.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without its server must stop")]
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("its own address"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let closing: Arc<AtomicBool> = Arc::default();
        let (answer, log, closed) = (Arc::new(answer), Arc::clone(&asked), Arc::clone(&closing));
        let serve = move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::Acquire) {
                    return;
                }
                let (Ok(stream), answer, log) = (stream, Arc::clone(&answer), Arc::clone(&log)) else { continue };
                let talk = move || drop(talk(&stream, answer.as_ref(), &log));
                std::thread::Builder::new().name("test-connection".to_owned()).spawn(talk).expect("a thread");
            }
        };
        std::thread::Builder::new().name("test-server".to_owned()).spawn(serve).expect("a thread");
        Self { address, asked, closing }
    }

    /// `http://127.0.0.1:port`
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Every request so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        // Wakes the listener.
        drop(TcpStream::connect(self.address.trim_start_matches("http://")));
    }
}

/// One request and its answer; the connection is closed after it.
fn talk(
    stream: &TcpStream,
    answer: &(dyn Fn(&Asked) -> Reply + Send + Sync),
    log: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut asked = Asked { path: line.split_whitespace().nth(1).unwrap_or("/").to_owned(), ..Asked::default() };
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                asked.from = value.trim().strip_prefix("bytes=").and_then(|v| v.trim_end_matches('-').parse().ok());
            }
            "if-range" => asked.if_range = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        asked.nth = log.len();
        log.push(asked.clone());
    }
    let reply = answer(&asked);
    let mut out = stream;
    write!(out, "HTTP/1.1 {} Said\r\nConnection: close\r\n", reply.status)?;
    if let Some(length) = reply.said_length.unwrap_or(Some(reply.body.len())) {
        write!(out, "Content-Length: {length}\r\n")?;
    }
    for (name, value) in &reply.headers {
        write!(out, "{name}: {value}\r\n")?;
    }
    write!(out, "\r\n")?;
    let body = &reply.body[..reply.cut_after.unwrap_or(reply.body.len()).min(reply.body.len())];
    let (piece, wait) = reply.pace.unwrap_or((body.len().max(1), Duration::ZERO));
    for bytes in body.chunks(piece) {
        out.write_all(bytes)?;
        std::thread::sleep(wait);
    }
    out.flush()?;
    stream.shutdown(Shutdown::Both)
}
