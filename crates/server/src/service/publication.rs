//! Publishing a bot: the draft as a numbered version that never changes, going back to one, taking it off the air, and
//! what differs between two.

pub mod body;
pub mod changes;
pub mod draft;

use rolecall_access::{BotId, Scope};
use rolecall_bots::Snapshot;
use rolecall_store::resource::{Bot, List, NewVersion, Publications, Version};
use rolecall_store::{Access, Caller, Create, Delete, Read};

use crate::input::MaybeInput;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::playground::trial::{self, TestView};
use crate::service::{ListView, Result, Written, abilities, may};
use crate::state::App;
use crate::time::Time;
use crate::understanding;
use body::{ChangesView, PublicationView, PublishBody, SinceQuery, VersionView};
use draft::Ready;

fn publication(access: &Access, bot: &Bot) -> PublicationView {
    let scope = Scope::Bot(bot.id);
    PublicationView {
        published: bot.published_version.is_some(),
        version: bot.published_version,
        published_at: bot.published_at.filter(|_| bot.published_version.is_some()).map(Time),
        can: abilities(access, "Publication", &["create", "read", "delete"], scope, bot.owner.or(bot.created_by)),
    }
}

/// Which version is live.
pub async fn find_publication(app: &App, caller: Caller, id: BotId) -> Result<PublicationView> {
    let mut access = app.store.access(caller).await?;
    let bot = access.require::<Publications, Read>(id).await?;
    Ok(publication(&access, &bot))
}

/// Makes a version of the draft and makes it live; or goes back to the version that is named.
pub async fn publish_bot(
    app: &App,
    caller: Caller,
    id: BotId,
    input: MaybeInput<PublishBody>,
) -> Result<Written<PublicationView>> {
    let mut access = app.store.access(caller.clone()).await?;
    let of = access.require::<Publications, Create>(id).await?;
    let body = input.get()?;
    if let Some(number) = body.version {
        drop(access);
        return roll_back(app, caller, id, number).await;
    }
    let draft = access.find_draft(&of).await?;
    let ready = Ready::of(&of, &draft);
    refuse(ready.faults)?;
    let lessons = access.find_draft_lessons(&of).await?;
    let kept = access.find_draft_model(&of).await?.filter(|model| model.version == draft.taught);
    let tests = access.list_playground_tests(&of).await?;
    drop(access);
    let model = match kept {
        Some(model) => Some(model.bytes),
        None if draft.intents.iter().all(|intent| intent.example_count == 0) => None,
        None => Some(understanding::learn(app, lessons).await?.0),
    };
    if !tests.is_empty() && !body.confirm {
        let tried = trial::try_all(app, id, ready.snapshot.clone(), model.clone(), tests).await?;
        refuse_failing(&tried)?;
    }
    let snapshot = serde_json::to_string(&ready.snapshot).map_err(|error| Problem::internal(&error))?;
    // Access may have ended while it learned.
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Publications, Create>(id).await?;
    let new = NewVersion { note: body.note.unwrap_or_default(), snapshot, model };
    let after = change.publish_version(&of, &new).await?;
    let value = publication(&change, &after);
    Ok(Written { value, revision: change.commit().await? })
}

async fn roll_back(app: &App, caller: Caller, id: BotId, number: i64) -> Result<Written<PublicationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Publications, Create>(id).await?;
    let after = change.roll_back(&of, number).await?;
    let value = publication(&change, &after);
    Ok(Written { value, revision: change.commit().await? })
}

fn refuse(faults: Vec<FieldError>) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let told: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    let detail = format!("It cannot be published yet. {}", told.join(" "));
    Err(Problem { errors: faults, ..Problem::new(Kind::WrongState, detail) })
}

fn refuse_failing(tried: &[TestView]) -> Result<()> {
    let failing: Vec<&TestView> = tried.iter().filter(|test| test.passed == Some(false)).collect();
    if failing.is_empty() {
        return Ok(());
    }
    let detail =
        format!("{} of {} tests fail. Mend them, or publish all the same with `confirm`.", failing.len(), tried.len());
    let told = |test: &&TestView| {
        let got = test.got.clone().unwrap_or_default();
        FieldError::new(format!("tests.{}", test.id), "failed", format!("“{}”: {got}", test.sentence))
    };
    Err(Problem { errors: failing.iter().map(told).collect(), ..Problem::new(Kind::WrongState, detail) })
}

