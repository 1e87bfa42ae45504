//! The words after `parlance models`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verb {
    /// Say what is there.
    #[default]
    List,
    /// Fetch what is missing.
    Get,
    /// Use files where they are.
    Adopt(PathBuf),
    /// Copy files.
    Import(PathBuf),
    /// Read every byte again.
    Verify,
    /// Delete, or only what is half-fetched.
    Delete {
        /// Only what is half-fetched.
        only_partial: bool,
    },
    /// Say where the files are.
    Where,
}

/// `parlance models`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelsArgs {
    /// What is to be done.
    pub verb: Verb,
    /// Which model; the first of the list when `None`.
    pub model: Option<String>,
    /// The large file of a part that comes in two sizes.
    pub full: bool,
    /// Optional parts, by name; `all` for all.
    pub with: Vec<String>,
    /// Ids of licences that are accepted.
    pub accept: BTreeSet<String>,
    /// Asked before the usual servers.
    pub mirror: Option<String>,
    /// Where models live, instead of where the settings say.
    pub folder: Option<PathBuf>,
    /// Another list of models.
    pub list: Option<PathBuf>,
    /// Print JSON lines.
    pub json: bool,
}

/// Reads the words; `None` when help is asked for.
pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Option<ModelsArgs>, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(words);
    let mut args = ModelsArgs::default();
    let (mut verb, mut place): (Option<String>, Option<OsString>) = (None, None);
    let mut only_partial = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Long("json") => args.json = true,
            Long("folder") => args.folder = Some(parser.value()?.into()),
            Long("list") => args.list = Some(parser.value()?.into()),
            Long("full") if verb.as_deref() == Some("get") => args.full = true,
            Long("with") if verb.as_deref() == Some("get") => args.with.push(parser.value()?.string()?),
            Long("accept") if verb.as_deref() == Some("get") => {
                args.accept.insert(parser.value()?.string()?);
            }
            Long("mirror") if verb.as_deref() == Some("get") => args.mirror = Some(parser.value()?.string()?),
            Long("partial") if verb.as_deref() == Some("delete") => only_partial = true,
            Value(word) if verb.is_none() => verb = Some(word.string()?),
            Value(word) if place.is_none() => place = Some(word),
            other => return Err(other.unexpected()),
        }
    }
    let text = |place: Option<OsString>| place.map(|word| word.string()).transpose();
    let folder = |place: Option<OsString>| {
        place.map(PathBuf::from).ok_or_else(|| lexopt::Error::from("the folder or file is missing"))
    };
    args.verb = match verb.as_deref() {
        None | Some("list") => Verb::List,
        Some("adopt") => Verb::Adopt(folder(place.take())?),
        Some("import") => Verb::Import(folder(place.take())?),
        Some("get") => Verb::Get,
        Some("verify") => Verb::Verify,
        Some("delete") => Verb::Delete { only_partial },
        Some("where") => Verb::Where,
        Some(other) => {
            let known = "list, get, adopt, import, verify, delete and where";
            return Err(format!("“{other}” is not known; there are {known}").into());
        }
    };
    args.model = text(place)?;
    if matches!(args.verb, Verb::Delete { .. }) && args.model.is_none() {
        return Err("the model to delete is missing".into());
    }
    Ok(Some(args))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<ModelsArgs>, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn words_become_work() {
        let default = ModelsArgs::default();
        assert_eq!(read(""), Ok(Some(default.clone())));
        assert_eq!(read("--json"), Ok(Some(ModelsArgs { json: true, ..default.clone() })));
        assert_eq!(read("get --help"), Ok(None));
        let wanted = ModelsArgs {
            verb: Verb::Get,
            model: Some("nava".into()),
            full: true,
            with: vec!["speaker_encoder".into()],
            accept: ["apache-2.0".to_owned(), "redimnet".to_owned()].into_iter().collect(),
            mirror: Some("https://m".into()),
            folder: Some("f".into()),
            ..default.clone()
        };
        let line = "get nava --full --with speaker_encoder --accept apache-2.0 --accept redimnet --mirror https://m \
                    --folder f";
        assert_eq!(read(line), Ok(Some(wanted)));
        let adopt = ModelsArgs { verb: Verb::Adopt("/d".into()), ..default.clone() };
        assert_eq!(read("adopt /d"), Ok(Some(adopt)));
        let delete = ModelsArgs { verb: Verb::Delete { only_partial: true }, model: Some("nava".into()), ..default };
        assert_eq!(read("delete nava --partial"), Ok(Some(delete)));
    }

    #[test]
    fn wrong_words_are_told() {
        for (line, wanted) in [
            ("adopt", "folder or file is missing"),
            ("delete", "model to delete is missing"),
            ("fetch nava", "not known"),
            ("list --full", "--full"),
            ("get nava too", "too"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(wanted), "{line}: {error}");
        }
    }
}
