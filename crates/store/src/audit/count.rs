//! Denials and failures, counted so that nobody can fill the disk with them.
//!
//! The same attempt of the same stranger within the hour is counted in one row. What one stranger can vary (records,
//! actions, addresses tried, reasons) makes so many rows an hour in one organization; what is beyond is counted in one
//! more. A stranger is a person, whatever keys they use, or a network: of IPv6 the /64 that a line is given. All networks
//! together make so many rows an hour in one organization, and then one more.
//!
//! A new row is written at once. Repetitions are counted in memory and written every second, so a flood of denials does
//! not keep others from writing; who reads the log sees them at once, and a crash loses a second of counting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolecall_access::{Actor, Directory, OrganizationId, Timestamp};
use uuid::Uuid;

use crate::audit::chain::{self, Head, Row, digest};
use crate::audit::{AuditEntry, Outcome};
use crate::caller::Caller;
use crate::error::Result;
use crate::network::network;
use crate::sql::{Transaction, query};
use crate::store::Store;

/// Within so many seconds the same denial or failure is counted in one row.
const COUNTED_SECONDS: i64 = 3600;
/// So many rows an hour a stranger makes in an organization.
const ROWS_OF_STRANGER: i64 = 20;
/// So many rows an hour all networks make in an organization.
const ROWS_OF_NETWORKS: i64 = 500;
/// Where more than so many kinds are remembered, those without a count to write are forgotten; they are read again.
const REMEMBERED: usize = 50_000;

/// What makes two denials the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    organization: Uuid,
    stranger: String,
    digest: Vec<u8>,
}

/// A row that counts.
#[derive(Clone, Copy, Debug)]
struct Counter {
    position: i64,
    since: Timestamp,
    pending: i64,
    last_at: Timestamp,
}

/// What was counted since it was last written.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<Counted>>);

#[derive(Default)]
struct Counted {
    /// Rows of this hour.
    rows: HashMap<Kind, Counter>,
    /// Rows of the hour before that a newer one took the place of before their count was written.
    over: Vec<Counter>,
}

impl Counted {
    fn pending(&self) -> impl Iterator<Item = &Counter> {
        self.rows.values().chain(&self.over).filter(|counter| counter.pending > 0)
    }
}

/// An attempt to be written down or counted.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub organization: Option<OrganizationId>,
    pub action: String,
    pub model: String,
    pub record_id: Option<Uuid>,
    pub record_name: String,
    pub outcome: Outcome,
    pub detail: String,
}

impl Told {
    fn row(&self, caller: &Caller) -> Result<Row> {
        let entry = AuditEntry {
            organization: self.organization,
            action: "",
            model: "",
            record_id: self.record_id,
            record_name: self.record_name.clone(),
            outcome: self.outcome,
            detail: self.detail.clone(),
            before: None,
            after: None,
            acting: None,
        };
        Ok(Row { action: self.action.clone(), model: self.model.clone(), ..Row::of(caller, &entry)? })
    }

    /// The row that counts what has no row of its own.
    fn rest(&self, caller: &Caller) -> Result<Row> {
        let entry = AuditEntry {
            organization: self.organization,
            action: "count",
            model: "AuditLog",
            record_id: None,
            record_name: String::new(),
            outcome: self.outcome,
            detail: String::new(),
            before: None,
            after: None,
            acting: None,
        };
        Row::of(caller, &entry)
    }