/// Takes it off the air.
pub async fn unpublish_bot(app: &App, caller: Caller, id: BotId) -> Result<Written<PublicationView>> {
    let mut change = app.store.change(caller).await?;
    let bot = change.require::<Publications, Delete>(id).await?;
    let after = change.unpublish_bot(&bot).await?;
    let value = publication(&change, &after);
    Ok(Written { value, revision: change.commit().await? })
}

fn version(access: &Access, bot: &Bot, version: Version) -> VersionView {
    let owner = bot.owner.or(bot.created_by);
    let may_publish = may(access, "Publication", "create", Scope::Bot(bot.id), owner);
    let live = bot.published_version == Some(version.number);
    VersionView {
        number: version.number,
        note: version.note,
        made_by: version.made_by,
        made_at: Time(version.made_at),
        live,
        can: ["read"].into_iter().chain((may_publish && !live).then_some("publish")).map(str::to_owned).collect(),
    }
}

/// The bot's versions.
pub async fn list_versions(app: &App, caller: Caller, id: BotId, list: Result<List>) -> Result<ListView<VersionView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Publications, Read>(id).await?;
    let page = access.list_versions(&of, &list?).await?;
    Ok(ListView::of(page, |one| version(&access, &of, one)))
}

/// One version.
pub async fn find_version(app: &App, caller: Caller, id: BotId, number: i64) -> Result<VersionView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Publications, Read>(id).await?;
    let (found, _) = access.find_version(&of, number).await?.ok_or_else(Problem::not_found)?;
    Ok(version(&access, &of, found))
}

/// What differs between a version and an earlier one (the one before it, if none is named), in words; as far as the
/// caller may read the parts that differ.
pub async fn find_changes(
    app: &App,
    caller: Caller,
    id: BotId,
    number: i64,
    since: Result<SinceQuery>,
) -> Result<ChangesView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Publications, Read>(id).await?;
    let since = since?.since.unwrap_or(number.saturating_sub(1));
    let (_, after) = access.find_version(&of, number).await?.ok_or_else(Problem::not_found)?;
    let before = match since {
        0 => Snapshot::default(),
        since => {
            let found = access.find_version(&of, since).await?;
            let unknown = || Problem::invalid(vec![FieldError::new("since", "not_found", "There is no such version.")]);
            read(&found.ok_or_else(unknown)?.1.snapshot)?
        }
    };
    let all = changes::between(&before, &read(&after.snapshot)?);
    Ok(seen(&access, &of, (since, Some(number)), all))
}

/// What publishing now would change for visitors.
pub async fn find_draft_changes(app: &App, caller: Caller, id: BotId) -> Result<ChangesView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Publications, Create>(id).await?;
    let draft = access.find_draft(&of).await?;
    let mut ready = Ready::of(&of, &draft);
    let reads = access.require::<Publications, Read>(id).await?;
    let since = of.published_version.unwrap_or_default();
    let before = match access.find_version(&reads, since).await? {
        Some((_, content)) => read(&content.snapshot)?,
        None => Snapshot::default(),
    };
    ready.faults.truncate(20);
    let all = changes::between(&before, &ready.snapshot);
    let seen = seen(&access, &of, (since, None), all);
    Ok(ChangesView { faults: ready.faults.into_iter().map(|fault| fault.message).collect(), ..seen })
}

fn read(snapshot: &str) -> Result<Snapshot> {
    serde_json::from_str(snapshot).map_err(|error| Problem::internal(&error))
}

fn seen(
    access: &Access,
    bot: &Bot,
    (since, number): (i64, Option<i64>),
    all: Vec<body::VersionChangeView>,
) -> ChangesView {
    let owner = bot.owner.or(bot.created_by);
    let count = all.len();
    let items: Vec<_> =
        all.into_iter().filter(|one| may(access, one.model, "read", Scope::Bot(bot.id), owner)).collect();
    ChangesView { since, number, unseen: count - items.len(), changes: items, faults: Vec::new() }
}
