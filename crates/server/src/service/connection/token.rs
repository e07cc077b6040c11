//! Tokens that work: refreshed when they have ended, by one process at a time, so that a refresh token which the provider
//! gives anew each time is never lost to a neighbour.

use std::time::Duration;

use rolecall_access::Timestamp;
use rolecall_store::Caller;
use rolecall_store::resource::{Connection, ConnectionId, Told};
use serde_json::Value;

use super::{configured, is_over, name_of, seal, told, unseal};
use crate::auth::oauth::{self, Failed, Tokens};
use crate::auth::provider::Provider;
use crate::auth::secret::Secret;
use crate::problem::{Kind, Problem};
use crate::service::Result;
use crate::state::App;

/// Seconds before its end from which a token counts as ended: clocks differ, and requests take their time.
const SKEW_SECONDS: i64 = 30;
/// Seconds beyond the time limit of a request until a process that refreshes counts as dead.
const CLAIM_SECONDS: i64 = 20;
/// How often a process looks whether another has refreshed.
const LOOK: Duration = Duration::from_millis(50);

/// A token that the provider takes, as far as is known here.
#[derive(Clone, Debug)]
pub struct UsableToken {
    /// For `Authorization: Bearer`.
    pub access: Secret,
    /// What may be done with it.
    pub scopes: Vec<String>,
}

/// A token of the connection that can be used now, for what works on its person's behalf. Whoever asks has established
/// that it may.
///
/// # Errors
/// 409 if the person has to connect the account again; 503 if the provider cannot be asked just now.
pub async fn usable_token(app: &App, id: ConnectionId) -> Result<UsableToken> {
    let (_, tokens) = usable(app, id, None).await?;
    Ok(UsableToken { access: tokens.access, scopes: tokens.scopes.unwrap_or_default() })
}

/// Who works on a person's behalf without being asked by them.
fn ourselves(app: &App) -> Caller {
    Caller::operator(app.now())
}

async fn find(app: &App, id: ConnectionId) -> Result<Connection> {
    let found = app.store.access(ourselves(app)).await?.find_connection(id).await?;
    found.ok_or_else(Problem::not_found)
}

fn reconnect(app: &App, connection: &Connection) -> Problem {
    let name = name_of(app, connection);
    let detail =
        format!("{name} does not accept this connection any more. Reconnect it in your profile, under Accounts.");
    Problem::new(Kind::WrongState, detail)
}

fn away(app: &App, connection: &Connection) -> Problem {
    let name = name_of(app, connection);
    let detail = format!("{name} could not be asked just now, and nothing has changed. Try again in a moment.");
    Problem::new(Kind::Unavailable, detail)
}

/// The connection with tokens that have not ended. Those of the turn `refused` are not good enough: the provider did not
/// take them.
async fn usable(app: &App, id: ConnectionId, refused: Option<i64>) -> Result<(Connection, Tokens)> {
    loop {
        let connection = find(app, id).await?;
        if is_over(app, &connection) {
            return Err(reconnect(app, &connection));
        }
        let refreshes = connection.tokens.refresh.is_some();
        let fresh = |end: Timestamp| app.now().plus_seconds(SKEW_SECONDS) < end;
        let good = refused != Some(connection.turn) && connection.tokens.expires_at.is_none_or(fresh);
        if good || (!refreshes && refused != Some(connection.turn)) {
            let tokens = unseal(app, &connection)?;
            return Ok((connection, tokens));
        }
        if !refreshes {
            end(app, &connection).await?;
            return Err(reconnect(app, &connection));
        }
        let taken = connection.refreshing_until.is_some_and(|until| app.now() < until);
        let mine = !taken && claim(app, &connection).await?;
        if mine {
            // To the end even if whoever asked goes away: the new tokens are not lost between provider and database.
            let refreshed = tokio::spawn(refresh(app.clone(), connection)).await;
            return refreshed.map_err(|error| Problem::internal(&error))?;
        }
        // Another process refreshes; its claim ends by itself if it does not come back.
        tokio::time::sleep(LOOK).await;
    }
}