    /// The kinds that it can be counted as, the nearest first: its own, what else this stranger tries, what else all
    /// networks try.
    fn kinds(&self, caller: &Caller, directory: &Directory) -> Vec<Kind> {
        let organization = self.organization.map_or_else(Uuid::nil, |id| id.0);
        let outcome = self.outcome.as_str().as_bytes();
        let own = digest([
            outcome,
            self.model.as_bytes(),
            self.action.as_bytes(),
            self.record_id.as_ref().map(|id| &id.as_bytes()[..]).unwrap_or_default(),
            self.detail.as_bytes(),
        ]);
        let rest = digest([outcome]);
        let stranger = stranger(caller, directory);
        let kind = |stranger: &str, digest: &[u8]| Kind {
            organization,
            stranger: stranger.to_owned(),
            digest: digest.to_vec(),
        };
        let mut kinds = vec![kind(&stranger, &own), kind(&stranger, &rest)];
        if stranger.starts_with(NETWORK) {
            kinds.push(kind(EVERYBODY, &rest));
        }
        kinds
    }
}

/// How a network is written, before its address.
const NETWORK: &str = "network ";
/// All networks together.
const EVERYBODY: &str = "everybody";

/// Who it is that is counted: a person, whatever keys they use, or a network.
fn stranger(caller: &Caller, directory: &Directory) -> String {
    match caller.actor {
        Actor::User(user) => format!("person {}", user.0),
        Actor::Key(key) => {
            directory.key(key).map_or_else(|| format!("key {}", key.0), |key| format!("person {}", key.sponsor.0))
        }
        Actor::Operator => "operator".to_owned(),
        Actor::Anybody => format!("{NETWORK}{}", network(&caller.address)),
    }
}

impl Counts {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts it as the nearest of these kinds that has a row; false: none has.
    fn count(&self, kinds: &[Kind], now: Timestamp) -> bool {
        let mut counted = self.lock();
        for kind in kinds {
            if let Some(counter) = counted.rows.get_mut(kind)
                && counter.since.plus_seconds(COUNTED_SECONDS) > now
            {
                counter.pending += 1;
                counter.last_at = counter.last_at.max(now);
                return true;
            }
        }
        false
    }

    fn remember(&self, kind: Kind, mut counter: Counter) {
        let mut counted = self.lock();
        if counted.rows.len() >= REMEMBERED {
            counted.rows.retain(|_, counter| counter.pending > 0);
        }
        if let Some(known) = counted.rows.remove(&kind) {
            // Another request may have remembered the same row first, and counted.
            if known.position == counter.position {
                counter.pending += known.pending;
                counter.last_at = counter.last_at.max(known.last_at);
            } else {
                counted.over.push(known);
            }
        }
        counted.rows.insert(kind, counter);
    }

    /// What these rows have been repeated since their counts were last written, and when last.
    pub(crate) fn pending(&self, positions: &[i64]) -> HashMap<i64, (i64, Timestamp)> {
        let counted = self.lock();
        let mine = counted.pending().filter(|counter| positions.contains(&counter.position));
        mine.map(|counter| (counter.position, (counter.pending, counter.last_at))).collect()
    }

    /// Takes what is to be written, and forgets what is over.
    fn take(&self, now: Timestamp) -> Vec<Counter> {
        let mut counted = self.lock();
        let taken = counted.pending().copied().collect();
        counted.over.clear();
        counted.rows.retain(|_, counter| counter.since.plus_seconds(COUNTED_SECONDS) > now);
        for counter in counted.rows.values_mut() {
            counter.pending = 0;
        }
        taken
    }

    fn put_back(&self, taken: Vec<Counter>) {
        self.lock().over.extend(taken);
    }
}

