//! Instants as API and pages write them: RFC 3339, UTC, microseconds.

use rolecall_access::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An instant in a JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl Time {
    /// As text: `2026-05-03T09:30:00.000000Z`.
    #[must_use]
    pub fn text(self) -> String {
        jiff::Timestamp::from_microsecond(self.0.0).map(|instant| format!("{instant:.6}")).unwrap_or_default()
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant: jiff::Timestamp =
            text.parse().map_err(|_| serde::de::Error::custom("a time is RFC 3339, as in 2026-05-03T09:30:00Z"))?;
        Ok(Self(Timestamp(instant.as_microsecond())))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_microseconds() {
        assert_eq!(Time(Timestamp(0)).text(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Time(Timestamp(1_777_800_600_000_001)).text(), "2026-05-03T09:30:00.000001Z");
    }
}
