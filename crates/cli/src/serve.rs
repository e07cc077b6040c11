//! `rolecall serve`.

use std::net::SocketAddr;

use rolecall_server::clock::Clock;
use rolecall_server::{Config, run, service};
use tokio::net::TcpListener;

use crate::options::Settings;

/// Serves until SIGTERM or Ctrl-C.
#[expect(clippy::print_stdout, reason = "the set-up link is for the person at the terminal, not for logs")]
pub async fn serve(settings: Settings) -> Result<(), String> {
    let settings = settings.complete()?;
    let stop = stop()?;
    let listener = listen(settings.listen()).await?;
    let config = settings.config(port(&listener)?)?;
    let public_url = config.public_url.clone();
    let app = open(config).await?;
    if let Some(link) = service::operator::create_setup_link(&app).await.map_err(|problem| problem.detail)? {
        println!("Nothing is set up yet. Open this link, good once, to begin:\n\n  {link}\n");
    }
    tracing::info!(url = %public_url, "serving");
    run::serve(app, listener, stop).await.map_err(|error| error.to_string())
}

/// The application on the configured data.
pub async fn open(config: Config) -> Result<rolecall_server::App, String> {
    run::open(config, Clock::system()).await
}

/// Listens there.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let explain = |error| format!("cannot listen at {address}: {error}; choose another address with --listen");
    TcpListener::bind(address).await.map_err(explain)
}

/// The port it got.
pub fn port(listener: &TcpListener) -> Result<u16, String> {
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// Ready when the process is asked to stop; listens from now on.
pub fn stop() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
