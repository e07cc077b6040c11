//! What pages load: our own and vendored files, in the binary, at addresses that change with their content.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use crate::problem::Problem;
use crate::state::App;

#[derive(RustEmbed)]
#[folder = "static/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[exclude = "vendor/icons/*"]
struct Files;

/// Each file's address.
static ADDRESSES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let address = |name: std::borrow::Cow<'static, str>| {
        let file = Files::get(&name)?;
        let hash = hex::encode(file.metadata.sha256_hash());
        let short = hash.get(..12)?;
        Some((name.to_string(), format!("/static/{short}/{name}")))
    };
    Files::iter().filter_map(address).collect()
});

pub fn router() -> Router<App> {
    Router::new().route("/static/{hash}/{*name}", get(serve))
}

/// The address of a file.
pub fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("/static/missing", String::as_str)
}

async fn serve(Path((hash, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let known = ADDRESSES.get(&name).is_some_and(|address| *address == format!("/static/{hash}/{name}"));
    let file = Files::get(&name).filter(|_| known).ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
    ];
    Ok((headers, file.data).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_pages_load_are_in_the_binary() {
        let own = ["app.css", "talk.css", "console.js", "talk.js", "theme.js", "icon.svg"];
        let vendored = ["vendor/htmx.min.js", "vendor/joint.min.js", "vendor/tabler.min.css"];
        for name in own.into_iter().chain(vendored) {
            assert!(address(name).ends_with(name), "{name}");
        }
    }
}
