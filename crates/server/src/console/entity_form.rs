//! The form of an entity and what the service takes. Values are typed one a line, the synonyms of one behind it: `New York |
//! NYC | Big Apple`.

use crate::console::form::Fields;
use crate::service::entity::body::{
    EntityChangeBody, EntityKind, EntityValue, EntityView, NewEntityBody, SEPARATOR, TryEntityBody,
};

fn kind(fields: &Fields) -> EntityKind {
    EntityKind::parse(&fields.text("kind")).unwrap_or_default()
}

fn values(fields: &Fields) -> Vec<EntityValue> {
    let line = |line: &str| {
        let mut names = line.split(SEPARATOR).map(|name| name.trim().to_owned());
        EntityValue { value: names.next().unwrap_or_default(), synonyms: names.collect() }
    };
    fields.raw("values").lines().map(line).collect()
}

/// The entity of the form, to be made.
pub fn new_body(fields: &Fields) -> NewEntityBody {
    NewEntityBody {
        name: fields.text("name"),
        kind: kind(fields),
        values: values(fields),
        pattern: fields.text("pattern"),
    }
}

/// What the form makes of an entity that is there.
pub fn changed(fields: &Fields) -> EntityChangeBody {
    let NewEntityBody { name, kind, values, pattern } = new_body(fields);
    EntityChangeBody { name: Some(name), kind: Some(kind), values: Some(values), pattern: Some(pattern) }
}

/// The entity of the form, to be tried on its sentence.
pub fn tried(fields: &Fields) -> TryEntityBody {
    let NewEntityBody { kind, values, pattern, .. } = new_body(fields);
    TryEntityBody { kind, values, pattern, text: fields.text("sentence") }
}

/// The form filled with the entity.
pub fn typed(entity: &EntityView) -> Fields {
    let line = |one: &EntityValue| {
        let names: Vec<&str> = std::iter::once(&one.value).chain(&one.synonyms).map(String::as_str).collect();
        names.join(&format!(" {SEPARATOR} "))
    };
    let mut fields = Fields::default();
    fields.set("name", entity.name.clone());
    fields.set("kind", entity.kind.as_str());
    fields.set("values", entity.values.iter().map(line).collect::<Vec<_>>().join("\n"));
    fields.set("pattern", entity.pattern.clone());
    fields
}
