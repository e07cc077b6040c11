//! `rolecall demo`.

use std::net::SocketAddr;

use rolecall_server::demo::{Demo, furnish, seed};
use rolecall_server::{App, Config, run};
use tokio::net::TcpListener;

use crate::options;
use crate::serve::{listen, open, port, stop};

/// Shows everything in a folder that is thrown away at the end.
pub async fn demo(options: options::Demo) -> Result<(), String> {
    let mut settings = options.settings.complete()?;
    let stop = stop()?;
    let folder = tempfile::tempdir().map_err(|error| format!("no folder for the demo: {error}"))?;
    settings.data = Some(folder.path().to_owned());
    settings.database_url = None;
    settings.key_file = None;
    let listener = match settings.listen {
        Some(address) => listen(address).await?,
        None => free_listener(settings.listen()).await?,
    };
    let config = Config { demo: true, ..settings.config(port(&listener)?)? };
    let url = config.public_url.as_str().trim_end_matches('/').to_owned();
    let app = open(config.clone()).await?;
    // While the people of the demo join, no mail is sent and links are shown to us.
    let quiet = App::new(app.parts_with(Config { demo: false, smtp_url: None, ..config }));
    let demo = seed(&quiet, url).await.map_err(|problem| format!("the demo could not be made: {}", problem.detail))?;
    furnish(&quiet, &demo)
        .await
        .map_err(|problem| format!("the demo's bots could not be filled: {}", problem.detail))?;
    let serving = tokio::spawn(run::serve(app, listener, stop));
    tell(&demo, options.json)?;
    serving.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// The usual address, or any free one.
async fn free_listener(usual: SocketAddr) -> Result<TcpListener, String> {
    match TcpListener::bind(usual).await {
        Ok(listener) => Ok(listener),
        Err(_) => listen(SocketAddr::new(usual.ip(), 0)).await,
    }
}

#[expect(clippy::print_stdout, reason = "this is what the person, or the program, asked for")]
fn tell(demo: &Demo, json: bool) -> Result<(), String> {
    if json {
        println!("{}", serde_json::to_string(demo).map_err(|error| error.to_string())?);
        return Ok(());
    }
    println!("Rolecall's demo is at {}\nEverybody's password: {}\n", demo.url, demo.password);
    for organization in &demo.organizations {
        println!("{} ({})", organization.name, organization.preset);
        for person in &organization.people {
            let roles = if person.roles.is_empty() { "single permissions".to_owned() } else { person.roles.join(", ") };
            println!("  {:<26} {:<16} {roles}", person.email, person.name);
        }
        println!();
    }
    println!("Mails can be read at {}/demo/mail\nCtrl-C ends the demo and throws its data away.", demo.url);
    Ok(())
}
