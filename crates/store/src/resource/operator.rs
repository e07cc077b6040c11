//! What only the operator sees: everything there is, across organizations.

use rolecall_access::{Actor, OrganizationId, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::Denied;
use crate::error::Result;
use crate::sql::query;

/// An organization in the operator's list.
#[derive(Clone, Debug, FromRow)]
pub struct OrganizationLine {
    /// Its id.
    pub id: Uuid,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its preset.
    pub preset: String,
    /// How many members it has.
    pub members: i64,
}

/// An account in the operator's list.
#[derive(Clone, Debug, FromRow)]
pub struct AccountLine {
    /// Its id.
    pub id: Uuid,
    /// The full name.
    pub name: String,
    /// The e-mail.
    pub email: String,
    /// Whether the e-mail is confirmed.
    pub verified: bool,
    /// The organization, if it is a member of one.
    pub organization: Option<String>,
    /// The membership's status there.
    pub status: Option<String>,
}

impl Access {
    /// All organizations, by name.
    ///
    /// # Errors
    /// [`Denied`] for anybody but the operator.
    pub async fn list_all_organizations(&mut self) -> Result<Vec<OrganizationLine>> {
        self.require_operator()?;
        let rows = query(
            "SELECT o.id, o.slug, o.name, o.preset, \
             (SELECT COUNT(*) FROM membership m WHERE m.organization_id = o.id) AS members \
             FROM organization o WHERE o.deleted_at IS NULL ORDER BY o.name_folded, o.id",
        );
        Ok(rows.fetch_all(self.transaction()).await?)
    }

    /// All accounts with their memberships (of one organization, if its name in links is given), by name.
    ///
    /// # Errors
    /// [`Denied`] for anybody but the operator.
    pub async fn list_all_accounts(&mut self, organization: Option<&str>) -> Result<Vec<AccountLine>> {
        self.require_operator()?;
        let mut query = query(
            "SELECT a.id, a.name, a.email, a.verified_at IS NOT NULL AS verified, o.slug AS organization, m.status \
             FROM account a LEFT JOIN membership m ON m.account_id = a.id \
             LEFT JOIN organization o ON o.id = m.organization_id AND o.deleted_at IS NULL",
        );
        if let Some(slug) = organization {
            query.push(" WHERE o.slug = ").push_bind(slug);
        }
        query.push(" ORDER BY a.name_folded, a.id, COALESCE(o.slug, '')");
        Ok(query.fetch_all(self.transaction()).await?)
    }

    /// The confirmed account of this address.
    ///
    /// # Errors
    /// [`Denied`] for anybody but the operator.
    pub async fn find_any_account(&mut self, email: &str) -> Result<Option<UserId>> {
        self.require_operator()?;
        crate::resource::account::find_confirmed(self.transaction(), email).await
    }

    /// The organization with this slug; none: there is none.
    ///
    /// # Errors
    /// [`Denied`] for anybody but the operator.
    pub async fn find_any_organization(&mut self, slug: &str) -> Result<Option<OrganizationId>> {
        self.require_operator()?;
        let row: Option<(Uuid,)> = query("SELECT id FROM organization WHERE slug = $1 AND deleted_at IS NULL")
            .bind(slug)
            .fetch_optional(self.transaction())
            .await?;
        Ok(row.map(|(id,)| OrganizationId(id)))
    }

    pub(crate) fn require_operator(&self) -> Result<()> {
        match self.caller().actor {
            Actor::Operator => Ok(()),
            Actor::Anybody | Actor::User(_) | Actor::Key(_) => Err(Denied::NotFound { attempt: None }.into()),
        }
    }
}
