//! What is said and answered about a bot's content.

use rolecall_store::resource::{ContentKind, ContentStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::input::{Check, check_name};
use crate::line_diff::DiffLine;
use crate::problem::FieldError;
use crate::service::content::rules::{check_body, check_language, check_source, check_tags, check_variants};
use crate::time::Time;

/// What a piece of content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContentKindName {
    /// An entry of the knowledge base: a title and a text in Markdown.
    Entry,
    /// Something to say: a name and variants.
    Response,
}

/// Whether the bot uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContentStatusName {
    /// Not yet.
    Draft,
    /// It does.
    Ready,
}

/// One way to say a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseVariant {
    /// What is said, 5,000 characters at most.
    pub text: String,
}

/// The same response in another language.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TranslationView {
    /// Its id.
    pub id: Uuid,
    /// The language.
    pub language: String,
    /// Whether the bot uses it.
    pub status: ContentStatusName,
}

/// A piece of content.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContentView {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: ContentKindName,
    /// What it is about; of a response its name, the same in all languages.
    pub title: String,
    /// The tag of its language (BCP 47).
    pub language: String,
    /// What an entry says, in Markdown; empty for a response.
    pub body: String,
    /// The ways to say a response; empty for an entry.
    pub variants: Vec<ResponseVariant>,
    /// Words it is found by.
    pub tags: Vec<String>,
    /// Where it is from.
    pub source: String,
    /// Whether the bot uses it.
    pub status: ContentStatusName,
    /// The same response in other languages, as far as the caller reads them.
    pub translations: Vec<TranslationView>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// A piece of content in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListedContentView {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: ContentKindName,
    /// What it is about.
    pub title: String,
    /// The tag of its language.
    pub language: String,
    /// How its text begins, without marks.
    pub excerpt: String,
    /// How many ways there are to say a response; 0 for an entry.
    pub variants: usize,
    /// Words it is found by.
    pub tags: Vec<String>,
    /// Where it is from.
    pub source: String,
    /// Whether the bot uses it.
    pub status: ContentStatusName,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// A piece of content to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContentBody {
    /// What it is.
    pub kind: ContentKindName,
    /// What it is about, unique among those of its kind and language; of a response its name.
    pub title: String,
    /// The tag of its language (BCP 47); left out: the bot's first.
    #[serde(default)]
    pub language: Option<String>,
    /// What an entry says, in Markdown, 50,000 characters at most.
    #[serde(default)]
    pub body: Option<String>,
    /// 1 to 20 ways to say a response.
    #[serde(default)]
    pub variants: Option<Vec<ResponseVariant>>,
    /// At most 30, 50 characters each, without commas.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// Where it is from, 500 characters at most.
    #[serde(default)]
    pub source: Option<String>,
    /// Left out: a draft.
    #[serde(default)]
    pub status: Option<ContentStatusName>,
}

/// A change of a piece of content; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentChangeBody {
    /// Another title; of a response: in all its languages.
    #[serde(default)]
    pub title: Option<String>,
    /// Another language.
    #[serde(default)]
    pub language: Option<String>,
    /// Of an entry: another text.
    #[serde(default)]
    pub body: Option<String>,
    /// Of a response: all its variants.
    #[serde(default)]
    pub variants: Option<Vec<ResponseVariant>>,
    /// All its tags.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// Another source.
    #[serde(default)]
    pub source: Option<String>,
    /// Another status.
    #[serde(default)]
    pub status: Option<ContentStatusName>,
}

/// Which content.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentFilterQuery {
    /// Of this kind.
    pub kind: Option<ContentKindName>,
    /// In this language.
    pub language: Option<String>,
    /// With this status.
    pub status: Option<ContentStatusName>,
    /// With this tag, whatever its case.
    pub tag: Option<String>,
}

/// A version of a piece of content, in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListedContentVersionView {
    /// Its number.
    pub number: i64,
    /// Its title then.
    pub title: String,
    /// Whether the bot used it.
    pub status: ContentStatusName,
    /// What differs from the version before: `title`, `language`, `body`, `variants`, `tags`, `source`, `status`.
    pub changed: Vec<&'static str>,
    /// Who made it; null: a program, or an account that is gone.
    pub made_by: Option<Uuid>,
    /// Their name then.
    pub made_by_name: String,
    /// When.
    pub made_at: Time,
}

/// A version of a piece of content.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContentVersionView {
    /// Its number.
    pub number: i64,
    /// Its title then.
    pub title: String,
    /// Its language then.
    pub language: String,
    /// What an entry said.
    pub body: String,
    /// The ways to say a response.
    pub variants: Vec<ResponseVariant>,
    /// Its tags then.
    pub tags: Vec<String>,
    /// Where it was from.
    pub source: String,
    /// Whether the bot used it.
    pub status: ContentStatusName,
    /// What differs from the version before.
    pub changed: Vec<&'static str>,
    /// The text line by line, beside that of the version before.
    pub diff: Vec<DiffLine>,
    /// Who made it; null: a program, or an account that is gone.
    pub made_by: Option<Uuid>,
    /// Their name then.
    pub made_by_name: String,
    /// When.
    pub made_at: Time,
}

impl From<ContentKind> for ContentKindName {
    fn from(kind: ContentKind) -> Self {
        match kind {
            ContentKind::Entry => Self::Entry,
            ContentKind::Response => Self::Response,
        }
    }
}

impl From<ContentKindName> for ContentKind {
    fn from(kind: ContentKindName) -> Self {
        match kind {
            ContentKindName::Entry => Self::Entry,
            ContentKindName::Response => Self::Response,
        }
    }
}

impl From<ContentStatus> for ContentStatusName {
    fn from(status: ContentStatus) -> Self {
        match status {
            ContentStatus::Draft => Self::Draft,
            ContentStatus::Ready => Self::Ready,
        }
    }
}

impl From<ContentStatusName> for ContentStatus {
    fn from(status: ContentStatusName) -> Self {
        match status {
            ContentStatusName::Draft => Self::Draft,
            ContentStatusName::Ready => Self::Ready,
        }
    }
}

impl ContentKindName {
    /// As addresses, tables and texts have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Response => "response",
        }
    }

    /// Of such a text, whatever its case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Entry, Self::Response].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

impl ContentStatusName {
    /// As addresses, tables and texts have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Ready => "ready",
        }
    }

    /// Of such a text, whatever its case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Ready].into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

impl Check for NewContentBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("title", &mut self.title, &mut errors);
        check_language(self.language.as_mut(), &mut errors);
        check_body(self.body.as_mut(), &mut errors);
        check_variants(self.variants.as_mut(), &mut errors);
        check_tags(self.tags.as_mut(), &mut errors);
        check_source(self.source.as_mut(), &mut errors);
        errors
    }
}

impl Check for ContentChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(title) = &mut self.title {
            check_name("title", title, &mut errors);
        }
        check_language(self.language.as_mut(), &mut errors);
        check_body(self.body.as_mut(), &mut errors);
        check_variants(self.variants.as_mut(), &mut errors);
        check_tags(self.tags.as_mut(), &mut errors);
        check_source(self.source.as_mut(), &mut errors);
        errors
    }
}
