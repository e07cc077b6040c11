//! Registering what programs have.

use rolecall_access::{BotId, ModelId, Name, ResourceId, RoleId, SubjectId, Unit, UserId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ProgramModel, ProgramResource, ProgramSubject};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::Models;
use crate::sql::query;

/// A model to be registered.
#[derive(Clone, Debug)]
pub struct NewProgramModel {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// All its actions.
    pub actions: Vec<String>,
}

/// A resource to be registered.
#[derive(Clone, Debug)]
pub struct NewProgramResource {
    /// Its id there.
    pub foreign_id: String,
    /// The bot to attach it to; none: the organization.
    pub bot: Option<BotId>,
    /// Whose it is.
    pub owner: Option<UserId>,
    /// What else is known of it.
    pub properties: Map<String, Value>,
}

/// A subject to be registered.
#[derive(Clone, Debug)]
pub struct NewProgramSubject {
    /// Its type.
    pub kind: String,
    /// Its id there.
    pub foreign_id: String,
    /// What else is known of it.
    pub properties: Map<String, Value>,
}

impl Change {
    /// Registers a model, or anew: its actions are those named, and facts on others go.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn register_model(
        &mut self,
        of: &Authorized<Models, Create>,
        new: &NewProgramModel,
    ) -> Result<ProgramModel> {
        self.lock(of.id).await?;
        let (id, now) = (self.new_id()?, self.caller().now.0);
        let before = self.find_program_model(of.id, &new.name).await?;
        query(
            "INSERT INTO program_model (id, organization_id, name, label, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (organization_id, name) DO UPDATE SET label = excluded.label",
        )
        .bind(id)
        .bind(of.id.0)
        .bind(&new.name)
        .bind(&new.label)
        .bind(now)
        .execute(self.transaction())
        .await?;
        let id = before.as_ref().map_or(id, |before| before.id);
        query("DELETE FROM program_action WHERE model_id = $1").bind(id).execute(self.transaction()).await?;
        for action in &new.actions {
            query("INSERT INTO program_action (model_id, name) VALUES ($1, $2)")
                .bind(id)
                .bind(action)
                .execute(self.transaction())
                .await?;
        }
        query(
            "DELETE FROM program_grant WHERE model_id = $1 \
             AND action NOT IN (SELECT name FROM program_action WHERE model_id = $1)",
        )
        .bind(id)
        .execute(self.transaction())
        .await?;
        self.touch(Unit::Model(ModelId(id)));
        let directory = self.directory().clone();
        let kept = |action: &Name| new.actions.iter().any(|known| known == action.as_str());
        for gone in directory.grants_on_model(ModelId(id)).filter(|grant| !kept(&grant.action)) {
            self.touch(Unit::Grant(gone.id));
        }
        let after = json!({ "label": new.label, "actions": new.actions });
        let action = if before.is_some() { "update" } else { "create" };
        let entry = AuditEntry::done(of.id, action, "Model", id, &new.name);
        self.audit(match before {
            Some(before) => entry.changed(json!({ "label": before.label, "actions": before.actions }), after),
            None => entry.with(after),
        });
        self.find_program_model(of.id, &new.name).await?.ok_or_else(crate::resource::organization::gone)
    }

    /// Forgets a model with its resources and all facts on it, in roles too.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_model(&mut self, of: &Authorized<Models, Delete>, model: &ProgramModel) -> Result<()> {
        self.lock(of.id).await?;
        let roles: Vec<(Uuid,)> = query(
            "SELECT DISTINCT r.id FROM role r JOIN role_permission p ON p.role_id = r.id \
             WHERE r.organization_id = $1 AND p.model = $2",
        )
        .bind(of.id.0)
        .bind(&model.name)
        .fetch_all(self.transaction())
        .await?;
        for (role,) in roles {
            query("DELETE FROM role_permission WHERE role_id = $1 AND model = $2")
                .bind(role)
                .bind(&model.name)
                .execute(self.transaction())
                .await?;
            self.touch(Unit::Role(RoleId(role)));
        }
        query("DELETE FROM program_model WHERE id = $1").bind(model.id).execute(self.transaction()).await?;
        self.touch(Unit::Model(ModelId(model.id)));
        self.audit(AuditEntry::done(of.id, "delete", "Model", model.id, &model.name));
        Ok(())
    }

    /// Registers a resource of the model, or anew.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown): a bot or an owner that is none of the organization's.
    pub async fn register_resource(
        &mut self,
        of: &Authorized<Models, Create>,
        model: &ProgramModel,
        new: &NewProgramResource,
    ) -> Result<ProgramResource> {
        self.lock(of.id).await?;
        let directory = self.directory().clone();
        let foreign = |bot: BotId| directory.bot(bot).is_none_or(|bot| bot.organization != of.id);
        if new.bot.is_some_and(foreign) {
            return Err(StoreError::Unknown("bot"));
        }
        if new.owner.is_some_and(|owner| directory.member(of.id, owner).is_none()) {
            return Err(StoreError::Unknown("owner"));
        }
        let before = self.find_program_resource(model, &new.foreign_id).await?;
        if before.as_ref().is_some_and(|before| before.bot != new.bot || before.owner != new.owner) {
            // What was given on it was given where it was, for whose it was.
            self.forget_resource(before.as_ref().map(|before| before.id)).await?;
        }
        let (id, now) = (self.new_id()?, self.caller().now.0);
        query(
            "INSERT INTO program_resource (id, model_id, foreign_id, bot_id, owner_id, properties, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (model_id, foreign_id) DO UPDATE SET properties = excluded.properties",
        )
        .bind(id)
        .bind(model.id)
        .bind(&new.foreign_id)
        .bind(new.bot.map(|bot| bot.0))
        .bind(new.owner.map(|owner| owner.0))
        .bind(Value::Object(new.properties.clone()).to_string())
        .bind(now)
        .execute(self.transaction())
        .await?;
        let made = self.find_program_resource(model, &new.foreign_id).await?;
        let made = made.ok_or_else(crate::resource::organization::gone)?;
        self.touch(Unit::Resource(ResourceId(made.id)));
        let name = format!("{} {}", model.name, new.foreign_id);
        let after = json!({ "bot": new.bot, "owner": new.owner, "properties": new.properties });
        self.audit(AuditEntry::done(of.id, "register_resource", "Model", made.id, name).with(after));
        Ok(made)
    }

    async fn forget_resource(&mut self, id: Option<Uuid>) -> Result<()> {
        if let Some(id) = id {
            self.touch(Unit::Resource(ResourceId(id)));
        }
        query("DELETE FROM program_resource WHERE id = $1").bind(id).execute(self.transaction()).await?;
        Ok(())
    }

    /// Forgets a resource with the facts on it.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if the model has none of that id.
    pub async fn delete_resource(
        &mut self,
        of: &Authorized<Models, Delete>,
        model: &ProgramModel,
        id: Uuid,
    ) -> Result<()> {
        self.lock(of.id).await?;
        let gone: Option<(String,)> =
            query("DELETE FROM program_resource WHERE id = $1 AND model_id = $2 RETURNING foreign_id")
                .bind(id)
                .bind(model.id)
                .fetch_optional(self.transaction())
                .await?;
        let Some((foreign_id,)) = gone else { return Err(crate::Denied::NotFound { attempt: None }.into()) };
        self.touch(Unit::Resource(ResourceId(id)));
        let name = format!("{} {foreign_id}", model.name);
        self.audit(AuditEntry::done(of.id, "forget_resource", "Model", id, name));
        Ok(())
    }

    /// Registers a subject, or anew.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn register_subject(
        &mut self,
        of: &Authorized<Models, Create>,
        new: &NewProgramSubject,
    ) -> Result<ProgramSubject> {
        self.lock(of.id).await?;
        let (id, now) = (self.new_id()?, self.caller().now.0);
        query(
            "INSERT INTO program_subject (id, organization_id, kind, foreign_id, properties, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (organization_id, kind, foreign_id) DO UPDATE SET properties = excluded.properties",
        )
        .bind(id)
        .bind(of.id.0)
        .bind(&new.kind)
        .bind(&new.foreign_id)
        .bind(Value::Object(new.properties.clone()).to_string())
        .bind(now)
        .execute(self.transaction())
        .await?;
        let made = self.find_program_subject(of.id, &new.kind, &new.foreign_id).await?;
        let made = made.ok_or_else(crate::resource::organization::gone)?;
        self.touch(Unit::Subject(SubjectId(made.id)));
        let name = format!("{} {}", new.kind, new.foreign_id);
        let after = json!({ "properties": new.properties });
        self.audit(AuditEntry::done(of.id, "register_subject", "Model", made.id, name).with(after));
        Ok(made)
    }

    /// Forgets a subject with its facts.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if the organization has none of that id.
    pub async fn delete_subject(&mut self, of: &Authorized<Models, Delete>, id: Uuid) -> Result<()> {
        self.lock(of.id).await?;
        let gone: Option<(String, String)> =
            query("DELETE FROM program_subject WHERE id = $1 AND organization_id = $2 RETURNING kind, foreign_id")
                .bind(id)
                .bind(of.id.0)
                .fetch_optional(self.transaction())
                .await?;
        let Some((kind, foreign_id)) = gone else { return Err(crate::Denied::NotFound { attempt: None }.into()) };
        self.touch(Unit::Subject(SubjectId(id)));
        self.audit(AuditEntry::done(of.id, "forget_subject", "Model", id, format!("{kind} {foreign_id}")));
        Ok(())
    }
}
