//! Undoing a removal: what was held comes back with its own end, as far as whoever undoes it may give it now.

use std::sync::Arc;

use rolecall_access::facts::{
    Facts, MemberFacts, MemberStatus, PermissionGrant, Provenance, RoleGrant, TeamEntry, Update as Replace,
};
use rolecall_access::guards;
use rolecall_access::{BotId, Directory, OrganizationId, Permission, RoleId, Scope, Timestamp, Unit, UserId};
use uuid::Uuid;

use super::{Departure, Held, HeldEntry, HeldGrant};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Denied, In, Place, allows};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::facts::permission;
use crate::resource::{Members, NewAssignment, SinglePermission};
use crate::sql::query;

/// What became of an undone removal.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Which removal.
    pub departure: Departure,
    /// What could not be given back: names of roles, permissions and bots.
    pub left_out: Vec<String>,
}

/// What is tried, and what stays out.
struct Trial {
    directory: Directory,
    member: MemberFacts,
    using: Vec<(Scope, Permission)>,
    left_out: Vec<String>,
}

impl HeldGrant {
    fn label(&self) -> String {
        match (&self.role, &self.permission) {
            (Some((_, name)), _) => name.clone(),
            (None, Some((model, action))) => format!("{model}: {action}"),
            (None, None) => String::new(),
        }
    }

    fn provenance(&self, now: Timestamp) -> Provenance {
        Provenance { given_by: None, given_at: now, expires_at: self.expires_at.map(Timestamp) }
    }

    fn role_grant(&self, now: Timestamp) -> Option<RoleGrant> {
        let (role, _) = self.role.as_ref()?;
        Some(RoleGrant { role: RoleId(*role), provenance: self.provenance(now) })
    }

    fn permission_grant(&self, now: Timestamp) -> Option<PermissionGrant> {
        let (model, action) = self.permission.as_ref()?;
        Some(PermissionGrant { permission: permission(model, action).ok()?, provenance: self.provenance(now) })
    }

    fn assignment(&self) -> Option<NewAssignment> {
        let (role, _) = self.role.as_ref()?;
        let expires_at = self.expires_at.map(Timestamp);
        Some(NewAssignment { role: RoleId(*role), expires_at, reason: self.reason.clone() })
    }

    fn single(&self) -> Option<SinglePermission> {
        let (model, action) = self.permission.as_ref()?;
        let (expires_at, reason) = (self.expires_at.map(Timestamp), Some(self.reason.clone()));
        Some(SinglePermission { permission: permission(model, action).ok()?, expires_at, reason })
    }
}

