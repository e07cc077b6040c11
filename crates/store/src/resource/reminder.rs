//! Telling people in time that something they were given ends.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::ends::{Ending, Given};
use rolecall_access::{BotId, Directory, OrganizationId, Permission, RoleId, Timestamp, UserId};
use uuid::Uuid;

use crate::access::Access;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::account::find_account;
use crate::resource::organization::find_organization;
use crate::resource::{Account, Organization};
use crate::sql::query;

/// Something ends soon for somebody.
#[derive(Clone, Debug)]
pub struct Reminder {
    /// For whom.
    pub account: Account,
    /// Where.
    pub organization: Organization,
    /// When.
    pub ends_at: Timestamp,
    /// The names of roles that end.
    pub roles: Vec<String>,
    /// Single permissions that end.
    pub permissions: Vec<Permission>,
    /// The names of bots on which something ends.
    pub bots: Vec<String>,
}

/// What ends for one person in one organization at one instant.
type Due = BTreeMap<(OrganizationId, UserId, Timestamp), Vec<Given>>;

/// What ends within `microseconds`, or, where it was given for less than twice that, in the second half of its time.
fn due(directory: &Directory, now: Timestamp, microseconds: i64) -> Due {
    let mut due = Due::new();
    for user in directory.users() {
        let soon = |ending: &Ending| {
            let notice = microseconds.min((ending.at.0 - ending.since.0) / 2);
            ending.at > now && ending.at.0 - now.0 <= notice
        };
        for ending in directory.endings(user).filter(soon) {
            due.entry((ending.organization, user, ending.at)).or_default().push(ending.given);
        }
    }
    due
}

impl Access {
    /// The same, of this access; off the threads that answer requests, as it goes through everybody.
    async fn due(&self, microseconds: i64) -> Result<Due> {
        let (directory, now) = (self.directory().clone(), self.caller().now);
        let found = tokio::task::spawn_blocking(move || due(&directory, now, microseconds)).await;
        found.map_err(|error| StoreError::Damaged(format!("looking for what ends broke off: {error}")))
    }

    /// Whether there may be somebody to tell.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn has_reminders(&mut self, microseconds: i64) -> Result<bool> {
        self.require_operator()?;
        for (organization, user, at) in self.due(microseconds).await?.into_keys() {
            let (told,): (bool,) = query(
                "SELECT EXISTS (SELECT 1 FROM reminder WHERE account_id = $1 AND organization_id = $2 AND ends_at = $3)",
            )
            .bind(user.0)
            .bind(organization.0)
            .bind(at.0)
            .fetch_one(self.transaction())
            .await?;
            if !told {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Change {
    /// Those to be told now; they are not given again.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn take_reminders(&mut self, microseconds: i64) -> Result<Vec<Reminder>> {
        self.require_operator()?;
        let mut reminders = Vec::new();
        for ((organization, user, ends_at), given) in self.due(microseconds).await? {
            let (account, found) = (
                find_account(self.transaction(), user).await?,
                find_organization(self.transaction(), organization).await?,
            );
            let (Some(account), Some(organization)) = (account, found) else { continue };
            let new = query(
                "INSERT INTO reminder (account_id, organization_id, ends_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(user.0)
            .bind(organization.id.0)
            .bind(ends_at.0)
            .execute(self.transaction())
            .await?;
            if new == 0 {
                continue;
            }
            let (mut roles, mut bots, mut permissions) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            for given in given {
                match given {
                    Given::Role(role) => roles.extend([role]),
                    Given::Permission(permission) => permissions.extend([permission]),
                    Given::OnTeam(bot) | Given::BotPermission(bot, _) | Given::BotRole(bot, _) => bots.extend([bot]),
                }
            }
            let ids = |roles: BTreeSet<RoleId>| roles.into_iter().map(|role| role.0);
            let roles = named(self.names("role", ids(roles)).await?);
            let ids = |bots: BTreeSet<BotId>| bots.into_iter().map(|bot| bot.0);
            let bots = named(self.names("bot", ids(bots)).await?);
            let permissions = permissions.into_iter().collect();
            reminders.push(Reminder { account, organization, ends_at, roles, permissions, bots });
        }
        query("DELETE FROM reminder WHERE ends_at < $1").bind(self.caller().now.0).execute(self.transaction()).await?;
        Ok(reminders)
    }
}

fn named(rows: Vec<(Uuid, String)>) -> Vec<String> {
    rows.into_iter().map(|(_, name)| name).collect()
}
