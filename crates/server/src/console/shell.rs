//! What surrounds every page: sidebar, head, messages. Driven by the permission map alone (W-4).

use crate::console::asset;
use crate::console::when::When;
use crate::service::organization::OrganizationView;
use crate::service::own::{OwnAccountView, OwnOrganizationView, OwnPermissionsView};
use crate::text::Text;
use crate::time::Time;
use rolecall_access::{Policies, Timestamp};
use uuid::Uuid;

/// A message shown once.
#[derive(Clone, Debug)]
pub struct Flash {
    /// `success` or `danger`.
    pub tone: &'static str,
    /// What it says.
    pub text: String,
}

/// A link of the sidebar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which one it is.
    pub key: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Its name.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

/// A group of the sidebar.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, if it has one.
    pub label: Option<String>,
    /// Where its name leads, if anywhere.
    pub href: Option<String>,
    /// Its links: at least one.
    pub entries: Vec<Entry>,
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Texts in the organization's words.
    pub text: Text,
    /// Who is signed in.
    pub me: Option<OwnAccountView>,
    /// Where.
    pub organization: Option<OrganizationView>,
    /// What they may do there.
    pub map: Option<OwnPermissionsView>,
    /// The sidebar.
    pub groups: Vec<Group>,
    /// The link of the sidebar that this page belongs to.
    pub section: &'static str,
    /// The page's title.
    pub title: String,
    /// A sentence of purpose.
    pub purpose: Option<String>,
    /// The way here: label and address.
    pub crumbs: Vec<(String, String)>,
    /// The bot that the page is about.
    pub bot: Option<Uuid>,
    /// The conversation that the page is about.
    pub conversation: Option<Uuid>,
    /// Models whose lists the page shows: it looks again when they change.
    pub lists: &'static str,
    /// A message.
    pub flash: Option<Flash>,
    /// `light`, `dark` or `auto`.
    pub theme: &'static str,
    /// This page's path and query.
    pub path: String,
    /// Whether people make organizations here.
    pub makes_organizations: bool,
    /// The instant.
    pub now: Timestamp,
}

impl Shell {
    /// The frame of a page for whoever is or is not signed in, outside any organization.
    pub fn outside(path: String, theme: &'static str, now: Timestamp) -> Self {
        Self {
            text: Text::plain(),
            me: None,
            organization: None,
            map: None,
            groups: Vec::new(),
            section: "",
            title: String::new(),
            purpose: None,
            crumbs: Vec::new(),
            bot: None,
            conversation: None,
            lists: "",
            flash: None,
            theme,
            path,
            makes_organizations: false,
            now,
        }
    }

    /// Knows who is signed in: outside any organization the sidebar leads into theirs.
    pub fn welcome(&mut self, me: OwnAccountView) {
        self.text = self.text.in_language(&me.language);
        let entry = |own: &OwnOrganizationView| Entry {
            key: "organization",
            icon: "building",
            label: own.name.clone(),
            href: format!("/{}/bots", own.slug),
        };
        let entries: Vec<Entry> = me.organizations.iter().map(entry).collect();
        if !entries.is_empty() {
            self.groups = vec![Group { label: Some(self.t("nav-organizations")), href: None, entries }];
        }
        self.me = Some(me);
    }

    /// Knows of requests for access that the person can answer.
    pub fn asked(&mut self, count: usize) {
        let entry = Entry {
            key: "requests",
            icon: "inbox",
            label: self.count("nav-requests", count),
            href: self.here("/requests"),
        };
        if let (true, Some(first)) = (count > 0, self.groups.first_mut()) {
            first.entries.push(entry);
        }
    }

    /// Knows of visitors who wait for somebody like the person.
    pub fn awaited(&mut self, count: usize) {
        let label = self.count("nav-waiting", count);
        let entry = Entry { key: "waiting", icon: "inbox", label, href: "/waiting".to_owned() };
        if count > 0 {
            match self.groups.first_mut() {
                Some(first) => first.entries.insert(0, entry),
                None => self.groups.push(Group { label: None, href: None, entries: vec![entry] }),
            }
        }
    }

    /// Enters an organization: its words, and the sidebar as far as the map allows.
    pub fn enter(&mut self, organization: OrganizationView, map: OwnPermissionsView) {
        self.text = Text::of_preset(&organization.preset).in_language(self.text.tag());
        self.groups = groups(self.text, &organization, &map);
        self.organization = Some(organization);
        self.map = Some(map);
    }

    /// With this title, given by its key.
    pub fn titled(mut self, key: &str) -> Self {
        self.title = self.t(key);
        self
    }

