//! Content that comes with the product.

use rolecall_store::resource::{ContentKind, WrittenContent};

use super::body::ContentStatusName;
use super::file::{self, File};
use super::rules;
use crate::input::Check as _;
use crate::problem::Problem;
use crate::service::Result;

/// What the files hold, to be stored: each chapter of a Markdown file an entry.
///
/// # Errors
/// If a file cannot be read, which is a fault of ours.
pub fn shipped(files: &[File], language: &str) -> Result<Vec<(ContentKind, WrittenContent)>> {
    let mut contents = Vec::new();
    for one in files {
        let unfit = |reason: String| Problem::internal(&format!("{}: {reason}", one.name));
        for piece in file::read(one, true).map_err(unfit)? {
            let piece = piece.map_err(|(place, reason)| unfit(format!("{place}: {reason}")))?;
            let mut body = piece.body(language, ContentStatusName::Draft);
            if let Some(error) = body.check().into_iter().next() {
                return Err(unfit(error.message));
            }
            contents.push((body.kind.into(), rules::written(body, language)?));
        }
    }
    Ok(contents)
}
