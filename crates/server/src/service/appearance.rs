//! How a bot looks to its visitors: read, changed, its picture (`Appearance`).
//!
//! What is changed here is the draft; visitors see it once it is published.

use rolecall_access::{BotId, Scope};
use rolecall_store::resource::{Appearances, Bot, KeptAppearance};
use rolecall_store::{Access, Action, Authorized, Caller, Change, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::appearance::colour::Colour;
use crate::appearance::{Appearance, Position, Scheme, Texts};
use crate::input::{Check, Input};
use crate::picture;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::picture::unfit;
use crate::service::{Result, Written, abilities};
use crate::state::App;
use crate::time::Time;

/// A bot's appearance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AppearanceView {
    /// The name at the head of the window; empty: the bot's.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// What the bot says first; empty: the window's own words, unless a flow opens the conversation.
    pub greeting: String,
    /// Where its picture is; null: it has none.
    pub picture: Option<String>,
    /// The ground of head, buttons and the visitor's messages, as `#rrggbb`.
    pub accent: String,
    /// Words on it.
    pub accent_text: String,
    /// The ground of the window where it is light.
    pub ground: String,
    /// Words on it.
    pub text: String,
    /// Light, dark, or as the visitor has it.
    pub scheme: Scheme,
    /// In which corner of a page the window is.
    pub position: Position,
    /// The words on the button that opens the window; empty: a picture of a speech bubble alone.
    pub launcher: String,
    /// The texts of the window.
    pub texts: Texts,
    /// The contrast of words on the accent, and on the ground: 4.5 at least (WCAG 2.2).
    pub contrast: ContrastView,
    /// When it last changed; null: never.
    pub updated_at: Option<Time>,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`.
    pub can: Vec<String>,
}

/// How well words can be read.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ContrastView {
    /// On the accent.
    pub accent: f64,
    /// On the ground.
    pub ground: f64,
}

/// A change of an appearance; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppearanceBody {
    /// The name at the head of the window, 60 characters at most.
    #[serde(default)]
    pub title: Option<String>,
    /// A line below it, 120 characters at most.
    #[serde(default)]
    pub subtitle: Option<String>,
    /// What the bot says first, 500 characters at most.
    #[serde(default)]
    pub greeting: Option<String>,
    /// The ground of head, buttons and the visitor's messages, as `#rrggbb`.
    #[serde(default)]
    pub accent: Option<String>,
    /// Words on it; their contrast must be 4.5:1 at least.
    #[serde(default)]
    pub accent_text: Option<String>,
    /// The ground of the window where it is light.
    #[serde(default)]
    pub ground: Option<String>,
    /// Words on it; their contrast must be 4.5:1 at least.
    #[serde(default)]
    pub text: Option<String>,
    /// Light, dark, or as the visitor has it.
    #[serde(default)]
    pub scheme: Option<Scheme>,
    /// In which corner of a page the window is.
    #[serde(default)]
    pub position: Option<Position>,
    /// The words on the button that opens the window, 40 characters at most.
    #[serde(default)]
    pub launcher: Option<String>,
    /// The texts of the window, all of them.
    #[serde(default)]
    pub texts: Option<Texts>,
}

/// Where a bot's picture is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BotPictureView {
    /// Its address, which changes with it.
    pub picture: String,
    /// The version of the appearance that has it.
    pub version: i64,
}

impl Check for AppearanceBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let texts = self.texts.iter_mut().flat_map(|texts| {
            [
                ("texts.placeholder", Some(&mut texts.placeholder), 60, false),
                ("texts.send", Some(&mut texts.send), 40, false),
                ("texts.person", Some(&mut texts.person), 60, false),
                ("texts.offline", Some(&mut texts.offline), 300, true),
            ]
        });
        let own = [
            ("title", self.title.as_mut(), 60, false),
            ("subtitle", self.subtitle.as_mut(), 120, false),
            ("greeting", self.greeting.as_mut(), 500, true),
            ("launcher", self.launcher.as_mut(), 40, false),
        ];
        for (field, text, most, lines) in own.into_iter().chain(texts) {
            if let Some(text) = text {
                check_text(field, text, (most, lines), &mut errors);
            }
        }
        let colours = [
            ("accent", &self.accent),
            ("accent_text", &self.accent_text),
            ("ground", &self.ground),
            ("text", &self.text),
        ];
        for (field, colour) in colours {
            if let Some(Err(wrong)) = colour.as_deref().map(str::parse::<Colour>) {
                let wrong = wrong.to_string().replacen('w', "W", 1);
                errors.push(FieldError::new(field, "invalid", format!("{wrong}.")));
            }
        }
        errors
    }
}

/// Trims a text that may be empty and reports if it is too long or has control characters other than line breaks, where
/// these may be.
fn check_text(field: &str, text: &mut String, (most, lines): (usize, bool), errors: &mut Vec<FieldError>) {
    *text = text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().count() > most {
        errors.push(FieldError::new(field, "too_long", format!("Use at most {most} characters.")));
    } else if text.chars().any(|one| one.is_control() && !(lines && one == '\n')) {
        errors.push(FieldError::new(field, "invalid", "Leave out control characters such as line breaks and tabs."));
    }
}

impl AppearanceBody {
    /// The appearance with the change; colours that are none stay as they were.
    pub fn over(self, mut before: Appearance) -> Appearance {
        fn put<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        let colour = |text: Option<String>| text.and_then(|text| text.parse::<Colour>().ok());
        put(&mut before.title, self.title);
        put(&mut before.subtitle, self.subtitle);
        put(&mut before.greeting, self.greeting);
        put(&mut before.accent, colour(self.accent));
        put(&mut before.accent_text, colour(self.accent_text));
        put(&mut before.ground, colour(self.ground));
        put(&mut before.text, colour(self.text));
        put(&mut before.scheme, self.scheme);
        put(&mut before.position, self.position);
        put(&mut before.launcher, self.launcher);
        put(&mut before.texts, self.texts);
        before
    }
}

