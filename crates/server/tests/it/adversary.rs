//! The adversarial list: what somebody who wants in tries, each phrase a test through HTTP, on both databases.
//!
//! [`LIST`] says which tests prove which phrase; one that names no test, or a test that is not there, fails.

mod credentials;
mod enumeration;
mod invitations;
mod limits;
mod mass_assignment;
mod once;
mod paths;
mod sessions;
mod tenants;

use std::path::{Path, PathBuf};

/// The phrases, and the tests of each.
const LIST: [(&str, &[&str]); 29] = [
    ("membership status ignored", &["an_invited_or_suspended_owner_cannot_act"]),
    ("child id of another tenant in the body", &["foreign_ids_in_bodies_are_unknown_and_change_nothing"]),
    ("rights in A used in B", &["rights_in_one_organization_are_none_in_another"]),
    (
        "partial update that returns or changes others' records",
        &["a_partial_update_neither_shows_nor_changes_what_is_others", "a_write_that_is_half_foreign_changes_nothing"],
    ),
    ("lookup by name guarded but by id not", &["what_is_closed_by_name_is_closed_by_id_and_the_other_way_round"]),
    ("key matching rows without owner", &["nobody_owns_what_has_no_owner"]),
    (
        "mass assignment of owner, organization, role, verified, state",
        &["no_body_takes_a_field_that_is_not_its_own", "no_form_takes_a_field_that_is_not_its_own"],
    ),
    ("re-created id inheriting old rights", &["whatever_is_made_anew_begins_without_old_rights"]),
    ("race for the first administrator at set-up", &["of_fifty_who_set_up_one_becomes_the_owner"]),
    (
        "invitation's organization, address or role tampered with",
        &["an_invitation_is_what_was_written_down_whatever_is_sent_with_it"],
    ),
    ("expired invitation before any cleanup job ran", &["t_19_invitations_end_and_are_revoked_and_sent_again"]),
    ("invitation token leaked by an API answer", &["no_answer_and_no_log_has_the_token_of_an_invitation"]),
    ("empty or null reset token", &["an_empty_or_null_or_foreign_token_sets_nothing"]),
    ("reset for A sets B", &["a_reset_sets_the_password_of_whom_it_was_mailed_to_alone"]),
    ("links built from Host or Forwarded headers", &["no_link_is_built_from_what_the_request_says"]),
    ("two concurrent acceptances", &["of_fifty_acceptances_one_joins"]),
    ("two seats sold once", &["w_22_seats_are_not_oversold"]),
    ("deleting a factor from a password-only session", &["the_password_alone_takes_no_factor_away"]),
    ("attempt counters reset by re-login", &["signing_in_anew_forgives_no_failures_of_another_factor"]),
    ("lockout ignored on another path", &["a_closed_account_is_closed_on_every_path"]),
    ("skipped step by empty POST", &["no_empty_answer_skips_the_second_step"]),
    ("session fixation", &["a_planted_session_is_never_taken_over"]),
    ("revoked session still live in an event stream", &["an_event_stream_ends_with_its_session"]),
    ("session surviving password change", &["no_session_survives_a_new_password"]),
    ("deactivated user entering by token", &["a_suspended_person_comes_in_by_no_token"]),
    (
        "OAuth callback replayed, or for another session",
        &[
            "p_15_a_way_back_is_good_once_for_ten_minutes_and_in_its_session_alone",
            "p_15_fifty_at_once_with_one_way_back_exchange_once",
        ],
    ),
    (
        "encoded path slipping past authentication",
        &["no_spelling_of_a_path_slips_past_authentication", "no_header_says_who_one_is_or_where_one_goes"],
    ),
    ("key creation naming somebody else as owner", &["nobody_makes_a_key_in_somebody_elses_name"]),
    (
        "account enumeration by answer or by time",
        &["no_answer_tells_whether_an_address_has_an_account", "unknown_addresses_take_a_hash_too"],
    ),
];

pub fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_phrase_of_the_list_has_its_tests() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"), &mut files);
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let is_test = |name: &str| {
        let plain = format!("#[tokio::test]\nasync fn {name}()");
        let threaded = format!("#[tokio::test(flavor = \"multi_thread\")]\nasync fn {name}()");
        texts.iter().any(|text| text.contains(&plain) || text.contains(&threaded))
    };
    for (phrase, tests) in LIST {
        assert!(!tests.is_empty(), "`{phrase}` has no test");
        for test in tests {
            assert!(is_test(test), "`{phrase}` names the test `{test}`, which is not there");
        }
    }
}