impl Store {
    /// Writes the attempts down, or counts them where they have a row.
    pub(crate) async fn tell(&self, caller: &Caller, attempts: Vec<Told>) -> Result<()> {
        let directory = self.directory();
        let told = attempts.into_iter().map(|told| (told.kinds(caller, &directory), told));
        let new: Vec<(Vec<Kind>, Told)> = told.filter(|(kinds, _)| !self.counts.count(kinds, caller.now)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let (_writer, mut transaction) = self.write().await?;
        let over = caller.now.plus_seconds(-COUNTED_SECONDS).0;
        query("DELETE FROM audit_counted WHERE since <= $1").bind(over).execute(&mut transaction).await?;
        let mut remembered = Vec::new();
        let mut head = chain::head(&mut transaction).await?;
        for (kinds, told) in &new {
            remembered.extend(write(&mut transaction, &mut head, caller, (kinds, told)).await?);
        }
        transaction.commit().await?;
        for (kind, counter) in remembered {
            self.counts.remember(kind, counter);
        }
        Ok(())
    }

    /// Writes down what was counted in memory.
    ///
    /// # Errors
    /// If the database fails; it is counted on then.
    pub async fn write_counts(&self, now: Timestamp) -> Result<()> {
        let taken = self.counts.take(now);
        if taken.is_empty() {
            return Ok(());
        }
        let written = self.add(&taken).await;
        if written.is_err() {
            self.counts.put_back(taken);
        }
        written
    }

    async fn add(&self, taken: &[Counter]) -> Result<()> {
        let (_writer, mut transaction) = self.write().await?;
        for counter in taken {
            query(
                "UPDATE audit_event SET repeats = repeats + $2, last_at = CASE WHEN last_at < $3 THEN $3 ELSE last_at END \
                 WHERE position = $1 AND pruned_by IS NULL",
            )
            .bind(counter.position)
            .bind(counter.pending)
            .bind(counter.last_at.0)
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Counts the attempt as the nearest of its kinds that has a row, or gives it the nearest that it may have; the kind to be
/// remembered with it.
async fn write(
    transaction: &mut Transaction,
    head: &mut Head,
    caller: &Caller,
    (kinds, told): (&[Kind], &Told),
) -> Result<Option<(Kind, Counter)>> {
    for (index, kind) in kinds.iter().enumerate() {
        let found: Option<(i64, i64)> = query(
            "SELECT position, since FROM audit_counted WHERE organization_id = $1 AND stranger = $2 AND kind = $3",
        )
        .bind(kind.organization)
        .bind(&kind.stranger)
        .bind(&kind.digest)
        .fetch_optional(transaction)
        .await?;
        if let Some((position, since)) = found {
            let counter = Counter { position, since: Timestamp(since), pending: 1, last_at: caller.now };
            return Ok(Some((kind.clone(), counter)));
        }
        let last = index + 1 == kinds.len();
        if !last && is_full(transaction, kind, index).await? {
            continue;
        }
        let row = if index == 0 { told.row(caller)? } else { told.rest(caller)? };
        *head = chain::insert(transaction, &row, head).await?;
        query(
            "INSERT INTO audit_counted (organization_id, stranger, kind, position, since) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(kind.organization)
        .bind(&kind.stranger)
        .bind(&kind.digest)
        .bind(head.position)
        .bind(caller.now.0)
        .execute(transaction)
        .await?;
        let counter = Counter { position: head.position, since: caller.now, pending: 0, last_at: caller.now };
        return Ok(Some((kind.clone(), counter)));
    }
    Ok(None)
}

/// Whether this kind gets no row any more: the stranger has all they may have, or all networks have.
async fn is_full(transaction: &mut Transaction, kind: &Kind, index: usize) -> Result<bool> {
    if kind.stranger.starts_with(NETWORK) {
        // `!` follows the space that ends the prefix: every network, nobody else.
        let (networks,): (i64,) = query(
            "SELECT COUNT(*) FROM audit_counted WHERE organization_id = $1 AND stranger >= 'network ' \
             AND stranger < 'network!'",
        )
        .bind(kind.organization)
        .fetch_one(transaction)
        .await?;
        if networks >= ROWS_OF_NETWORKS {
            return Ok(true);
        }
    }
    if index > 0 {
        return Ok(false);
    }
    let (own,): (i64,) = query("SELECT COUNT(*) FROM audit_counted WHERE organization_id = $1 AND stranger = $2")
        .bind(kind.organization)
        .bind(&kind.stranger)
        .fetch_one(transaction)
        .await?;
    Ok(own >= ROWS_OF_STRANGER)
}
