//! Names in links: lower-case ASCII words with dashes, never one that a page of ours has.

use unicode_normalization::UnicodeNormalization as _;

use rolecall_access::OrganizationId;

use crate::error::{Result, StoreError};
use crate::sql::{Transaction, query};

/// First path segments that are the program's own.
const RESERVED: &[&str] = &[
    "access",
    "api",
    "audit-log",
    "bots",
    "channels",
    "chat",
    "demo",
    "events",
    "favicon.ico",
    "healthz",
    "invitations",
    "metrics",
    "new",
    "organizations",
    "problems",
    "profile",
    "readyz",
    "recover",
    "robots.txt",
    "roles",
    "setup",
    "sign-in",
    "sign-out",
    "static",
    "theme",
    "users",
    "well-known",
];

/// Where a slug must be free.
pub(crate) enum Place {
    /// Among organizations.
    Installation,
    /// Among the bots of one.
    Organization(OrganizationId),
}

/// A free slug for this name: the name's, with a random suffix where that is taken, reserved or empty.
pub(crate) async fn free(transaction: &mut Transaction, place: Place, name: &str) -> Result<String> {
    let wished = from_name(name);
    let taken = match place {
        Place::Installation => {
            query("SELECT EXISTS (SELECT 1 FROM organization WHERE slug = $1)")
                .bind(&wished)
                .fetch_one(transaction)
                .await?
        }
        Place::Organization(id) => {
            query("SELECT EXISTS (SELECT 1 FROM bot WHERE slug = $1 AND organization_id = $2)")
                .bind(&wished)
                .bind(id.0)
                .fetch_one(transaction)
                .await?
        }
    };
    let (taken,): (bool,) = taken;
    if !taken && !wished.is_empty() && !RESERVED.contains(&wished.as_str()) {
        return Ok(wished);
    }
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random).map_err(|error| StoreError::Damaged(format!("no randomness: {error}")))?;
    let suffix = hex::encode(random);
    Ok(if wished.is_empty() { suffix } else { format!("{wished}-{suffix}") })
}

/// The name's letters and digits as far as ASCII has them, in lower case, other runs as one dash.
fn from_name(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.nfkd().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if letter.is_ascii() && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::from_name;

    #[test]
    fn slugs_are_plain() {
        assert_eq!(from_name("  Café Olé & Söhne!  "), "cafe-ole-sohne");
        assert_eq!(from_name("日本"), "");
        assert_eq!(from_name("../../etc"), "etc");
    }
}
