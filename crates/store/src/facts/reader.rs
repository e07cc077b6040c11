//! Accounts, memberships and teams, page by page, in the order of their keys; with each page of people what they are
//! given, which lies in the same order.

use std::collections::HashMap;

use rolecall_access::facts::{AccountFacts, Offer, TeamEntry};
use rolecall_access::{Facts, UserId};
use uuid::Uuid;

use crate::error::Result;
use crate::facts::bot::{BOTS, BotRow, EntryRow, GIVEN_ON_BOTS, bot_facts, offers};
use crate::facts::page::{Column, Page, Table};
use crate::facts::{GIVEN_IN_ORGANIZATION, GivenPermission, GivenRole, Grants, grants, member_facts};
use crate::sql::{Transaction, query};

const ACCOUNTS: Table = Table {
    name: "account",
    key: &["id"],
    columns: &[
        Column::Id("id"),
        Column::Value("CASE WHEN verified_at IS NULL THEN 0 ELSE 1 END"),
        Column::Value("CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END"),
    ],
};

const MEMBERSHIPS: Table = Table {
    name: "membership",
    key: &["organization_id", "account_id"],
    columns: &[Column::Id("organization_id"), Column::Id("account_id"), Column::Value("status")],
};

const ROLES: Table = Table {
    name: "role_assignment",
    key: &["organization_id", "account_id"],
    columns: &[
        Column::Id("id"),
        Column::Id("organization_id"),
        Column::Id("account_id"),
        Column::Id("role_id"),
        Column::OptionalId("given_by"),
        Column::Value("created_at"),
        Column::OptionalValue("expires_at"),
    ],
};

const ENTRIES: Table = Table {
    name: "team_entry",
    key: &["bot_id", "account_id"],
    columns: &[
        Column::Id("bot_id"),
        Column::Id("account_id"),
        Column::Id("organization_id"),
        Column::OptionalId("given_by"),
        Column::Value("created_at"),
        Column::OptionalValue("expires_at"),
    ],
};

const ROLES_ON_BOTS: Table = Table {
    name: "bot_role_assignment",
    key: &["bot_id", "account_id"],
    columns: &[
        Column::Id("id"),
        Column::Id("bot_id"),
        Column::Id("account_id"),
        Column::Id("role_id"),
        Column::OptionalId("given_by"),
        Column::Value("created_at"),
        Column::OptionalValue("expires_at"),
    ],
};

/// Reads all of a kind.
pub(super) enum Reader {
    /// The last account read.
    Accounts(Vec<Uuid>),
    /// The last membership read.
    Members(Vec<Uuid>),
    Bots(Bots),
}

/// Where the reading of teams is.
#[derive(Default)]
pub(super) struct Bots {
    after: Vec<Uuid>,
    /// The bots whose team was not read to its end yet; none: not begun.
    left: Option<HashMap<Uuid, (BotRow, Vec<Offer>)>>,
    /// The bot whose entries came last, and they: there may be more of them.
    open: Option<(Uuid, Vec<TeamEntry>)>,
}

impl Reader {
    /// One for each kind.
    pub fn all() -> [Self; 3] {
        [Self::Accounts(Vec::new()), Self::Members(Vec::new()), Self::Bots(Bots::default())]
    }

    /// The next units; none: that was all.
    pub async fn next(&mut self, transaction: &mut Transaction) -> Result<Option<Vec<Facts>>> {
        match self {
            Self::Accounts(after) => accounts(transaction, after).await,
            Self::Members(after) => members(transaction, after).await,
            Self::Bots(bots) => bots.next(transaction).await,
        }
    }
}

async fn accounts(transaction: &mut Transaction, after: &mut Vec<Uuid>) -> Result<Option<Vec<Facts>>> {
    let page = ACCOUNTS.next(transaction, after).await?;
    let (ids, verified, can_sign_in) = (page.ids(0)?, page.values(1)?, page.values(2)?);
    let Some(last) = ids.last() else { return Ok(None) };
    *after = vec![*last];
    let rows = ids.into_iter().zip(verified).zip(can_sign_in);
    let facts = rows.map(|((id, verified), can_sign_in)| {
        let (verified, can_sign_in) = (verified == "1", can_sign_in == "1");
        Facts::Account(AccountFacts { id: UserId(id), verified, can_sign_in })
    });
    Ok(Some(facts.collect()))
}

