//! What lately happened to one's own account (P-14).

use rolecall_store::Caller;
use rolecall_store::resource::{Activity, ActivityBy};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::agent;
use crate::service::{ListView, Result};
use crate::state::App;
use crate::time::Time;

/// Something that happened to one's own account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActivityView {
    /// Its id.
    pub id: Uuid,
    /// What was done: `sign_in`, `change_password`, `add_passkey`, ….
    pub action: String,
    /// `done` or `failed`.
    pub outcome: String,
    /// Who did it: `oneself`, `administrator`, `operator` or `anybody` (somebody who was not signed in).
    pub by: &'static str,
    /// From which network address (one's own and of failures).
    pub address: String,
    /// Browser and system, as far as the browser says (of the same).
    pub device: String,
    /// When.
    pub created_at: Time,
    /// How often the same was counted again within the hour.
    pub repeats: i64,
    /// When last.
    pub last_at: Time,
    /// `read`; nobody changes it.
    pub can: Vec<String>,
}

/// The last twenty events of one's own account, newest first.
pub async fn list_activity(app: &App, caller: Caller) -> Result<ListView<ActivityView>> {
    let events = app.store.access(caller).await?.list_own_activity().await?;
    Ok(ListView { items: events.into_iter().map(view).collect(), next_cursor: None })
}

fn view(event: Activity) -> ActivityView {
    ActivityView {
        id: event.id,
        action: event.action,
        outcome: event.outcome.as_str().to_owned(),
        by: match event.by {
            ActivityBy::Oneself => "oneself",
            ActivityBy::Operator => "operator",
            ActivityBy::Anybody => "anybody",
            ActivityBy::Administrator => "administrator",
        },
        address: event.address,
        device: agent::words(&event.agent),
        created_at: event.created_at.into(),
        repeats: event.repeats,
        last_at: event.last_at.into(),
        can: vec!["read".to_owned()],
    }
}
