//! A bot's settings: languages, what it says when it knows no answer, thresholds, how long conversations are kept, its
//! time zone, a language model.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{BotId, Scope};
use rolecall_bots::Settings;
use rolecall_bots::snapshot::LanguageModel;
use rolecall_store::resource::{Bot, BotSettings, StoredSettings};
use rolecall_store::{Access, Caller, Read, Update};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::auth::secret::Secret;
use crate::chat::model;
use crate::input::{Check, Input, nullable};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::publication::draft;
use crate::service::{Result, Written, abilities};
use crate::state::App;

const MOST_LANGUAGES: usize = 20;
const FALLBACK: usize = 1_000;
const MOST_DAYS: u32 = 3_650;
const NAME: usize = 200;
const KEY: usize = 500;

/// A bot's settings.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BotSettingsView {
    /// The languages that it speaks, its own first.
    pub languages: Vec<String>,
    /// What it says by language where it knows no answer; a language that is left out has words of its own.
    pub fallback: BTreeMap<String, String>,
    /// From which probability on an intent counts; null: as learned from the examples.
    pub intent_threshold: Option<f64>,
    /// From which share on an entry answers.
    pub knowledge_threshold: f64,
    /// After how many days without a message conversations are deleted; null: never.
    pub retention_days: Option<u32>,
    /// The time zone that its times are told in.
    pub time_zone: String,
    /// A language model that words answers from what was found.
    pub language_model: Option<LanguageModelView>,
    /// Their version, also the ETag.
    pub version: i64,
    /// What the caller may do: `read`, `update`.
    pub can: Vec<String>,
}

/// A language model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LanguageModelView {
    /// Its address, to which `/chat/completions` is added.
    pub endpoint: String,
    /// The model's name there.
    pub model: String,
    /// Whether there is a key for it; the key itself is never shown.
    pub has_key: bool,
}

/// A change of a bot's settings; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotSettingsBody {
    /// The languages that it speaks, its own first: tags such as `en` and `pt-BR`.
    #[serde(default)]
    pub languages: Option<Vec<String>>,
    /// What it says by language where it knows no answer.
    #[serde(default)]
    pub fallback: Option<BTreeMap<String, String>>,
    /// From which probability on an intent counts, 0 to 1; null: as learned from the examples.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<f64>)]
    pub intent_threshold: Option<Option<f32>>,
    /// From which share on an entry answers, 0 to 1.
    #[serde(default)]
    pub knowledge_threshold: Option<f32>,
    /// After how many days without a message conversations are deleted, 1 to 3,650; null: never.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>)]
    pub retention_days: Option<Option<u32>>,
    /// A time zone such as `Europe/Vienna`.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// A language model; null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<LanguageModelBody>)]
    pub language_model: Option<Option<LanguageModelBody>>,
}

/// A language model.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelBody {
    /// The address of an endpoint that speaks OpenAI's chat completions, such as `https://api.example.com/v1`.
    pub endpoint: String,
    /// The model's name there.
    pub model: String,
    /// Its key; left out: the one kept for this endpoint, if any; empty: none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub key: Option<Secret>,
}

/// Whether this is a language tag as far as it is needed here (BCP 47: letters, then parts of letters and digits).
fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

impl Check for BotSettingsBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: &str| errors.push(FieldError::new(field, "invalid", message));
        if let Some(languages) = &self.languages {
            let different: BTreeSet<&String> = languages.iter().collect();
            if languages.is_empty() || languages.len() > MOST_LANGUAGES || different.len() < languages.len() {
                wrong("languages", "Give 1 to 20 languages, each once.");
            } else if !languages.iter().all(|tag| is_tag(tag)) {
                wrong("languages", "Give language tags such as `en` or `pt-BR`.");
            }
        }
        for (language, text) in self.fallback.iter_mut().flatten() {
            *text = text.trim().to_owned();
            if !is_tag(language) {
                wrong("fallback", "Give language tags such as `en` or `pt-BR`.");
            } else if text.chars().count() > FALLBACK {
                wrong(&format!("fallback.{language}"), "Use at most 1,000 characters.");
            }
        }
        let share = |value: f32| (0.0..=1.0).contains(&value);
        if self.intent_threshold.flatten().is_some_and(|value| !share(value)) {
            wrong("intent_threshold", "Choose a number from 0 to 1.");
        }
        if self.knowledge_threshold.is_some_and(|value| !share(value)) {
            wrong("knowledge_threshold", "Choose a number from 0 to 1.");
        }
        if self.retention_days.flatten().is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            wrong("retention_days", "Choose a number from 1 to 3,650.");
        }
        if self.time_zone.as_ref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
            wrong("time_zone", "Choose a time zone such as `Europe/Vienna`.");
        }
        if let Some(model) = self.language_model.as_mut().and_then(Option::as_mut) {
            model.endpoint = model.endpoint.trim().to_owned();
            model.model = model.model.trim().to_owned();
            let plain = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
            if model.model.is_empty() || !plain(&model.model, NAME) {
                wrong("language_model.model", "Name the model as the endpoint knows it.");
            }
            if model.endpoint.parse::<url::Url>().is_err() || !plain(&model.endpoint, NAME) {
                wrong("language_model.endpoint", "Give an address such as `https://api.example.com/v1`.");
            }
            let key = model.key.as_ref().map(Secret::reveal).unwrap_or_default();
            if !key.is_ascii() || !plain(key, KEY) {
                wrong("language_model.key", "A key has at most 500 characters and no line breaks.");
            }
        }
        errors
    }
}