async fn members(transaction: &mut Transaction, after: &mut Vec<Uuid>) -> Result<Option<Vec<Facts>>> {
    let page = MEMBERSHIPS.next(transaction, after).await?;
    let keys: Vec<(Uuid, Uuid)> = page.ids(0)?.into_iter().zip(page.ids(1)?).collect();
    let Some((organization, account)) = keys.last() else { return Ok(None) };
    let end = vec![*organization, *account];
    let mut given = given(transaction, (&ROLES, GIVEN_IN_ORGANIZATION), after, &end).await?;
    *after = end;
    let members = keys.into_iter().zip(page.values(2)?).map(|(key, status)| {
        let (roles, permissions) = given.remove(&key).unwrap_or_default();
        member_facts(key, status, roles, permissions)
    });
    members.collect::<Result<_>>().map(Some)
}

/// What people are given between two keys.
async fn given(
    transaction: &mut Transaction,
    (roles, permissions): (&Table, &str),
    after: &[Uuid],
    end: &[Uuid],
) -> Result<Grants> {
    let page = roles.between(transaction, after, end).await?;
    let key = roles.key.join(", ");
    let mut singles = query(format!("{permissions} WHERE ({key}) <= ("));
    singles.push_binds(end.iter().copied()).push(")");
    if !after.is_empty() {
        singles.push(format_args!(" AND ({key}) > (")).push_binds(after.iter().copied()).push(")");
    }
    let singles: Vec<GivenPermission> = singles.fetch_all(transaction).await?;
    grants(given_roles(&page)?, singles)
}

fn given_roles(page: &Page) -> Result<Vec<GivenRole>> {
    let names = page.ids(0)?.into_iter().zip(page.ids(1)?).zip(page.ids(2)?).zip(page.ids(3)?);
    let given = page.optional_ids(4)?.into_iter().zip(page.numbers(5)?).zip(page.optional_numbers(6)?);
    let rows = names.zip(given);
    Ok(rows
        .map(|((((id, scope), account), role), ((by, at), until))| (id, scope, account, role, by, at, until))
        .collect())
}

impl Bots {
    async fn next(&mut self, transaction: &mut Transaction) -> Result<Option<Vec<Facts>>> {
        if self.left.is_none() {
            let mut offers = offers(transaction, None).await?;
            let rows: Vec<BotRow> = query(BOTS).fetch_all(&mut *transaction).await?;
            let offered = |row: BotRow| (row.0, (row, offers.remove(&row.0).unwrap_or_default()));
            self.left = Some(rows.into_iter().map(offered).collect());
        }
        let page = ENTRIES.next(transaction, &self.after).await?;
        let entries = entries(&page)?;
        let Some(last) = entries.last() else { return Ok(self.rest()) };
        let end = vec![last.bot_id, last.account_id];
        let mut given = given(transaction, (&ROLES_ON_BOTS, GIVEN_ON_BOTS), &self.after, &end).await?;
        self.after = end;
        let mut facts = Vec::new();
        for row in entries {
            if self.open.as_ref().is_none_or(|(bot, _)| *bot != row.bot_id) {
                facts.extend(self.close());
                self.open = Some((row.bot_id, Vec::new()));
            }
            let entry = row.with(&mut given);
            self.open.iter_mut().for_each(|(_, team)| team.push(entry.clone()));
        }
        Ok(Some(facts))
    }

    /// The bot whose team is complete now.
    fn close(&mut self) -> Option<Facts> {
        let (bot, team) = self.open.take()?;
        let (row, offers) = self.left.as_mut()?.remove(&bot)?;
        Some(bot_facts(row, team, offers))
    }

    /// The last one, and those on which nobody is.
    fn rest(&mut self) -> Option<Vec<Facts>> {
        let mut facts: Vec<Facts> = self.close().into_iter().collect();
        let left = self.left.as_mut()?.drain();
        facts.extend(left.map(|(_, (row, offers))| bot_facts(row, Vec::new(), offers)));
        (!facts.is_empty()).then_some(facts)
    }
}

fn entries(page: &Page) -> Result<Vec<EntryRow>> {
    let names = page.ids(0)?.into_iter().zip(page.ids(1)?).zip(page.ids(2)?);
    let given = page.optional_ids(3)?.into_iter().zip(page.numbers(4)?).zip(page.optional_numbers(5)?);
    let rows =
        names.zip(given).map(|(((bot_id, account_id), organization_id), ((given_by, created_at), expires_at))| {
            EntryRow { bot_id, account_id, organization_id, given_by, created_at, expires_at }
        });
    Ok(rows.collect())
}
