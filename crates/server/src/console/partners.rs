//! Partner organizations: asking, agreeing, what is offered to whom, and one's own people on partners' bots (P-7).

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use rolecall_access::catalogue::Level;
use rolecall_access::{BotId, OrganizationId, PartnershipId};
use rolecall_store::resource::List;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::bot::ConfirmPage;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::switches::{self, Choices};
use crate::console::{preview, term};
use crate::input::Input;
use crate::problem::Problem;
use crate::service::partner::{
    AskBody, OfferBody, OfferView, PartnerBody, PartnerBotView, PartnerPeopleBody, PartnerView,
};
use crate::service::{self, Named, PermissionView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/partners", get(show_partners).post(ask))
        .route("/{org}/partners/{partner}", get(show_partner).post(change))
        .route("/{org}/partners/{partner}/accept", post(accept))
        .route("/{org}/partners/{partner}/end", get(confirm_end).post(end))
        .route("/{org}/partners/{partner}/offer", get(choose_bot))
        .route("/{org}/partners/{partner}/bots/{bot}", get(show_offer).post(set_offer))
        .route("/{org}/partners/{partner}/bots/{bot}/withdraw", post(withdraw))
        .route("/{org}/partners/{partner}/bots/{bot}/people", get(show_people).post(set_people))
}

#[derive(Template)]
#[template(path = "partners.html")]
struct PartnersPage {
    shell: Shell,
    partners: Vec<PartnerView>,
    bots: Vec<PartnerBotView>,
    slug: String,
    errors: Errors,
}

impl PartnersPage {
    fn cap(&self, permissions: &[PermissionView]) -> String {
        in_words(&self.shell, permissions)
    }
}

/// What is offered at most, in words; seeing the bot comes with being on it.
fn in_words(shell: &Shell, permissions: &[PermissionView]) -> String {
    let on: Vec<String> = permissions.iter().map(|one| format!("{}:{}", one.model, one.action)).collect();
    let text = switches::in_words(shell, Level::Bot, &on);
    if text.is_empty() { shell.t("partner-cap-nothing") } else { text }
}

async fn page(app: &App, inside: Inside, slug: String, errors: Errors, status: StatusCode) -> Page {
    let partners = service::partner::list_partners(app, inside.caller.clone(), inside.id).await?.items;
    let bots = service::partner::list_partner_bots(app, inside.caller, inside.id).await?.items;
    let shell = inside.shell.titled("partners-title").about("partners-purpose").within("partners", "Partner");
    let page = PartnersPage { shell, partners, bots, slug, errors };
    render_with(status, &page.shell, &page)
}

async fn show_partners(inside: Inside, State(app): State<App>) -> Page {
    page(&app, inside, String::new(), Errors::default(), StatusCode::OK).await
}

async fn ask(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let slug = fields.text("slug");
    let body = Input::of(AskBody { slug: slug.clone() });
    match service::partner::ask_partner(&app, inside.caller.clone(), inside.id, body).await {
        Ok(_) => Ok(done(&inside.shell.here("/partners"), &inside.shell.t("partner-asked"))),
        Err(problem) => page(&app, inside, slug, Errors::of_problem(problem)?, StatusCode::UNPROCESSABLE_ENTITY).await,
    }
}

fn id(inside: &Inside, partner: &str) -> Result<(OrganizationId, PartnershipId), Problem> {
    let partner: Uuid = partner.parse().map_err(|_| Problem::not_found())?;
    Ok((inside.id, PartnershipId(partner)))
}

fn bot_id(bot: &str) -> Result<BotId, Problem> {
    bot.parse().map(BotId).map_err(|_| Problem::not_found())
}

#[derive(Template)]
#[template(path = "partner.html")]
struct PartnerPage {
    shell: Shell,
    partner: PartnerView,
    until: String,
    offerable: Vec<Named>,
}

impl PartnerPage {
    fn can(&self, ability: &str) -> bool {
        self.partner.can.iter().any(|can| can == ability)
    }

    fn cap(&self, permissions: &[PermissionView]) -> String {
        in_words(&self.shell, permissions)
    }
}

/// Bots that the caller could offer and that are not offered yet.
async fn offerable(app: &App, inside: &Inside, partner: &PartnerView) -> Result<Vec<Named>, Problem> {
    if !partner.can.iter().any(|can| can == "update") {
        return Ok(Vec::new());
    }
    let list = List { limit: 200, cursor: None, q: None, sort: None };
    let bots = service::bot::list_bots(app, inside.caller.clone(), inside.id, Ok(list)).await?;
    let gives = |can: &[String]| can.iter().any(|can| can == "Team:create" || can == "Team:update");
    let free = |id: Uuid| partner.offers.iter().all(|offer| offer.bot.id != id);
    let bots = bots.items.into_iter().filter(|bot| gives(&bot.can) && free(bot.id));
    Ok(bots.map(|bot| Named { id: bot.id, name: bot.name }).collect())
}

