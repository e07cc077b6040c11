//! What integrations do: webhooks are sent from the outbox of deliveries, calls are made for flows. Both are signed, go to
//! allowed addresses only ([`crate::outgoing`]), follow no redirects and have a time limit; no transaction is open
//! meanwhile.

pub mod call;
pub mod deliver;
pub mod private;

use std::time::Duration;

use http::{Request, header};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use self::private::Private;
use crate::outgoing::Fault;
use crate::state::App;
use crate::time::Time;

/// Something that is sent.
struct Message {
    /// What the receiver knows it by.
    id: Uuid,
    /// What it says.
    body: Vec<u8>,
}

impl Message {
    /// The message of this kind.
    fn of(id: Uuid, kind: &str, at: Time, data: &Value) -> Self {
        let body = json!({ "type": kind, "timestamp": at.text(), "data": data });
        Self { id, body: body.to_string().into_bytes() }
    }
}

/// How it was answered.
struct Answered {
    /// The answer's status and how it begins, and whether it was cut; else why there is none.
    result: Result<(u16, Vec<u8>, bool), Fault>,
    took: Duration,
}

/// Sends a message and waits for the answer.
async fn send(app: &App, to: &Private, message: Message, within: Duration, most: usize) -> Answered {
    let began = Instant::now();
    let result = exchange(app, to, message, within, most).await;
    Answered { result, took: began.elapsed() }
}

async fn exchange(
    app: &App,
    to: &Private,
    message: Message,
    within: Duration,
    most: usize,
) -> Result<(u16, Vec<u8>, bool), Fault> {
    let now = app.now();
    let signatures = to.sign(message.id, now, &message.body);
    let mut request = Request::post(to.url.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", message.id.to_string())
        .header("webhook-timestamp", private::seconds(now).to_string())
        .header("webhook-signature", signatures);
    for (name, value) in &to.headers {
        request = request.header(name, value);
    }
    let request = request.body(message.body).map_err(|_| Fault::Refused)?;
    let answer = app.outgoing.send_outside(request, within, most, &app.config.private_networks).await?;
    let status = answer.response.status().as_u16();
    Ok((status, answer.response.into_body(), answer.cut))
}
