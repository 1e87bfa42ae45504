//! The boundary to FFmpeg: this file and the folder `ffmpeg/` are the only ones that name it.
//!
//! Opens local files only: no network protocols, no playlists that point elsewhere, a fixed list of containers.

pub(crate) mod color;
pub(crate) mod facts;
pub(crate) mod movie_out;
pub(crate) mod resample;
pub(crate) mod sound_in;
pub(crate) mod video_in;

use std::path::Path;
use std::sync::OnceLock;

use ffmpeg_next as ff;

use crate::error::MediaError;

/// Containers we open. Playlists, subtitles, raw device and network formats stay out on purpose.
const CONTAINERS: &str = "wav,w64,rf64,aiff,au,caf,mp3,aac,flac,ogg,opus,wv,tta,ape,ac3,eac3,amr,\
                          mov,mp4,m4a,matroska,webm,avi,mpegts,mpeg,flv,asf";

/// Starts FFmpeg once; messages go nowhere, since every failure becomes a [`MediaError`].
pub(crate) fn init() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // `init` only registers error texts here; it cannot fail in the versions we build against.
        ff::init().ok();
        ff::log::set_level(ff::log::Level::Quiet);
    });
}

/// Version numbers of the FFmpeg libraries that were found at run time, for `parlance doctor`.
pub(crate) fn version() -> String {
    let text = |v: u32| format!("{}.{}.{}", v >> 16, (v >> 8) & 255, v & 255);
    format!("libavcodec {}, libavformat {}", text(ff::codec::version()), text(ff::format::version()))
}

/// Whether an encoder of this name exists.
pub(crate) fn has_encoder(name: &str) -> bool {
    init();
    ff::encoder::find_by_name(name).is_some()
}

/// The name of the H.264 encoder that would be tried first.
pub(crate) fn h264_encoder_name() -> Option<String> {
    init();
    movie_out::h264_candidates().first().map(|codec| codec.name().to_owned())
}

/// The path as FFmpeg wants it: UTF-8, no NUL, and `file:` in front so that no other protocol can be meant.
pub(crate) fn url(path: &Path) -> Result<String, MediaError> {
    let text = path.to_str().filter(|text| !text.contains('\0')).ok_or_else(|| {
        MediaError::invalid(format!("the name of this file has unreadable characters: {}", path.display()))
    })?;
    Ok(format!("file:{text}"))
}

/// Checks that there is a plain, non-empty, readable file, so that FFmpeg never sees anything else.
pub(crate) fn check_file(path: &Path) -> Result<(), MediaError> {
    let unreadable = |source| MediaError::Unreadable { path: path.to_owned(), source };
    let meta = match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(MediaError::Missing { path: path.to_owned() });
        }
        other => other.map_err(unreadable)?,
    };
    if !meta.is_file() {
        return Err(MediaError::NotAFile { path: path.to_owned() });
    }
    if meta.len() == 0 {
        return Err(MediaError::Empty { path: path.to_owned() });
    }
    std::fs::File::open(path).map(drop).map_err(unreadable)
}

/// Opens a container for reading.
pub(crate) fn open(path: &Path) -> Result<ff::format::context::Input, MediaError> {
    init();
    check_file(path)?;
    let mut options = ff::Dictionary::new();
    options.set("protocol_whitelist", "file");
    options.set("format_whitelist", CONTAINERS);
    ff::format::input_with_dictionary(&url(path)?, options)
        .map_err(|e| MediaError::NotMedia { path: path.to_owned(), detail: reason(e) })
}

/// The index of the best audio stream.
pub(crate) fn sound_stream(input: &ff::format::context::Input) -> Option<usize> {
    input.streams().best(ff::media::Type::Audio).map(|stream| stream.index())
}

/// The index of the first real video stream; cover art does not count.
pub(crate) fn video_stream(input: &ff::format::context::Input) -> Option<usize> {
    let cover = ff::format::stream::Disposition::ATTACHED_PIC;
    input
        .streams()
        .find(|s| s.parameters().medium() == ff::media::Type::Video && !s.disposition().contains(cover))
        .map(|stream| stream.index())
}

/// FFmpeg's words for an error, lower case, without a full stop.
pub(crate) fn reason(error: ff::Error) -> String {
    let text = match error {
        ff::Error::InvalidData => "its content is not valid".to_owned(),
        ff::Error::Other { errno: ff::error::EINVAL } => "its kind is not supported".to_owned(),
        ff::Error::Other { errno: ff::error::ENOSPC } => "the disk is full".to_owned(),
        other => other.to_string(),
    };
    text.trim_end_matches('.').to_owned()
}

/// True for the error that only means "give me more input first".
pub(crate) fn wants_more(error: ff::Error) -> bool {
    error == (ff::Error::Other { errno: ff::error::EAGAIN })
}

/// `(num, den)` of an FFmpeg rational, when it is a positive number.
pub(crate) fn ratio(value: ff::Rational) -> Option<(u32, u32)> {
    let (num, den) = (value.numerator(), value.denominator());
    (num > 0 && den > 0).then_some((num as u32, den as u32))
}
