//! Files that are sent in a form (multipart), with what else it says.

use axum::extract::Multipart;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::http::StatusCode;

use crate::problem::{FieldError, Kind, Problem};
use crate::service::content::body::ContentStatusName;
use crate::service::content::file::{File, MOST_BYTES};
use crate::service::content::import::{Import, MOST_FILES};

/// Bytes of a form with files of content.
pub const MOST_FORM_BYTES: usize = 20 << 20;

/// What is read of a field that is no file.
const FIELD: usize = 200;

/// Reads a form with files of content: `files`, and `language`, `status`, `split` for all of them. What a file holds beyond
/// its limit is not kept.
///
/// # Errors
/// 400, 413, 415 or 422.
pub async fn contents(form: Result<Multipart, MultipartRejection>) -> Result<Import, Problem> {
    let unusual = |_| Problem::new(Kind::UnsupportedMediaType, "Send the files in a form (multipart/form-data).");
    let mut form = form.map_err(unusual)?;
    let mut import = Import::default();
    while let Some(mut field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(file_name);
        let most = if file.is_some() { MOST_BYTES + 1 } else { FIELD };
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
            bytes.extend(chunk.iter().copied().take(most.saturating_sub(bytes.len())));
        }
        match file {
            // A browser sends a file without a name where none was chosen.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) if import.files.len() <= MOST_FILES => import.files.push(File { name, bytes }),
            Some(_) => {}
            None => say(&mut import, &name, String::from_utf8_lossy(&bytes).trim())?,
        }
    }
    Ok(import)
}

/// A field that is no file.
fn say(import: &mut Import, name: &str, value: &str) -> Result<(), Problem> {
    let invalid = |message: &str| Problem::invalid(vec![FieldError::new(name, "invalid", message)]);
    match name {
        "language" => import.language = Some(value.to_owned()).filter(|value| !value.is_empty()),
        "status" if value.is_empty() => {}
        "status" => {
            import.status =
                Some(ContentStatusName::parse(value).ok_or_else(|| invalid("Status is `draft` or `ready`."))?);
        }
        "split" => import.split = matches!(value, "true" | "on" | "1"),
        "files" => return Err(invalid("Send files with their names.")),
        _ => {
            let message = "There is no such field: send `files`, `language`, `status` and `split`.";
            return Err(Problem::invalid(vec![FieldError::new(name, "unknown", message)]));
        }
    }
    Ok(())
}

/// A file's name without folders and control characters.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(FIELD).collect::<String>().trim().to_owned()
}

fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let most = MOST_FORM_BYTES >> 20;
            Problem::new(Kind::TooLarge, format!("The files are larger than {most} MiB together; send fewer at once."))
        }
        _ => Problem::new(Kind::Malformed, "The form did not arrive as a whole. Send it again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_have_no_folders() {
        for (given, name) in
            [("../../etc/passwd.md", "passwd.md"), ("C:\\temp\\a b.txt", "a b.txt"), ("x\r\n.md", "x.md")]
        {
            assert_eq!(file_name(given), name);
        }
    }
}
