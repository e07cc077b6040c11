//! Asking addresses that people of the organizations name: never one within, whatever a name resolves to.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use ipnet::IpNet;
use tower::Service;
use url::{Host, Url};

use super::address::{fault, is_allowed, is_within};
use super::{Fault, Outgoing};

/// An answer, as far as it was read.
#[derive(Debug)]
pub struct Answer {
    /// Status, headers and body.
    pub response: Response<Vec<u8>>,
    /// Whether there was more than was read.
    pub cut: bool,
}

/// Resolves names, and gives allowed addresses only: these are the ones that are connected to.
#[derive(Clone)]
struct Guard {
    resolver: GaiResolver,
    networks: Arc<[IpNet]>,
    /// Without TLS only what the operator allows.
    plain: bool,
}

/// All that a name resolves to is refused.
#[derive(Debug, thiserror::Error)]
#[error("no address that is allowed")]
struct Refusal;

impl Guard {
    fn allows(&self, address: IpAddr) -> bool {
        if self.plain { is_within(address, &self.networks) } else { is_allowed(address, &self.networks) }
    }
}

impl Service<Name> for Guard {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.resolver.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, guard) = (self.resolver.call(name), self.clone());
        Box::pin(async move {
            let allowed: Vec<SocketAddr> = found.await?.filter(|address| guard.allows(address.ip())).collect();
            if allowed.is_empty() { Err(io::Error::other(Refusal)) } else { Ok(allowed.into_iter()) }
        })
    }
}

impl Outgoing {
    /// Sends the request to an address that somebody has named, and reads so many bytes of the answer at most, all within
    /// this time. No private address is connected to unless it is in one of the networks; each request has a
    /// connection of its own, so that what was allowed to one is nobody else's.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send_outside(
        &self,
        request: Request<Vec<u8>>,
        within: Duration,
        most: usize,
        networks: &[IpNet],
    ) -> Result<Answer, Fault> {
        let url: Url = request.uri().to_string().parse().map_err(|_| Fault::Insecure)?;
        let guard = Guard { resolver: GaiResolver::new(), networks: networks.into(), plain: url.scheme() != "https" };
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        // An address in numbers is connected to without a resolver.
        if fault(&url, networks).is_some() || literal.is_some_and(|address| !guard.allows(address)) {
            return Err(Fault::Refused);
        }
        let mut connector = HttpConnector::new_with_resolver(guard);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client: Client<_, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static("Rolecall"));
        let answer = async {
            let response = client.request(request).await.map_err(|error| fault_of(&error))?;
            read(response, most).await
        };
        tokio::time::timeout(within, answer).await.unwrap_or(Err(Fault::TooSlow))
    }
}

async fn read<B>(response: Response<B>, most: usize) -> Result<Answer, Fault>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let (parts, mut body) = response.into_parts();
    let (mut read, mut cut) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::Unreachable)?;
        read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| &data[..]));
        if read.len() > most {
            read.truncate(most);
            cut = true;
            break;
        }
    }
    Ok(Answer { response: Response::from_parts(parts, read), cut })
}

/// Whether it was we who refused.
fn fault_of(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<Refusal>()) {
            return Fault::Refused;
        }
        next = error.source();
    }
    Fault::Unreachable
}
