//! Speaking with Facebook's Graph API: pages, their subscription, and messages. Holds no transaction and writes nothing; what
//! is answered is taken for what a stranger says. Each call carries the token in a header and proves that it is ours
//! (`appsecret_proof`).

use std::time::Duration;

use http::{HeaderValue, Method, Request, header};
use serde_json::{Value, json};
use url::Url;

use crate::auth::hmac;
use crate::auth::oauth::shortened;
use crate::auth::provider::Provider;
use crate::auth::secret::Secret;
use crate::state::App;

/// What we are told of pages: messages, and buttons that are pressed.
const FIELDS: &str = "messages,messaging_postbacks";
/// Answers of a list that are asked for, one after the other.
const MOST_ANSWERS: usize = 10;
/// The most characters of a page's id, and of its name.
const ID: usize = 64;
const NAME: usize = 200;

/// A page of somebody's.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its own token.
    pub token: Secret,
}

/// Why a call did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The token is not good (any more).
    Token,
    /// A permission is missing.
    Permission,
    /// The person has not written for more than a day.
    Window,
    /// It may not be done, or not to this person.
    Never,
    /// So much was asked that it has to wait.
    Busy,
    /// Anything else: it may work another time.
    Away,
}

/// Who asks: our app, with a token.
#[derive(Clone, Copy)]
pub struct Graph<'g> {
    app: &'g App,
    provider: &'g Provider,
    token: &'g Secret,
}

impl<'g> Graph<'g> {
    /// Asks with this token.
    #[must_use]
    pub fn with(app: &'g App, provider: &'g Provider, token: &'g Secret) -> Self {
        Self { app, provider, token }
    }

    /// The pages that the token's person manages.
    ///
    /// # Errors
    /// Why it does not say.
    pub async fn list_pages(&self) -> Result<Vec<Page>, Refused> {
        let mut pages = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_ANSWERS {
            let mut query = vec![("fields", "id,name,access_token"), ("limit", "100")];
            if let Some(after) = after.as_deref() {
                query.push(("after", after));
            }
            let answer = self.call(Method::GET, &["me", "accounts"], &query, None).await?;
            let list = answer.get("data").and_then(Value::as_array).ok_or(Refused::Away)?;
            pages.extend(list.iter().filter_map(page));
            let more = answer.pointer("/paging/next").is_some();
            after = answer.pointer("/paging/cursors/after").and_then(Value::as_str).map(str::to_owned);
            if !more || after.is_none() {
                break;
            }
        }
        Ok(pages)
    }

    /// Has us told of what is written to the page; with its token.
    ///
    /// # Errors
    /// Why not.
    pub async fn subscribe(&self, page: &str) -> Result<(), Refused> {
        let query = [("subscribed_fields", FIELDS)];
        self.call(Method::POST, &[page, "subscribed_apps"], &query, Some(json!({}))).await.map(drop)
    }

    /// Has us told no more.
    ///
    /// # Errors
    /// Why not.
    pub async fn unsubscribe(&self, page: &str) -> Result<(), Refused> {
        self.call(Method::DELETE, &[page, "subscribed_apps"], &[], None).await.map(drop)
    }