fn below(shell: Shell, partner: Option<&PartnerView>) -> Shell {
    let (title, path) = (shell.t("partners-title"), shell.here("/partners"));
    let shell = shell.within("partners", "Partner Team Bot").below(title, path);
    match partner {
        Some(partner) => {
            let path = shell.here(&format!("/partners/{}", partner.id));
            shell.below(partner.name.clone(), path)
        }
        None => shell,
    }
}

async fn show_partner(inside: Inside, State(app): State<App>, Path((_, partner)): Path<(String, String)>) -> Page {
    let id = id(&inside, &partner)?;
    let partner = service::partner::find_partner(&app, inside.caller.clone(), id).await?;
    let offerable = offerable(&app, &inside, &partner).await?;
    let until = term::field(&inside.shell, partner.expires_at);
    let shell = below(inside.shell, None).named(partner.name.clone());
    let page = PartnerPage { shell, partner, until, offerable };
    render(&page.shell, &page)
}

/// Freezes, lets go on, or sets the end.
async fn change(
    inside: Inside,
    State(app): State<App>,
    Path((_, partner)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &partner)?;
    let back = inside.shell.here(&format!("/partners/{partner}"));
    let body = match fields.given("frozen") {
        Some(frozen) => PartnerBody { frozen: Some(frozen == "true"), expires_at: None },
        None => {
            let now = service::partner::find_partner(&app, inside.caller.clone(), id).await?;
            match term::end(&inside.shell, &fields, "until", now.expires_at) {
                Ok(end) => PartnerBody { frozen: None, expires_at: Some(end) },
                Err(problem) => return acted(Err::<(), _>(problem), &back, "", &back),
            }
        }
    };
    let (caller, slot) = preview::caller(&inside, &fields);
    let set = service::partner::update_partner(&app, caller, id, fields.version(), Input::of(body)).await;
    match slot {
        Some(slot) => preview::show(inside.shell, &slot, set.err(), (back.clone(), back, &fields)),
        None => acted(set, &back, &inside.shell.t("saved"), &back),
    }
}

async fn accept(inside: Inside, State(app): State<App>, Path((_, partner)): Path<(String, String)>) -> Page {
    let id = id(&inside, &partner)?;
    let accepted = service::partner::accept_partner(&app, inside.caller, id).await;
    let path = inside.shell.here(&format!("/partners/{partner}"));
    acted(accepted, &path, &inside.shell.t("partner-accepted"), &inside.shell.here("/partners"))
}

async fn confirm_end(inside: Inside, State(app): State<App>, Path((_, partner)): Path<(String, String)>) -> Page {
    let id = id(&inside, &partner)?;
    let partner = service::partner::find_partner(&app, inside.caller.clone(), id).await?;
    service::partner::may_end_partner(&app, inside.caller, id).await?;
    let [title, what, button] = match partner.state.as_str() {
        "active" => ["partner-end-title", "partner-end-what", "partner-end-button"],
        "asked" => ["partner-withdraw-title", "partner-withdraw-what", "partner-withdraw-button"],
        _ => ["partner-decline-title", "partner-decline-what", "partner-decline-button"],
    };
    let back = if partner.state == "active" { format!("/partners/{}", partner.id) } else { "/partners".to_owned() };
    let back = inside.shell.here(&back);
    let shell = inside.shell;
    let people = partner.offers.iter().flat_map(|offer| {
        offer.people.iter().map(|person| format!("{} ({})", person.name, offer.bot.name)).collect::<Vec<_>>()
    });
    let page = ConfirmPage {
        lines: vec![shell.with(what, "name", &partner.name)],
        names: people.collect(),
        blocked: None,
        action: shell.here(&format!("/partners/{}/end", partner.id)),
        button: shell.t(button),
        back,
        version: partner.version,
        typed: None,
        shell: below(shell, None).titled(title),
    };
    render(&page.shell, &page)
}

async fn end(inside: Inside, State(app): State<App>, Path((_, partner)): Path<(String, String)>) -> Page {
    let id = id(&inside, &partner)?;
    let ended = service::partner::end_partner(&app, inside.caller, id).await;
    let back = inside.shell.here("/partners");
    acted(ended, &back, &inside.shell.t("partner-ended"), &back)
}

#[derive(Deserialize)]
struct Chosen {
    bot: String,
}

/// From the choice of a bot to the page that offers it.
async fn choose_bot(inside: Inside, Path((_, partner)): Path<(String, String)>, Query(chosen): Query<Chosen>) -> Page {
    let (id, bot) = (id(&inside, &partner)?, bot_id(&chosen.bot)?);
    Ok(Redirect::to(&inside.shell.here(&format!("/partners/{}/bots/{}", id.1.0, bot.0))).into_response())
}

#[derive(Template)]
#[template(path = "partner-offer.html")]
struct OfferPage {
    shell: Shell,
    partner: PartnerView,
    bot: Named,
    offer: Option<OfferView>,
    until: String,
    switches: Choices,
}

impl OfferPage {
    fn path(&self, rest: &str) -> String {
        self.shell.here(&format!("/partners/{}{rest}", self.partner.id))
    }
}

