//! What lately happened to one's own account, for its person.

use rolecall_access::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::Outcome;
use crate::error::Result;
use crate::facts::damaged;
use crate::sql::query;

/// Something that happened to an account.
#[derive(Clone, Debug)]
pub struct Activity {
    /// The id of the audit log's row.
    pub id: Uuid,
    /// What was done: `sign_in`, `change_password`, ….
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Who did it.
    pub by: ActivityBy,
    /// From which network address (of the person's own and of failures).
    pub address: String,
    /// With which user agent (of the same).
    pub agent: String,
    /// When.
    pub created_at: Timestamp,
    /// How often the same was counted again within the hour.
    pub repeats: i64,
    /// When last.
    pub last_at: Timestamp,
}

/// Who did something to an account, as far as its person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityBy {
    /// The person, or whoever had their session.
    Oneself,
    /// The operator on the host.
    Operator,
    /// Somebody who was not signed in.
    Anybody,
    /// Somebody else: an administrator of an organization.
    Administrator,
}

#[derive(FromRow)]
struct ActivityRow {
    position: i64,
    id: Uuid,
    actor_kind: String,
    actor_id: Option<Uuid>,
    action: String,
    outcome: String,
    address: String,
    agent: String,
    created_at: i64,
    repeats: i64,
    last_at: i64,
}

/// So many are shown.
const SHOWN: i64 = 20;

impl Access {
    /// The last events of the caller's own account, newest first. What stands in several organizations' logs is one
    /// event; what an organization has pruned is gone.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_own_activity(&mut self) -> Result<Vec<Activity>> {
        let me = self.own_id()?;
        let rows: Vec<ActivityRow> = query(
            "SELECT position, id, actor_kind, actor_id, action, outcome, address, agent, created_at, repeats, last_at \
             FROM audit_event WHERE position IN (SELECT MIN(position) FROM audit_event WHERE record_id = $1 \
             AND model = 'Account' AND pruned_by IS NULL GROUP BY action, outcome, request_id, created_at \
             ORDER BY MIN(position) DESC LIMIT $2) ORDER BY position DESC",
        )
        .bind(me.0)
        .bind(SHOWN)
        .fetch_all(self.transaction())
        .await?;
        let pending = self.counts.pending(&rows.iter().map(|row| row.position).collect::<Vec<_>>());
        let activity = |row: ActivityRow| {
            let (more, last_at) = pending.get(&row.position).copied().unwrap_or((0, Timestamp(row.last_at)));
            let mut activity = row.activity(me)?;
            activity.repeats += more;
            activity.last_at = activity.last_at.max(last_at);
            Ok(activity)
        };
        rows.into_iter().map(activity).collect()
    }
}

impl ActivityRow {
    fn activity(self, me: UserId) -> Result<Activity> {
        let outcome = Outcome::parse(&self.outcome).ok_or_else(|| damaged("outcome", &self.outcome))?;
        let by = match (self.actor_kind.as_str(), self.actor_id) {
            ("user", Some(id)) if id == me.0 => ActivityBy::Oneself,
            ("operator", _) => ActivityBy::Operator,
            ("anybody", _) => ActivityBy::Anybody,
            _ => ActivityBy::Administrator,
        };
        // From where somebody else acts is not this person's to know.
        let told = matches!(by, ActivityBy::Oneself | ActivityBy::Anybody);
        let shown = |text: String| if told { text } else { String::new() };
        Ok(Activity {
            id: self.id,
            action: self.action,
            outcome,
            by,
            address: shown(self.address),
            agent: shown(self.agent),
            created_at: Timestamp(self.created_at),
            repeats: self.repeats,
            last_at: Timestamp(self.last_at),
        })
    }
}
