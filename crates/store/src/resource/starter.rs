//! A bot that is made with something in it already.

use serde_json::{Value, json};

use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, In};
use crate::change::Change;
use crate::error::Result;
use crate::resource::{
    Bot, Bots, ContentKind, FlowContent, Model, NewBot, NewEntity, NewIntent, StoredSettings, WrittenContent,
};

/// What a bot is made with.
#[derive(Clone, Debug)]
pub struct Starter {
    /// What it is called.
    pub key: &'static str,
    /// Entries and responses.
    pub contents: Vec<(ContentKind, WrittenContent)>,
    /// Intents.
    pub intents: Vec<NewIntent>,
    /// Entities.
    pub entities: Vec<NewEntity>,
    /// Sentences that mean none of them, none with a line break.
    pub out_of_scope: Vec<String>,
    /// Flows.
    pub flows: Vec<FlowContent>,
    /// Settings, as JSON.
    pub settings: Value,
    /// Appearance, as JSON.
    pub appearance: Value,
    /// What is learned from the intents, as `rolecall-bots` writes it.
    pub model: Vec<u8>,
    /// What was reported of that.
    pub report: Value,
}

impl Change {
    /// Makes a bot with all of this in it, which belongs to its creator; told of as one act. Leave to make a bot is leave
    /// for what it is made with: later writes ask for their own.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `name`.
    pub async fn create_bot_from(
        &mut self,
        within: &Authorized<In<Bots>, Create>,
        new: &NewBot,
        starter: &Starter,
    ) -> Result<Bot> {
        let bot = self.insert_bot(within, new).await?;
        for (kind, content) in &starter.contents {
            self.insert_content(bot.id, (*kind, content)).await?;
        }
        for intent in &starter.intents {
            self.insert_intent(bot.id, intent).await?;
        }
        for entity in &starter.entities {
            self.insert_entity(bot.id, entity).await?;
        }
        self.keep_out_of_scope(bot.id, &starter.out_of_scope).await?;
        let model = Model { version: self.find_taught_version(bot.id).await?, bytes: starter.model.clone() };
        self.insert_model(bot.id, &model, &starter.report).await?;
        for flow in &starter.flows {
            self.insert_flow(bot.id, flow).await?;
        }
        let settings = StoredSettings { settings: Some(starter.settings.to_string()), ..StoredSettings::default() };
        self.keep_bot_settings(bot.id, &settings).await?;
        self.keep_appearance(bot.id, &starter.appearance).await?;
        let told = json!({
            "name": new.name,
            "starter": starter.key,
            "contents": starter.contents.len(),
            "intents": starter.intents.len(),
            "entities": starter.entities.len(),
            "flows": starter.flows.len(),
        });
        self.audit(AuditEntry::done(within.id, "create", "Bot", bot.id.0, &new.name).with(told));
        Ok(bot)
    }
}
