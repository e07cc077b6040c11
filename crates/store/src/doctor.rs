//! The doctor: whether what is stored can be, and what to do where it cannot.
//!
//! Nothing here is reached by a request: the operator asks on the host.

mod reference;

use std::collections::BTreeSet;

use rolecall_access::guards::{is_managed, is_owned};
use rolecall_access::{Directory, OrganizationId, Ownership, Timestamp, Unit};
use uuid::Uuid;

use crate::audit::{Head, Verifier, chain};
use crate::caller::Caller;
use crate::error::Result;
use crate::facts;
use crate::feed;
use crate::sql::{Transaction, query};
use crate::store::Store;

pub use reference::REFERENCES;

/// What is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The database's own structures.
    Integrity,
    /// Rows that name rows that are not there.
    Orphans,
    /// Organizations and bots have the owner they need, and somebody who can manage them.
    Owners,
    /// The change feed tells everything that a rebuild finds.
    Directory,
    /// Mails that could not be sent.
    Outbox,
    /// The audit log's chain of hashes.
    Audit,
}

impl Check {
    /// All, in the order they are made.
    pub const ALL: [Self; 6] =
        [Self::Integrity, Self::Orphans, Self::Owners, Self::Directory, Self::Outbox, Self::Audit];

    /// Its name, as `--json` writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Orphans => "orphans",
            Self::Owners => "owners",
            Self::Directory => "directory",
            Self::Outbox => "outbox",
            Self::Audit => "audit",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check found it.
    pub check: Check,
    /// What is wrong, in words.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// Whether [`Store::repair`] does it.
    pub repairable: bool,
}

impl Finding {
    fn by_hand(check: Check, what: String, advice: impl Into<String>) -> Self {
        Self { check, what, advice: advice.into(), repairable: false }
    }

    fn repairable(check: Check, what: String, advice: impl Into<String>) -> Self {
        Self { check, what, advice: advice.into(), repairable: true }
    }
}

/// A mail that is due for so long is stuck: nothing sends.
const STUCK_SECONDS: i64 = 3600;

impl Store {
    /// Makes every check.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn examine(&self, now: Timestamp) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for fault in self.pool.faults().await? {
            let advice = "stop the server, keep a copy of the database, and restore a backup";
            findings.push(Finding::by_hand(Check::Integrity, fault, advice));
        }
        let mut transaction = self.pool.read().await?;
        findings.extend(reference::examine(&mut transaction).await?);
        let directory = facts::load_all(&mut transaction).await?;
        findings.extend(owners(&mut transaction, &directory, now).await?);
        let unknown = untold(&mut transaction, &directory).await?;
        if !unknown.is_empty() {
            let what =
                format!("{} facts were changed past Rolecall; running servers do not know of them", unknown.len());
            findings.push(Finding::repairable(Check::Directory, what, "tell them through the change feed"));
        }
        findings.extend(mails(&mut transaction, now).await?);
        drop(transaction);
        findings.extend(self.examine_audit_log().await?.0);
        Ok(findings)
    }

    /// Makes the check of the audit log alone; tells the chain's end too, as far as it is verified, to be noted elsewhere.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn examine_audit_log(&self) -> Result<(Option<Finding>, Head)> {
        let mut verifier = Verifier::default();
        let Some(broken) = self.verify_audit_chain_from(&mut verifier).await? else {
            return Ok((None, verifier.head().clone()));
        };
        let at = broken.at.map(|at| format!(", made at {}", instant(at))).unwrap_or_default();
        let what = format!("row {} of the audit log{at}: {}", broken.position, broken.fault);
        let advice = "rows from there on prove nothing: find out who can write to the database, compare with a \
                      backup; what was done is not undone by mending the chain, so Rolecall does not";
        Ok((Some(Finding::by_hand(Check::Audit, what, advice)), verifier.head().clone()))
    }

    /// Mends what can be mended without deciding anything for anybody: orphaned rows go, untold facts are told, mails
    /// that were given up are tried again. Whatever was found and mended is in the audit log. The number of repairs.
    ///
    /// # Errors
    /// If the database fails; nothing is changed then.
    pub async fn repair(&self, now: Timestamp) -> Result<u64> {
        let (writer, mut transaction) = self.write().await?;
        self.read_feed(&mut transaction).await?;
        let mut repaired = reference::repair(&mut transaction).await?;
        repaired += query(
            "UPDATE outbox SET failed_at = NULL, attempts = 0, next_attempt_at = $1 \
             WHERE failed_at IS NOT NULL AND text_body <> ''",
        )
        .bind(now.0)
        .execute(&mut transaction)
        .await?;
        let directory = facts::load_all(&mut transaction).await?;
        let untold = untold(&mut transaction, &directory).await?;
        let gone = gone(&self.directory(), &directory);
        repaired += untold.len() as u64;
        let units: Vec<Unit> = untold.union(&gone).copied().collect();
        if repaired > 0 {
            let done = crate::AuditEntry {
                organization: None,
                action: "repair",
                model: "Installation",
                record_id: None,
                record_name: String::new(),
                outcome: crate::Outcome::Done,
                detail: format!("{repaired} repairs"),
                before: None,
                after: None,
                acting: None,
            };
            let row = chain::Row::of(&Caller::operator(now), &done)?;
            let head = chain::head(&mut transaction).await?;
            chain::insert(&mut transaction, &row, &head).await?;
        }
        if !units.is_empty() {
            feed::append(&mut transaction, now, &units).await?;
        }
        transaction.commit().await?;
        drop(writer);
        self.catch_up().await?;
        Ok(repaired)
    }
}

