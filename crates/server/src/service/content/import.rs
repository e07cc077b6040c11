//! Many files of content taken in at once: what came of each piece is told, and one that does not fit keeps none out.

use std::collections::HashSet;

use rolecall_access::BotId;
use rolecall_store::fold::fold;
use rolecall_store::resource::{Contents, ImportedContent, WrittenBy};
use rolecall_store::{Authorized, Caller, Change, Create, In, Update};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{ContentChangeBody, ContentStatusName, NewContentBody};
use super::file::{self, File, Piece, Read};
use super::rules::{self, MOST_CONTENTS};
use crate::input::Check as _;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{Result, Written};
use crate::state::App;

/// The most files of an import.
pub const MOST_FILES: usize = 200;
/// The most pieces of content that an import writes; sent again, it goes on where it stopped.
pub const MOST_WRITTEN: usize = 2_000;

/// Files, and what is meant where they do not say it.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The files.
    pub files: Vec<File>,
    /// The language; none: the bot's first.
    pub language: Option<String>,
    /// Whether what is new is ready; none: drafts.
    pub status: Option<ContentStatusName>,
    /// Whether each chapter of a Markdown file is an entry.
    pub split: bool,
}

/// What came of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImportOutcome {
    /// It is new.
    Made,
    /// It was there, and is as the file has it now.
    Renewed,
    /// It was there like that.
    Unchanged,
    /// It is not taken in.
    Refused,
}

impl ImportOutcome {
    /// As answers and texts have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Renewed => "renewed",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

/// What came of a piece of content.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportedPieceView {
    /// Its title.
    pub title: String,
    /// What came of it.
    pub outcome: ImportOutcome,
    /// Why it was refused; empty otherwise.
    pub reason: String,
    /// Its id, unless it was refused.
    pub id: Option<Uuid>,
}

/// What came of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportedFileView {
    /// What it is called.
    pub name: String,
    /// The best that came of its pieces: `made`, else `renewed`, else `unchanged`, else `refused`.
    pub outcome: ImportOutcome,
    /// Why the file as a whole was refused; empty otherwise.
    pub reason: String,
    /// What came of each piece in it.
    pub contents: Vec<ImportedPieceView>,
}

/// What an import did.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ContentImportView {
    /// Each file, in the order in which they were sent.
    pub files: Vec<ImportedFileView>,
    /// How many pieces of content are new.
    pub made: usize,
    /// How many are changed.
    pub renewed: usize,
    /// How many were there like that.
    pub unchanged: usize,
    /// How many pieces, and files as a whole, were refused.
    pub refused: usize,
}

/// Takes files in. What is there already under the same title is renewed, which needs `update` on it and keeps what the
/// file does not say.
pub async fn import_contents(
    app: &App,
    caller: Caller,
    bot: BotId,
    import: Result<Import>,
) -> Result<Written<ContentImportView>> {
    super::may_create_content(app, caller.clone(), bot).await?;
    let import = checked(import?)?;
    let (split, files) = (import.split, import.files);
    let read = move || read(files, split);
    let read = app.workshops.understanding.run(read).await?;
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Contents>, Create>(bot).await?;
    let language = match import.language {
        Some(language) => language,
        None => change.find_bot_languages(&within).await?.into_iter().next().unwrap_or_default(),
    };
    let room = MOST_CONTENTS - change.count_contents(&within).await?;
    let room = usize::try_from(room).unwrap_or_default();
    let usual = (language, import.status.unwrap_or(ContentStatusName::Draft));
    let mut taking = Taking { change, within, usual, seen: HashSet::new(), room, left: MOST_WRITTEN };
    let mut view = ContentImportView::default();
    for (pieces, name) in read {
        let file = taking.file(bot, name, pieces).await?;
        view.add(file);
    }
    let Taking { mut change, within, .. } = taking;
    if view.made + view.renewed > 0 {
        let names = view.files.iter().map(|file| file.name.clone()).collect();
        let done = ImportedContent { files: names, made: view.made, renewed: view.renewed };
        change.tell_content_import(&within, &done);
    }
    Ok(Written { value: view, revision: change.commit().await? })
}

/// The pieces of each file, as long as they are not too many in all.
fn read(files: Vec<File>, split: bool) -> Vec<(std::result::Result<Vec<Read>, String>, String)> {
    let mut room = file::MOST_PIECES;
    let read = |file: File| {
        let pieces = file::read(&file, split).and_then(|pieces| {
            let left = room.checked_sub(pieces.len());
            room = left.ok_or_else(|| "has more than an import reads beside the others; send it alone".to_owned())?;
            Ok(pieces)
        });
        (pieces, file.name)
    };
    files.into_iter().map(read).collect()
}

fn checked(mut import: Import) -> Result<Import> {
    let mut errors = Vec::new();
    rules::check_language(import.language.as_mut(), &mut errors);
    if import.files.is_empty() {
        errors.push(FieldError::new("files", "missing", "Choose at least one file."));
    }
    if import.files.len() > MOST_FILES {
        errors.push(FieldError::new("files", "too_many", format!("Send at most {MOST_FILES} files at once.")));
    }
    if errors.is_empty() { Ok(import) } else { Err(Problem::invalid(errors)) }
}

