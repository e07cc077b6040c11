-- Conventions: ids are UUIDs (version 7), instants are microseconds since the Unix epoch (INTEGER),
-- `*_folded` columns hold the text folded for comparison (Unicode NFKC case fold) and carry the uniqueness.

CREATE TABLE account (
    id              BLOB PRIMARY KEY NOT NULL,
    email           TEXT NOT NULL,
    email_folded    TEXT NOT NULL,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    language        TEXT NOT NULL DEFAULT 'en',
    time_zone       TEXT NOT NULL DEFAULT 'UTC',
    password_hash   TEXT,
    -- Whether the password is long enough to stand without a second factor.
    long_password   INTEGER NOT NULL DEFAULT 1,
    verified_at     INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (id, name_folded, email_folded)
) STRICT;
-- An address belongs to one account once it is confirmed. Before that it claims nothing: each
-- organization may have its own unconfirmed person with that address.
CREATE UNIQUE INDEX account_email ON account (email_folded) WHERE verified_at IS NOT NULL;
CREATE INDEX account_email_any ON account (email_folded);

CREATE TABLE session (
    id              BLOB PRIMARY KEY NOT NULL,
    token_hash      BLOB NOT NULL UNIQUE,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at      INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    confirmed_at    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    address         TEXT NOT NULL,
    agent           TEXT NOT NULL,
    -- Whether a second factor was proved in it. Without, it is void from the moment that the account has one.
    second_factor   INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account_id);

