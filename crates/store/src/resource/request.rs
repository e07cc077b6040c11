//! Asking for access: a person names the permission that they miss, whoever can give it grants or declines.

mod write;

use rolecall_access::{
    Actor, BotId, OrganizationId, Permission, Question, Remedy, Scope, Step, Subject, Timestamp, UserId,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Authorized, Place, Update, allows};
use crate::error::{Result, StoreError};
use crate::facts::permission;
use crate::resource::{TeamAuthority, UserPermissions};
use crate::sql::{Query, query};

/// A question for access.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub organization: OrganizationId,
    /// Who asks.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// On which bot; none: in the organization.
    pub bot: Option<BotId>,
    /// Its name.
    pub bot_name: Option<String>,
    /// What is asked for.
    pub permission: Permission,
    /// Why.
    pub reason: String,
    /// `open`, `granted`, `declined` or `withdrawn`.
    pub status: String,
    /// What was answered.
    pub answer: String,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

impl AccessRequest {
    /// Where it is asked for.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.bot.map_or(Scope::Organization(self.organization), Scope::Bot)
    }
}

/// An open request that the caller can decide, and by what.
pub struct RequestAuthority {
    request: AccessRequest,
    by: By,
}

enum By {
    Team(Box<TeamAuthority>),
    Member(Box<Authorized<UserPermissions, Update>>),
}

impl RequestAuthority {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &AccessRequest {
        &self.request
    }
}

#[derive(FromRow)]
struct RequestRow {
    id: Uuid,
    organization_id: Uuid,
    account_id: Uuid,
    name: String,
    email: String,
    bot_id: Option<Uuid>,
    bot_name: Option<String>,
    model: String,
    action: String,
    reason: String,
    status: String,
    answer: String,
    created_at: i64,
    decided_at: Option<i64>,
}

impl TryFrom<RequestRow> for AccessRequest {
    type Error = StoreError;

    fn try_from(row: RequestRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            organization: OrganizationId(row.organization_id),
            user: UserId(row.account_id),
            name: row.name,
            email: row.email,
            bot: row.bot_id.map(BotId),
            bot_name: row.bot_name,
            permission: permission(&row.model, &row.action)?,
            reason: row.reason,
            status: row.status,
            answer: row.answer,
            created_at: Timestamp(row.created_at),
            decided_at: row.decided_at.map(Timestamp),
        })
    }
}

fn of_organization(organization: OrganizationId) -> Query {
    let mut query = query(
        "SELECT r.id, r.organization_id, r.account_id, a.name, a.email, r.bot_id, b.name AS bot_name, r.model, r.action, r.reason, \
         r.status, r.answer, r.created_at, r.decided_at FROM access_request r JOIN account a ON a.id = r.account_id \
         LEFT JOIN bot b ON b.id = r.bot_id WHERE r.organization_id = ",
    );
    query.push_bind(organization.0);
    query
}

impl Access {
    /// Own requests, the latest 50, and open ones that the caller can decide, the oldest 200 first.
    ///
    /// # Errors
    /// [`Denied`] for strangers.
    pub async fn list_requests(
        &mut self,
        organization: OrganizationId,
    ) -> Result<(Vec<AccessRequest>, Vec<AccessRequest>)> {
        self.member_organization(organization).await?;
        let own = match self.caller_person() {
            Some(user) => {
                let mut query = of_organization(organization);
                query.push(" AND r.account_id = ").push_bind(user.0).push(" ORDER BY r.created_at DESC LIMIT 50");
                query.fetch_all::<RequestRow>(self.transaction()).await?
            }
            None => Vec::new(),
        };
        let mut query = of_organization(organization);
        query.push(" AND r.status = 'open' ORDER BY r.created_at, r.id LIMIT 1000");
        let open = query.fetch_all::<RequestRow>(self.transaction()).await?;
        let own: Vec<AccessRequest> = own.into_iter().map(AccessRequest::try_from).collect::<Result<_>>()?;
        let open: Vec<AccessRequest> = open.into_iter().map(AccessRequest::try_from).collect::<Result<_>>()?;
        Ok((own, open.into_iter().filter(|request| self.decides(request)).take(200).collect()))
    }

    /// How many open requests the caller can decide.
    ///
    /// # Errors
    /// [`Denied`] for strangers.
    pub async fn count_requests(&mut self, organization: OrganizationId) -> Result<usize> {
        let (open,): (bool,) =
            query("SELECT EXISTS (SELECT 1 FROM access_request WHERE organization_id = $1 AND status = 'open')")
                .bind(organization.0)
                .fetch_one(self.transaction())
                .await?;
        if !open {
            return Ok(0);
        }
        Ok(self.list_requests(organization).await?.1.len())
    }

    /// Whether asking may help the caller here, and whether they asked already; none: it would not help.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn may_ask(
        &mut self,
        organization: OrganizationId,
        bot: Option<BotId>,
        wanted: &Permission,
    ) -> Result<Option<bool>> {
        let Actor::User(user) = self.caller.actor else { return Ok(None) };
        if self.member_organization(organization).await.is_err()
            || self.helping(organization, user, bot, wanted).is_none()
        {
            return Ok(None);
        }
        let asked = self.open_request(organization, user, bot, wanted).await?;
        Ok(Some(asked.is_some()))
    }

    /// The single permission (with a place on the team, if need be) that would allow it; none: no such grant helps.
    fn helping(
        &self,
        organization: OrganizationId,
        user: UserId,
        bot: Option<BotId>,
        wanted: &Permission,
    ) -> Option<(Question, Remedy)> {
        // A partner's person is given nothing in the organization itself.
        if bot.is_none() && !self.directory.is_member(organization, user) {
            return None;
        }
        let scope = bot.map_or(Scope::Organization(organization), Scope::Bot);
        let question = Question { subject: Subject::User(user), permission: wanted.clone(), scope, owner: None };
        let single = |step: &Step| matches!(step, Step::TeamEntry | Step::BotPermission | Step::OrganizationPermission);
        let remedies = self.directory.remedies(&question, self.caller.now);
        let remedy = remedies.into_iter().find(|remedy| remedy.0.iter().all(single))?;
        Some((question, remedy))
    }

    async fn open_request(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        bot: Option<BotId>,
        wanted: &Permission,
    ) -> Result<Option<AccessRequest>> {
        let mut query = of_organization(organization);
        query.push(" AND r.status = 'open' AND r.account_id = ").push_bind(user.0);
        query.push(" AND r.model = ").push_bind(wanted.model.as_str().to_owned());
        query.push(" AND r.action = ").push_bind(wanted.action.as_str().to_owned());
        match bot {
            Some(bot) => query.push(" AND r.bot_id = ").push_bind(bot.0),
            None => query.push(" AND r.bot_id IS NULL"),
        };
        let row: Option<RequestRow> = query.fetch_optional(self.transaction()).await?;
        row.map(AccessRequest::try_from).transpose()
    }

    /// Whether the caller can give what is asked: may change such grants there, and can do it themselves. Oneself: no.
    fn decides(&self, request: &AccessRequest) -> bool {
        let place = Place { scope: request.scope(), owner: None };
        let may = |model: &str, action: &str| allows(&self.directory, &self.caller, model, action, place);
        let gives = match request.bot {
            Some(_) => may("Team", "update"),
            None => may("UserPermission", "update"),
        };
        let own = self.caller_person() == Some(request.user);
        gives && !own && may(request.permission.model.as_str(), request.permission.action.as_str())
    }
}