    /// With this title.
    pub fn named(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// With this sentence of purpose, given by its key.
    pub fn about(mut self, key: &str) -> Self {
        self.purpose = Some(self.t(key));
        self
    }

    /// In this section, showing lists of these models.
    pub fn within(mut self, section: &'static str, lists: &'static str) -> Self {
        self.section = section;
        self.lists = lists;
        self
    }

    /// Below this page.
    pub fn below(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// The text of a key.
    pub fn t(&self, key: impl AsRef<str>) -> String {
        self.text.of(key.as_ref())
    }

    /// The text of a key with a value.
    pub fn with(&self, key: &str, name: &str, value: impl AsRef<str>) -> String {
        self.text.with(key, name, value.as_ref())
    }

    /// The text of a key with a number.
    pub fn count(&self, key: &str, count: usize) -> String {
        self.text.with(key, "count", i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// The address of a file.
    pub fn asset(&self, name: &str) -> &'static str {
        asset::address(name)
    }

    /// An instant, as the person reads it.
    pub fn when(&self, time: &Time) -> When {
        let zone = self.me.as_ref().map_or("UTC", |me| me.time_zone.as_str());
        When::new(self.text, *time, self.now, zone)
    }

    /// Whether the map allows it here, and it is not decided in the identity provider.
    pub fn may(&self, model: &str, action: &str) -> bool {
        let policies = Policies { single_sign_on: self.single_sign_on(), ..Policies::default() };
        !policies.comes_from_provider(model, action) && self.map.as_ref().is_some_and(|map| map.allows(model, action))
    }

    /// Whether single sign-on is on here.
    pub fn single_sign_on(&self) -> bool {
        self.organization.as_ref().is_some_and(|organization| organization.single_sign_on)
    }

    /// Whether a record's `can` lists the ability.
    pub fn has(&self, can: &[String], ability: &str) -> bool {
        can.iter().any(|listed| listed == ability)
    }

    /// A path below the organization.
    pub fn here(&self, rest: &str) -> String {
        let slug = self.organization.as_ref().map_or("", |organization| organization.slug.as_str());
        format!("/{slug}{rest}")
    }

    /// Where the page's event stream is.
    pub fn events(&self) -> Option<String> {
        let organization = self.organization.as_ref()?;
        let bot = self.bot.map(|bot| format!("&bot={bot}")).unwrap_or_default();
        let conversation = self.conversation.map(|one| format!("&conversation={one}")).unwrap_or_default();
        Some(format!("/events?organization={}{bot}{conversation}", organization.id))
    }

    /// The organizations to switch to.
    pub fn others(&self) -> Vec<&OwnOrganizationView> {
        let here = self.organization.as_ref().map(|organization| organization.id);
        self.me.iter().flat_map(|me| &me.organizations).filter(|own| Some(own.id) != here).collect()
    }

    /// One or two letters that stand for a name.
    pub fn initials(&self, name: &str) -> String {
        let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
        let first = letters.next();
        first.into_iter().chain(letters.next_back()).flat_map(char::to_uppercase).collect()
    }
}

fn groups(t: Text, organization: &OrganizationView, map: &OwnPermissionsView) -> Vec<Group> {
    let entry = |key: &'static str, icon: &'static str| Entry {
        key,
        icon,
        label: t.of(&format!("nav-{key}")),
        href: format!("/{}/{key}", organization.slug),
    };
    let administration = [
        ("User", entry("users", "users")),
        ("Invitation", entry("invitations", "mail")),
        ("Role", entry("roles", "shield-lock")),
        ("UserPermission", entry("access-map", "world")),
        ("Partner", entry("partners", "building")),
        ("AuditLog", entry("audit-log", "history")),
        ("SingleSignOn", entry("single-sign-on", "key")),
    ];
    let administration = administration.into_iter().filter(|(model, entry)| {
        // Where single sign-on is on, roles come from elsewhere (W-10).
        map.allows(model, "read") && !(entry.key == "roles" && organization.single_sign_on)
    });
    let people = map.allows("User", "read") || map.allows("Role", "read");
    let settings = [
        ("Organization", entry("settings", "settings")),
        ("User", Entry { href: format!("/{}/settings/team", organization.slug), ..entry("team", "users") }),
        (
            "Policy",
            Entry { href: format!("/{}/settings/forward-auth", organization.slug), ..entry("forward-auth", "lock") },
        ),
        ("Billing", Entry { href: format!("/{}/settings/billing", organization.slug), ..entry("billing", "inbox") }),
    ];
    let settings = settings.into_iter().filter(|(model, _)| map.allows(model, "read")).map(|(_, entry)| entry);
    let all = [
        Group { label: None, href: None, entries: vec![entry("bots", "robot")] },
        Group {
            label: Some(t.of("nav-administration")),
            href: people.then(|| format!("/{}/administration", organization.slug)),
            entries: administration.map(|(_, entry)| entry).collect(),
        },
        Group { label: Some(t.of("nav-preferences")), href: None, entries: settings.collect() },
    ];
    all.into_iter().filter(|group| !group.entries.is_empty()).collect()
}
