//! The demo: four organizations, one per preset, made through the same services that people use.

mod furnish;
mod visits;

use rolecall_access::{Actor, BotId, OrganizationId, UserId};
use rolecall_store::Caller;
use rolecall_store::resource::List;
use serde::Serialize;
use uuid::Uuid;

use crate::auth::token;
use crate::input::{Input, MaybeInput};
use crate::precondition::Precondition;
use crate::service::bot::NewBotBody;
use crate::service::invitation::{AcceptanceBody, NewInvitationBody};
use crate::service::member::{PermissionGrantBody, UserPermissionsBody};
use crate::service::operator::Founder;
use crate::service::organization::NewOrganizationBody;
use crate::service::recover::RecoveryBody;
use crate::service::team::TeamEntryBody;
use crate::service::{self, Result};
use crate::state::App;

pub use furnish::furnish;

/// What the demo holds, as `rolecall demo --json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Demo {
    /// Where it serves.
    pub url: String,
    /// Everybody's password.
    pub password: String,
    /// The organizations.
    pub organizations: Vec<DemoOrganization>,
}

/// An organization of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoOrganization {
    /// Its id.
    pub id: Uuid,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its preset.
    pub preset: String,
    /// Its people.
    pub people: Vec<DemoPerson>,
    /// Its bots.
    pub bots: Vec<DemoBot>,
    /// Its roles.
    pub roles: Vec<DemoRole>,
}

/// A person of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPerson {
    /// Their id.
    pub user_id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// The names of their roles.
    pub roles: Vec<String>,
    /// The names of the bots whose team they are on.
    pub bots: Vec<String>,
}

/// A bot of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoBot {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether it is live.
    pub published: bool,
}

/// A role of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoRole {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// One organization to be made: the founder first.
struct Plan {
    preset: &'static str,
    name: &'static str,
    founder: &'static str,
    bots: [&'static str; 2],
    people: &'static [Person],
}

/// Somebody who is invited: with a role, on bots (by number), with single permissions there or in the organization.
struct Person {
    name: &'static str,
    role: Option<&'static str>,
    bots: &'static [usize],
    on_bots: &'static [(&'static str, &'static str)],
    organization: &'static [(&'static str, &'static str)],
}

const fn with_role(name: &'static str, role: &'static str, bots: &'static [usize]) -> Person {
    Person { name, role: Some(role), bots, on_bots: &[], organization: &[] }
}

const PLANS: [Plan; 4] = [
    Plan {
        preset: "workspace",
        name: "Acme",
        founder: "Ana Marchetti",
        bots: ["Help desk", "Order tracking"],
        people: &[
            with_role("Omar Haddad", "admin", &[]),
            with_role("Mei Tanaka", "manager", &[0]),
            with_role("Jonas Weber", "manager", &[]),
        ],
    },
    Plan {
        preset: "agency",
        name: "Brightside",
        founder: "Bea Lindqvist",
        bots: ["Hotel concierge", "Recipe finder"],
        people: &[
            with_role("Luca Moretti", "Admin", &[]),
            with_role("Chloe Dubois", "Client", &[0]),
            with_role("Femi Adeyemi", "Client", &[1]),
        ],
    },
    Plan {
        preset: "team",
        name: "Cobalt",
        founder: "Carla Nunes",
        bots: ["Onboarding guide", "IT support"],
        people: &[
            with_role("David Okafor", "Admin", &[]),
            with_role("Elif Kaya", "Admin", &[]),
            with_role("Finn Larsen", "Member", &[]),
            with_role("Grace Kim", "Member", &[]),
        ],
    },
    Plan {
        preset: "projects",
        name: "Delta",
        founder: "Dora Novak",
        bots: ["Citizen services", "Library assistant"],
        people: &[
            Person {
                name: "Emil Fischer",
                role: None,
                bots: &[0],
                on_bots: &[
                    ("Content", "create"),
                    ("Content", "read"),
                    ("Content", "update"),
                    ("Content", "delete"),
                    ("Team", "read"),
                ],
                organization: &[],
            },
            Person {
                name: "Hana Suzuki",
                role: None,
                bots: &[1],
                on_bots: &[("Conversation", "read"), ("Conversation", "update"), ("Analytics", "read")],
                organization: &[],
            },
            Person {
                name: "Ines Costa",
                role: None,
                bots: &[],
                on_bots: &[],
                organization: &[("User", "create"), ("User", "read"), ("UserPermission", "read"), ("Bot", "create")],
            },
        ],
    },
];

/// Fills an empty installation. `app` must send no mail and show links instead.
///
/// # Errors
/// If a service refuses, which is a fault of ours.
pub async fn seed(app: &App, url: String) -> Result<Demo> {
    let password = token::new()?.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>();
    let mut organizations = Vec::new();
    for plan in &PLANS {
        organizations.push(Seeder { app, password: &password, plan }.make().await?);
    }
    Ok(Demo { url, password, organizations })
}

struct Seeder<'a> {
    app: &'a App,
    password: &'a str,
    plan: &'a Plan,
}

/// Who has which role, and who is on which bots, as given.
struct Made {
    organization: OrganizationId,
    founder: Caller,
    roles: Vec<DemoRole>,
    bots: Vec<DemoBot>,
}

