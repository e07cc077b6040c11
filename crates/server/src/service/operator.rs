//! What the operator does from the command line on the host: bound by no decision, always audited.

use rolecall_access::UserId;
use rolecall_access::preset::Preset;
use rolecall_store::Caller;
use rolecall_store::resource::operator::{AccountLine, OrganizationLine};
use rolecall_store::resource::{NewAccount, NewOrganization, Organization};

use crate::auth::token;
use crate::input::{Check as _, check_email, check_name};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::Result;
use crate::service::organization::NewOrganizationBody;
use crate::service::recover::RECOVERY_SECONDS;
use crate::state::App;

/// Who founds an organization.
pub struct Founder {
    /// E-mail, of an account that is there or to be made.
    pub email: String,
    /// Full name, for a new account.
    pub name: Option<String>,
}

/// An organization just made.
pub struct Founded {
    /// The organization.
    pub organization: Organization,
    /// Who owns it, or has its founder role.
    pub founder: UserId,
    /// Where its founder, if new, chooses a password.
    pub link: Option<String>,
}

/// Makes an organization; a founder without an account gets one, and a link to choose its password.
pub async fn create_organization(app: &App, mut body: NewOrganizationBody, mut founder: Founder) -> Result<Founded> {
    let mut errors = body.check();
    check_email("owner.email", &mut founder.email, &mut errors);
    if let Some(name) = &mut founder.name {
        check_name("owner.name", name, &mut errors);
    }
    let preset = Preset::find(&body.preset).filter(|_| errors.is_empty()).ok_or_else(|| Problem::invalid(errors))?;
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let known = change.find_any_account(&founder.email).await?;
    let (founder_id, link) = match known {
        Some(id) => (id, None),
        None => {
            let name = founder.name.ok_or_else(|| {
                let message = "There is no account with this address; give its person's name to make one.";
                Problem::invalid(vec![FieldError::new("owner.name", "missing", message)])
            })?;
            let new = NewAccount { email: founder.email.clone(), name, password_hash: None, verified: true };
            let id = change.create_account(new).await?.id;
            (id, Some(recovery(app, &mut change, &founder.email).await?))
        }
    };
    let new = NewOrganization { name: body.name, preset, founder: founder_id };
    let organization = change.create_organization(new).await?;
    change.commit().await?;
    Ok(Founded { organization, founder: founder_id, link })
}

/// All organizations.
pub async fn list_organizations(app: &App) -> Result<Vec<OrganizationLine>> {
    Ok(app.store.access(Caller::operator(app.now())).await?.list_all_organizations().await?)
}

/// All accounts with their memberships.
pub async fn list_users(app: &App, organization: Option<&str>) -> Result<Vec<AccountLine>> {
    Ok(app.store.access(Caller::operator(app.now())).await?.list_all_accounts(organization).await?)
}

/// A link by which the person of this address chooses a new password.
pub async fn create_recovery_link(app: &App, email: &str) -> Result<String> {
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let link = recovery(app, &mut change, email).await?;
    change.commit().await?;
    Ok(link)
}

async fn recovery(app: &App, change: &mut rolecall_store::Change, email: &str) -> Result<String> {
    let token = token::new()?;
    let expires_at = app.now().plus_seconds(RECOVERY_SECONDS);
    let account = change.create_recovery(email, &token::hash(&token), expires_at).await?;
    let unknown = || Problem::new(Kind::NotFound, format!("There is no confirmed account with the address {email}."));
    account.ok_or_else(unknown)?;
    Ok(app.config.link(&format!("/recover?token={token}")))
}

/// The link for the set-up of an empty installation; none: it is set up.
pub async fn create_setup_link(app: &App) -> Result<Option<String>> {
    if !app.store.is_empty().await? {
        return Ok(None);
    }
    let token = token::new()?;
    app.store.set_setup_token(&token::hash(&token), app.now()).await?;
    Ok(Some(app.config.link(&format!("/setup?token={token}"))))
}