async fn show_offer(
    inside: Inside,
    State(app): State<App>,
    Path((_, partner, bot)): Path<(String, String, String)>,
) -> Page {
    let (id, bot) = (id(&inside, &partner)?, bot_id(&bot)?);
    let partner = service::partner::find_partner(&app, inside.caller.clone(), id).await?;
    let offer = partner.offers.iter().find(|offer| offer.bot.id == bot.0).cloned();
    let bot = match &offer {
        Some(offer) => offer.bot.clone(),
        None => {
            let found = offerable(&app, &inside, &partner).await?.into_iter().find(|one| one.id == bot.0);
            found.ok_or_else(Problem::not_found)?
        }
    };
    let cap = offer.iter().flat_map(|offer| &offer.permissions);
    let on: Vec<String> = cap.map(|one| format!("{}:{}", one.model, one.action)).collect();
    let switches = switches::choices(&inside.shell, Level::Bot, &on, |one| one.to_string() != "Bot: read");
    let until = term::field(&inside.shell, offer.as_ref().and_then(|offer| offer.expires_at));
    let mut shell = below(inside.shell, Some(&partner)).named(bot.name.clone());
    shell.purpose = Some(shell.with("partner-offer-purpose", "name", &partner.name));
    let page = OfferPage { shell, partner, bot, offer, until, switches };
    render(&page.shell, &page)
}

async fn set_offer(
    inside: Inside,
    State(app): State<App>,
    Path((_, partner, bot)): Path<(String, String, String)>,
    fields: Fields,
) -> Page {
    let (id, bot) = (id(&inside, &partner)?, bot_id(&bot)?);
    let now = service::partner::find_partner(&app, inside.caller.clone(), id).await?;
    let held = now.offers.iter().find(|offer| offer.bot.id == bot.0).and_then(|offer| offer.expires_at);
    let back = inside.shell.here(&format!("/partners/{partner}"));
    let path = format!("{back}/bots/{}", bot.0);
    let expires_at = match term::end(&inside.shell, &fields, "until", held) {
        Ok(end) => end,
        Err(problem) => return acted(Err::<(), _>(problem), &path, "", &path),
    };
    let body = OfferBody { permissions: switches::switched(&inside.shell, &fields), expires_at };
    let (caller, slot) = preview::caller(&inside, &fields);
    let set = service::partner::offer_bot(&app, caller, (id.0, id.1, bot), Input::of(body)).await;
    match slot {
        Some(slot) => preview::show(inside.shell, &slot, set.err(), (path.clone(), path, &fields)),
        None => acted(set, &back, &inside.shell.t("saved"), &path),
    }
}

async fn withdraw(
    inside: Inside,
    State(app): State<App>,
    Path((_, partner, bot)): Path<(String, String, String)>,
) -> Page {
    let (id, bot) = (id(&inside, &partner)?, bot_id(&bot)?);
    let gone = service::partner::withdraw_offer(&app, inside.caller, (id.0, id.1, bot)).await;
    let back = inside.shell.here(&format!("/partners/{partner}"));
    acted(gone, &back, &inside.shell.t("partner-offer-withdrawn"), &back)
}

/// Somebody who is, or could be, on a partner's bot.
struct Marked {
    id: Uuid,
    name: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "partner-people.html")]
struct PeoplePage {
    shell: Shell,
    action: String,
    people: Vec<Marked>,
}

async fn show_people(
    inside: Inside,
    State(app): State<App>,
    Path((_, partner, bot)): Path<(String, String, String)>,
) -> Page {
    let (id, bot) = (id(&inside, &partner)?, bot_id(&bot)?);
    let bots = service::partner::list_partner_bots(&app, inside.caller.clone(), inside.id).await?;
    let found = bots.items.into_iter().find(|one| one.id == bot.0 && one.partner_id == id.1.0);
    let bot = found.ok_or_else(Problem::not_found)?;
    let users = service::partner::list_own_candidates(&app, inside.caller, id).await?;
    let mark = |one: Named| Marked { on: bot.people.iter().any(|on| on.id == one.id), id: one.id, name: one.name };
    let people = users.into_iter().map(mark).collect();
    let mut shell = below(inside.shell, None).named(bot.name.clone());
    shell.purpose = Some(shell.with("partner-people-purpose", "name", &bot.organization));
    let action = shell.here(&format!("/partners/{partner}/bots/{}/people", bot.id));
    let page = PeoplePage { shell, action, people };
    render(&page.shell, &page)
}

async fn set_people(
    inside: Inside,
    State(app): State<App>,
    Path((_, partner, bot)): Path<(String, String, String)>,
    fields: Fields,
) -> Page {
    let (id, bot) = (id(&inside, &partner)?, bot_id(&bot)?);
    let body = Input::of(PartnerPeopleBody { user_ids: fields.ids("user_ids") });
    let (caller, slot) = preview::caller(&inside, &fields);
    let set = service::partner::enable_on_partner_bot(&app, caller, (id.0, id.1, bot), body).await;
    let (back, path) =
        (inside.shell.here("/partners"), inside.shell.here(&format!("/partners/{partner}/bots/{}/people", bot.0)));
    match slot {
        Some(slot) => preview::show(inside.shell, &slot, set.err(), (path.clone(), path, &fields)),
        None => acted(set, &back, &inside.shell.t("saved"), &path),
    }
}