impl Seeder<'_> {
    async fn make(&self) -> Result<DemoOrganization> {
        let founded = self.found().await?;
        let organization = founded.organization.id;
        let user = founded.founder;
        let founder = self.acting(user, self.plan.founder);
        let all = List { limit: 200, cursor: None, q: None, sort: None };
        let roles = service::role::list_roles(self.app, founder.clone(), organization, Ok(all)).await?;
        let roles = roles.items.into_iter().map(|role| DemoRole { id: role.id, name: role.name }).collect();
        let bots = self.bots(&founder, organization).await?;
        let made = Made { organization, founder, roles, bots };
        let all = made.bots.iter().map(|bot| bot.name.clone()).collect();
        let mut people = vec![self.person(&made, user, self.plan.founder, all).await?];
        for person in self.plan.people {
            people.push(self.invite(&made, person).await?);
        }
        Ok(DemoOrganization {
            id: organization.0,
            slug: founded.organization.slug,
            name: founded.organization.name,
            preset: founded.organization.preset,
            people,
            bots: made.bots,
            roles: made.roles,
        })
    }

    async fn found(&self) -> Result<service::operator::Founded> {
        let body = NewOrganizationBody { name: self.plan.name.to_owned(), preset: self.plan.preset.to_owned() };
        let founder = Founder { email: self.email(self.plan.founder), name: Some(self.plan.founder.to_owned()) };
        let founded = service::operator::create_organization(self.app, body, founder).await?;
        let link = founded.link.as_deref().unwrap_or_default();
        let token = link.split_once("token=").map(|(_, token)| token.to_owned()).unwrap_or_default();
        let body = RecoveryBody { token, password: self.password.to_owned() };
        service::recover::recover(self.app, self.nobody(), Input::of(body)).await?;
        Ok(founded)
    }

    async fn bots(&self, founder: &Caller, organization: OrganizationId) -> Result<Vec<DemoBot>> {
        let mut bots = Vec::new();
        for (index, name) in self.plan.bots.into_iter().enumerate() {
            let body = Input::of(NewBotBody { name: name.to_owned(), starter: None });
            let bot = service::bot::create_bot(self.app, founder.clone(), organization, body).await?.value;
            let published = index == 0;
            if published {
                service::publication::publish_bot(self.app, founder.clone(), BotId(bot.id), MaybeInput::nothing())
                    .await?;
            }
            bots.push(DemoBot { id: bot.id, name: bot.name, published });
        }
        Ok(bots)
    }

    async fn invite(&self, made: &Made, person: &Person) -> Result<DemoPerson> {
        let role = |name: &str| made.roles.iter().find(|role| role.name == name).map(|role| role.id);
        let bots: Vec<&DemoBot> = person.bots.iter().filter_map(|index| made.bots.get(*index)).collect();
        let body = NewInvitationBody {
            email: self.email(person.name),
            role_ids: person.role.and_then(role).into_iter().collect(),
            bot_ids: bots.iter().map(|bot| bot.id).collect(),
        };
        let invited =
            service::invitation::create_invitation(self.app, made.founder.clone(), made.organization, Input::of(body));
        let link = invited.await?.value.link.unwrap_or_default();
        let token = link.rsplit('/').next().unwrap_or_default();
        let body = AcceptanceBody { name: Some(person.name.to_owned()), password: Some(self.password.to_owned()) };
        let joined = service::invitation::accept_invitation(self.app, self.nobody(), token, Input::of(body)).await?;
        let user = joined.value.user;
        self.give(made, person, user, &bots).await?;
        self.person(made, user, person.name, bots.iter().map(|bot| bot.name.clone()).collect()).await
    }

    /// The single permissions.
    async fn give(&self, made: &Made, person: &Person, user: UserId, bots: &[&DemoBot]) -> Result<()> {
        let grants = |all: &[(&str, &str)]| -> Vec<PermissionGrantBody> {
            let grant = |(model, action): &(&str, &str)| PermissionGrantBody {
                model: (*model).to_owned(),
                action: (*action).to_owned(),
                expires_at: None,
                reason: None,
            };
            all.iter().map(grant).collect()
        };
        let founder = || made.founder.clone();
        if !person.organization.is_empty() {
            let body = Input::of(UserPermissionsBody { permissions: grants(person.organization) });
            let id = (made.organization, user);
            service::member::set_user_permissions(self.app, founder(), id, Precondition::Any, body).await?;
        }
        for bot in bots.iter().filter(|_| !person.on_bots.is_empty()) {
            let body = TeamEntryBody { permissions: Some(grants(person.on_bots)), ..TeamEntryBody::default() };
            let body = Input::of(body);
            let bot = BotId(bot.id);
            service::team::set_team_member(self.app, founder(), bot, user, Precondition::Any, body).await?;
        }
        Ok(())
    }

    async fn person(&self, made: &Made, user: UserId, name: &str, bots: Vec<String>) -> Result<DemoPerson> {
        let account = service::own::find_own_account(self.app, self.acting(user, name)).await?;
        let roles = account.organizations.into_iter().find(|own| own.id == made.organization.0);
        let roles = roles.map(|own| own.roles).unwrap_or_default();
        Ok(DemoPerson { user_id: user.0, name: account.name, email: account.email, roles, bots })
    }

    /// `Ana Marchetti` of Acme: `ana@acme.example`.
    fn email(&self, name: &str) -> String {
        let first = name.split(' ').next().unwrap_or_default().to_lowercase();
        format!("{first}@{}.example", self.plan.name.to_lowercase())
    }

    fn nobody(&self) -> Caller {
        Caller { actor: Actor::Anybody, ..self.acting(UserId(Uuid::nil()), "") }
    }

    fn acting(&self, user: UserId, name: &str) -> Caller {
        acting(self.app, user, name)
    }
}

/// Somebody of the demo, signed in just now.
fn acting(app: &App, user: UserId, name: &str) -> Caller {
    Caller {
        actor: Actor::User(user),
        name: name.to_owned(),
        address: "127.0.0.1".to_owned(),
        agent: "rolecall demo".to_owned(),
        request_id: String::new(),
        now: app.now(),
        confirmed_at: Some(app.now()),
        second_factor: false,
        preview: None,
    }
}