-- Between the password and the second factor.
CREATE TABLE sign_in_step (
    token_hash      BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_step_account ON sign_in_step (account_id);

-- An authenticator app (TOTP, RFC 6238). The secret is sealed with the installation's key; `last_step` is the newest
-- time step that was used up.
CREATE TABLE authenticator (
    account_id      BLOB PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    secret          BLOB NOT NULL,
    last_step       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;

-- One that is being set up: nothing counts before a code from it is given.
CREATE TABLE authenticator_draft (
    account_id      BLOB PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    secret          BLOB NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;

-- Backup codes: each row is good once. All of a set are hashed with one salt.
CREATE TABLE backup_code_set (
    account_id      BLOB PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    salt            BLOB NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE TABLE backup_code (
    account_id      BLOB NOT NULL REFERENCES backup_code_set (account_id) ON DELETE CASCADE,
    code_hash       BLOB NOT NULL,
    PRIMARY KEY (account_id, code_hash)
) STRICT;

-- Passkeys (WebAuthn). `credential` is the public key with its counters, as JSON.
CREATE TABLE passkey (
    id              BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential_id   BLOB NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    credential      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER
) STRICT;
CREATE INDEX passkey_account ON passkey (account_id);

-- Somebody's picture, as made anew here: 256 × 256, JPEG. Its id changes with it.
CREATE TABLE account_picture (
    id              BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    content         BLOB NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;

-- Passkey ceremonies that were used up: an answer is good once.
CREATE TABLE used_ceremony (
    hash            BLOB PRIMARY KEY NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE organization (
    id              BLOB PRIMARY KEY NOT NULL,
    slug            TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    preset          TEXT NOT NULL,
    owner_id        BLOB REFERENCES account (id),
    owner_policy            TEXT NOT NULL CHECK (owner_policy IN ('one', 'none')),
    bot_owner_policy        TEXT NOT NULL CHECK (bot_owner_policy IN ('one', 'none')),
    manage_peers            INTEGER NOT NULL,
    require_second_factor   INTEGER NOT NULL DEFAULT 0,
    -- From when on; empty: at once.
    second_factor_from      INTEGER,
    -- For so many days the audit log's rows are kept; empty: for ever.
    audit_retention_days    INTEGER CHECK (audit_retention_days BETWEEN 30 AND 3650),
    seats                   INTEGER,
    -- What the operator agreed with the organization, for its billing page.
    plan                    TEXT NOT NULL DEFAULT 'self-hosted',
    period_ends_at          INTEGER,
    default_invitation_role_id BLOB REFERENCES role (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    team_default_role_id    BLOB REFERENCES role (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    former_owner_role_id    BLOB REFERENCES role (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    single_sign_on          INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    deleted_at      INTEGER,
    version         INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE reserved_permission (
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    PRIMARY KEY (organization_id, model, action)
) STRICT;

CREATE TABLE role (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    reach           TEXT NOT NULL CHECK (reach IN ('organization', 'bots')),
    everything      INTEGER NOT NULL DEFAULT 0,
    public          INTEGER NOT NULL DEFAULT 0,
    created_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name_folded),
    UNIQUE (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX role_public ON role (organization_id) WHERE public = 1;

CREATE TABLE role_permission (
    id              BLOB PRIMARY KEY NOT NULL,
    role_id         BLOB NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    relation        TEXT NOT NULL CHECK (relation IN ('role', 'team', 'owner')),
    created_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (role_id, model, action, relation)
) STRICT;

CREATE TABLE membership (
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      BLOB NOT NULL,
    -- The account's, kept by the database: a list is sorted by an index of this table, however long it is.
    name_folded     TEXT NOT NULL,
    email_folded    TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
    created_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    last_active_at  INTEGER,
    version         INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (organization_id, account_id),
    FOREIGN KEY (account_id, name_folded, email_folded) REFERENCES account (id, name_folded, email_folded) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;
CREATE INDEX membership_account ON membership (account_id);
CREATE INDEX membership_name ON membership (organization_id, name_folded, account_id);
CREATE INDEX membership_email ON membership (organization_id, email_folded, account_id);
CREATE INDEX membership_status ON membership (organization_id, status, account_id);
CREATE INDEX membership_created ON membership (organization_id, created_at, account_id);
CREATE INDEX membership_updated ON membership (organization_id, updated_at, account_id);

CREATE TABLE role_assignment (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    account_id      BLOB NOT NULL,
    role_id         BLOB NOT NULL,
    expires_at      INTEGER,
    reason          TEXT NOT NULL DEFAULT '',
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, account_id, role_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
) STRICT;
CREATE INDEX role_assignment_role ON role_assignment (role_id);

CREATE TABLE organization_permission (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    account_id      BLOB NOT NULL,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    expires_at      INTEGER,
    reason          TEXT NOT NULL DEFAULT '',
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, account_id, model, action),
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

CREATE TABLE bot (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    slug            TEXT NOT NULL,
    owner_id        BLOB REFERENCES account (id),
    created_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    published_version INTEGER,
    latest_version  INTEGER NOT NULL DEFAULT 0,
    published_at    INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    team_version    INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name_folded),
    UNIQUE (organization_id, slug)
) STRICT;

CREATE TABLE team_entry (
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    account_id      BLOB NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    expires_at      INTEGER,
    reason          TEXT NOT NULL DEFAULT '',
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (bot_id, account_id),
    -- Leaving the organization through which one came ends it.
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;
CREATE INDEX team_entry_account ON team_entry (account_id);

CREATE TABLE bot_role_assignment (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL,
    account_id      BLOB NOT NULL,
    role_id         BLOB NOT NULL REFERENCES role (id),
    expires_at      INTEGER,
    reason          TEXT NOT NULL DEFAULT '',
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (bot_id, account_id, role_id),
    FOREIGN KEY (bot_id, account_id) REFERENCES team_entry (bot_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;
CREATE INDEX bot_role_assignment_role ON bot_role_assignment (role_id);

CREATE TABLE bot_permission (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL,
    account_id      BLOB NOT NULL,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    expires_at      INTEGER,
    reason          TEXT NOT NULL DEFAULT '',
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (bot_id, account_id, model, action),
    FOREIGN KEY (bot_id, account_id) REFERENCES team_entry (bot_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

-- When somebody can be reached for conversations of a bot, week by week; `organization_id` is the one through which they
-- reach the bot. Minutes of the day as clocks in the time zone show them (empty: the account's time zone); 1 is Monday.
CREATE TABLE availability (
    account_id      BLOB NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    organization_id BLOB NOT NULL,
    time_zone       TEXT,
    PRIMARY KEY (account_id, bot_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;
CREATE INDEX availability_bot ON availability (bot_id);

CREATE TABLE availability_interval (
    account_id      BLOB NOT NULL,
    bot_id          BLOB NOT NULL,
    day             INTEGER NOT NULL CHECK (day BETWEEN 1 AND 7),
    from_minute     INTEGER NOT NULL,
    until_minute    INTEGER NOT NULL CHECK (until_minute > from_minute),
    PRIMARY KEY (account_id, bot_id, day, from_minute),
    FOREIGN KEY (account_id, bot_id) REFERENCES availability (account_id, bot_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

-- Days on which somebody is away, the last one included: `2026-12-24`.
CREATE TABLE absence (
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    first_day       TEXT NOT NULL,
    last_day        TEXT NOT NULL,
    PRIMARY KEY (account_id, first_day)
) STRICT;

-- An agreement of two organizations to work on each other's bots, or the wish for one. `partner_id` is empty where nobody
-- has the address that was asked for: asking tells nobody whether an organization exists.
CREATE TABLE partnership (
    id              BLOB PRIMARY KEY NOT NULL,
    asker_id        BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    partner_id      BLOB REFERENCES organization (id) ON DELETE CASCADE,
    partner_slug    TEXT NOT NULL,
    accepted_at     INTEGER,
    declined_at     INTEGER,
    -- Each side freezes and ends what the other's people do with its own bots and what its people do with theirs.
    asker_frozen    INTEGER NOT NULL DEFAULT 0,
    partner_frozen  INTEGER NOT NULL DEFAULT 0,
    asker_ends_at   INTEGER,
    partner_ends_at INTEGER,
    created_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (asker_id, partner_slug)
) STRICT;
CREATE INDEX partnership_partner ON partnership (partner_id);

-- A bot on which a partner may put its own people.
CREATE TABLE bot_offer (
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    partnership_id  BLOB NOT NULL REFERENCES partnership (id) ON DELETE CASCADE,
    expires_at      INTEGER,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (bot_id, partnership_id)
) STRICT;
CREATE INDEX bot_offer_partnership ON bot_offer (partnership_id);

-- The most that its people can be given there.
CREATE TABLE bot_offer_permission (
    bot_id          BLOB NOT NULL,
    partnership_id  BLOB NOT NULL,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    PRIMARY KEY (bot_id, partnership_id, model, action),
    FOREIGN KEY (bot_id, partnership_id) REFERENCES bot_offer (bot_id, partnership_id) ON DELETE CASCADE
) STRICT;

-- A promise of membership, kept until accepted, revoked or expired. `account_id` is set where the person
-- was created beforehand (POST users): the membership and its roles then exist already, as invited.
CREATE TABLE invitation (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      BLOB REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    email           TEXT NOT NULL,
    email_folded    TEXT NOT NULL,
    token_hash      BLOB NOT NULL UNIQUE,
    invited_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    by_operator     INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    sent_at         INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    accepted_at     INTEGER,
    accepted_by     BLOB REFERENCES account (id) ON DELETE SET NULL,
    revoked_at      INTEGER
) STRICT;
CREATE INDEX invitation_organization ON invitation (organization_id, email_folded);
-- One open invitation per address and organization.
CREATE UNIQUE INDEX invitation_open ON invitation (organization_id, email_folded) WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE TABLE invitation_role (
    invitation_id   BLOB NOT NULL REFERENCES invitation (id) ON DELETE CASCADE,
    role_id         BLOB NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, role_id)
) STRICT;

CREATE TABLE invitation_bot (
    invitation_id   BLOB NOT NULL REFERENCES invitation (id) ON DELETE CASCADE,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, bot_id)
) STRICT;

-- Somebody asks for a permission that they miss. `bot_id` is empty for one of the organization.
CREATE TABLE access_request (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      BLOB NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_id          BLOB REFERENCES bot (id) ON DELETE CASCADE,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('open', 'granted', 'declined', 'withdrawn')),
    answer          TEXT NOT NULL DEFAULT '',
    decided_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    decided_at      INTEGER
) STRICT;
CREATE INDEX access_request_organization ON access_request (organization_id, status, created_at);
CREATE INDEX access_request_account ON access_request (account_id, organization_id);

-- Mails sent that something ends soon: one for each person, organization and instant.
CREATE TABLE reminder (
    account_id      BLOB NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    ends_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, organization_id, ends_at)
) STRICT;

-- What somebody had here when they were removed, to be given back within 30 days.
CREATE TABLE departure (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      BLOB NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    removed_by      BLOB REFERENCES account (id) ON DELETE SET NULL,
    held            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    undone_at       INTEGER
) STRICT;
CREATE INDEX departure_organization ON departure (organization_id, created_at);

-- Accounts at other services that people connected. The tokens are sealed with the installation's key; `turn` grows with
-- each pair of them, so that nobody puts an older pair in place of a newer one.
CREATE TABLE connection (
    id              BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider        TEXT NOT NULL,
    -- Who the person is there.
    subject         TEXT NOT NULL,
    name            TEXT NOT NULL,
    -- What was granted, separated by spaces.
    scopes          TEXT NOT NULL,
    access_token    BLOB NOT NULL,
    refresh_token   BLOB,
    expires_at      INTEGER,
    turn            INTEGER NOT NULL DEFAULT 1,
    -- Until then one process refreshes the tokens, and the others wait for it.
    refreshing_until INTEGER,
    -- Since when the provider takes the tokens no more.
    over_at         INTEGER,
    created_at      INTEGER NOT NULL,
    renewed_at      INTEGER NOT NULL,
    checked_at      INTEGER NOT NULL,
    UNIQUE (account_id, provider, subject)
) STRICT;

-- Somebody was led to a provider and may come back, once, in the same session.
CREATE TABLE connection_attempt (
    state_hash      BLOB PRIMARY KEY NOT NULL,
    session_id      BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    provider        TEXT NOT NULL,
    -- The connection whose permissions are to be others; none: a new one.
    connection_id   BLOB REFERENCES connection (id) ON DELETE CASCADE,
    scopes          TEXT NOT NULL,
    verifier        BLOB NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX connection_attempt_session ON connection_attempt (session_id);
CREATE INDEX connection_attempt_connection ON connection_attempt (connection_id);

-- Personal tokens (no bot) and the keys of bots. The sponsor is on whose behalf they act: none does more than its
-- sponsor may do now. After a rotation the secret before is good until `old_until`.
CREATE TABLE api_key (
    id              BLOB PRIMARY KEY NOT NULL,
    sponsor_id      BLOB NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_id          BLOB REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    token_hash      BLOB NOT NULL UNIQUE,
    old_hash        BLOB UNIQUE,
    old_until       INTEGER,
    -- Networks it is good from, separated by spaces; empty: from anywhere.
    networks        TEXT NOT NULL DEFAULT '',
    expires_at      INTEGER,
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER,
    revoked_at      INTEGER
) STRICT;
CREATE INDEX api_key_sponsor ON api_key (sponsor_id);
CREATE INDEX api_key_bot ON api_key (bot_id);

-- What it may do where: in an organization and on all its bots, or on one bot.
CREATE TABLE api_key_permission (
    key_id          BLOB NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    place_id        BLOB NOT NULL,
    organization_id BLOB REFERENCES organization (id) ON DELETE CASCADE,
    bot_id          BLOB REFERENCES bot (id) ON DELETE CASCADE,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    PRIMARY KEY (key_id, place_id, model, action)
) STRICT;
CREATE INDEX api_key_permission_organization ON api_key_permission (organization_id);
CREATE INDEX api_key_permission_bot ON api_key_permission (bot_id);

-- The change feed. The revision is taken last in the writing transaction from this one locked row,
-- so that revision order is commit order and has no gaps.
CREATE TABLE revision (
    only_row        INTEGER PRIMARY KEY NOT NULL CHECK (only_row = 1),
    revision        INTEGER NOT NULL
) STRICT;
INSERT INTO revision (only_row, revision) VALUES (1, 0);

CREATE TABLE change (
    revision        INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    unit            TEXT NOT NULL,
    unit_id         BLOB NOT NULL,
    member_id       BLOB,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (revision, position)
) STRICT;

-- Append-only: `content_hash` covers what a row says, `hash` that, its place and the row before. Pruning blanks what a row
-- says and names the row that tells of it (`pruned_by`). `repeats` and `last_at` count further denials of the same kind
-- within the hour and are not part of the hashes.
CREATE TABLE audit_event (
    position        INTEGER PRIMARY KEY NOT NULL,
    id              BLOB NOT NULL UNIQUE,
    organization_id BLOB,
    actor_kind      TEXT NOT NULL CHECK (actor_kind IN ('anybody', 'user', 'key', 'operator', 'organization')),
    actor_id        BLOB,
    actor_name      TEXT NOT NULL,
    action          TEXT NOT NULL,
    model           TEXT NOT NULL,
    record_id       BLOB,
    record_name     TEXT NOT NULL,
    outcome         TEXT NOT NULL CHECK (outcome IN ('done', 'denied', 'failed')),
    detail          TEXT NOT NULL,
    -- Actor, record and detail, folded: what a search looks through.
    searched        TEXT NOT NULL,
    before          TEXT,
    after           TEXT,
    address         TEXT NOT NULL,
    agent           TEXT NOT NULL,
    request_id      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    previous_hash   BLOB NOT NULL,
    content_hash    BLOB NOT NULL,
    hash            BLOB NOT NULL,
    repeats         INTEGER NOT NULL DEFAULT 0,
    last_at         INTEGER NOT NULL,
    pruned_by       INTEGER
) STRICT;
CREATE INDEX audit_event_organization ON audit_event (organization_id, position);
CREATE INDEX audit_event_record ON audit_event (record_id, position);
CREATE INDEX audit_event_age ON audit_event (organization_id, created_at) WHERE pruned_by IS NULL;
CREATE INDEX audit_event_pruned ON audit_event (pruned_by, position) WHERE pruned_by IS NOT NULL;

-- Denials and failures of the last hour that have a row of their own in the audit log: per organization (the zero id: the
-- installation) and stranger so many, the rest in one.
CREATE TABLE audit_counted (
    organization_id BLOB NOT NULL,
    stranger        TEXT NOT NULL,
    kind            BLOB NOT NULL,
    position        INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, stranger, kind)
) STRICT;
CREATE INDEX audit_counted_since ON audit_counted (since);

-- What a bot can say: entries of its knowledge base (Markdown), and responses (their variants by language, as JSON).
CREATE TABLE content (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('entry', 'response')),
    title           TEXT NOT NULL,
    title_folded    TEXT NOT NULL,
    language        TEXT NOT NULL,
    body            TEXT NOT NULL,
    -- One a line.
    tags            TEXT NOT NULL,
    source          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('draft', 'ready')),
    searched        TEXT NOT NULL,
    owner_id        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (bot_id, kind, language, title_folded)
) STRICT;
CREATE INDEX content_owner ON content (owner_id);

-- Each state that a piece of content has had, the present one included.
CREATE TABLE content_version (
    content_id      BLOB NOT NULL REFERENCES content (id) ON DELETE CASCADE,
    version         INTEGER NOT NULL,
    title           TEXT NOT NULL,
    language        TEXT NOT NULL,
    body            TEXT NOT NULL,
    tags            TEXT NOT NULL,
    source          TEXT NOT NULL,
    status          TEXT NOT NULL,
    made_by         BLOB REFERENCES account (id) ON DELETE SET NULL,
    made_by_name    TEXT NOT NULL,
    made_at         INTEGER NOT NULL,
    PRIMARY KEY (content_id, version)
) STRICT;
CREATE INDEX content_version_made_by ON content_version (made_by);

-- What a bot asks and says step by step. `steps` is the flow as rolecall-bots reads it, `places` where its steps are
-- drawn. It begins with a conversation, or when the intent of this name is understood, or not yet.
CREATE TABLE flow (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    begins          TEXT NOT NULL CHECK (begins IN ('conversation', 'intent', 'never')),
    intent          TEXT NOT NULL,
    steps           TEXT NOT NULL,
    places          TEXT NOT NULL,
    owner_id        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
) STRICT;
CREATE INDEX flow_owner ON flow (owner_id);

-- A bot's settings and how its chat window looks, as JSON; without a row they are as usual.
CREATE TABLE bot_setting (
    bot_id          BLOB PRIMARY KEY NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    settings        TEXT NOT NULL,
    -- The key of its language model, sealed.
    model_key       BLOB,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE bot_appearance (
    bot_id          BLOB PRIMARY KEY NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    appearance      TEXT NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Pictures of bots, made anew as JPEG; never changed, so published versions can name them.
CREATE TABLE bot_picture (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    jpeg            BLOB NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX bot_picture_bot ON bot_picture (bot_id);

-- Published versions: all that a bot is at that time, never changed.
CREATE TABLE bot_version (
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,
    note            TEXT NOT NULL,
    snapshot        TEXT NOT NULL,
    model           BLOB,
    made_by         BLOB REFERENCES account (id) ON DELETE SET NULL,
    made_by_name    TEXT NOT NULL,
    made_at         INTEGER NOT NULL,
    PRIMARY KEY (bot_id, number)
) STRICT;
CREATE INDEX bot_version_made_by ON bot_version (made_by);

-- What a bot should make of a sentence, tried in its playground and before it is published.
CREATE TABLE playground_test (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    sentence        TEXT NOT NULL,
    language        TEXT NOT NULL,
    expects         TEXT NOT NULL CHECK (expects IN ('intent', 'text', 'entry', 'fallback')),
    expected        TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX playground_test_bot ON playground_test (bot_id, created_at, id);

-- What visitors and a bot say. The visitor's token is kept hashed; `state` is where the bot is in it. `status`: the bot
-- answers, a person is waited for, a person answers, closed.
CREATE TABLE conversation (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,
    bot_version     INTEGER NOT NULL,
    channel         TEXT NOT NULL,
    -- Who it is at the channel (a Messenger sender); empty: whoever has the token.
    peer            TEXT NOT NULL,
    token_hash      BLOB UNIQUE,
    language        TEXT NOT NULL,
    state           TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('bot', 'waiting', 'agent', 'closed')),
    assigned_to     BLOB REFERENCES account (id) ON DELETE SET NULL,
    contact_name    TEXT NOT NULL,
    contact_email   TEXT NOT NULL,
    contact_phone   TEXT NOT NULL,
    -- Name, address and number, folded: for whoever may see them to search.
    contact_folded  TEXT NOT NULL DEFAULT '',
    page            TEXT NOT NULL,
    messages        INTEGER NOT NULL,
    waiting_since   INTEGER,
    -- When its agents were told by mail that nobody has answered yet.
    told_at         INTEGER,
    created_at      INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    closed_at       INTEGER,
    -- How far what was said has gone out to the peer: the message that is done with, the parts of the next one that went,
    -- the attempts at it, and when the next one is due.
    delivered       INTEGER NOT NULL DEFAULT 0,
    delivered_parts INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    deliver_at      INTEGER NOT NULL DEFAULT 0,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (bot_id, number)
) STRICT;
CREATE INDEX conversation_last ON conversation (bot_id, last_at, id);
CREATE INDEX conversation_status ON conversation (bot_id, status, last_at);
CREATE INDEX conversation_waiting ON conversation (waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversation_peer ON conversation (bot_id, channel, peer) WHERE peer <> '';
CREATE INDEX conversation_assigned ON conversation (assigned_to);
CREATE INDEX conversation_undelivered ON conversation (deliver_at) WHERE peer <> '' AND messages > delivered;

-- `client_id` is the sender's own name for it: sent again, it is kept once. `why` says why the bot replied so (JSON);
-- `outcome` is one of: answered, fallback, handover, or empty where there is nothing to count.
CREATE TABLE message (
    conversation_id BLOB NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,
    client_id       TEXT,
    sender          TEXT NOT NULL CHECK (sender IN ('visitor', 'bot', 'agent', 'note')),
    account_id      BLOB REFERENCES account (id) ON DELETE SET NULL,
    sender_name     TEXT NOT NULL,
    text            TEXT NOT NULL,
    text_folded     TEXT NOT NULL,
    -- Of a visitor's: a hash of the bot and the folded text, the same for the same sentence.
    text_key        BLOB,
    -- Answers that are offered, as a JSON list.
    choices         TEXT NOT NULL,
    intent          TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    why             TEXT NOT NULL,
    -- How long the bot took, in microseconds.
    took            INTEGER,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, number),
    UNIQUE (conversation_id, client_id)
) STRICT;
CREATE INDEX message_account ON message (account_id);
CREATE INDEX message_fallback ON message (conversation_id) WHERE outcome = 'fallback';

-- Messages that a channel would not deliver, and why: too late (`window`), not to this person (`refused`), or not in a
-- day's attempts (`failed`).
CREATE TABLE undelivered (
    conversation_id BLOB NOT NULL,
    number          INTEGER NOT NULL,
    reason          TEXT NOT NULL CHECK (reason IN ('window', 'refused', 'failed')),
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, number),
    FOREIGN KEY (conversation_id, number) REFERENCES message (conversation_id, number) ON DELETE CASCADE
) STRICT;

-- Pages of Facebook at which bots answer, each at one bot. The page's token is sealed; none: the account that gave it was
-- disconnected. `fault` says why it does not work: the token is not good (`token`), a permission is missing
-- (`permission`), or empty. Until `rests_until` nothing is sent: so much was sent at once.
CREATE TABLE messenger_channel (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    page            TEXT NOT NULL UNIQUE,
    page_name       TEXT NOT NULL,
    page_token      BLOB,
    connection_id   BLOB REFERENCES connection (id) ON DELETE SET NULL,
    connected_by    BLOB REFERENCES account (id) ON DELETE SET NULL,
    paused_at       INTEGER,
    fault           TEXT NOT NULL DEFAULT '',
    fault_at        INTEGER,
    rests_until     INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX messenger_channel_bot ON messenger_channel (bot_id);
CREATE INDEX messenger_channel_connection ON messenger_channel (connection_id);
CREATE INDEX messenger_channel_connected_by ON messenger_channel (connected_by);

-- What people wrote to those pages, until it is taken into a conversation; then a hash of its name is kept for some days
-- without what it was, for what comes twice.
CREATE TABLE messenger_event (
    channel_id      BLOB NOT NULL REFERENCES messenger_channel (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    sender          TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('text', 'press', 'other')),
    text            TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    done_at         INTEGER,
    PRIMARY KEY (channel_id, name)
) STRICT;
CREATE INDEX messenger_event_due ON messenger_event (next_at) WHERE done_at IS NULL;
CREATE INDEX messenger_event_done ON messenger_event (done_at) WHERE done_at IS NOT NULL;

-- What a bot is taught: an intent with the sentences that mean it, one a line.
CREATE TABLE intent (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    response        TEXT NOT NULL,
    -- A response of its content that is said in place of `response`.
    response_id     BLOB REFERENCES content (id) ON DELETE SET NULL,
    examples        TEXT NOT NULL,
    example_count   INTEGER NOT NULL,
    searched        TEXT NOT NULL,
    owner_id        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
) STRICT;
CREATE INDEX intent_owner ON intent (owner_id);
CREATE INDEX intent_response ON intent (response_id);

-- What a bot looks for in what people write. `looks_for` is JSON: a list of values with synonyms, a pattern, or one of the
-- kinds that are built in.
CREATE TABLE entity (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    kind            TEXT NOT NULL,
    looks_for       TEXT NOT NULL,
    owner_id        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
) STRICT;
CREATE INDEX entity_owner ON entity (owner_id);

-- Sentences of conversations that were labelled or are to be ignored, by their keys alone: nothing of what a visitor said
-- outlives its conversation here.
CREATE TABLE settled_sentence (
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    text_key        BLOB NOT NULL,
    settled_at      INTEGER NOT NULL,
    PRIMARY KEY (bot_id, text_key)
) STRICT;

-- A bot's sentences that mean no intent, the number of changes to what it is taught, and what it learned last.
CREATE TABLE training (
    bot_id          BLOB PRIMARY KEY NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    out_of_scope    TEXT NOT NULL,
    out_of_scope_version INTEGER NOT NULL DEFAULT 1,
    version         INTEGER NOT NULL,
    model           BLOB,
    model_version   INTEGER,
    report          TEXT,
    trained_at      INTEGER
) STRICT;

-- Where a bot reaches other systems: webhooks that tell them what happens, and calls that flows make. The address, headers
-- and the secret that it is signed with are sealed in one.
CREATE TABLE integration (
    id              BLOB PRIMARY KEY NOT NULL,
    bot_id          BLOB NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('webhook', 'call')),
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    -- What a webhook tells of, separated by spaces.
    events          TEXT NOT NULL,
    -- Seconds that a call may take.
    time_limit      INTEGER NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('active', 'paused')),
    -- Why the server paused it: `failing`, `gone`; empty: it did not.
    paused_because  TEXT NOT NULL DEFAULT '',
    -- Deliveries that failed since the last one that did not, and since when.
    failures        INTEGER NOT NULL DEFAULT 0,
    failing_since   INTEGER,
    sealed          BLOB NOT NULL,
    owner_id        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
) STRICT;
CREATE INDEX integration_owner ON integration (owner_id);

-- What is, was or will be sent to a webhook; written with what it tells of. What a conversation's say goes with it. Until
-- `claimed_until` one process sends it, which knows itself by `claim`.
CREATE TABLE delivery (
    id              BLOB PRIMARY KEY NOT NULL,
    integration_id  BLOB NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    conversation_id BLOB REFERENCES conversation (id) ON DELETE CASCADE,
    event           TEXT NOT NULL,
    -- What happened, as JSON.
    data            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    claimed_until   INTEGER NOT NULL DEFAULT 0,
    claim           BLOB,
    sent_at         INTEGER,
    -- How the last attempt went: the answer's status, how long it took in microseconds, how it began, what kept it from
    -- coming.
    http_status     INTEGER,
    took            INTEGER,
    answer          TEXT NOT NULL DEFAULT '',
    fault           TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX delivery_integration ON delivery (integration_id, created_at, id);
CREATE INDEX delivery_conversation ON delivery (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX delivery_due ON delivery (next_at) WHERE status = 'waiting';
CREATE INDEX delivery_age ON delivery (created_at);

CREATE TABLE outbox (
    id              BLOB PRIMARY KEY NOT NULL,
    kind            TEXT NOT NULL,
    organization_id BLOB REFERENCES organization (id) ON DELETE CASCADE,
    invitation_id   BLOB REFERENCES invitation (id) ON DELETE CASCADE,
    recipient       TEXT NOT NULL,
    subject         TEXT NOT NULL,
    text_body       TEXT NOT NULL,
    html_body       TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    sent_at         INTEGER,
    failed_at       INTEGER,
    last_error      TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL;

-- Failures that count against a limit, per kind and subject (an account's address, a network address).
CREATE TABLE failure (
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    failures        INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;

-- Links by which an operator lets somebody choose a new password.
CREATE TABLE recovery (
    token_hash      BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at      INTEGER NOT NULL
) STRICT;

-- Addresses that somebody wants to change to, until they confirm it from there; and for a week after, the way back.
CREATE TABLE email_link (
    token_hash      BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose         TEXT NOT NULL CHECK (purpose IN ('confirm', 'undo')),
    email           TEXT NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX email_link_account ON email_link (account_id);

-- The one-time link that an empty installation prints.
CREATE TABLE setup_token (
    only_row        INTEGER PRIMARY KEY NOT NULL CHECK (only_row = 1),
    token_hash      BLOB NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;

-- Says whether the key file is the one that the sealed columns were sealed with.
CREATE TABLE key_check (
    only_row        INTEGER PRIMARY KEY NOT NULL CHECK (only_row = 1),
    sealed          BLOB NOT NULL
) STRICT;

-- Models of other programs, with the actions, resources, subjects and facts that they register. Ids of theirs are free
-- texts, unique within their kind.
CREATE TABLE program_model (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    label           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, id)
) STRICT;
CREATE TABLE program_action (
    model_id        BLOB NOT NULL REFERENCES program_model (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    PRIMARY KEY (model_id, name)
) STRICT;
CREATE TABLE program_resource (
    id              BLOB PRIMARY KEY NOT NULL,
    model_id        BLOB NOT NULL REFERENCES program_model (id) ON DELETE CASCADE,
    foreign_id      TEXT NOT NULL,
    -- The bot that it is attached to; empty: the organization.
    bot_id          BLOB REFERENCES bot (id) ON DELETE CASCADE,
    owner_id        BLOB REFERENCES account (id) ON DELETE SET NULL,
    properties      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (model_id, foreign_id)
) STRICT;
CREATE INDEX program_resource_bot ON program_resource (bot_id);
CREATE INDEX program_resource_owner ON program_resource (owner_id);
CREATE TABLE program_subject (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL,
    foreign_id      TEXT NOT NULL,
    properties      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, kind, foreign_id),
    UNIQUE (organization_id, id)
) STRICT;
-- Organization roles of a program's subject, which is nobody's member.
CREATE TABLE program_subject_role (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    subject_id      BLOB NOT NULL,
    role_id         BLOB NOT NULL,
    expires_at      INTEGER,
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, subject_id, role_id),
    FOREIGN KEY (organization_id, subject_id) REFERENCES program_subject (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX program_subject_role_role ON program_subject_role (role_id);
-- One action for one holder: a program's subject, a member, or whoever holds a role; on one resource, or on all of the
-- model.
CREATE TABLE program_grant (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    model_id        BLOB NOT NULL,
    action          TEXT NOT NULL,
    resource_id     BLOB REFERENCES program_resource (id) ON DELETE CASCADE,
    subject_id      BLOB,
    account_id      BLOB,
    role_id         BLOB,
    expires_at      INTEGER,
    given_by        BLOB REFERENCES account (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    FOREIGN KEY (organization_id, model_id) REFERENCES program_model (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, subject_id) REFERENCES program_subject (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX program_grant_model ON program_grant (model_id, action, subject_id);
CREATE INDEX program_grant_of ON program_grant (organization_id, created_at);
CREATE INDEX program_grant_subject ON program_grant (organization_id, subject_id);
CREATE INDEX program_grant_account ON program_grant (organization_id, account_id);
CREATE INDEX program_grant_role ON program_grant (organization_id, role_id);
CREATE INDEX program_grant_resource ON program_grant (resource_id);

-- Hosts of other programs that a proxy asks about; each belongs to one organization of the installation.
CREATE TABLE forward_host (
    host            TEXT PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    UNIQUE (organization_id, host)
) STRICT;
-- What a request to such a host needs. Nothing is left of a bot that is gone but its rule, which then lets nobody pass.
CREATE TABLE forward_rule (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    host            TEXT NOT NULL,
    path            TEXT NOT NULL,
    -- In order, separated by spaces; empty: every method.
    methods         TEXT NOT NULL,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    bot_id          BLOB REFERENCES bot (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (host, path, methods),
    FOREIGN KEY (organization_id, host) REFERENCES forward_host (organization_id, host) ON DELETE CASCADE
) STRICT;
CREATE INDEX forward_rule_of ON forward_rule (organization_id, host);
CREATE INDEX forward_rule_bot ON forward_rule (bot_id);
-- On the way from the sign-in page to such a host: good once, for a minute, in the browser that holds what the challenge is
-- the hash of.
CREATE TABLE forward_code (
    code_hash       BLOB PRIMARY KEY NOT NULL,
    session_id      BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    host            TEXT NOT NULL,
    target          TEXT NOT NULL,
    challenge       BLOB NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX forward_code_session ON forward_code (session_id);
-- What a browser shows at such a host: good there alone, as long as the session.
CREATE TABLE forward_ticket (
    token_hash      BLOB PRIMARY KEY NOT NULL,
    session_id      BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    host            TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX forward_ticket_session ON forward_ticket (session_id, host);