impl Change {
    /// Makes the person a member again, with what they had.
    ///
    /// # Errors
    /// [`Denied`] if there is no such removal any more; [`SeatsTaken`](StoreError::SeatsTaken).
    pub async fn undo_departure(&mut self, within: &Authorized<In<Members>, Create>, id: Uuid) -> Result<Restored> {
        self.lock(within.id).await?;
        let found = self.departures(within.id, Some(id)).await?.pop();
        let Some(departure) = found else { return Err(Denied::NotFound { attempt: None }.into()) };
        self.free_seat(within.id).await?;
        let (held,): (String,) =
            query("SELECT held FROM departure WHERE id = $1").bind(id).fetch_one(self.transaction()).await?;
        let held: Held = serde_json::from_str(&held).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let (user, now) = (departure.user, self.caller().now);
        self.insert_membership(within.id, user, "active").await?;
        let mut trial = Trial {
            directory: self.directory().as_ref().clone(),
            member: MemberFacts {
                organization: within.id,
                user,
                status: MemberStatus::Active,
                roles: Vec::new(),
                permissions: Vec::new(),
            },
            using: self.using().to_vec(),
            left_out: Vec::new(),
        };
        trial.directory.apply(Replace::Set(Facts::Member(trial.member.clone())));
        let lasting = |grant: &&HeldGrant| grant.expires_at.is_none_or(|end| end > now.0);
        for grant in held.grants.iter().filter(lasting) {
            self.restore_grant(&mut trial, grant).await?;
        }
        for entry in held.entries.iter().filter(|entry| entry.expires_at.is_none_or(|end| end > now.0)) {
            self.restore_entry(&mut trial, entry, user).await?;
        }
        query("UPDATE departure SET undone_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now.0)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Member(within.id, user));
        let entry = AuditEntry::done(within.id, "restore", "User", user.0, &departure.name);
        self.audit(entry.with(serde_json::json!({ "left_out": trial.left_out })));
        Ok(Restored { departure, left_out: trial.left_out })
    }

    fn may_at(&self, scope: Scope, model: &str, action: &str) -> bool {
        allows(self.directory(), self.caller(), model, action, Place { scope, owner: None })
    }

    /// Whether the guards let it pass, with this unit replaced.
    fn passes(&self, trial: &Trial, after: &Directory, unit: Unit, by: &[(Scope, Permission)]) -> bool {
        let before: &Arc<Directory> = self.directory();
        let using: Vec<(Scope, Permission)> = trial.using.iter().chain(by).cloned().collect();
        let touched = [unit, Unit::Member(trial.member.organization, trial.member.user)];
        let (actor, now) = (self.guarded_actor(), self.caller().now);
        guards::check(&guards::Change { before, after, touched: &touched, actor, using: &using, now }).is_ok()
    }

    async fn restore_grant(&mut self, trial: &mut Trial, grant: &HeldGrant) -> Result<()> {
        let (organization, user, now) = (trial.member.organization, trial.member.user, self.caller().now);
        let scope = Scope::Organization(organization);
        let (model, action) =
            if grant.role.is_some() { ("RoleAssignment", "create") } else { ("UserPermission", "update") };
        let mut member = trial.member.clone();
        member.roles.extend(grant.role_grant(now));
        member.permissions.extend(grant.permission_grant(now));
        let is_there = grant.role.as_ref().is_none_or(|(role, _)| self.directory().role(RoleId(*role)).is_some());
        let mut after = trial.directory.clone();
        after.apply(Replace::Set(Facts::Member(member.clone())));
        let by = [(scope, permission(model, action)?)];
        let unit = Unit::Member(organization, user);
        if !is_there || !self.may_at(scope, model, action) || !self.passes(trial, &after, unit, &by) {
            trial.left_out.push(grant.label());
            return Ok(());
        }
        if let Some(assignment) = grant.assignment() {
            self.give_role((organization, user), &assignment).await?;
        }
        if let Some(single) = grant.single() {
            self.give_permission((organization, user), &single, &grant.reason).await?;
        }
        (trial.member, trial.directory) = (member, after);
        trial.using.extend(by);
        Ok(())
    }

    async fn restore_entry(&mut self, trial: &mut Trial, held: &HeldEntry, user: UserId) -> Result<()> {
        let (organization, bot, now) = (trial.member.organization, BotId(held.bot.0), self.caller().now);
        let Some(Facts::Bot(facts)) = trial.directory.facts(Unit::Bot(bot)) else {
            trial.left_out.push(held.bot.1.clone());
            return Ok(());
        };
        let own = facts.organization == organization;
        // On a partner's bot, one's own people are put; what they may do there is not ours to give.
        let (scope, model) =
            if own { (Scope::Bot(bot), "Team") } else { (Scope::Organization(organization), "Partner") };
        let offered = own || facts.offers.iter().any(|offer| offer.partner == organization);
        let by = [(scope, permission(model, "update")?)];
        let provenance = Provenance { given_by: None, given_at: now, expires_at: held.expires_at.map(Timestamp) };
        let mut entry =
            TeamEntry { user, through: organization, provenance, roles: Vec::new(), permissions: Vec::new() };
        let with = |entry: &TeamEntry| {
            let mut facts = facts.clone();
            facts.team.push(entry.clone());
            let mut after = trial.directory.clone();
            after.apply(Replace::Set(Facts::Bot(facts)));
            after
        };
        let mut after = with(&entry);
        if !offered || !self.may_at(scope, model, "update") || !self.passes(trial, &after, Unit::Bot(bot), &by) {
            trial.left_out.push(held.bot.1.clone());
            return Ok(());
        }
        let mut grants = Vec::new();
        for grant in held.grants.iter().filter(|grant| grant.expires_at.is_none_or(|end| end > now.0)) {
            let mut more = entry.clone();
            more.roles.extend(grant.role_grant(now));
            more.permissions.extend(grant.permission_grant(now));
            let is_there = grant.role.as_ref().is_none_or(|(role, _)| self.directory().role(RoleId(*role)).is_some());
            let tried = with(&more);
            if own && is_there && self.passes(trial, &tried, Unit::Bot(bot), &by) {
                (entry, after) = (more, tried);
                grants.push(grant);
            } else {
                trial.left_out.push(format!("{} ({})", grant.label(), held.bot.1));
            }
        }
        self.write_entry((bot, organization), user, held, &grants).await?;
        trial.directory = after;
        trial.using.extend(by);
        Ok(())
    }

    async fn write_entry(
        &mut self,
        (bot, organization): (BotId, OrganizationId),
        user: UserId,
        held: &HeldEntry,
        grants: &[&HeldGrant],
    ) -> Result<()> {
        self.put_on_team(bot, (organization, user), &[]).await?;
        query("UPDATE team_entry SET expires_at = $3, reason = $4 WHERE bot_id = $1 AND account_id = $2")
            .bind(bot.0)
            .bind(user.0)
            .bind(held.expires_at)
            .bind(&held.reason)
            .execute(self.transaction())
            .await?;
        for grant in grants {
            if let Some(assignment) = grant.assignment() {
                self.insert_bot_role(bot, user, &assignment).await?;
            }
            if let Some(single) = grant.single() {
                self.insert_bot_permission(bot, user, &single, &grant.reason).await?;
            }
        }
        self.bump_team(bot).await
    }
}
