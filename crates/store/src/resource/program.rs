//! Models of other programs: what they register in an organization (models, resources, subjects with ids of their own) and
//! the facts on it. Decisions read none of this: the directory has what they need.

mod grant;
mod names;
mod subject;
mod write;

use rolecall_access::{BotId, OrganizationId, RoleId, Scope, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Action, Authorized, Read, Resource};
use crate::error::{Result, StoreError};
use crate::paging::{Key, Order};
use crate::resource::{List, Models, Organization, Page};
use crate::sql::query;

pub use grant::NewGrant;
pub use names::HolderNames;
pub use subject::{AbleSubject, AssignableSubjects};
pub use write::{NewProgramModel, NewProgramResource, NewProgramSubject};

/// A model of a program.
#[derive(Clone, Debug)]
pub struct ProgramModel {
    /// Its id.
    pub id: Uuid,
    /// Where it is registered.
    pub organization: OrganizationId,
    /// Its name in permissions and questions.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its actions, by name.
    pub actions: Vec<String>,
}

/// A resource of a program.
#[derive(Clone, Debug)]
pub struct ProgramResource {
    /// Its id here.
    pub id: Uuid,
    /// Its id there.
    pub foreign_id: String,
    /// The bot that it is attached to; none: the organization.
    pub bot: Option<BotId>,
    /// Whose it is.
    pub owner: Option<UserId>,
    /// What else is known of it.
    pub properties: Map<String, Value>,
}

/// A subject of a program.
#[derive(Clone, Debug)]
pub struct ProgramSubject {
    /// Its id here.
    pub id: Uuid,
    /// Its type.
    pub kind: String,
    /// Its id there.
    pub foreign_id: String,
    /// What else is known of it.
    pub properties: Map<String, Value>,
    /// The organization roles it holds.
    pub roles: Vec<SubjectRole>,
}

/// An organization role of a program's subject.
#[derive(Clone, Debug)]
pub struct SubjectRole {
    /// Which.
    pub role: RoleId,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

/// A fact on a program's model: this holder may do this.
#[derive(Clone, Debug)]
pub struct ProgramGrant {
    /// Its id.
    pub id: Uuid,
    /// The model.
    pub model: Uuid,
    /// The action.
    pub action: String,
    /// On which resource; none: all of the model.
    pub resource: Option<Uuid>,
    /// The holder, if it is a program's subject.
    pub subject: Option<Uuid>,
    /// The holder, if it is a member.
    pub user: Option<UserId>,
    /// The role whose holders have it.
    pub role: Option<RoleId>,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct ModelRow {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    label: String,
}

#[derive(FromRow)]
struct ResourceRow {
    id: Uuid,
    foreign_id: String,
    bot_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    properties: String,
}

#[derive(FromRow)]
struct SubjectRow {
    id: Uuid,
    kind: String,
    foreign_id: String,
    properties: String,
}

#[derive(FromRow)]
struct GrantRow {
    id: Uuid,
    model_id: Uuid,
    action: String,
    resource_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    account_id: Option<Uuid>,
    role_id: Option<Uuid>,
    expires_at: Option<i64>,
}

fn object(text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("properties are no object: {error}")))
}

impl ResourceRow {
    fn resource(self) -> Result<ProgramResource> {
        Ok(ProgramResource {
            id: self.id,
            properties: object(&self.properties)?,
            foreign_id: self.foreign_id,
            bot: self.bot_id.map(BotId),
            owner: self.owner_id.map(UserId),
        })
    }
}

impl SubjectRow {
    fn subject(self, roles: Vec<SubjectRole>) -> Result<ProgramSubject> {
        let properties = object(&self.properties)?;
        Ok(ProgramSubject { id: self.id, kind: self.kind, foreign_id: self.foreign_id, properties, roles })
    }
}

impl From<GrantRow> for ProgramGrant {
    fn from(row: GrantRow) -> Self {
        Self {
            id: row.id,
            model: row.model_id,
            action: row.action,
            resource: row.resource_id,
            subject: row.subject_id,
            user: row.account_id.map(UserId),
            role: row.role_id.map(RoleId),
            expires_at: row.expires_at.map(Timestamp),
        }
    }
}

const MODEL: &str = "SELECT id, organization_id, name, label FROM program_model WHERE ";
const RESOURCE: &str = "SELECT id, foreign_id, bot_id, owner_id, properties FROM program_resource WHERE ";
const SUBJECT: &str = "SELECT id, kind, foreign_id, properties FROM program_subject WHERE ";
const GRANT: &str =
    "SELECT id, model_id, action, resource_id, subject_id, account_id, role_id, expires_at FROM program_grant WHERE ";

