//! The way from our sign-in page to a guarded host.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_store::Caller;
use rolecall_store::resource::{ForwardCode, Redeemed, Redemption, Session};

use crate::auth::token;
use crate::forward::CALLBACK;
use crate::forward::address::Address;
use crate::problem::Problem;
use crate::service::Result;
use crate::state::App;

/// Seconds that a code is good for.
const CODE_SECONDS: i64 = 60;

/// A challenge as an address has it.
#[must_use]
pub fn challenge_text(challenge: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(challenge)
}

/// Leads whoever is signed in to a guarded host, with a code for the browser that the challenge is of: the host, and the
/// address. Only hosts that rules name are led to.
pub async fn begin(
    app: &App,
    caller: Caller,
    session: &Session,
    (to, challenge): (&str, &str),
) -> Result<(String, String)> {
    let address = Address::parse(to).map_err(|_| Problem::not_found())?;
    let challenge = URL_SAFE_NO_PAD.decode(challenge).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let challenge = challenge.ok_or_else(Problem::not_found)?;
    if app.config.public_url.scheme() == "https" && !address.secure {
        return Err(Problem::not_found());
    }
    let now = caller.now;
    let mut access = app.store.access(caller).await?;
    if access.rules_of_host(&address.host).await?.is_empty() {
        return Err(Problem::not_found());
    }
    drop(access);
    let code = token::new()?;
    let new = ForwardCode {
        code_hash: token::hash(&code),
        session: session.id,
        host: address.host.clone(),
        target: address.target.clone(),
        challenge,
        expires_at: now.plus_seconds(CODE_SECONDS),
    };
    app.store.create_forward_code(&new, now).await?;
    Ok((address.host.clone(), format!("{}{CALLBACK}?code={code}", address.origin())))
}

/// Changes a code for a ticket in the browser that holds this; where it leads. None: the code is not good.
pub async fn redeem(
    app: &App,
    (code, held, ticket): (&str, Option<&str>, &str),
    host: &str,
) -> Result<Option<Redeemed>> {
    let redemption = Redemption {
        code_hash: token::hash(code),
        host: host.to_owned(),
        challenge: held.map(token::hash),
        ticket_hash: token::hash(ticket),
    };
    Ok(app.store.redeem_forward_code(&redemption, app.now()).await?)
}
