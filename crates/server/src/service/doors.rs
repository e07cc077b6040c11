//! The doors through which a call can give somebody access. Every call of the API that writes is here or among those
//! that give nothing; a new one that is in neither list fails a test, and so does a door without an attempt on it.
//!
//! The lists are a map for readers and tests, no part of the guarding: whatever a call does, its facts pass
//! [`rolecall_access::guards`] before they are committed.

/// Calls that can give access, by operation.
pub const DOORS: [&str; 22] = [
    "accept_invitation",
    "add_role_permission",
    "create_invitation",
    "create_role",
    "create_user",
    "enable_on_partner_bot",
    "grant_access",
    "leave",
    "offer_bot",
    "resend_invitation",
    "resend_user_invitation",
    "set_bot_owner",
    "set_enabled",
    "set_matrix",
    "set_role_permissions",
    "set_team",
    "set_team_member",
    "set_user_permissions",
    "set_user_roles",
    "undo_departure",
    "update_policies",
    "update_role",
];

/// Doors that open by time or state alone: what was given before, held back, comes into force again.
pub const REOPENED: [&str; 3] = ["accept_partner", "update_partner", "update_user"];

/// Calls that write and give nobody anything on what is there: they take away, make something new of one's own, ask,
/// look, or concern one's own account.
pub const CLOSED: [&str; 44] = [
    "add_passkey",
    "ask_access",
    "ask_partner",
    "ask_passkey",
    "ask_recovery",
    "ask_sign_in",
    "begin_authenticator",
    "confirm_authenticator",
    "confirm_session",
    "copy_team_member",
    "create_bot",
    "create_organization",
    "decline_access",
    "delete_bot",
    "delete_organization",
    "delete_role",
    "delete_user",
    "end_other_sessions",
    "end_partner",
    "end_session",
    "make_backup_codes",
    "preview",
    "publish_bot",
    "recover",
    "remove_authenticator",
    "remove_passkey",
    "remove_role_permission",
    "remove_team_member",
    "rename_passkey",
    "revoke_invitation",
    "second_factor",
    "set_password",
    "set_single_sign_on",
    "set_up",
    "sign_in",
    "sign_in_with_passkey",
    "sign_out",
    "start_recovery",
    "unpublish_bot",
    "update_bot",
    "update_organization",
    "update_own_account",
    "withdraw_access",
    "withdraw_offer",
];
