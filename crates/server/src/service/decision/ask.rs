//! Questions as AuthZEN writes them, taken apart: what is needed is there and of its type; what is unknown is ignored.

use rolecall_access::OrganizationId;
use serde_json::{Map, Value};

use crate::problem::{Kind, Problem};
use crate::service::Result;

/// The most questions of one batch.
pub const MOST: usize = 1_000;
/// The longest type, id or name.
const LENGTH: usize = 256;

/// The fields of a question, as they came.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Map<String, Value>);

/// A subject or a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its type.
    pub kind: String,
    /// Its id; empty where it is searched for.
    pub id: String,
    /// What else was said of it.
    pub properties: Map<String, Value>,
}

/// May this subject do this with this resource?
#[derive(Clone, Debug)]
pub struct SingleAsk {
    /// Who.
    pub subject: Entity,
    /// What.
    pub action: String,
    /// With what.
    pub resource: Entity,
    /// In which organization, where the question names one.
    pub organization: Option<OrganizationId>,
}

/// When a batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantic {
    /// With its last question.
    ExecuteAll,
    /// With the first denial.
    DenyOnFirstDeny,
    /// With the first permission.
    PermitOnFirstPermit,
}

/// Several questions; one that is none is denied with what is wrong with it.
#[derive(Clone, Debug)]
pub struct BatchAsk {
    /// Each by itself.
    pub asks: Vec<std::result::Result<SingleAsk, String>>,
    /// When it ends.
    pub semantic: Semantic,
}

/// What a search is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Who may.
    Subjects,
    /// With what one may.
    Resources,
    /// What one may do.
    Actions,
}

pub(crate) fn wrong(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::BadQuestion, detail)
}

impl Fields {
    /// The object of this name; none: it is not there.
    fn object(&self, name: &str) -> Result<Option<&Map<String, Value>>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(_) => Err(wrong(format!("`{name}` must be an object."))),
        }
    }

    /// `context.min_revision`.
    ///
    /// # Errors
    /// 400 if it is no revision.
    pub fn min_revision(&self) -> Result<Option<u64>> {
        let Some(Value::Object(context)) = self.0.get("context") else { return Ok(None) };
        let Some(value) = context.get("min_revision") else { return Ok(None) };
        value.as_u64().map(Some).ok_or_else(|| wrong("`context.min_revision` must be a revision: a number, 0 or more."))
    }

    /// The subject or resource of this name; `searched`: its id is what is looked for, and ignored.
    pub(crate) fn entity(&self, name: &str, searched: bool) -> Result<Entity> {
        let fields = self.object(name)?.ok_or_else(|| wrong(format!("`{name}` is missing.")))?;
        let id = if searched { String::new() } else { text(fields, name, "id")? };
        let properties = match fields.get("properties") {
            None => Map::new(),
            Some(Value::Object(properties)) => properties.clone(),
            Some(_) => return Err(wrong(format!("`{name}.properties` must be an object."))),
        };
        Ok(Entity { kind: text(fields, name, "type")?, id, properties })
    }

    pub(crate) fn action(&self) -> Result<String> {
        let fields = self.object("action")?.ok_or_else(|| wrong("`action` is missing."))?;
        if fields.get("properties").is_some_and(|properties| !properties.is_object()) {
            return Err(wrong("`action.properties` must be an object."));
        }
        text(fields, "action", "name")
    }

    /// `context.organization`, which must be an id.
    pub(crate) fn organization(&self) -> Result<Option<OrganizationId>> {
        let Some(value) = self.object("context")?.and_then(|context| context.get("organization")) else {
            return Ok(None);
        };
        let id = value.as_str().and_then(|text| text.parse().ok());
        id.map(Some).ok_or_else(|| wrong("`context.organization` must be the id of an organization."))
    }

    /// The same with what the defaults have and these leave out: an entity as a whole, and of one that is here what it
    /// cannot be without.
    fn over(&self, defaults: &Self) -> Self {
        let mut merged = defaults.0.clone();
        for (name, value) in &self.0 {
            let mut value = value.clone();
            if let (Some(Value::Object(before)), Value::Object(fields)) = (defaults.0.get(name), &mut value)
                && ["subject", "resource", "action"].contains(&name.as_str())
            {
                for needed in ["type", "id", "name"] {
                    if let (None, Some(usual)) = (fields.get(needed), before.get(needed)) {
                        fields.insert(needed.to_owned(), usual.clone());
                    }
                }
            }
            merged.insert(name.clone(), value);
        }
        Self(merged)
    }
}

/// The text of this name, which must be there and say something.
fn text(fields: &Map<String, Value>, of: &str, name: &str) -> Result<String> {
    let value = fields.get(name).ok_or_else(|| wrong(format!("`{of}.{name}` is missing.")))?;
    let text = value.as_str().ok_or_else(|| wrong(format!("`{of}.{name}` must be a string.")))?;
    if text.trim().is_empty() {
        return Err(wrong(format!("`{of}.{name}` is empty.")));
    }
    if text.chars().count() > LENGTH {
        return Err(wrong(format!("`{of}.{name}` is longer than {LENGTH} characters.")));
    }
    Ok(text.to_owned())
}

impl SingleAsk {
    /// The question.
    ///
    /// # Errors
    /// 400: what is missing or of the wrong type.
    pub fn of(fields: &Fields) -> Result<Self> {
        Ok(Self {
            subject: fields.entity("subject", false)?,
            action: fields.action()?,
            resource: fields.entity("resource", false)?,
            organization: fields.organization()?,
        })
    }
}

impl BatchAsk {
    /// The questions of a batch; none where there is no `evaluations`, or none in it: that is a single one.
    ///
    /// # Errors
    /// 400 if the batch as a whole is none.
    pub fn of(fields: &Fields) -> Result<Option<Self>> {
        let semantic = semantic(fields)?;
        let items = match fields.0.get("evaluations") {
            None => return Ok(None),
            Some(Value::Array(items)) if items.is_empty() => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(wrong("`evaluations` must be a list.")),
        };
        if items.len() > MOST {
            return Err(wrong(format!("A batch has {MOST} questions at most.")));
        }
        let mut defaults = fields.clone();
        for name in ["evaluations", "options"] {
            defaults.0.remove(name);
        }
        for name in ["subject", "action", "resource", "context"] {
            defaults.object(name)?;
        }
        let mut asks = Vec::new();
        for item in items {
            let Value::Object(item) = item else { return Err(wrong("Each of `evaluations` must be an object.")) };
            let ask = SingleAsk::of(&Fields(item.clone()).over(&defaults));
            asks.push(ask.map_err(|problem| problem.detail));
        }
        Ok(Some(Self { asks, semantic }))
    }
}

fn semantic(fields: &Fields) -> Result<Semantic> {
    let Some(value) = fields.object("options")?.and_then(|options| options.get("evaluations_semantic")) else {
        return Ok(Semantic::ExecuteAll);
    };
    match value.as_str() {
        Some("execute_all") => Ok(Semantic::ExecuteAll),
        Some("deny_on_first_deny") => Ok(Semantic::DenyOnFirstDeny),
        Some("permit_on_first_permit") => Ok(Semantic::PermitOnFirstPermit),
        _ => Err(wrong(
            "`options.evaluations_semantic` is `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`.",
        )),
    }
}