impl Access {
    /// The organization of a place.
    #[must_use]
    pub fn organization_of(&self, scope: Scope) -> Option<OrganizationId> {
        match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.directory.bot(id).map(|bot| bot.organization),
        }
    }

    async fn program_model(&mut self, row: Option<ModelRow>) -> Result<Option<ProgramModel>> {
        let Some(row) = row else { return Ok(None) };
        let actions: Vec<(String,)> = query("SELECT name FROM program_action WHERE model_id = $1 ORDER BY name")
            .bind(row.id)
            .fetch_all(self.transaction())
            .await?;
        Ok(Some(ProgramModel {
            id: row.id,
            organization: OrganizationId(row.organization_id),
            name: row.name,
            label: row.label,
            actions: actions.into_iter().map(|(name,)| name).collect(),
        }))
    }

    /// The model of this name that a program registered there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_program_model(
        &mut self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<ProgramModel>> {
        let row = query(format!("{MODEL}organization_id = $1 AND name = $2"))
            .bind(organization.0)
            .bind(name)
            .fetch_optional(self.transaction())
            .await?;
        self.program_model(row).await
    }

    /// All models that programs registered in the organization, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_program_models(&mut self, of: &Authorized<Models, Read>) -> Result<Vec<ProgramModel>> {
        let rows: Vec<ModelRow> = query(format!("{MODEL}organization_id = $1 ORDER BY name"))
            .bind(of.id.0)
            .fetch_all(self.transaction())
            .await?;
        let mut models = Vec::new();
        for row in rows {
            models.extend(self.program_model(Some(row)).await?);
        }
        Ok(models)
    }

    /// The organization's model of this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn program_model_of<A: Action>(
        &mut self,
        of: &Authorized<impl Resource<Record = Organization>, A>,
        id: Uuid,
    ) -> Result<Option<ProgramModel>> {
        let row = query(format!("{MODEL}organization_id = $1 AND id = $2"))
            .bind(of.id.0)
            .bind(id)
            .fetch_optional(self.transaction())
            .await?;
        self.program_model(row).await
    }

    /// The resource that the program knows by this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_program_resource(
        &mut self,
        model: &ProgramModel,
        foreign_id: &str,
    ) -> Result<Option<ProgramResource>> {
        let row: Option<ResourceRow> = query(format!("{RESOURCE}model_id = $1 AND foreign_id = $2"))
            .bind(model.id)
            .bind(foreign_id)
            .fetch_optional(self.transaction())
            .await?;
        row.map(ResourceRow::resource).transpose()
    }

    /// A page of the model's resources; sorts: `foreign_id`.
    ///
    /// # Errors
    /// [`InvalidList`](StoreError::InvalidList).
    pub async fn list_program_resources(&mut self, model: &ProgramModel, list: &List) -> Result<Page<ProgramResource>> {
        let order = Order::of(list, &[("foreign_id", "foreign_id", Key::Text)], "foreign_id", "id")?;
        let mut query = query(
            "SELECT id, foreign_id, bot_id, owner_id, properties, foreign_id AS sort_key, id AS page_id \
             FROM program_resource WHERE model_id = ",
        );
        query.push_bind(model.id);
        let page = order.fetch::<ResourceRow>(self.transaction(), query).await?;
        let items = page.items.into_iter().map(ResourceRow::resource).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }

    /// The subject that programs know by this type and id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_program_subject(
        &mut self,
        organization: OrganizationId,
        kind: &str,
        foreign_id: &str,
    ) -> Result<Option<ProgramSubject>> {
        let row: Option<SubjectRow> = query(format!("{SUBJECT}organization_id = $1 AND kind = $2 AND foreign_id = $3"))
            .bind(organization.0)
            .bind(kind)
            .bind(foreign_id)
            .fetch_optional(self.transaction())
            .await?;
        row.map(|row| self.with_roles(row)).transpose()
    }

    /// A page of the organization's subjects of programs; sorts: `foreign_id`.
    ///
    /// # Errors
    /// [`InvalidList`](StoreError::InvalidList).
    pub async fn list_program_subjects(
        &mut self,
        of: &Authorized<Models, Read>,
        list: &List,
    ) -> Result<Page<ProgramSubject>> {
        let order = Order::of(list, &[("foreign_id", "foreign_id", Key::Text)], "foreign_id", "id")?;
        let mut query = query(
            "SELECT id, kind, foreign_id, properties, foreign_id AS sort_key, id AS page_id FROM program_subject \
             WHERE organization_id = ",
        );
        query.push_bind(of.id.0);
        let page = order.fetch::<SubjectRow>(self.transaction(), query).await?;
        let items = page.items.into_iter().map(|row| self.with_roles(row)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
