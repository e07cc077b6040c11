//! What the program behind the proxy is told, and what a browser reads that may not pass.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rolecall_store::resource::ForwardPassenger;

/// What is written as `%XX`: control characters, what is not ASCII, and what ends a value or an item of a list.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%').add(b',').add(b';').add(b'"').add(b'\\');
/// Who passes where anybody does.
const ANYBODY: &str = "anonymous";

/// The value as a header bears it, whatever is in it.
fn value(text: &str) -> HeaderValue {
    let text = utf8_percent_encode(text.trim(), ESCAPED).to_string();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn list(all: &[String]) -> HeaderValue {
    let all: Vec<String> = all.iter().map(|one| utf8_percent_encode(one.trim(), ESCAPED).to_string()).collect();
    HeaderValue::from_str(&all.join(",")).unwrap_or(HeaderValue::from_static(""))
}

/// Who it is: each header under the name that programs of this field know, and under ours. All of them are always there,
/// so that a proxy puts them in the place of whatever a client sent.
pub fn of(passenger: Option<&ForwardPassenger>) -> HeaderMap {
    let anybody = ForwardPassenger { id: ANYBODY.to_owned(), email: None, name: ANYBODY.to_owned(), roles: Vec::new() };
    let ForwardPassenger { id, email, name, roles } = passenger.unwrap_or(&anybody);
    let all = [
        (["remote-user", "x-rolecall-user"], value(id)),
        (["remote-email", "x-rolecall-email"], value(email.as_deref().unwrap_or_default())),
        (["remote-name", "x-rolecall-name"], value(name)),
        (["remote-groups", "x-rolecall-roles"], list(roles)),
    ];
    let mut headers = HeaderMap::new();
    for (names, value) in all {
        for name in names {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    headers
}

/// The page of whoever may not pass: plain, for it is shown at somebody else's host, where no file of ours is.
pub fn refused_page(detail: &str) -> String {
    let detail = detail.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
         content=\"light dark\"><title>Not allowed</title></head>\n<body><main><h1>Not allowed</h1>\n<p>{detail}</p></main>\
         </body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_header_or_another_role() {
        let passenger = ForwardPassenger {
            id: "1".to_owned(),
            email: Some("ana@example.com".to_owned()),
            name: "Ana\r\nRemote-User: root Müller".to_owned(),
            roles: vec!["editor,admin".to_owned(), "50%".to_owned()],
        };
        let headers = of(Some(&passenger));
        assert_eq!(headers["remote-name"], "Ana%0D%0ARemote-User: root M%C3%BCller");
        assert_eq!(headers["remote-groups"], "editor%2Cadmin,50%25");
        assert_eq!(headers["x-rolecall-email"], "ana@example.com");
        assert_eq!(of(None)["remote-user"], "anonymous");
        assert!(!refused_page("<script>").contains("<script>"));
    }
}