fn view(access: &Access, bot: &Bot, stored: &StoredSettings) -> BotSettingsView {
    let Settings {
        languages,
        fallback,
        intent_threshold,
        knowledge_threshold,
        retention_days,
        time_zone,
        language_model,
    } = draft::settings(stored.settings.as_deref());
    let model = language_model.map(|LanguageModel { endpoint, model }| LanguageModelView {
        endpoint,
        model,
        has_key: stored.model_key.is_some(),
    });
    let owner = bot.owner.or(bot.created_by);
    BotSettingsView {
        languages,
        fallback,
        intent_threshold: intent_threshold.map(rounded),
        knowledge_threshold: rounded(knowledge_threshold),
        retention_days,
        time_zone,
        language_model: model,
        version: stored.version,
        can: abilities(access, "BotSetting", &["read", "update"], Scope::Bot(bot.id), owner),
    }
}

/// 0.35 as 0.35, not as the next number that a half as precise one can say.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 10_000.0).round() / 10_000.0
}

/// A bot's settings.
pub async fn find_bot_settings(app: &App, caller: Caller, id: BotId) -> Result<BotSettingsView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<BotSettings, Read>(id).await?;
    let stored = access.find_bot_settings(&of).await?;
    Ok(view(&access, &of, &stored))
}

/// Changes them. The draft has them at once, visitors with the next publication.
pub async fn update_bot_settings(
    app: &App,
    caller: Caller,
    id: BotId,
    version: Precondition,
    input: Input<BotSettingsBody>,
) -> Result<Written<BotSettingsView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<BotSettings, Update>(id).await?;
    let version = version.required()?;
    let body = input.get()?;
    let before = change.find_bot_settings(&of).await?;
    let new = merged(app, id, &before, body)?;
    let told = (told(&before), told(&new));
    let after = change.set_bot_settings(&of, version, &new, told).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, &of, &before)))?;
    let value = view(&change, &of, &after);
    Ok(Written { value, revision: change.commit().await? })
}

/// The settings as the audit log tells them: without the key.
fn told(stored: &StoredSettings) -> Value {
    let settings = stored.settings.as_deref().and_then(|json| serde_json::from_str(json).ok());
    let mut told: Value = settings.unwrap_or_else(|| json!(Settings::default()));
    if let Some(fields) = told.as_object_mut() {
        fields.insert("model_key".to_owned(), json!(stored.model_key.is_some()));
    }
    told
}

fn merged(app: &App, id: BotId, before: &StoredSettings, body: BotSettingsBody) -> Result<StoredSettings> {
    let mut settings = draft::settings(before.settings.as_deref());
    let mut key = before.model_key.clone();
    settings.languages = body.languages.unwrap_or(settings.languages);
    settings.fallback = body.fallback.unwrap_or(settings.fallback);
    settings.intent_threshold = body.intent_threshold.unwrap_or(settings.intent_threshold);
    settings.knowledge_threshold = body.knowledge_threshold.unwrap_or(settings.knowledge_threshold);
    settings.retention_days = body.retention_days.unwrap_or(settings.retention_days);
    settings.time_zone = body.time_zone.unwrap_or(settings.time_zone);
    settings.fallback.retain(|language, text| settings.languages.contains(language) && !text.is_empty());
    if let Some(model) = body.language_model {
        let earlier = settings.language_model.take().map(|model| model.endpoint);
        key = match &model {
            None => None,
            Some(model) => sealed(app, id, model, key.filter(|_| earlier.as_ref() == Some(&model.endpoint)))?,
        };
        settings.language_model =
            model.map(|LanguageModelBody { endpoint, model, .. }| LanguageModel { endpoint, model });
    }
    let json = serde_json::to_string(&settings).map_err(|error| Problem::internal(&error))?;
    Ok(StoredSettings { settings: Some(json), model_key: key, version: before.version })
}

/// The key, sealed for this bot and this endpoint: another endpoint is never sent the key of this one.
fn sealed(app: &App, id: BotId, model: &LanguageModelBody, kept: Option<Vec<u8>>) -> Result<Option<Vec<u8>>> {
    let allowed = model.endpoint.parse().is_ok_and(|endpoint| model::is_allowed(&endpoint, &app.config));
    if !allowed {
        let message = "Bots here may use public addresses by https, and those that the operator of this server names \
                       (`--language-model`).";
        return Err(Problem::invalid(vec![FieldError::new("language_model.endpoint", "not_allowed", message)]));
    }
    match model.key.as_ref().map(|key| key.reveal().trim()) {
        None => Ok(kept),
        Some("") => Ok(None),
        Some(key) => Ok(Some(app.vault.seal(&model::purpose(id, &model.endpoint), key.as_bytes())?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_told_from_other_words() {
        assert!(["en", "pt-BR", "zh-Hant-TW", "gsw"].into_iter().all(is_tag));
        assert!(!["", "e", "EN", "english", "en-", "en_US", "e1", "<b>"].into_iter().any(is_tag));
    }
}
