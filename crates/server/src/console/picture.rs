//! One's own picture in the profile's Details (P-13): a form with a file, which browsers send as multipart.

use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::routing::post;

use crate::console::account::details;
use crate::console::form::Errors;
use crate::console::page::{Page, SignedIn, done};
use crate::picture::MOST_BYTES;
use crate::problem::{FieldError, Kind, Problem};
use crate::service;
use crate::service::own::OwnAccountBody;
use crate::service::picture::too_large;
use crate::state::App;

/// A larger file is read, as far as that goes, so that the form can say that it is too large.
pub const FORM_BYTES: usize = 3 * MOST_BYTES;

pub fn router() -> Router<App> {
    let upload = post(set_picture).layer(DefaultBodyLimit::max(FORM_BYTES));
    Router::new().route("/profile/picture", upload).route("/profile/picture/remove", post(remove_picture))
}

/// The file of the form.
pub async fn file(form: Result<Multipart, MultipartRejection>) -> Result<Vec<u8>, Problem> {
    let unusual = |_| Problem::new(Kind::UnsupportedMediaType, "Send the form as a browser does.");
    let mut form = form.map_err(unusual)?;
    let broken = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::new(Kind::Malformed, "The form did not arrive as a whole. Send it again."),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("picture") {
            let bytes = field.bytes().await.map_err(broken)?;
            if !bytes.is_empty() {
                return Ok(bytes.into());
            }
        }
    }
    Err(Problem::invalid(vec![FieldError::new("picture", "missing", "Choose a picture first.")]))
}

async fn set_picture(signed_in: SignedIn, State(app): State<App>, form: Result<Multipart, MultipartRejection>) -> Page {
    match service::picture::set_picture(&app, signed_in.caller, file(form).await).await {
        Ok(_) => Ok(done("/profile", &signed_in.shell.t("picture-set"))),
        Err(problem) => {
            let kind = if problem.kind == Kind::TooLarge { Kind::Invalid } else { problem.kind };
            let errors = Errors::of_problem(Problem { kind, ..problem })?;
            details(StatusCode::UNPROCESSABLE_ENTITY, signed_in.shell, errors, OwnAccountBody::default())
        }
    }
}

async fn remove_picture(signed_in: SignedIn, State(app): State<App>) -> Page {
    service::picture::remove_picture(&app, signed_in.caller).await?;
    Ok(done("/profile", &signed_in.shell.t("picture-removed")))
}
