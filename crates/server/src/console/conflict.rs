//! Two people changed the same (G-2): what is saved and what was typed side by side, and a choice. Nothing typed is lost.

use askama::Template;
use axum::http::StatusCode;

use crate::console::form::Fields;
use crate::console::page::{Page, done, render_with};
use crate::console::shell::Shell;
use crate::problem::{Kind, Problem};

/// A form that came too late.
pub struct Conflict<'a> {
    /// Where the form goes.
    pub action: String,
    /// What was typed.
    pub fields: &'a Fields,
    /// Where what is saved is seen.
    pub back: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// A value as it is saved now and as it was typed; texts for people.
pub struct Difference {
    what: String,
    saved: String,
    typed: String,
}

impl Difference {
    /// None if the two are the same.
    pub fn of(what: String, saved: impl Into<String>, typed: impl Into<String>) -> Option<Self> {
        let (saved, typed) = (saved.into(), typed.into());
        (saved != typed).then_some(Self { what, saved, typed })
    }
}

/// The version that a stale problem says is the present one.
pub fn current(problem: &Problem) -> Option<i64> {
    let current = problem.current.as_ref().filter(|_| problem.kind == Kind::Stale)?;
    current.get("version").and_then(serde_json::Value::as_i64)
}

#[derive(Template)]
#[template(path = "conflict.html")]
struct ConflictPage {
    shell: Shell,
    action: String,
    back: String,
    hidden: Vec<(String, String)>,
    differences: Vec<Difference>,
}

/// The choice; where both want the same, there is none to make.
pub fn choose(shell: Shell, version: i64, conflict: Conflict<'_>) -> Page {
    choose_each(shell, &[("version".to_owned(), version)], conflict)
}

/// The choice about several records of one form: the field of each version, and the version it has now.
pub fn choose_each(shell: Shell, versions: &[(String, i64)], conflict: Conflict<'_>) -> Page {
    if conflict.differences.is_empty() {
        return Ok(done(&conflict.back, &shell.t("conflict-same")));
    }
    let mut fields = conflict.fields.clone();
    for (field, version) in versions {
        fields.replace(field, version.to_string());
    }
    let page = ConflictPage {
        shell: shell.titled("conflict-title"),
        action: conflict.action,
        back: conflict.back,
        hidden: fields.except(""),
        differences: conflict.differences,
    };
    render_with(StatusCode::PRECONDITION_FAILED, &page.shell, &page)
}
