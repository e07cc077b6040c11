//! Identifiers: UUIDs (version 7, RFC 9562), one type per kind so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    )+};
}

id! {
    /// An organization (tenant).
    OrganizationId,
    /// An account: one person, in any number of organizations.
    UserId,
    /// A role of an organization.
    RoleId,
    /// A bot of an organization.
    BotId,
    /// An agreement between two organizations.
    PartnershipId,
    /// An API key or personal token.
    KeyId,
    /// A model that a program registered in an organization.
    ModelId,
    /// A resource of a program's model.
    ResourceId,
    /// A subject of programs in an organization.
    SubjectId,
    /// A fact given on a program's model.
    GrantId,
}
