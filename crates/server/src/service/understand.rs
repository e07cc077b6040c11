//! Asking a bot what it understands, in its playground (`Playground: create`).

use rolecall_access::BotId;
use rolecall_store::resource::Playgrounds;
use rolecall_store::{Caller, Create};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{Check, Input};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::Result;
use crate::service::entity::body::FoundEntityView;
use crate::service::entity::looked_for;
use crate::state::App;
use crate::understanding;

/// The most sentences of one question, and characters of one.
const MOST: usize = 1_000;
const SENTENCE: usize = 2_000;

/// Sentences to be understood.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnderstandBody {
    /// 1 to 1,000 sentences, 2,000 characters each at most.
    pub texts: Vec<String>,
}

/// What a sentence was understood as.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnderstoodView {
    /// The intent; null: none of them.
    pub intent: Option<String>,
    /// How sure, from 0 to 1.
    pub score: f64,
    /// What was found of the bot's entities.
    pub entities: Vec<FoundEntityView>,
}

/// What the sentences were understood as, in their order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnderstoodListView {
    /// One for each sentence.
    pub items: Vec<UnderstoodView>,
}

impl Check for UnderstandBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.texts.is_empty() || self.texts.len() > MOST {
            errors.push(FieldError::new("texts", "invalid", format!("Give 1 to {MOST} sentences.")));
        }
        let long = self.texts.iter().enumerate().filter(|(_, text)| text.chars().count() > SENTENCE);
        let message = format!("A sentence has at most {SENTENCE} characters.");
        errors.extend(long.map(|(index, _)| FieldError::new(format!("texts.{index}"), "too_long", message.clone())));
        errors
    }
}

/// What the bot understands, by what it has learned last.
pub async fn understand(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<UnderstandBody>,
) -> Result<UnderstoodListView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Playgrounds, Create>(bot).await?;
    let texts = input.get()?.texts;
    let untrained = || Problem::new(Kind::WrongState, "The bot has not learned anything yet: train it first.");
    let version = access.find_model_version(&of).await?.ok_or_else(untrained)?;
    let trained = match app.models.find(bot, version) {
        Some(trained) => trained,
        None => {
            let model = access.find_model(&of).await?.ok_or_else(untrained)?;
            understanding::read(app, bot, model).await?
        }
    };
    let entities: Vec<_> = access.find_entities(&of).await?.iter().map(looked_for).collect();
    drop(access);
    Ok(UnderstoodListView { items: understanding::understand(app, (trained, entities), texts).await? })
}
