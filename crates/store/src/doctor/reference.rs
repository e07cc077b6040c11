//! Rows that name rows that are not there. Both databases refuse them; a restore of half a backup, or somebody with a
//! database tool, may still make them.

use super::{Check, Finding};
use crate::error::Result;
use crate::sql::{Transaction, query};

/// A foreign key: the table, its columns, the table and columns they name, and whether an orphan is cleared (set to
/// NULL) rather than deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The table that names.
    pub table: &'static str,
    /// By these columns.
    pub columns: &'static [&'static str],
    /// The table that is named.
    pub of: &'static str,
    /// By these columns.
    pub keys: &'static [&'static str],
    /// Whether only the name goes, and the row stays.
    pub clears: bool,
}

const fn goes(
    table: &'static str,
    columns: &'static [&'static str],
    of: &'static str,
    keys: &'static [&'static str],
) -> Reference {
    Reference { table, columns, of, keys, clears: false }
}

const fn clears(table: &'static str, columns: &'static [&'static str], of: &'static str) -> Reference {
    Reference { table, columns, of, keys: &["id"], clears: true }
}

const MEMBER: &[&str] = &["organization_id", "account_id"];
const ACCOUNT: &[&str] = &["account_id", "name_folded", "email_folded"];
const ENTRY: &[&str] = &["bot_id", "account_id"];
const AVAILABILITY: &[&str] = &["account_id", "bot_id"];
const MESSAGE: &[&str] = &["conversation_id", "number"];
const OFFER: &[&str] = &["bot_id", "partnership_id"];
const GUARDED: &[&str] = &["organization_id", "host"];
const IN_ORGANIZATION: &[&str] = &["organization_id"];

/// Every foreign key of the schema; parents first, so that mending in this order leaves nothing behind.
pub const REFERENCES: &[Reference] = &[
    goes("session", &["account_id"], "account", &["id"]),
    goes("sign_in_step", &["account_id"], "account", &["id"]),
    goes("authenticator", &["account_id"], "account", &["id"]),
    goes("authenticator_draft", &["account_id"], "account", &["id"]),
    goes("backup_code_set", &["account_id"], "account", &["id"]),
    goes("backup_code", &["account_id"], "backup_code_set", &["account_id"]),
    goes("passkey", &["account_id"], "account", &["id"]),
    goes("account_picture", &["account_id"], "account", &["id"]),
    goes("absence", &["account_id"], "account", &["id"]),
    goes("email_link", &["account_id"], "account", &["id"]),
    goes("recovery", &["account_id"], "account", &["id"]),
    goes("connection", &["account_id"], "account", &["id"]),
    goes("connection_attempt", &["session_id"], "session", &["id"]),
    goes("connection_attempt", &["connection_id"], "connection", &["id"]),
    clears("organization", &["owner_id"], "account"),
    clears("organization", &["default_invitation_role_id"], "role"),
    clears("organization", &["team_default_role_id"], "role"),
    clears("organization", &["former_owner_role_id"], "role"),
    goes("reserved_permission", IN_ORGANIZATION, "organization", &["id"]),
    goes("role", IN_ORGANIZATION, "organization", &["id"]),
    clears("role", &["created_by"], "account"),
    goes("role_permission", &["role_id"], "role", &["id"]),
    clears("role_permission", &["created_by"], "account"),
    goes("membership", IN_ORGANIZATION, "organization", &["id"]),
    goes("membership", ACCOUNT, "account", &["id", "name_folded", "email_folded"]),
    clears("membership", &["created_by"], "account"),
    goes("role_assignment", MEMBER, "membership", MEMBER),
    goes("role_assignment", &["organization_id", "role_id"], "role", &["organization_id", "id"]),
    clears("role_assignment", &["given_by"], "account"),
    goes("organization_permission", MEMBER, "membership", MEMBER),
    clears("organization_permission", &["given_by"], "account"),
    goes("bot", IN_ORGANIZATION, "organization", &["id"]),
    clears("bot", &["owner_id"], "account"),
    clears("bot", &["created_by"], "account"),
    goes("content", &["bot_id"], "bot", &["id"]),
    clears("content", &["owner_id"], "account"),
    goes("content_version", &["content_id"], "content", &["id"]),
    clears("content_version", &["made_by"], "account"),
    goes("flow", &["bot_id"], "bot", &["id"]),
    clears("flow", &["owner_id"], "account"),
    goes("bot_setting", &["bot_id"], "bot", &["id"]),
    goes("bot_appearance", &["bot_id"], "bot", &["id"]),
    goes("bot_picture", &["bot_id"], "bot", &["id"]),
    goes("bot_version", &["bot_id"], "bot", &["id"]),
    clears("bot_version", &["made_by"], "account"),
    goes("playground_test", &["bot_id"], "bot", &["id"]),
    goes("conversation", &["bot_id"], "bot", &["id"]),
    clears("conversation", &["assigned_to"], "account"),
    goes("message", &["conversation_id"], "conversation", &["id"]),
    clears("message", &["account_id"], "account"),
    goes("undelivered", MESSAGE, "message", MESSAGE),
    goes("messenger_channel", &["bot_id"], "bot", &["id"]),
    clears("messenger_channel", &["connection_id"], "connection"),
    clears("messenger_channel", &["connected_by"], "account"),
    goes("messenger_event", &["channel_id"], "messenger_channel", &["id"]),
    goes("integration", &["bot_id"], "bot", &["id"]),
    clears("integration", &["owner_id"], "account"),
    goes("delivery", &["integration_id"], "integration", &["id"]),
    goes("delivery", &["conversation_id"], "conversation", &["id"]),
    goes("intent", &["bot_id"], "bot", &["id"]),
    clears("intent", &["response_id"], "content"),
    clears("intent", &["owner_id"], "account"),
    goes("entity", &["bot_id"], "bot", &["id"]),
    clears("entity", &["owner_id"], "account"),
    goes("settled_sentence", &["bot_id"], "bot", &["id"]),
    goes("training", &["bot_id"], "bot", &["id"]),
    goes("team_entry", &["bot_id"], "bot", &["id"]),
    goes("team_entry", &["account_id"], "account", &["id"]),
    goes("team_entry", IN_ORGANIZATION, "organization", &["id"]),
    goes("team_entry", MEMBER, "membership", MEMBER),
    clears("team_entry", &["given_by"], "account"),
    goes("bot_role_assignment", ENTRY, "team_entry", ENTRY),
    goes("bot_role_assignment", &["role_id"], "role", &["id"]),
    clears("bot_role_assignment", &["given_by"], "account"),
    goes("bot_permission", ENTRY, "team_entry", ENTRY),
    clears("bot_permission", &["given_by"], "account"),
    goes("availability", &["account_id"], "account", &["id"]),
    goes("availability", &["bot_id"], "bot", &["id"]),
    goes("availability", MEMBER, "membership", MEMBER),
    goes("availability_interval", AVAILABILITY, "availability", AVAILABILITY),
    goes("invitation", IN_ORGANIZATION, "organization", &["id"]),
    goes("invitation", &["account_id"], "account", &["id"]),
    clears("invitation", &["invited_by"], "account"),
    clears("invitation", &["accepted_by"], "account"),
    goes("invitation_role", &["invitation_id"], "invitation", &["id"]),
    goes("invitation_role", &["role_id"], "role", &["id"]),
    goes("invitation_bot", &["invitation_id"], "invitation", &["id"]),
    goes("invitation_bot", &["bot_id"], "bot", &["id"]),
    goes("partnership", &["asker_id"], "organization", &["id"]),
    goes("partnership", &["partner_id"], "organization", &["id"]),
    goes("bot_offer", &["bot_id"], "bot", &["id"]),
    goes("bot_offer", &["partnership_id"], "partnership", &["id"]),
    goes("bot_offer_permission", OFFER, "bot_offer", OFFER),
    goes("access_request", IN_ORGANIZATION, "organization", &["id"]),
    goes("access_request", &["account_id"], "account", &["id"]),
    goes("access_request", &["bot_id"], "bot", &["id"]),
    clears("access_request", &["decided_by"], "account"),
    goes("departure", IN_ORGANIZATION, "organization", &["id"]),
    goes("departure", &["account_id"], "account", &["id"]),
    clears("departure", &["removed_by"], "account"),
    goes("reminder", IN_ORGANIZATION, "organization", &["id"]),
    goes("reminder", &["account_id"], "account", &["id"]),
    goes("outbox", IN_ORGANIZATION, "organization", &["id"]),
    goes("outbox", &["invitation_id"], "invitation", &["id"]),
    goes("api_key", &["sponsor_id"], "account", &["id"]),
    goes("api_key", &["bot_id"], "bot", &["id"]),
    goes("api_key_permission", &["key_id"], "api_key", &["id"]),
    goes("api_key_permission", IN_ORGANIZATION, "organization", &["id"]),
    goes("api_key_permission", &["bot_id"], "bot", &["id"]),
    goes("program_model", IN_ORGANIZATION, "organization", &["id"]),
    goes("program_action", &["model_id"], "program_model", &["id"]),
    goes("program_resource", &["model_id"], "program_model", &["id"]),
    goes("program_resource", &["bot_id"], "bot", &["id"]),
    clears("program_resource", &["owner_id"], "account"),
    goes("program_subject", IN_ORGANIZATION, "organization", &["id"]),
    goes("program_subject_role", &["organization_id", "subject_id"], "program_subject", &["organization_id", "id"]),
    goes("program_subject_role", &["organization_id", "role_id"], "role", &["organization_id", "id"]),
    clears("program_subject_role", &["given_by"], "account"),
    goes("program_grant", &["resource_id"], "program_resource", &["id"]),
    goes("program_grant", &["organization_id", "model_id"], "program_model", &["organization_id", "id"]),
    goes("program_grant", &["organization_id", "subject_id"], "program_subject", &["organization_id", "id"]),
    goes("program_grant", MEMBER, "membership", MEMBER),
    goes("program_grant", &["organization_id", "role_id"], "role", &["organization_id", "id"]),
    clears("program_grant", &["given_by"], "account"),
    goes("forward_host", IN_ORGANIZATION, "organization", &["id"]),
    goes("forward_rule", GUARDED, "forward_host", GUARDED),
    clears("forward_rule", &["bot_id"], "bot"),
    goes("forward_code", &["session_id"], "session", &["id"]),
    goes("forward_ticket", &["session_id"], "session", &["id"]),
];

impl Reference {
    /// The condition that a row of the table names nothing that is there.
    fn broken(&self) -> String {
        let Self { table, columns, of, keys, .. } = self;
        let named: Vec<String> = columns.iter().map(|column| format!("{table}.{column} IS NOT NULL")).collect();
        let same: Vec<String> =
            columns.iter().zip(*keys).map(|(column, key)| format!("named.{key} = {table}.{column}")).collect();
        format!("{} AND NOT EXISTS (SELECT 1 FROM {of} named WHERE {})", named.join(" AND "), same.join(" AND "))
    }

    fn mend(&self) -> String {
        let Self { table, columns, .. } = self;
        if self.clears {
            let cleared: Vec<String> = columns.iter().map(|column| format!("{column} = NULL")).collect();
            return format!("UPDATE {table} SET {} WHERE {}", cleared.join(", "), self.broken());
        }
        format!("DELETE FROM {table} WHERE {}", self.broken())
    }
}

pub(super) async fn examine(transaction: &mut Transaction) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for reference in REFERENCES {
        let text = format!("SELECT COUNT(*) FROM {} WHERE {}", reference.table, reference.broken());
        let (orphans,): (i64,) = query(text).fetch_one(&mut *transaction).await?;
        if orphans == 0 {
            continue;
        }
        let Reference { table, columns, of, .. } = reference;
        let what = format!("{orphans} rows of {table} name by {} a row of {of} that is not there", columns.join(", "));
        let advice = if reference.clears { "empty that column in them" } else { "delete them" };
        findings.push(Finding::repairable(Check::Orphans, what, advice));
    }
    Ok(findings)
}

/// Clears and deletes orphans; how many.
pub(super) async fn repair(transaction: &mut Transaction) -> Result<u64> {
    let mut mended = 0;
    for reference in REFERENCES {
        mended += query(reference.mend()).execute(&mut *transaction).await?;
    }
    Ok(mended)
}
