//! One's own picture, and seeing those of people one shares an organization with (P-13).

use rolecall_access::{Actor, UserId};
use rolecall_store::resource::Picture;
use rolecall_store::{Access, Caller};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::picture::{self, Unfit};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{Result, Written};
use crate::state::App;

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PictureView {
    /// Its address, which changes with it.
    pub picture: String,
}

/// The address of a picture.
pub(crate) fn address(id: Uuid) -> String {
    format!("/api/v1/pictures/{id}")
}

/// The address of a person's picture, if they have one and the caller may see it.
pub(crate) async fn picture_of(access: &mut Access, user: UserId) -> Result<Option<String>> {
    Ok(access.pictures_of([user]).await?.remove(&user).map(address))
}

/// Whether the caller has a picture to set: known before their file is read.
pub(crate) fn check_person(caller: &Caller) -> Result<()> {
    if matches!(caller.actor, Actor::User(_)) { Ok(()) } else { Err(Problem::sign_in_needed()) }
}

/// A file that is too large.
pub(crate) fn too_large() -> Problem {
    let message = Unfit::TooLarge.message();
    let errors = vec![FieldError::new("picture", "too_large", message)];
    Problem { errors, ..Problem::new(Kind::TooLarge, message) }
}

/// What is said of a file that is not fit.
pub(crate) fn unfit(unfit: Unfit) -> Problem {
    let code = match unfit {
        Unfit::TooLarge => return too_large(),
        Unfit::TooManyPixels => "too_many_pixels",
        Unfit::NoPicture => "invalid",
        Unfit::Damaged => "damaged",
    };
    Problem::invalid(vec![FieldError::new("picture", code, unfit.message())])
}

/// Makes a picture of the file and puts it in place of the caller's.
pub async fn set_picture(app: &App, caller: Caller, file: Result<Vec<u8>>) -> Result<Written<PictureView>> {
    app.store.access(caller.clone()).await?.own_account().await?;
    let file = file?;
    let content = app.workshops.pictures.run(move || picture::make(&file)).await?.map_err(unfit)?;
    let mut change = app.store.change(caller).await?;
    let id = change.set_own_picture(&content).await?;
    let revision = change.commit().await?;
    Ok(Written { value: PictureView { picture: address(id) }, revision })
}

/// Removes the caller's picture.
pub async fn remove_picture(app: &App, caller: Caller) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    change.remove_own_picture().await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// A picture, for whoever may see it.
pub async fn find_picture(app: &App, caller: Caller, id: Uuid) -> Result<Picture> {
    Ok(app.store.access(caller).await?.find_picture(id).await?)
}
