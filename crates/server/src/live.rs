//! What open pages are told while they are open: that the person's permissions changed, that a list looks
//! different, that a visitor waits for somebody like them, that the session is over. Only names of models travel; the page asks for its contents again, as itself.

mod talk;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use rolecall_access::catalogue::{self, Level};
use rolecall_access::{
    BotId, Directory, EffectiveMap, OrganizationId, Permission, Question, Scope, Subject, Unit, UserId,
};
use rolecall_store::Published;
use rolecall_store::resource::SessionId;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use crate::auth::asking::Asking;
use crate::problem::Problem;
use crate::state::App;
use crate::talks::Talked;

/// After so long the browser connects anew and proves again who it is.
const LIFE: Duration = Duration::from_secs(300);

/// How often it is looked, at the least, whether time has ended something.
const TICK: Duration = Duration::from_secs(15);

/// What the page shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    organization: Option<Uuid>,
    bot: Option<Uuid>,
    conversation: Option<Uuid>,
}

/// One open page.
struct Follower {
    app: App,
    user: UserId,
    session: SessionId,
    organization: Option<OrganizationId>,
    bot: Option<BotId>,
    permissions: Vec<EffectiveMap>,
    directory: Arc<Directory>,
    talk: talk::Ear,
}

/// `GET /events`: server-sent events of one page.
///
/// # Errors
/// 401 if nobody is signed in.
pub async fn events(
    State(app): State<App>,
    asking: Asking,
    Query(shown): Query<Shown>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let session = asking.session.ok_or_else(Problem::sign_in_needed)?;
    let (commits, talks) = (app.store.watch(), app.talks.watch());
    // Whoever is not let in hears nothing of it.
    let organization = match shown.organization.map(OrganizationId) {
        Some(id) => {
            app.store.access(asking.caller.clone()).await?.member_organization(id).await.ok().map(|found| found.id)
        }
        None => None,
    };
    let mut follower = Follower {
        user: session.user,
        session: session.id,
        organization,
        bot: shown.bot.map(BotId),
        permissions: Vec::new(),
        directory: app.store.directory(),
        talk: talk::Ear::new(asking.caller, shown.bot.map(BotId), shown.conversation),
        app,
    };
    follower.permissions = follower.look();
    follower.talk.begin(&follower.app).await;
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let stopping = follower.app.stopping.clone();
        tokio::select! {
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(LIFE) => {}
            () = sender.closed() => {}
            () = follower.follow(commits, talks, &sender) => {}
        }
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}

/// Browsers pass on only events that have data.
fn permissions_changed() -> Event {
    Event::default().event("permissions").data("changed")
}

fn over() -> Vec<Event> {
    vec![Event::default().event("session").data("over")]
}

impl Follower {
    async fn follow(
        &mut self,
        mut commits: broadcast::Receiver<Published>,
        mut talks: broadcast::Receiver<Option<Talked>>,
        sender: &mpsc::Sender<Result<Event, Infallible>>,
    ) {
        let mut tick = Instant::now() + self.patience();
        loop {
            let news = tokio::select! {
                commit = commits.recv() => match commit {
                    Ok(commit) if commit.missed => self.look_at_everything().await,
                    Ok(commit) => self.news(&commit),
                    // Too much was missed to say what: the page looks at everything.
                    Err(RecvError::Lagged(_)) => self.look_at_everything().await,
                    Err(RecvError::Closed) => return,
                },
                talked = talks.recv() => {
                    self.talk.hear(talked.ok().flatten());
                    continue;
                }
                () = self.talk.rested() => self.talk.news(&self.app).await,
                // Time itself ends grants and sessions, and what other servers tell may be lost.
                () = tokio::time::sleep_until(tick) => {
                    self.talk.hear(None);
                    if self.is_over().await { over() } else { self.changed_permissions() }
                }
            };
            tick = Instant::now() + self.patience();
            for event in news {
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// How long until something that the person was given ends, or it is time to look anyway.
    fn patience(&self) -> Duration {
        let now = self.app.now();
        let end = self.app.store.directory().next_end(self.user, now);
        let left = end.map(|end| Duration::from_micros(u64::try_from(end.0 - now.0).unwrap_or_default()));
        left.map_or(TICK, |left| left.min(TICK))
    }

    fn news(&mut self, commit: &Published) -> Vec<Event> {
        if commit.ended_sessions.contains(&self.session) {
            return over();
        }
        let before = std::mem::replace(&mut self.directory, self.app.store.directory());
        let mut news = self.changed_permissions();
        for (organization, model) in &commit.lists {
            if Some(*organization) == self.organization && self.may_know(model, commit, &before) {
                news.push(Event::default().event("list").data(model));
            }
        }
        news
    }

    /// Something was missed, and nobody knows what.
    async fn look_at_everything(&mut self) -> Vec<Event> {
        if self.is_over().await {
            return over();
        }
        self.directory = self.app.store.directory();
        self.permissions = self.look();
        vec![permissions_changed()]
    }

    /// Whether the session has ended, for all that the database says.
    async fn is_over(&self) -> bool {
        let idle = self.app.config.limits.session_idle_seconds;
        let lives = self.app.store.session_lives(self.session, self.app.now(), idle).await;
        lives.is_ok_and(|lives| !lives)
    }

    fn changed_permissions(&mut self) -> Vec<Event> {
        let now = self.look();
        if now == self.permissions {
            return Vec::new();
        }
        self.permissions = now;
        vec![permissions_changed()]
    }

    /// What the person may do where the page is.
    fn look(&self) -> Vec<EffectiveMap> {
        let directory = self.app.store.directory();
        let scopes = [self.organization.map(Scope::Organization), self.bot.map(Scope::Bot)];
        let look = |scope| directory.effective(Subject::User(self.user), scope, self.app.now());
        scopes.into_iter().flatten().map(look).collect()
    }

    /// Whether the person may know that something happened to the model's records: bots', only if they can, or
    /// could, read one that it happened to.
    fn may_know(&self, model: &str, commit: &Published, before: &Directory) -> bool {
        let on_bots = catalogue::find(model).is_some_and(|model| model.level == Level::Bot);
        if on_bots {
            let bots = commit.units.iter().filter_map(|unit| if let Unit::Bot(bot) = unit { Some(*bot) } else { None });
            return bots.into_iter().any(|bot| [before, &self.directory].iter().any(|facts| self.reads(facts, bot)));
        }
        let listed = |map: &EffectiveMap| map.0.iter().any(|(name, _)| name.as_str() == model);
        self.permissions.iter().any(listed)
    }

    fn reads(&self, directory: &Directory, bot: BotId) -> bool {
        let Ok(permission) = Permission::new("Bot", "read") else { return false };
        let subject = Subject::User(self.user);
        let question = Question { subject, permission, scope: Scope::Bot(bot), owner: None };
        directory.allows(&question, self.app.now())
    }
}
