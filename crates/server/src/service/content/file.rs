//! Files of content as people have them: Markdown, tables and plain text, read into pieces to be made.

mod markdown;
mod table;

pub use table::cell;

use super::body::{ContentKindName, ContentStatusName, NewContentBody};

/// The largest file, in bytes: a table. Others are cut to be read by people.
pub const MOST_BYTES: usize = 16 << 20;
const MOST_TEXT_BYTES: usize = 2 << 20;
/// The most pieces of a file.
pub const MOST_PIECES: usize = 20_000;

/// A file that was sent.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is called, without folders.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A piece of content in a file; what it does not say is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// What it is; none: an entry.
    pub kind: Option<ContentKindName>,
    /// What it is about.
    pub title: String,
    /// Markdown; of a response its variants as a JSON list of texts, or one text.
    pub body: String,
    /// Words it is found by.
    pub tags: Option<Vec<String>>,
    /// The tag of its language.
    pub language: Option<String>,
    /// Where it is from.
    pub source: Option<String>,
    /// Whether the bot uses it.
    pub status: Option<ContentStatusName>,
}

/// A piece, or why there is none, with what it is called in the file.
pub type Read = Result<Piece, (String, String)>;

/// The pieces of a file; `split` makes one of each chapter of a Markdown file.
///
/// # Errors
/// Why the file cannot be read at all, in words for people.
pub fn read(file: &File, split: bool) -> Result<Vec<Read>, String> {
    let (stem, end) = file.name.rsplit_once('.').unwrap_or((&file.name, "txt"));
    let end = end.to_ascii_lowercase();
    if !["md", "markdown", "csv", "tsv", "txt", "text"].contains(&end.as_str()) {
        return Err("is none of Markdown (.md), a table (.csv) and plain text (.txt)".to_owned());
    }
    let most = if ["csv", "tsv"].contains(&end.as_str()) { MOST_BYTES } else { MOST_TEXT_BYTES };
    if file.bytes.len() > most {
        return Err(format!("is larger than {} MiB; split it", most >> 20));
    }
    let text = text(&file.bytes)?;
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    let pieces = match end.as_str() {
        "md" | "markdown" => markdown::read(&text, &title(stem), split)?.into_iter().map(Ok).collect(),
        "csv" | "tsv" => table::read(&text)?,
        _ => vec![Ok(Piece { title: title(stem), body: text, ..Piece::default() })],
    };
    if pieces.is_empty() { Err("has nothing in it to be made".to_owned()) } else { Ok(pieces) }
}

/// Refuses what has more than a file may.
fn check_count(pieces: usize) -> Result<(), String> {
    if pieces > MOST_PIECES { Err(format!("has more than {MOST_PIECES} entries; split it")) } else { Ok(()) }
}

/// The text of a file: UTF-8, or UTF-16 with its mark, as spreadsheets write it.
fn text(bytes: &[u8]) -> Result<String, String> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest
            .chunks_exact(2)
            .map(|pair| unit([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)]));
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| "is damaged UTF-16".to_owned())
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            let text = std::str::from_utf8(rest);
            text.map_err(|_| "is not in UTF-8; save it as UTF-8 and send it again".to_owned())?.to_owned()
        }
    };
    if text.contains('\0') {
        return Err("is not a text file".to_owned());
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// A title of a file's name.
fn title(stem: &str) -> String {
    let words = if stem.contains(' ') { stem.to_owned() } else { stem.replace(['-', '_'], " ") };
    crate::text::capital(words.trim())
}

/// The parts of a list in one cell or line.
fn list(text: &str) -> Vec<String> {
    text.split([',', ';', '|', '\n']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

impl Piece {
    /// What is to be made of it; `language` and `status` are those of what does not say its own.
    #[must_use]
    pub fn body(self, language: &str, status: ContentStatusName) -> NewContentBody {
        let kind = self.kind.unwrap_or(ContentKindName::Entry);
        let (body, variants) = match kind {
            ContentKindName::Entry => (Some(self.body), None),
            ContentKindName::Response => (None, Some(table::variants(&self.body))),
        };
        NewContentBody {
            kind,
            title: self.title,
            language: Some(self.language.unwrap_or_else(|| language.to_owned())),
            body,
            variants,
            tags: self.tags,
            source: self.source,
            status: Some(self.status.unwrap_or(status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: impl AsRef<[u8]>) -> File {
        File { name: name.to_owned(), bytes: bytes.as_ref().to_vec() }
    }

    fn titles(name: &str, bytes: impl AsRef<[u8]>, split: bool) -> Vec<String> {
        read(&file(name, bytes), split).unwrap().into_iter().map(|piece| piece.unwrap().title).collect()
    }

    #[test]
    fn a_text_is_called_as_its_file() {
        assert_eq!(titles("opening-hours.txt", "We open at nine.", false), ["Opening hours"]);
        assert_eq!(titles("Über uns.TXT", "Hallo", false), ["Über uns"]);
        assert_eq!(titles("README", "Hello", false), ["README"]);
    }

    #[test]
    fn encodings_are_known_by_their_marks() {
        let utf16 =
            |text: &str| [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let wide: Vec<u8> = utf16("title\tbody\nPreis\t5 €");
        assert_eq!(titles("a.tsv", wide, false), ["Preis"]);
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc").unwrap(), "a\nb\nc");
        for (bytes, reason) in
            [(&b"caf\xe9"[..], "UTF-8"), (&b"a\0b"[..], "not a text file"), (&b"\xff\xfe\x00\xd8"[..], "damaged")]
        {
            assert!(text(bytes).unwrap_err().contains(reason));
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (name, bytes, reason) in [
            ("a.md", "  \n".as_bytes().to_vec(), "empty"),
            ("a.md", Vec::new(), "empty"),
            ("a.exe", b"MZ".to_vec(), "none of Markdown"),
            ("a.pdf", b"%PDF".to_vec(), "none of Markdown"),
            ("a.txt", vec![b'a'; MOST_TEXT_BYTES + 1], "larger"),
            ("a.csv", vec![b'a'; MOST_BYTES + 1], "larger"),
            ("a.csv", format!("title,body\n{}", "a,b\n".repeat(MOST_PIECES + 1)).into_bytes(), "more than 20000"),
            ("a.csv", b"title,body\n".to_vec(), "nothing in it"),
            ("a.csv", b"question,answer\na,b".to_vec(), "`title` and `body`"),
        ] {
            let error = read(&file(name, bytes), false).unwrap_err();
            assert!(error.contains(reason), "{name}: {error}");
        }
    }
}