    /// Says something to somebody who wrote to the page; with its token.
    ///
    /// # Errors
    /// Why it does not reach them.
    pub async fn send(&self, recipient: &str, message: &Value) -> Result<(), Refused> {
        let body = json!({ "messaging_type": "RESPONSE", "recipient": { "id": recipient }, "message": message });
        self.call(Method::POST, &["me", "messages"], &[], Some(body)).await.map(drop)
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Value, Refused> {
        let url = self.address(path, query).ok_or(Refused::Away)?;
        let request = self.request(method, &url, body).ok_or(Refused::Away)?;
        let within = Duration::from_millis(self.app.config.limits.outgoing_milliseconds);
        let answered = self.app.outgoing.send(request, within).await;
        let response = answered.map_err(|fault| {
            tracing::warn!(%fault, "Facebook cannot be asked");
            Refused::Away
        })?;
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if response.status().is_success() && answer.get("error").is_none() {
            return Ok(answer);
        }
        let refused = refused(response.status().as_u16(), &answer);
        let code = |name: &str| answer.pointer(&format!("/error/{name}")).and_then(Value::as_i64).unwrap_or_default();
        let (status, code, subcode) = (response.status().as_u16(), code("code"), code("error_subcode"));
        tracing::warn!(status, code, subcode, ?refused, "Facebook refused");
        Err(refused)
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Option<Url> {
        let mut url = self.app.config.graph()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(path);
        let proof = hmac::sign(self.provider.client_secret.reveal().as_bytes(), self.token.reveal().as_bytes());
        url.query_pairs_mut().extend_pairs(query).append_pair("appsecret_proof", &hex::encode(proof));
        Some(url)
    }

    fn request(&self, method: Method, url: &Url, body: Option<Value>) -> Option<Request<Vec<u8>>> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.reveal())).ok()?;
        bearer.set_sensitive(true);
        let mut request = Request::builder().method(method).uri(url.as_str()).header(header::AUTHORIZATION, bearer);
        request = request.header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(body.map(|body| body.to_string().into_bytes()).unwrap_or_default()).ok()
    }
}

/// Whether this can be the id of a page, or of somebody who writes to one.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A page as it is listed; one without a token is none of which the person may say what is done.
fn page(one: &Value) -> Option<Page> {
    let field = |name: &str| one.get(name).and_then(Value::as_str);
    let id = field("id").filter(|id| is_id(id))?;
    let name = shortened(field("name").unwrap_or(id), NAME);
    let token = field("access_token").filter(|token| !token.is_empty())?;
    let name = if name.is_empty() { id.to_owned() } else { name };
    Some(Page { id: id.to_owned(), name, token: Secret::new(token) })
}

/// What an error means (Graph API, "Handling errors"; Messenger Platform, "Error codes").
fn refused(status: u16, answer: &Value) -> Refused {
    let number = |name: &str| answer.pointer(&format!("/error/{name}")).and_then(Value::as_i64).unwrap_or_default();
    let transient = answer.pointer("/error/is_transient").and_then(Value::as_bool) == Some(true);
    match (number("code"), number("error_subcode")) {
        (190 | 102, _) => Refused::Token,
        (_, 2_018_278) => Refused::Window,
        (551, _) | (_, 1_545_041 | 2_018_001 | 2_018_108) => Refused::Never,
        (4 | 17 | 32 | 613 | 80_006, _) => Refused::Busy,
        (1 | 2, _) => Refused::Away,
        _ if transient || status >= 500 => Refused::Away,
        _ if status == 429 => Refused::Busy,
        (3 | 10 | 200..=299, _) => Refused::Permission,
        _ if status == 401 => Refused::Token,
        (0, _) => Refused::Away,
        _ => Refused::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_facebook_says_is_understood() {
        let error = |code: i64, subcode: i64| json!({ "error": { "code": code, "error_subcode": subcode } });
        for (status, answer, meant) in [
            (400, error(190, 463), Refused::Token),
            (401, Value::Null, Refused::Token),
            (403, error(10, 2_018_278), Refused::Window),
            (403, error(10, 0), Refused::Permission),
            (403, error(200, 0), Refused::Permission),
            (403, error(200, 1_545_041), Refused::Never),
            (400, error(551, 1_545_041), Refused::Never),
            (400, error(100, 2_018_001), Refused::Never),
            (400, error(100, 0), Refused::Never),
            (400, error(613, 0), Refused::Busy),
            (403, error(4, 0), Refused::Busy),
            (429, Value::Null, Refused::Busy),
            (500, error(2, 0), Refused::Away),
            (502, Value::Null, Refused::Away),
            (404, Value::Null, Refused::Away),
            (400, json!({ "error": { "code": 100, "is_transient": true } }), Refused::Away),
        ] {
            assert_eq!(refused(status, &answer), meant, "{status} {answer}");
        }
    }

    #[test]
    fn ids_are_short_and_plain() {
        assert!(is_id("104857600") && is_id("a1"));
        assert!(!is_id("") && !is_id("1/2") && !is_id("1:2") && !is_id("ü") && !is_id(&"1".repeat(65)));
    }
}