/// Every unit that the directory has.
fn units(directory: &Directory) -> BTreeSet<Unit> {
    directory.units().collect()
}

/// Units of which the feed never told, or told otherwise: built from the feed alone, the directory lacks them.
async fn untold(transaction: &mut Transaction, directory: &Directory) -> Result<BTreeSet<Unit>> {
    let told: BTreeSet<Unit> = feed::all_units(transaction).await?;
    let mut rebuilt = Directory::default();
    for unit in &told {
        rebuilt.apply(facts::load(transaction, *unit).await?);
    }
    let all = units(directory).union(&units(&rebuilt)).copied().collect::<BTreeSet<_>>();
    Ok(all.into_iter().filter(|unit| directory.facts(*unit) != rebuilt.facts(*unit)).collect())
}

/// Units of the one that differ in the other.
fn gone(before: &Directory, after: &Directory) -> BTreeSet<Unit> {
    let all: BTreeSet<Unit> = units(before).union(&units(after)).copied().collect();
    all.into_iter().filter(|unit| before.facts(*unit) != after.facts(*unit)).collect()
}

async fn owners(transaction: &mut Transaction, directory: &Directory, now: Timestamp) -> Result<Vec<Finding>> {
    let rows: Vec<(Uuid, String, String)> =
        query("SELECT id, slug, name FROM organization WHERE deleted_at IS NULL ORDER BY slug")
            .fetch_all(&mut *transaction)
            .await?;
    let mut findings = Vec::new();
    for (id, slug, name) in rows {
        let id = OrganizationId(id);
        let Some(facts) = directory.organization(id) else { continue };
        let owned = facts.owner.is_some_and(|owner| directory.is_member(id, owner));
        if facts.policies.owner == Ownership::One && !owned {
            let advice = format!("rolecall organization transfer-ownership {slug} EMAIL");
            findings.push(Finding::by_hand(Check::Owners, format!("{name} ({slug}) has no owner"), advice));
        } else if !is_managed(directory, id, now) {
            let what = format!("nobody who can sign in can manage {name} ({slug}) for good");
            let advice = format!(
                "rolecall user recovery-link EMAIL lets an administrator choose a password; \
                 rolecall user assign-role EMAIL --organization {slug} --role NAME makes one"
            );
            findings.push(Finding::by_hand(Check::Owners, what, advice));
        }
        if facts.policies.bot_owner != Ownership::One {
            continue;
        }
        for bot in directory.bots(id).filter(|bot| !is_owned(directory, bot)) {
            let what = format!("the bot {} of {name} has no owner on its team", bot.id.0);
            let advice = format!("the organization's owner names one: PUT /api/v1/bots/{}/owner", bot.id.0);
            findings.push(Finding::by_hand(Check::Owners, what, advice));
        }
    }
    Ok(findings)
}

async fn mails(transaction: &mut Transaction, now: Timestamp) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let (given_up,): (i64,) = query("SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL AND text_body <> ''")
        .fetch_one(&mut *transaction)
        .await?;
    if given_up > 0 {
        let what = format!("{given_up} mails were given up after many attempts");
        findings.push(Finding::repairable(Check::Outbox, what, "try them again"));
    }
    let (stuck,): (i64,) = query(
        "SELECT COUNT(*) FROM outbox m LEFT JOIN invitation i ON i.id = m.invitation_id \
         WHERE m.sent_at IS NULL AND m.failed_at IS NULL AND m.next_attempt_at <= $1 \
         AND i.accepted_at IS NULL AND i.revoked_at IS NULL",
    )
    .bind(now.plus_seconds(-STUCK_SECONDS).0)
    .fetch_one(transaction)
    .await?;
    if stuck > 0 {
        let what = format!("{stuck} mails have been due for over an hour");
        let advice = "see whether a server runs with --smtp-url, and what its log says of mail";
        findings.push(Finding::by_hand(Check::Outbox, what, advice));
    }
    Ok(findings)
}

/// The instant as operators read it.
fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}
