//! The names of those that facts on programs' models speak of, as far as the caller may know them.

use std::collections::BTreeMap;

use rolecall_access::facts::{GrantFacts, Holder};
use rolecall_access::{BotId, RoleId, Scope, UserId};

use crate::access::Access;
use crate::authorize::{Authorized, Place, Read, allows};
use crate::error::Result;
use crate::resource::Models;

/// Names by id.
#[derive(Clone, Debug, Default)]
pub struct HolderNames {
    /// Of roles.
    pub roles: BTreeMap<RoleId, String>,
    /// Of members.
    pub users: BTreeMap<UserId, String>,
    /// Of bots.
    pub bots: BTreeMap<BotId, String>,
}

impl Access {
    /// The names of the roles and members that hold these facts, and of these bots.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn holder_names(
        &mut self,
        of: &Authorized<Models, Read>,
        given: &[GrantFacts],
        roles: &[RoleId],
        bots: &[BotId],
    ) -> Result<HolderNames> {
        let here = Scope::Organization(of.id);
        let may = |model, scope| allows(&self.directory, &self.caller, model, "read", Place { scope, owner: None });
        let (sees_roles, sees_users) = (may("Role", here), may("User", here));
        let own = |bot: &BotId| self.directory.bot(*bot).is_some_and(|facts| facts.organization == of.id);
        let bots: Vec<BotId> = bots.iter().copied().filter(|bot| own(bot) && may("Bot", Scope::Bot(*bot))).collect();
        let held =
            given.iter().filter_map(|grant| if let Holder::Role(role) = grant.holder { Some(role) } else { None });
        let roles: Vec<RoleId> = held.chain(roles.iter().copied()).filter(|_| sees_roles).collect();
        let users: Vec<UserId> = given
            .iter()
            .filter(|_| sees_users)
            .filter_map(|grant| if let Holder::User(user) = grant.holder { Some(user) } else { None })
            .collect();
        let roles = self.names("role", roles.into_iter().map(|id| id.0)).await?;
        let users = self.names("account", users.into_iter().map(|id| id.0)).await?;
        let bots = self.names("bot", bots.into_iter().map(|id| id.0)).await?;
        Ok(HolderNames {
            roles: roles.into_iter().map(|(id, name)| (RoleId(id), name)).collect(),
            users: users.into_iter().map(|(id, name)| (UserId(id), name)).collect(),
            bots: bots.into_iter().map(|(id, name)| (BotId(id), name)).collect(),
        })
    }
}
