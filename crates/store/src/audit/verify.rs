//! The chain verified: row by row, with the prunings that rows tell of; the first that is broken is named.

use std::collections::BTreeMap;
use std::fmt;

use rolecall_access::Timestamp;
use sqlx::FromRow;

use crate::audit::chain::{Head, Row};
use crate::audit::prune::{self, Pruning};
use crate::error::Result;
use crate::sql::{Transaction, query};
use crate::store::Store;

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no row at this place.
    Missing,
    /// It does not say what it said.
    Altered,
    /// It does not continue the row before: that one, or this one's place, was altered.
    Unlinked,
    /// It is blank, and no pruning tells of it.
    Blanked,
    /// It tells of a pruning, but not of the rows that were blanked.
    FalsePruning,
    /// It is not the row that was last verified here.
    Replaced,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "it is gone",
            Self::Altered => "it is not what was written there",
            Self::Unlinked => "it does not continue the row before, so that one or its own place was altered",
            Self::Blanked => "it was blanked by hand: no pruning tells of it",
            Self::FalsePruning => "it tells of a pruning, but not of the rows that are blank",
            Self::Replaced => "it is gone, or another than was verified there before",
        })
    }
}

/// The first row that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its place.
    pub position: i64,
    /// When it was made, by its own word; none: there is no row.
    pub at: Option<Timestamp>,
    /// What is wrong.
    pub fault: Fault,
}

/// How far the chain is verified; goes on from there.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    head: Head,
    /// Rows that tell of a pruning and are still to come, with the first row that relies on each.
    awaited: BTreeMap<i64, Broken>,
}

#[derive(FromRow)]
struct ChainRow {
    position: i64,
    #[sqlx(flatten)]
    row: Row,
    previous_hash: Vec<u8>,
    content_hash: Vec<u8>,
    hash: Vec<u8>,
    repeats: i64,
    last_at: i64,
    pruned_by: Option<i64>,
}

/// Rows that are verified at a time.
const PAGE: usize = 1000;

impl Verifier {
    /// The last row that is verified.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Verifies the row, the next of the chain; gives the pruning that it tells of, which is to be verified too.
    fn take(&mut self, next: ChainRow) -> std::result::Result<Option<Pruning>, Broken> {
        let ChainRow { position, row, .. } = &next;
        let (position, at) = (*position, Timestamp(row.created_at));
        let broken = |fault| Broken { position, at: Some(at), fault };
        if position != self.head.position + 1 {
            return Err(Broken { position: self.head.position + 1, at: None, fault: Fault::Missing });
        }
        if next.previous_hash != self.head.hash {
            return Err(broken(Fault::Unlinked));
        }
        if row.hash(&self.head.hash, position, &next.content_hash) != next.hash {
            return Err(broken(Fault::Altered));
        }
        let counted = next.repeats != 0 || next.last_at != row.created_at;
        let mut pruning = None;
        if let Some(by) = next.pruned_by {
            if by <= position || counted || !row.is_blank() {
                return Err(broken(Fault::Blanked));
            }
            self.awaited.entry(by).or_insert(broken(Fault::Blanked));
        } else {
            // Only what was denied or failed is counted.
            if row.content_hash() != next.content_hash || (counted && row.outcome == "done") {
                return Err(broken(Fault::Altered));
            }
            pruning = Pruning::of(position, row);
        }
        self.head = Head { position, hash: next.hash };
        Ok(pruning)
    }
}

impl Store {
    /// Verifies the whole chain; the first broken row, if any.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn verify_audit_chain(&self) -> Result<Option<Broken>> {
        self.verify_audit_chain_from(&mut Verifier::default()).await
    }

    /// Verifies what was appended since the verifier was last here, a page at a time: no transaction is held, and what is
    /// written meanwhile is verified too.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn verify_audit_chain_from(&self, verifier: &mut Verifier) -> Result<Option<Broken>> {
        if let Some(broken) = self.verify_stands(&verifier.head).await? {
            return Ok(Some(broken));
        }
        loop {
            let mut transaction = self.pool.read().await?;
            let rows = rows_behind(&mut transaction, verifier.head.position).await?;
            let last = rows.len() < PAGE;
            for row in rows {
                if let Some(broken) = verify_row(&mut transaction, verifier, row).await? {
                    return Ok(Some(broken));
                }
            }
            if last {
                return Ok(verifier.awaited.values().min_by_key(|broken| broken.position).cloned());
            }
        }
    }

    /// The row that was verified last, if it is not there any more.
    async fn verify_stands(&self, head: &Head) -> Result<Option<Broken>> {
        if head.position == 0 {
            return Ok(None);
        }
        let found: Option<(Vec<u8>, i64)> = query("SELECT hash, created_at FROM audit_event WHERE position = $1")
            .bind(head.position)
            .fetch_optional(&mut self.pool.read().await?)
            .await?;
        let stands = found.as_ref().is_some_and(|(hash, _)| *hash == head.hash);
        let at = found.map(|(_, at)| Timestamp(at));
        Ok((!stands).then_some(Broken { position: head.position, at, fault: Fault::Replaced }))
    }
}

async fn rows_behind(transaction: &mut Transaction, position: i64) -> Result<Vec<ChainRow>> {
    let rows = query(
        "SELECT position, id, organization_id, actor_kind, actor_id, actor_name, action, model, record_id, record_name, \
         outcome, detail, searched, before, after, address, agent, request_id, created_at, previous_hash, content_hash, \
         hash, repeats, last_at, pruned_by FROM audit_event WHERE position > $1 ORDER BY position LIMIT 1000",
    )
    .bind(position)
    .fetch_all(transaction)
    .await?;
    Ok(rows)
}

/// Verifies the next row, and the pruning that it tells of.
async fn verify_row(transaction: &mut Transaction, verifier: &mut Verifier, row: ChainRow) -> Result<Option<Broken>> {
    let at = Some(Timestamp(row.row.created_at));
    let pruning = match verifier.take(row) {
        Ok(Some(pruning)) => pruning,
        Ok(None) => return Ok(None),
        Err(broken) => return Ok(Some(broken)),
    };
    if !prune::verify(transaction, &pruning).await? {
        return Ok(Some(Broken { position: pruning.position, at, fault: Fault::FalsePruning }));
    }
    verifier.awaited.remove(&pruning.position);
    Ok(None)
}