/// An import under way.
struct Taking {
    change: Change,
    within: Authorized<In<Contents>, Create>,
    /// Language and status of what does not say its own.
    usual: (String, ContentStatusName),
    /// What came already.
    seen: HashSet<(&'static str, String, String)>,
    /// How many more the bot can have, and how many more the import writes.
    room: usize,
    left: usize,
}

/// What came of a piece: its outcome and id, or why it is refused.
type Took = std::result::Result<(ImportOutcome, Uuid), String>;

impl Taking {
    async fn file(
        &mut self,
        bot: BotId,
        name: String,
        read: std::result::Result<Vec<Read>, String>,
    ) -> Result<ImportedFileView> {
        let pieces = match read {
            Ok(pieces) => pieces,
            Err(reason) => {
                let reason = format!("The file {reason}.");
                return Ok(ImportedFileView { name, outcome: ImportOutcome::Refused, reason, contents: Vec::new() });
            }
        };
        let mut contents = Vec::new();
        for piece in pieces {
            let (title, took) = match piece {
                Ok(piece) => (piece.title.clone(), self.piece(bot, piece).await?),
                Err((place, reason)) => (place, Err(format!("{reason}."))),
            };
            contents.push(match took {
                Ok((outcome, id)) => ImportedPieceView { title, outcome, reason: String::new(), id: Some(id) },
                Err(reason) => ImportedPieceView { title, outcome: ImportOutcome::Refused, reason, id: None },
            });
        }
        let best = |outcome: &ImportOutcome| contents.iter().any(|piece| piece.outcome == *outcome);
        let outcome = [ImportOutcome::Made, ImportOutcome::Renewed, ImportOutcome::Unchanged].into_iter().find(best);
        let outcome = outcome.unwrap_or(ImportOutcome::Refused);
        Ok(ImportedFileView { name, outcome, reason: String::new(), contents })
    }

    async fn piece(&mut self, bot: BotId, piece: Piece) -> Result<Took> {
        let said = piece.clone();
        let mut body = piece.body(&self.usual.0, self.usual.1);
        let errors = body.check();
        if !errors.is_empty() {
            let reasons: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            return Ok(Err(reasons.join(" ")));
        }
        let language = body.language.clone().unwrap_or_default();
        if !self.seen.insert((body.kind.as_str(), language.clone(), fold(&body.title))) {
            return Ok(Err("It is in this import twice; only the first is taken.".to_owned()));
        }
        let named = self.change.find_content_named(&self.within, body.kind.into(), &language, &body.title).await?;
        let took = match named {
            Some(id) => self.renew((bot, id), &said, body).await?,
            None => self.make(body, &language).await?,
        };
        if matches!(took, Ok((ImportOutcome::Made | ImportOutcome::Renewed, _))) {
            self.left = self.left.saturating_sub(1);
        }
        Ok(took)
    }

    /// Why nothing more is written, once that is so.
    fn spent(&self) -> Option<String> {
        (self.left == 0).then(|| format!("An import writes at most {MOST_WRITTEN}; send the file again for the rest."))
    }

    async fn make(&mut self, body: NewContentBody, language: &str) -> Result<Took> {
        let Some(room) = self.room.checked_sub(1) else {
            return Ok(Err(format!("A bot has at most {MOST_CONTENTS} entries and responses.")));
        };
        let kind = body.kind.into();
        let written = match rules::written(body, language) {
            Ok(written) => written,
            Err(problem) => return Ok(Err(problem.detail)),
        };
        if let Some(reason) = self.spent() {
            return Ok(Err(reason));
        }
        self.room = room;
        let made = self.change.create_content(&self.within, (kind, &written), WrittenBy::Import).await?;
        Ok(Ok((ImportOutcome::Made, made.id)))
    }

    async fn renew(&mut self, id: super::ContentId, said: &Piece, body: NewContentBody) -> Result<Took> {
        let of = match self.change.require::<Contents, Update>(id).await.map_err(Problem::from) {
            Ok(of) => of,
            Err(problem) if matches!(problem.kind, Kind::NotFound | Kind::Forbidden) => {
                return Ok(Err("There is one of this title already, which is not yours to change.".to_owned()));
            }
            Err(problem) => return Err(problem),
        };
        let change = ContentChangeBody {
            title: None,
            language: None,
            body: body.body,
            variants: body.variants,
            tags: said.tags.as_ref().and(body.tags),
            source: said.source.as_ref().and(body.source),
            status: said.status,
        };
        let after = match rules::changed(of.content.kind, &of.content.written, change) {
            Ok(after) => after,
            Err(problem) => return Ok(Err(problem.detail)),
        };
        if after != of.content.written
            && let Some(reason) = self.spent()
        {
            return Ok(Err(reason));
        }
        let before = of.content.version;
        let written = self.change.update_content(&of, None, &after, WrittenBy::Import).await?;
        let outcome = if written.version == before { ImportOutcome::Unchanged } else { ImportOutcome::Renewed };
        Ok(Ok((outcome, written.id)))
    }
}

impl ContentImportView {
    fn add(&mut self, file: ImportedFileView) {
        let count = |outcome| file.contents.iter().filter(|piece| piece.outcome == outcome).count();
        self.made += count(ImportOutcome::Made);
        self.renewed += count(ImportOutcome::Renewed);
        self.unchanged += count(ImportOutcome::Unchanged);
        self.refused += count(ImportOutcome::Refused) + usize::from(file.contents.is_empty());
        self.files.push(file);
    }
}
