//! Every answer that any test gets is one that the document names for its operation.

use std::sync::LazyLock;

use http::{Method, StatusCode};

struct Operation {
    name: String,
    method: String,
    path: Vec<String>,
    statuses: Vec<String>,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let (_, document) = rolecall_server::router::routes();
    let document = serde_json::to_value(document).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters") {
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.split('/').map(str::to_owned).collect(),
                statuses: operation["responses"].as_object().unwrap().keys().cloned().collect(),
            });
        }
    }
    operations
});

/// Of two schemas of one name the document would have one, and half of the answers would not be as it says.
#[test]
fn no_two_schemas_have_one_name() {
    let mut files = Vec::new();
    crate::adversary::sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut names = std::collections::BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let derived =
            text.split("#[derive(").skip(1).filter(|rest| rest.split(')').next().unwrap().contains("ToSchema"));
        for rest in derived {
            let mut words = rest.split_whitespace().skip_while(|word| !["struct", "enum"].contains(word)).skip(1);
            let name = words.next().unwrap().split(['<', '(', '{']).next().unwrap().to_owned();
            assert!(names.insert(name.clone()), "`{name}` in {} is the name of another schema, too", file.display());
        }
    }
    assert!(names.len() > 50, "{names:?}");
}

/// Fails on a status that the document does not name for the operation, if it is one.
pub fn check(method: &Method, path: &str, status: StatusCode) {
    let parts: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
    let is_it = |one: &&Operation| {
        let same = |(part, own): (&&str, &String)| *part == own || (own.starts_with('{') && !part.is_empty());
        one.method == method.as_str() && one.path.len() == parts.len() && parts.iter().zip(&one.path).all(same)
    };
    // Of `/users/{user}` and `/users/new` the literal one is meant.
    let literals = |one: &&Operation| one.path.iter().filter(|part| !part.starts_with('{')).count();
    let Some(operation) = OPERATIONS.iter().filter(is_it).max_by_key(literals) else { return };
    assert!(
        operation.statuses.iter().any(|one| one == status.as_str()),
        "{} answered {status}, which the document does not name for it: add it to its responses, or to api/status.rs",
        operation.name
    );
}
