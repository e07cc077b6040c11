//! Names of the data in words: models, actions, relations, switches.

use rolecall_access::catalogue::{self, Level};

use crate::text::Text;

/// A model's name.
pub fn model(t: Text, key: &str) -> String {
    let known = || catalogue::find(key).map(|model| model.label.to_owned());
    t.find(&format!("model-{key}")).or_else(known).unwrap_or_else(|| key.to_owned())
}

/// What a model guards.
pub fn guards(t: Text, key: &str) -> String {
    let known = || catalogue::find(key).map(|model| model.guards.to_owned());
    t.find(&format!("guards-{key}")).or_else(known).unwrap_or_default()
}

/// An action's name.
pub fn action(t: Text, key: &str) -> String {
    t.find(&format!("action-{key}")).unwrap_or_else(|| key.to_owned())
}

/// A relation in words.
pub fn relation(t: Text, key: &str) -> String {
    t.find(&format!("relation-{key}")).unwrap_or_else(|| key.to_owned())
}

/// A permission in words: `Content: update`.
pub fn permission(t: Text, model_key: &str, action_key: &str) -> String {
    t.with_both("permission", ("model", model(t, model_key)), ("action", action(t, action_key)))
}

/// The models of a level, in the order they are shown.
pub fn models(level: Level) -> impl Iterator<Item = &'static catalogue::Model> {
    catalogue::MODELS.iter().filter(move |model| model.level == level)
}
