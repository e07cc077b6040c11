//! `Rolecall-Min-Revision`: a question that must not be answered from the past.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rolecall_store::network::network;

use crate::auth::address;
use crate::following::behind;
use crate::problem::{FieldError, Problem};
use crate::state::App;

/// How long a question waits for the revision it names.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many questions from one network address may wait at a time.
const AT_ONCE: usize = 32;

/// Who waits for a revision, and how often. Cheap to clone.
#[derive(Clone, Default)]
pub struct Waiting(Arc<Mutex<HashMap<String, usize>>>);

/// One that waits.
struct Place {
    waiting: Waiting,
    who: String,
}

impl Waiting {
    /// A place to wait; none: enough of theirs wait already.
    fn enter(&self, who: String) -> Option<Place> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.entry(who.clone()).or_default();
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Place { waiting: self.clone(), who })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.who);
            }
        }
    }
}

/// Waits until the facts are as fresh as the request wants.
pub async fn wait(State(app): State<App>, request: Request, next: Next) -> Response {
    match wanted(request.headers()) {
        Ok(None) => {}
        Err(problem) => return problem.into_response(),
        Ok(Some(revision)) => {
            let address = address::of(request.headers(), request.extensions(), &app.config);
            if let Err(problem) = await_revision(&app, revision, &address).await {
                return problem.into_response();
            }
        }
    }
    next.run(request).await
}

/// Waits, not for long, until the facts include the revision; whoever asks from that address waits so often at a time.
///
/// # Errors
/// 503 if it does not arrive.
pub async fn await_revision(app: &App, revision: u64, address: &str) -> Result<(), Problem> {
    if app.store.directory().revision().0 >= revision {
        return Ok(());
    }
    let place = app.waiting.enter(network(address));
    let _place = place.ok_or_else(|| behind("Too many of your questions wait for a revision. Try again."))?;
    let reached = tokio::time::timeout(PATIENCE, reach(app, revision)).await;
    reached.unwrap_or(false).then_some(()).ok_or_else(|| behind("That revision has not arrived here yet. Try again."))
}

fn wanted(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("rolecall-min-revision") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let message = "A revision is a number, as `Rolecall-Revision` gave it.";
    let wrong = || Problem::invalid(vec![FieldError::new("Rolecall-Min-Revision", "invalid", message)]);
    number.ok_or_else(wrong).map(Some)
}

/// Whether the facts came to include the revision; false: the database cannot be asked.
async fn reach(app: &App, revision: u64) -> bool {
    let mut commits = app.store.watch();
    // It may be there, and not have been told of here.
    if let Err(error) = app.store.catch_up().await {
        tracing::error!(%error, "the change feed cannot be read");
        return false;
    }
    while app.store.directory().revision().0 < revision {
        // Missed commits are no loss: the directory is looked at again.
        let _ = commits.recv().await;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_holds_no_more_than_its_places() {
        let waiting = Waiting::default();
        let places: Vec<_> = (0..AT_ONCE).map(|_| waiting.enter("192.0.2.1".to_owned())).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(waiting.enter("192.0.2.1".to_owned()).is_none());
        assert!(waiting.enter("192.0.2.2".to_owned()).is_some(), "others are not in the way");
        drop(places);
        assert!(waiting.0.lock().is_ok_and(|waiting| waiting.is_empty()));
    }
}
