//! Pruning: what old rows say goes, that they were there stays.
//!
//! A pruned row keeps its place, id, organization, time and hashes. The row that tells of the pruning states the cut-off,
//! how many rows were blanked and a digest over their places and content hashes, and is never pruned itself; so the
//! verifier takes a blank row only where such a row says so, of the same organization, for rows old enough.

use rolecall_access::{OrganizationId, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::audit::chain::{Row, head};
use crate::change::Change;
use crate::error::Result;
use crate::sql::{Transaction, query};

/// The shortest retention, in days; the verifier takes no younger row for pruned, those of erased organizations aside.
pub const LEAST_RETENTION_DAYS: u32 = 30;
/// The longest.
pub const MOST_RETENTION_DAYS: u32 = 3650;
/// A day.
const DAY_MICROS: i64 = 86_400_000_000;
/// Rows that are blanked in one transaction.
const BATCH: usize = 2000;

/// A pruning, as the row of it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pruning {
    /// Where that row is.
    pub position: i64,
    organization: Option<Uuid>,
    created_at: i64,
    before: i64,
    rows: i64,
    digest: String,
    erased: bool,
}

impl Pruning {
    /// The pruning that the row tells of, if it is such a row.
    pub fn of(position: i64, row: &Row) -> Option<Self> {
        if (row.model.as_str(), row.action.as_str(), row.outcome.as_str()) != ("AuditLog", "prune", "done") {
            return None;
        }
        let told: Value = serde_json::from_str(row.after.as_ref()?).ok()?;
        Some(Self {
            position,
            organization: row.organization_id,
            created_at: row.created_at,
            before: told.get("before")?.as_i64()?,
            rows: told.get("rows")?.as_i64()?,
            digest: told.get("digest")?.as_str()?.to_owned(),
            erased: told.get("erased")?.as_bool()?,
        })
    }

    fn is_old_enough(&self) -> bool {
        self.erased || self.before <= self.created_at - i64::from(LEAST_RETENTION_DAYS) * DAY_MICROS
    }
}

#[derive(FromRow)]
struct Blank {
    position: i64,
    organization_id: Option<Uuid>,
    created_at: i64,
    content_hash: Vec<u8>,
}

/// The digest over blanked rows, in their order.
fn digest(rows: &[Blank]) -> String {
    let mut digest = Sha256::new();
    for row in rows {
        digest.update(row.position.to_be_bytes());
        digest.update(&row.content_hash);
    }
    hex::encode(digest.finalize())
}

/// Whether the rows that are blank on this pruning's word are the rows that it tells of.
pub(crate) async fn verify(transaction: &mut Transaction, pruning: &Pruning) -> Result<bool> {
    let rows: Vec<Blank> = query(
        "SELECT position, organization_id, created_at, content_hash FROM audit_event WHERE pruned_by = $1 \
         ORDER BY position",
    )
    .bind(pruning.position)
    .fetch_all(&mut *transaction)
    .await?;
    let fits_erasure = !pruning.erased || is_gone(transaction, pruning.organization).await?;
    let fits = |row: &Blank| {
        row.organization_id == pruning.organization
            && row.created_at < pruning.before
            && row.position < pruning.position
    };
    let counted = i64::try_from(rows.len()).is_ok_and(|number| number == pruning.rows);
    Ok(pruning.organization.is_some()
        && fits_erasure
        && pruning.is_old_enough()
        && counted
        && rows.iter().all(fits)
        && digest(&rows) == pruning.digest)
}

async fn is_gone(transaction: &mut Transaction, organization: Option<Uuid>) -> Result<bool> {
    let (there,): (bool,) = query("SELECT EXISTS (SELECT 1 FROM organization WHERE id = $1)")
        .bind(organization)
        .fetch_one(transaction)
        .await?;
    Ok(!there)
}

/// An organization with rows older than it keeps them.
#[derive(Clone, Copy, Debug)]
pub struct DuePruning {
    /// The organization.
    pub organization: OrganizationId,
    /// Rows made before go.
    pub before: Timestamp,
}

