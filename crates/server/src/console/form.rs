//! Forms as browsers send them: names with values, in order, names possibly several times.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use uuid::Uuid;

use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};

/// The fields of a form.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of an address.
    pub fn of_query(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The fields as an address has them.
    pub fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// The first value of the name, trimmed; empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }

    /// The first value as it was typed (passwords).
    pub fn raw(&self, name: &str) -> String {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The value, if it is not empty.
    pub fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// All values of the name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// All values of the name as ids; what is none is left out, as no form of ours sends it.
    pub fn ids(&self, name: &str) -> Vec<Uuid> {
        self.all(name).iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// All fields but this one, to be sent again.
    pub fn except(&self, name: &str) -> Vec<(String, String)> {
        self.0.iter().filter(|(key, _)| key != name).cloned().collect()
    }

    /// Fills a field in beforehand.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Puts the value in place of those of the name.
    pub fn replace(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(key, _)| key != name);
        self.set(name, value);
    }

    /// The version that the form was made from.
    pub fn version(&self) -> Precondition {
        self.text("version").parse().map_or(Precondition::Missing, Precondition::Version)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        // A button alone sends no field, and some clients then no type.
        if kind.is_some_and(|kind| !kind.starts_with("application/x-www-form-urlencoded")) {
            return Err(Problem::new(Kind::UnsupportedMediaType, "Send the form as a browser does."));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::new(Kind::TooLarge, "The form is larger than this server accepts (1 MiB)."))?;
        Ok(Self(url::form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}

/// What is wrong with a form, for its template.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    /// What is wrong altogether.
    pub summary: Option<String>,
    fields: Vec<FieldError>,
}

impl Errors {
    /// What is wrong with one field (`name` also finds `organization.name`).
    pub fn of(&self, field: &str) -> Option<&str> {
        let matches = |error: &&FieldError| {
            error.field == field || error.field.strip_suffix(field).is_some_and(|rest| rest.ends_with('.'))
        };
        self.fields.iter().find(matches).map(|error| error.message.as_str())
    }

    /// Of a problem that the person can mend in the form; others are handed back.
    pub fn of_problem(problem: Problem) -> Result<Self, Problem> {
        if !is_mendable(problem.kind) {
            return Err(problem);
        }
        let summary = problem.errors.is_empty().then(|| problem.detail.clone());
        Ok(Self { summary, fields: problem.errors })
    }

    /// The errors that the form shows nowhere, for its head; `shown` are its fields.
    pub fn head<'f>(&self, shown: impl AsRef<[&'f str]>) -> Option<String> {
        let shown = shown.as_ref();
        let hidden: Vec<&str> = self
            .fields
            .iter()
            .filter(|error| !shown.iter().any(|field| self.of(field) == Some(error.message.as_str())))
            .map(|error| error.message.as_str())
            .collect();
        self.summary.clone().or_else(|| (!hidden.is_empty()).then(|| hidden.join(" ")))
    }
}

/// Whether the same form may be sent again after a change.
pub fn is_mendable(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Invalid
            | Kind::Duplicate
            | Kind::Guard
            | Kind::Lockout
            | Kind::RoleInUse
            | Kind::SeatsTaken
            | Kind::WrongState
            | Kind::Stale
            | Kind::WrongCredentials
            | Kind::TooManyAttempts
            | Kind::Unavailable
    )
}
