//! Pictures of people.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::picture::{CONTENT_TYPE, MOST_BYTES};
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::picture::PictureView;
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    // Pictures alone may be larger than other bodies.
    let own =
        OpenApiRouter::new().routes(routes!(set_picture, remove_picture)).layer(DefaultBodyLimit::max(MOST_BYTES));
    OpenApiRouter::new().merge(own).routes(routes!(find_picture))
}

/// A file, read for people who are signed in and for nobody else.
struct Upload(Result<Vec<u8>, Problem>);

/// What is said to be sent; what it is shows when it is decoded.
const TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let asking = Asking::from_request_parts(&mut parts, app).await?;
        service::picture::check_person(&asking.caller)?;
        if let Err(problem) = is_picture(&parts) {
            return Ok(Self(Err(problem)));
        }
        let bytes = Bytes::from_request(Request::from_parts(parts, body), app).await;
        Ok(Self(bytes.map(Vec::from).map_err(|_| service::picture::too_large())))
    }
}

/// Whether a picture is said to be sent.
pub(super) fn is_picture(parts: &Parts) -> Result<(), Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if TYPES.contains(&kind.as_str()) {
        return Ok(());
    }
    let detail = "Send the picture itself as image/png, image/jpeg, image/webp or image/gif.";
    Err(Problem::new(Kind::UnsupportedMediaType, detail))
}

/// The bytes of a picture.
pub(super) struct PictureFile;

impl PartialSchema for PictureFile {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for PictureFile {}

/// Puts a picture in place of one's own: PNG, JPEG, WebP or GIF, 5 MB and 8000 pixels a side at most. It is cut to a
/// square, made anew as a JPEG of 256 × 256, and nothing else of the file is kept.
#[utoipa::path(put, path = "/me/picture", tag = "Me",
    request_body(content(
        (PictureFile = "image/png"), (PictureFile = "image/jpeg"), (PictureFile = "image/webp"), (PictureFile = "image/gif")
    )),
    responses((status = 200, description = "Where it is.", body = PictureView)))]
async fn set_picture(State(app): State<App>, asking: Asking, Upload(file): Upload) -> Answer {
    Ok(written(StatusCode::OK, service::picture::set_picture(&app, asking.caller, file).await?))
}

/// Removes one's own picture.
#[utoipa::path(delete, path = "/me/picture", tag = "Me",
    responses((status = 204, description = "There is none.")))]
async fn remove_picture(State(app): State<App>, asking: Asking) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::picture::remove_picture(&app, asking.caller).await?))
}

/// A picture: one's own, or that of somebody in an organization of one's own.
#[utoipa::path(get, path = "/pictures/{picture}", tag = "Me", params(("picture" = Uuid, Path)),
    responses((status = 200, description = "The picture.", body = PictureFile, content_type = "image/jpeg")))]
async fn find_picture(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    let picture = service::picture::find_picture(&app, asking.caller, id).await?;
    // Another picture has another address.
    let headers =
        [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, picture.content).into_response())
}
