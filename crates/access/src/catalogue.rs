//! The catalogue of Rolecall's own models: one table from which matrix, dialogs, map and API derive.

/// At which level a model's records live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// In the organization.
    Organization,
    /// On a bot.
    Bot,
}

/// A model of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its key, as in API and store.
    pub key: &'static str,
    /// Its name for people (English; the console translates by key).
    pub label: &'static str,
    /// What it guards, one sentence.
    pub guards: &'static str,
    /// Where its records live.
    pub level: Level,
    /// The actions that mean something, in the order create, read, update, delete.
    pub actions: &'static [&'static str],
    /// The actions an anonymous caller can have at all.
    pub public: &'static [&'static str],
    /// Per action, the permissions that go with it (ticked along).
    pub prerequisites: &'static [(&'static str, &'static [(&'static str, &'static str)])],
}

/// All models, organization level first, in the order they are shown.
pub const MODELS: &[Model] = &[];

/// The model of this key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.key == key)
}
