//! From request to page: who asks, where, and how the answer is rendered.

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rolecall_access::OrganizationId;
use rolecall_store::Caller;

use crate::auth::asking::Asking;
use crate::auth::cookie;
use crate::console::form::is_mendable;
use crate::console::shell::{Flash, Shell};
use crate::problem::Problem;
use crate::service;
use crate::state::App;
use crate::text::Language;

/// What a page handler gives.
pub type Page = Result<Response, Problem>;

/// The cookie that carries a message to the next page.
const FLASH: &str = "rolecall_flash";
/// The cookie that keeps the theme.
pub const THEME: &str = "rolecall_theme";

/// Somebody signed in, within an organization of theirs.
pub struct Inside {
    /// For the services.
    pub caller: Caller,
    /// The organization.
    pub id: OrganizationId,
    /// The frame.
    pub shell: Shell,
}

/// Somebody signed in, anywhere.
pub struct SignedIn {
    /// For the services.
    pub caller: Caller,
    /// The frame.
    pub shell: Shell,
}

/// Whoever it is.
pub struct Visitor {
    /// Who asks.
    pub asking: Asking,
    /// The frame.
    pub shell: Shell,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let asking = Asking::from_request_parts(parts, app).await?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let mut shell = Shell::outside(path, theme(&parts.headers), app.now());
        shell.text = shell.text.in_language(Language::of_headers(&parts.headers).tag);
        shell.flash = flash(&parts.headers);
        shell.makes_organizations = app.config.people_make_organizations;
        if asking.session.is_some() {
            shell.welcome(service::own::find_own_account(app, asking.caller.clone()).await?);
        }
        Ok(Self { asking, shell })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app).await;
        let Visitor { asking, shell } = visitor.map_err(IntoResponse::into_response)?;
        if asking.session.is_none() {
            return Err(to_sign_in(parts));
        }
        Ok(Self { caller: asking.caller, shell })
    }
}

impl FromRequestParts<App> for Inside {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn { caller, mut shell, .. } = SignedIn::from_request_parts(parts, app).await?;
        let found = enter(parts, app, &caller, &mut shell).await;
        let id = found.map_err(IntoResponse::into_response)?;
        Ok(Self { caller, id, shell })
    }
}

/// Puts the shell into the organization that the path names.
pub async fn enter(
    parts: &mut Parts,
    app: &App,
    caller: &Caller,
    shell: &mut Shell,
) -> Result<OrganizationId, Problem> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
    let slug = params.iter().find(|(name, _)| *name == "org").map(|(_, slug)| slug.to_owned());
    let slug = slug.ok_or_else(Problem::not_found)?;
    let organization = service::organization::find_organization_by_slug(app, caller.clone(), &slug).await?;
    let id = OrganizationId(organization.id);
    let map = service::own::list_own_permissions(app, caller.clone(), Ok((Some(id), None))).await?;
    shell.enter(organization, map);
    shell.asked(service::request::count_requests(app, caller.clone(), id).await?);
    shell.awaited(service::handover::list_waiting(app, caller.clone()).await?.len());
    Ok(id)
}

/// Sign in first, then come back; a form that was sent is asked to be sent again.
fn to_sign_in(parts: &Parts) -> Response {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Problem::sign_in_needed().into_response();
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let next = if path == "/" { String::new() } else { format!("?next={}", encode(path)) };
    Redirect::to(&format!("/sign-in{next}")).into_response()
}

/// For a value in an address.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A path of ours to go to after; anything else is the start.
pub fn local(path: &str) -> &str {
    let bad = !path.starts_with('/') || path.starts_with("//") || path.contains(|c: char| c == '\\' || c.is_control());
    if bad { "/" } else { path }
}

/// 200 with this page.
pub fn render(shell: &Shell, template: &impl Template) -> Page {
    render_with(StatusCode::OK, shell, template)
}

/// This status with this page; a message shown is used up.
pub fn render_with(status: StatusCode, shell: &Shell, template: &impl Template) -> Page {
    let html = template.render().map_err(|error| Problem::internal(&error))?;
    let mut response = (status, Html(html)).into_response();
    if shell.flash.is_some() {
        response.headers_mut().append(header::SET_COOKIE, flash_cookie("", 0));
    }
    Ok(response)
}

/// Goes to the page, with a message of success.
pub fn done(path: &str, text: &str) -> Response {
    with_flash(path, 's', text)
}

/// After an act: to the page with a message, back with what was wrong if it can be mended, else the problem.
pub fn acted<T>(result: Result<T, Problem>, path: &str, text: &str, back: &str) -> Page {
    match result {
        Ok(_) => Ok(done(path, text)),
        Err(problem) if is_mendable(problem.kind) => Ok(with_flash(back, 'd', &problem.detail)),
        Err(problem) => Err(problem),
    }
}

fn with_flash(path: &str, tone: char, text: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    response.headers_mut().append(header::SET_COOKIE, flash_cookie(&format!("{tone}{}", encode(text)), 60));
    response
}

fn flash_cookie(value: &str, seconds: u32) -> HeaderValue {
    let text = format!("{FLASH}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The message carried here. A script that fetches the page leaves it to the page that the person is led to.
fn flash(headers: &HeaderMap) -> Option<Flash> {
    if headers.get("sec-fetch-dest").is_some_and(|dest| dest != "document") {
        return None;
    }
    let value = cookie::read(headers, FLASH)?;
    let tone = if value.starts_with('s') { "success" } else { "danger" };
    let text = percent_decode_str(value.get(1..)?).decode_utf8().ok()?.into_owned();
    (!text.is_empty()).then_some(Flash { tone, text })
}

/// The theme that the person chose.
pub fn theme(headers: &HeaderMap) -> &'static str {
    match cookie::read(headers, THEME) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_for_the_page_that_the_person_is_led_to() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("rolecall_flash=sSaved"));
        assert_eq!(flash(&headers).map(|flash| flash.text), Some("Saved".to_owned()));
        headers.insert("sec-fetch-dest", HeaderValue::from_static("empty"));
        assert!(flash(&headers).is_none(), "a script's fetch takes it away");
        headers.insert("sec-fetch-dest", HeaderValue::from_static("document"));
        assert!(flash(&headers).is_some());
    }
}
