//! Running: opening the store, serving, and stopping without losing anything.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rolecall_store::{Database, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::auth::password::Hasher;
use crate::auth::vault::Vault;
use crate::chat::{self, Chat};
use crate::clock::Clock;
use crate::config::Config;
use crate::following;
use crate::mail::{self, Outbox};
use crate::messenger;
use crate::observe::Metrics;
use crate::outgoing::Outgoing;
use crate::problem::describe;
use crate::router::revision::Waiting;
use crate::router::router;
use crate::state::{App, Parts};
use crate::talks::{self, Talks};
use crate::understanding::Models;
use crate::workshop::Workshops;

/// How long requests may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// How often it is noted who was active, and looked for what is due.
const ROUND: Duration = Duration::from_secs(1);
/// How often the audit log's chain is verified on.
const VERIFY: Duration = Duration::from_mins(1);
/// Every so many of them, it is looked for conversations that nobody has answered.
const TELL_EVERY: u32 = 5;
/// Every so many of them, what was deleted two weeks ago is erased.
const ERASE_EVERY: u32 = 600;

/// The application on the database in the configured folder, which is made if it is not there.
///
/// # Errors
/// If the folder cannot be made, or the database in it not opened.
pub async fn open(config: Config, clock: Clock) -> Result<App, String> {
    if let Database::File(file) = &config.database {
        let folder = file.parent().unwrap_or(Path::new("."));
        make_folder(folder).map_err(|error| format!("the data folder {} cannot be made: {error}", folder.display()))?;
    }
    if let Some(folder) = config.key_file.parent() {
        make_folder(folder).map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    }
    let vault = Vault::open_file(&config.key_file)?;
    let store = Store::open(&config.database)
        .await
        .map_err(|error| format!("the database {} cannot be opened: {}", config.database, describe(&error)))?;
    vault.check(&store).await?;
    Ok(App::new(Parts {
        store,
        vault,
        config,
        clock,
        hasher: Hasher::new().map_err(|problem| problem.detail)?,
        workshops: Workshops::default(),
        outbox: Outbox::default(),
        outgoing: Outgoing::public()?,
        models: Models::default(),
        talks: Talks::default(),
        waiting: Waiting::default(),
        chat: Chat::default(),
        metrics: Metrics::default(),
        stopping: CancellationToken::new(),
    }))
}

/// Makes the folder, for our eyes only.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Serves until `stop` is ready; then event streams end, requests are answered, mail and database closed.
///
/// # Errors
/// If the listener fails, or the mail server's address is none.
pub async fn serve(app: App, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let mut tasks = tokio::task::JoinSet::new();
    if let Some(url) = &app.config.smtp_url {
        let transport = mail::transport(url).map_err(io::Error::other)?;
        tasks.spawn(mail::deliver(app.clone(), transport));
    }
    tasks.spawn(following::follow(app.clone()));
    tasks.spawn(talks::pass_on(app.clone()));
    tasks.spawn(keep_house(app.clone()));
    tasks.spawn(verify(app.clone()));
    tasks.spawn(messenger::work(app.clone()));
    tasks.spawn(crate::integration::deliver::deliver(app.clone()));
    let stopping = app.stopping.clone();
    let watched = stopping.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = stop => watched.cancel(),
            () = watched.cancelled() => {}
        }
    });
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stopping.clone().cancelled_owned());
    let drained = tokio::select! {
        ended = std::future::IntoFuture::into_future(server) => ended,
        () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("some requests did not end in time");
            Ok(())
        }
    };
    app.stopping.cancel();
    while tasks.join_next().await.is_some() {}
    app.outbox.written().await;
    write_seen(&app).await;
    write_counts(&app).await;
    app.store.close().await;
    drained
}

async fn write_seen(app: &App) {
    if let Err(error) = app.store.write_seen().await {
        tracing::error!(%error, "who was active cannot be written");
    }
}

async fn write_counts(app: &App) {
    if let Err(error) = app.store.write_counts(app.now()).await {
        tracing::error!(%error, "how often something was denied cannot be written");
    }
}

/// Keeps an eye on the audit log: what was appended is verified every minute, all of it once a day.
async fn verify(app: App) {
    loop {
        let verified = tokio::select! {
            () = app.stopping.cancelled() => return,
            verified = app.store.watch_audit_chain(app.now()) => verified,
        };
        match verified.map(|chain| chain.broken) {
            Ok(Some(broken)) => {
                let row = broken.position;
                tracing::error!(row, fault = %broken.fault, "the audit log is broken; run `rolecall doctor --audit`");
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the audit log cannot be verified"),
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(VERIFY) => {}
        }
    }
}

/// What is done every second: noting who was active and what was denied; and what is due less often.
async fn keep_house(app: App) {
    let mut seconds = 0_u32;
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        write_seen(&app).await;
        write_counts(&app).await;
        seconds += 1;
        if seconds.is_multiple_of(TELL_EVERY)
            && let Err(problem) = crate::service::handover::tell_due(&app).await
        {
            tracing::error!(problem = problem.detail, "nobody can be told who waits for them");
        }
        if seconds.is_multiple_of(ERASE_EVERY)
            && let Err(problem) = crate::service::operator::erase_due(&app).await
        {
            tracing::error!(problem = problem.detail, "deleted organizations cannot be erased");
        }
        if seconds % ERASE_EVERY == 2
            && let Err(problem) = crate::service::operator::prune_due(&app).await
        {
            tracing::error!(problem = problem.detail, "audit logs cannot be pruned");
        }
        if seconds % ERASE_EVERY == 3
            && let Err(problem) = chat::retention::delete_due(&app).await
        {
            tracing::error!(problem = problem.detail, "conversations kept long enough cannot be deleted");
        }
        if seconds % ERASE_EVERY == 4
            && let Err(error) = crate::integration::deliver::delete_old(&app).await
        {
            tracing::error!(%error, "deliveries kept long enough cannot be deleted");
        }
        if seconds % ERASE_EVERY == 1
            && let Err(problem) = crate::service::operator::remind_due(&app).await
        {
            tracing::error!(problem = problem.detail, "nobody can be told what ends for them");
        }
    }
}