/// Claims the refreshing for this process. False: another was faster.
async fn claim(app: &App, connection: &Connection) -> Result<bool> {
    let seconds = i64::try_from(app.config.limits.outgoing_milliseconds / 1_000).unwrap_or(i64::MAX);
    let mut change = app.store.change(ourselves(app)).await?;
    let until = app.now().plus_seconds(seconds.saturating_add(CLAIM_SECONDS));
    let mine = change.claim_refresh(connection, until).await?;
    change.commit().await?;
    Ok(mine)
}

/// Refreshes the tokens of a connection that this process has claimed.
async fn refresh(app: App, connection: Connection) -> Result<(Connection, Tokens)> {
    let app = &app;
    match ask(app, &connection).await {
        Ok(tokens) => keep(app, connection, tokens).await,
        Err(Some(Failed::Over)) => {
            end(app, &connection).await?;
            Err(reconnect(app, &connection))
        }
        Err(failed) => {
            let mut change = app.store.change(ourselves(app)).await?;
            change.release_refresh(&connection).await?;
            change.commit().await?;
            if failed.is_none() {
                configured(app, &connection.provider).map(drop)?
            }
            Err(away(app, &connection))
        }
    }
}

/// What the provider gives for the refresh token; no reason: we could not even ask.
async fn ask(app: &App, connection: &Connection) -> std::result::Result<Tokens, Option<Failed>> {
    let provider = configured(app, &connection.provider).map_err(|_| None)?;
    let held = unseal(app, connection).map_err(|_| None)?;
    let token = held.refresh.ok_or(None)?;
    let mut tokens = oauth::refresh(app, provider, &token).await.map_err(Some)?;
    // Who gives no new refresh token leaves the one before good (RFC 6749, section 6).
    tokens.refresh = tokens.refresh.or(Some(token));
    tokens.scopes = tokens.scopes.or(held.scopes);
    Ok(tokens)
}

async fn keep(app: &App, connection: Connection, tokens: Tokens) -> Result<(Connection, Tokens)> {
    let sealed = seal(app, connection.id, &tokens)?;
    let mut change = app.store.change(ourselves(app)).await?;
    let kept = change.keep_refreshed(&connection, sealed, tokens.scopes.as_deref().unwrap_or_default()).await?;
    let there = change.find_connection(connection.id).await?;
    change.commit().await?;
    match there {
        Some(renewed) if kept => Ok((renewed, tokens)),
        // Connected anew meanwhile: those tokens are the newer ones.
        Some(renewed) => {
            let tokens = unseal(app, &renewed)?;
            Ok((renewed, tokens))
        }
        // Deleted meanwhile: what was just given is not left behind.
        None => {
            if let Some(provider) = app.config.provider(&connection.provider) {
                oauth::revoke(app, provider, &tokens).await;
            }
            Err(Problem::not_found())
        }
    }
}

/// The provider takes it no more.
async fn end(app: &App, connection: &Connection) -> Result<()> {
    let mut change = app.store.change(ourselves(app)).await?;
    let fields = Told { before: told(app, connection), after: Value::Null };
    change.end_connection(connection, fields).await?;
    change.commit().await?;
    Ok(())
}

/// Asks the provider who the token's person is, and keeps what that says about the connection.
pub async fn examine(app: &App, provider: &Provider, id: ConnectionId) -> Result<()> {
    let mut refused = None;
    // Twice at most: a token that was taken back may be had anew.
    for _ in 0..2 {
        let (connection, tokens) = match usable(app, id, refused).await {
            Err(problem) if problem.kind == Kind::WrongState => return Ok(()),
            found => found?,
        };
        match oauth::identify(app, provider, &tokens.access).await {
            Ok(identity) if identity.subject == connection.subject => {
                let mut change = app.store.change(ourselves(app)).await?;
                change.note_connection_works(&connection, &identity.name).await?;
                change.commit().await?;
                return Ok(());
            }
            Ok(_) => return end(app, &connection).await,
            Err(Failed::Over) if refused.is_none() => refused = Some(connection.turn),
            Err(Failed::Over) => return end(app, &connection).await,
            Err(Failed::Away) => return Err(away(app, &connection)),
        }
    }
    Ok(())
}