/// The address of a bot's picture, for visitors and team alike.
pub(crate) fn address(bot: BotId, picture: Uuid) -> String {
    format!("/chat/{}/picture/{picture}", bot.0)
}

fn view(access: &Access, bot: &Bot, kept: KeptAppearance) -> AppearanceView {
    let of = Appearance::kept(&kept.appearance);
    AppearanceView {
        contrast: ContrastView { accent: of.accent_contrast(), ground: of.ground_contrast() },
        title: of.title,
        subtitle: of.subtitle,
        greeting: of.greeting,
        picture: of.picture.map(|picture| address(bot.id, picture)),
        accent: of.accent.to_string(),
        accent_text: of.accent_text.to_string(),
        ground: of.ground.to_string(),
        text: of.text.to_string(),
        scheme: of.scheme,
        position: of.position,
        launcher: of.launcher,
        texts: of.texts,
        updated_at: kept.updated_at.map(Time),
        version: kept.version,
        can: abilities(access, "Appearance", &["read", "update"], Scope::Bot(bot.id), bot.created_by),
    }
}

/// The bot's appearance as it is being made.
pub async fn find_appearance(app: &App, caller: Caller, bot: BotId) -> Result<AppearanceView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Appearances, Read>(bot).await?;
    let kept = access.find_appearance(&of).await?;
    Ok(view(&access, &of, kept))
}

/// What the window would be drawn from with the change, which is kept nowhere and may have colours that cannot be read.
pub async fn try_appearance(app: &App, caller: Caller, bot: BotId, body: AppearanceBody) -> Result<Appearance> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Appearances, Read>(bot).await?;
    Ok(body.over(draft(&mut access, &of).await?))
}

async fn draft<A: Action>(access: &mut Access, of: &Authorized<Appearances, A>) -> Result<Appearance> {
    Ok(Appearance::kept(&access.find_appearance(of).await?.appearance))
}

fn written(appearance: &Appearance) -> Result<serde_json::Value> {
    serde_json::to_value(appearance).map_err(|error| Problem::internal(&error))
}

/// Changes the bot's appearance; colours that cannot be read are refused with some that can.
pub async fn update_appearance(
    app: &App,
    caller: Caller,
    bot: BotId,
    version: Precondition,
    input: Input<AppearanceBody>,
) -> Result<Written<AppearanceView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Appearances, Update>(bot).await?;
    let version = version.required()?;
    let body = input.get()?;
    let before = change.find_appearance(&of).await?;
    if version.is_none_or(|version| version == before.version) {
        let after = body.over(Appearance::kept(&before.appearance));
        let faults = after.faults();
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        let kept = change.set_appearance(&of, version, &written(&after)?).await?;
        let value = view(&change, &of, kept);
        return Ok(Written { value, revision: change.commit().await? });
    }
    let stale = rolecall_store::StoreError::Stale { current: before.version };
    Err(Problem::stale(stale, || view(&change, &of, before)))
}

/// Makes a picture of the file and puts it in place of the bot's.
pub async fn set_bot_picture(
    app: &App,
    caller: Caller,
    bot: BotId,
    file: Result<Vec<u8>>,
) -> Result<Written<BotPictureView>> {
    may_update(app, caller.clone(), bot).await?;
    let file = file?;
    let jpeg = app.workshops.pictures.run(move || picture::make(&file)).await?.map_err(unfit)?;
    // Access may have ended while it was made.
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Appearances, Update>(bot).await?;
    let id = change.new_picture_id()?;
    let after = Appearance { picture: Some(id), ..draft(&mut change, &of).await? };
    let kept = change.set_bot_picture(&of, (id, &jpeg), &written(&after)?).await?;
    let value = BotPictureView { picture: address(bot, id), version: kept.version };
    Ok(Written { value, revision: change.commit().await? })
}

/// Whether the caller may change the bot's appearance: known before their file is read.
pub(crate) async fn may_update(app: &App, caller: Caller, bot: BotId) -> Result<()> {
    app.store.access(caller).await?.require::<Appearances, Update>(bot).await?;
    Ok(())
}

/// Leaves the bot without a picture (idempotent).
pub async fn remove_bot_picture(app: &App, caller: Caller, bot: BotId) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Appearances, Update>(bot).await?;
    remove(&mut change, &of).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

async fn remove(change: &mut Change, of: &Authorized<Appearances, Update>) -> Result<()> {
    let before = draft(change, of).await?;
    if before.picture.is_some() {
        let after = written(&Appearance { picture: None, ..before })?;
        change.remove_bot_picture(of, &after).await?;
    }
    Ok(())
}

/// A bot's picture: for anybody where the bot is published, else for whoever may read its appearance. For everybody else
/// there is none.
pub async fn find_bot_picture(app: &App, caller: Caller, (bot, picture): (BotId, Uuid)) -> Result<Vec<u8>> {
    if let Some(jpeg) = app.store.find_public_picture(bot, picture, app.now()).await? {
        return Ok(jpeg);
    }
    if caller.actor == rolecall_access::Actor::Anybody {
        return Err(Problem::not_found());
    }
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Appearances, Read>(bot).await?;
    access.find_bot_picture(&of, picture).await?.ok_or_else(Problem::not_found)
}
