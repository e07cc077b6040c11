//! Models of other programs: what they registered here, and who may do what with it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use uuid::Uuid;

use crate::console::bot::ConfirmPage;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::program::body::NewProgramModelBody;
use crate::service::program::survey::{GivenView, ModelSurvey, ModelsSurvey, SubjectSurvey};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/models", get(list_models).post(register_model))
        .route("/{org}/models/new", get(new_model))
        .route("/{org}/models/subjects", get(list_subjects))
        .route("/{org}/models/{model}", get(show_model))
        .route("/{org}/models/{model}/delete", get(confirm_deletion).post(delete_model))
}

#[derive(Template)]
#[template(path = "models.html")]
struct ModelsPage {
    shell: Shell,
    survey: ModelsSurvey,
}

/// A page below the list of roles.
fn below_roles(shell: Shell) -> Shell {
    let (roles, back) = (shell.t("roles-title"), shell.here("/roles"));
    shell.within("roles", "Model").below(roles, back)
}

/// A page below the list of models.
fn below_models(shell: Shell) -> Shell {
    let (models, back) = (shell.t("models-title"), shell.here("/models"));
    below_roles(shell).below(models, back)
}

async fn list_models(inside: Inside, State(app): State<App>) -> Page {
    let survey = service::program::survey::survey_models(&app, inside.caller, inside.id).await?;
    let shell = below_roles(inside.shell.titled("models-title").about("models-purpose"));
    let page = ModelsPage { shell, survey };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "model-new.html")]
struct NewModelPage {
    shell: Shell,
    name: String,
    label: String,
    actions: String,
    errors: Errors,
}

impl NewModelPage {
    /// What is wrong with the actions, whichever of them.
    fn wrong_actions(&self) -> Option<String> {
        self.errors.head(["name", "label"])
    }
}

fn new_page(status: StatusCode, shell: Shell, fields: &Fields, errors: Errors) -> Page {
    let shell = below_models(shell.titled("models-new-title").about("models-new-purpose"));
    let page = NewModelPage {
        name: fields.text("name"),
        label: fields.text("label"),
        actions: fields.text("actions"),
        errors,
        shell,
    };
    render_with(status, &page.shell, &page)
}

async fn new_model(inside: Inside, State(app): State<App>) -> Page {
    let survey = service::program::survey::survey_models(&app, inside.caller, inside.id).await?;
    if !inside.shell.has(&survey.can, "create") {
        return Err(Problem::not_found());
    }
    new_page(StatusCode::OK, inside.shell, &Fields::default(), Errors::default())
}

async fn register_model(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let words = fields.text("actions");
    let actions = words.split([',', ' ', '\n']).map(str::trim).filter(|word| !word.is_empty());
    let body = NewProgramModelBody {
        name: fields.text("name"),
        label: fields.given("label"),
        actions: actions.map(str::to_owned).collect(),
    };
    match service::program::register_model(&app, inside.caller, inside.id, Input::of(body)).await {
        Ok(made) => {
            let path = inside.shell.here(&format!("/models/{}", made.value.id));
            Ok(done(&path, &inside.shell.with("models-registered", "name", &made.value.label)))
        }
        Err(problem) => new_page(StatusCode::UNPROCESSABLE_ENTITY, inside.shell, &fields, Errors::of_problem(problem)?),
    }
}

#[derive(Template)]
#[template(path = "model.html")]
struct ModelPage {
    shell: Shell,
    survey: ModelSurvey,
    list: ListState,
}

impl ModelPage {
    /// Where a holder's own page is; none: it has none.
    fn page_of(&self, given: &GivenView) -> Option<String> {
        match given.kind {
            "role" => Some(self.shell.here(&format!("/roles/{}", given.id))),
            "user" => Some(self.shell.here(&format!("/users/{}", given.id))),
            _ => None,
        }
    }
}

async fn survey(app: &App, inside: &Inside, model: &str, list: &ListState) -> Result<ModelSurvey, Problem> {
    let id = (inside.id, model_id(model)?);
    service::program::survey::survey_model(app, inside.caller.clone(), id, list.list()).await
}

fn model_id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show_model(
    inside: Inside,
    State(app): State<App>,
    Path((_, model)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let survey = survey(&app, &inside, &model, &list).await?;
    let shell = Shell { title: survey.model.label.clone(), ..below_models(inside.shell) };
    let page = ModelPage { shell, survey, list };
    render(&page.shell, &page)
}

async fn confirm_deletion(
    inside: Inside,
    State(app): State<App>,
    Path((_, model)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let survey = survey(&app, &inside, &model, &list).await?;
    if !inside.shell.has(&survey.can, "delete") {
        return Err(Problem::not_found());
    }
    let path = inside.shell.here(&format!("/models/{model}"));
    let shell = below_models(inside.shell.titled("models-delete-title"));
    let name = format!("{} ({})", survey.model.label, survey.model.name);
    let page = ConfirmPage {
        lines: vec![shell.t("models-delete-about")],
        names: vec![name],
        blocked: None,
        action: format!("{path}/delete"),
        button: shell.t("models-delete"),
        back: path,
        version: 0,
        typed: None,
        shell,
    };
    render(&page.shell, &page)
}

async fn delete_model(inside: Inside, State(app): State<App>, Path((_, model)): Path<(String, String)>) -> Page {
    let result = service::program::delete_model(&app, inside.caller, (inside.id, model_id(&model)?)).await;
    let (path, said) = (inside.shell.here("/models"), inside.shell.t("models-deleted"));
    acted(result, &path, &said, &path)
}

#[derive(Template)]
#[template(path = "subjects.html")]
struct SubjectsPage {
    shell: Shell,
    list: ListState,
    subjects: ListView<SubjectSurvey>,
}

async fn list_subjects(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let subjects = service::program::survey::survey_subjects(&app, inside.caller, inside.id, list.list()).await?;
    let shell = below_models(inside.shell.titled("subjects-title").about("subjects-purpose"));
    let page = SubjectsPage { shell, list, subjects };
    render(&page.shell, &page)
}