impl Access {
    /// Organizations with rows that are older than they keep them, by whole days.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn list_due_prunings(&mut self) -> Result<Vec<DuePruning>> {
        self.require_operator()?;
        let today = self.caller.now.0.div_euclid(DAY_MICROS) * DAY_MICROS;
        let rows: Vec<(Uuid, i64)> = query(
            "SELECT o.id, o.audit_retention_days FROM organization o WHERE o.audit_retention_days IS NOT NULL \
             AND EXISTS (SELECT 1 FROM audit_event e WHERE e.organization_id = o.id AND e.pruned_by IS NULL \
             AND e.created_at < $1 - o.audit_retention_days * 86400000000 \
             AND NOT (e.model = 'AuditLog' AND e.action = 'prune'))",
        )
        .bind(today)
        .fetch_all(self.transaction())
        .await?;
        let due = |(id, days): (Uuid, i64)| DuePruning {
            organization: OrganizationId(id),
            before: Timestamp(today - days * DAY_MICROS),
        };
        Ok(rows.into_iter().map(due).collect())
    }
}

impl Change {
    /// Blanks rows of the organization that were made before, at most so many at once; the row that tells of it is
    /// written with it. True: there may be more.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn prune_audit_log(&mut self, due: DuePruning) -> Result<bool> {
        self.require_operator()?;
        let rows: Vec<Blank> = query(
            "SELECT position, organization_id, created_at, content_hash FROM audit_event WHERE organization_id = $1 \
             AND created_at < $2 AND pruned_by IS NULL AND NOT (model = 'AuditLog' AND action = 'prune') \
             ORDER BY position LIMIT 2000",
        )
        .bind(due.organization.0)
        .bind(due.before.0)
        .fetch_all(self.transaction())
        .await?;
        self.blank(due, &rows, false).await?;
        Ok(rows.len() == BATCH)
    }

    /// Blanks every row of an organization that is being erased.
    pub(crate) async fn prune_erased(&mut self, organization: OrganizationId) -> Result<()> {
        let before = Timestamp(self.caller().now.0 + 1);
        let rows: Vec<Blank> = query(
            "SELECT position, organization_id, created_at, content_hash FROM audit_event WHERE organization_id = $1 \
             AND created_at < $2 AND pruned_by IS NULL AND NOT (model = 'AuditLog' AND action = 'prune') \
             ORDER BY position",
        )
        .bind(organization.0)
        .bind(before.0)
        .fetch_all(self.transaction())
        .await?;
        self.blank(DuePruning { organization, before }, &rows, true).await
    }

    async fn blank(&mut self, due: DuePruning, rows: &[Blank], erased: bool) -> Result<()> {
        let Some(last) = rows.last() else { return Ok(()) };
        // INVARIANT: the writer's lock is held and rows are appended in the order they were told of, so this is where the
        // row of the pruning will be.
        let position = head(self.transaction()).await?.position + self.told() + 1;
        query(
            "UPDATE audit_event SET actor_kind = 'anybody', actor_id = NULL, actor_name = '', action = '', model = '', \
             record_id = NULL, record_name = '', outcome = 'done', detail = '', searched = '', before = NULL, \
             after = NULL, address = '', agent = '', request_id = '', repeats = 0, last_at = created_at, pruned_by = $1 \
             WHERE organization_id = $2 AND created_at < $3 AND position <= $4 AND pruned_by IS NULL \
             AND NOT (model = 'AuditLog' AND action = 'prune')",
        )
        .bind(position)
        .bind(due.organization.0)
        .bind(due.before.0)
        .bind(last.position)
        .execute(self.transaction())
        .await?;
        let id = due.organization;
        let told = json!({ "before": due.before.0, "rows": rows.len(), "digest": digest(rows), "erased": erased });
        self.audit(AuditEntry::done(id, "prune", "AuditLog", id.0, "").with(told));
        Ok(())
    }
}
