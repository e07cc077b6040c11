-- Conventions: ids are UUIDs (version 7), instants are microseconds since the Unix epoch (BIGINT), texts
-- compare by their bytes (as on SQLite), whatever the database's locale is,
-- `*_folded` columns hold the text folded for comparison (Unicode NFKC case fold) and carry the uniqueness.

CREATE TABLE account (
    id              UUID PRIMARY KEY NOT NULL,
    email           TEXT COLLATE "C" NOT NULL,
    email_folded    TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    language        TEXT COLLATE "C" NOT NULL DEFAULT 'en',
    time_zone       TEXT COLLATE "C" NOT NULL DEFAULT 'UTC',
    password_hash   TEXT COLLATE "C",
    -- Whether the password is long enough to stand without a second factor.
    long_password   BOOLEAN NOT NULL DEFAULT TRUE,
    verified_at     BIGINT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (id, name_folded, email_folded)
);
-- An address belongs to one account once it is confirmed. Before that it claims nothing: each
-- organization may have its own unconfirmed person with that address.
CREATE UNIQUE INDEX account_email ON account (email_folded) WHERE verified_at IS NOT NULL;
CREATE INDEX account_email_any ON account (email_folded);

CREATE TABLE session (
    id              UUID PRIMARY KEY NOT NULL,
    token_hash      BYTEA NOT NULL UNIQUE,
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at      BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    confirmed_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    address         TEXT COLLATE "C" NOT NULL,
    agent           TEXT COLLATE "C" NOT NULL,
    -- Whether a second factor was proved in it. Without, it is void from the moment that the account has one.
    second_factor   BOOLEAN NOT NULL
);
CREATE INDEX session_account ON session (account_id);

-- Between the password and the second factor.
CREATE TABLE sign_in_step (
    token_hash      BYTEA PRIMARY KEY NOT NULL,
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX sign_in_step_account ON sign_in_step (account_id);

-- An authenticator app (TOTP, RFC 6238). The secret is sealed with the installation's key; `last_step` is the newest
-- time step that was used up.
CREATE TABLE authenticator (
    account_id      UUID PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    secret          BYTEA NOT NULL,
    last_step       BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);

-- One that is being set up: nothing counts before a code from it is given.
CREATE TABLE authenticator_draft (
    account_id      UUID PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    secret          BYTEA NOT NULL,
    expires_at      BIGINT NOT NULL
);

-- Backup codes: each row is good once. All of a set are hashed with one salt.
CREATE TABLE backup_code_set (
    account_id      UUID PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    salt            BYTEA NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE TABLE backup_code (
    account_id      UUID NOT NULL REFERENCES backup_code_set (account_id) ON DELETE CASCADE,
    code_hash       BYTEA NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

-- Passkeys (WebAuthn). `credential` is the public key with its counters, as JSON.
CREATE TABLE passkey (
    id              UUID PRIMARY KEY NOT NULL,
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential_id   BYTEA NOT NULL UNIQUE,
    name            TEXT COLLATE "C" NOT NULL,
    credential      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT
);
CREATE INDEX passkey_account ON passkey (account_id);

-- Somebody's picture, as made anew here: 256 × 256, JPEG. Its id changes with it.
CREATE TABLE account_picture (
    id              UUID PRIMARY KEY NOT NULL,
    account_id      UUID NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    content         BYTEA NOT NULL,
    created_at      BIGINT NOT NULL
);

-- Passkey ceremonies that were used up: an answer is good once.
CREATE TABLE used_ceremony (
    hash            BYTEA PRIMARY KEY NOT NULL,
    expires_at      BIGINT NOT NULL
);

CREATE TABLE organization (
    id              UUID PRIMARY KEY NOT NULL,
    slug            TEXT COLLATE "C" NOT NULL UNIQUE,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    preset          TEXT COLLATE "C" NOT NULL,
    owner_id        UUID REFERENCES account (id),
    owner_policy            TEXT COLLATE "C" NOT NULL CHECK (owner_policy IN ('one', 'none')),
    bot_owner_policy        TEXT COLLATE "C" NOT NULL CHECK (bot_owner_policy IN ('one', 'none')),
    manage_peers            BOOLEAN NOT NULL,
    require_second_factor   BOOLEAN NOT NULL DEFAULT FALSE,
    -- From when on; empty: at once.
    second_factor_from      BIGINT,
    -- For so many days the audit log's rows are kept; empty: for ever.
    audit_retention_days    BIGINT CHECK (audit_retention_days BETWEEN 30 AND 3650),
    seats                   BIGINT,
    -- What the operator agreed with the organization, for its billing page.
    plan                    TEXT NOT NULL DEFAULT 'self-hosted',
    period_ends_at          BIGINT,
    default_invitation_role_id UUID,
    team_default_role_id    UUID,
    former_owner_role_id    UUID,
    single_sign_on          BOOLEAN NOT NULL DEFAULT FALSE,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    deleted_at      BIGINT,
    version         BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE reserved_permission (
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    model           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, model, action)
);

CREATE TABLE role (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    reach           TEXT COLLATE "C" NOT NULL CHECK (reach IN ('organization', 'bots')),
    everything      BOOLEAN NOT NULL DEFAULT FALSE,
    public          BOOLEAN NOT NULL DEFAULT FALSE,
    created_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name_folded),
    UNIQUE (organization_id, id)
);
CREATE UNIQUE INDEX role_public ON role (organization_id) WHERE public;
ALTER TABLE organization ADD FOREIGN KEY (default_invitation_role_id) REFERENCES role (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organization ADD FOREIGN KEY (team_default_role_id) REFERENCES role (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organization ADD FOREIGN KEY (former_owner_role_id) REFERENCES role (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE role_permission (
    id              UUID PRIMARY KEY NOT NULL,
    role_id         UUID NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    model           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    relation        TEXT COLLATE "C" NOT NULL CHECK (relation IN ('role', 'team', 'owner')),
    created_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (role_id, model, action, relation)
);

CREATE TABLE membership (
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      UUID NOT NULL,
    -- The account's, kept by the database: a list is sorted by an index of this table, however long it is.
    name_folded     TEXT COLLATE "C" NOT NULL,
    email_folded    TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
    created_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    last_active_at  BIGINT,
    version         BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (organization_id, account_id),
    FOREIGN KEY (account_id, name_folded, email_folded) REFERENCES account (id, name_folded, email_folded) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX membership_account ON membership (account_id);
CREATE INDEX membership_name ON membership (organization_id, name_folded, account_id);
CREATE INDEX membership_email ON membership (organization_id, email_folded, account_id);
CREATE INDEX membership_status ON membership (organization_id, status, account_id);
CREATE INDEX membership_created ON membership (organization_id, created_at, account_id);
CREATE INDEX membership_updated ON membership (organization_id, updated_at, account_id);

CREATE TABLE role_assignment (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    role_id         UUID NOT NULL,
    expires_at      BIGINT,
    reason          TEXT COLLATE "C" NOT NULL DEFAULT '',
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, account_id, role_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX role_assignment_role ON role_assignment (role_id);

CREATE TABLE organization_permission (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    model           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    expires_at      BIGINT,
    reason          TEXT COLLATE "C" NOT NULL DEFAULT '',
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, account_id, model, action),
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE bot (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    slug            TEXT COLLATE "C" NOT NULL,
    owner_id        UUID REFERENCES account (id),
    created_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    published_version BIGINT,
    latest_version  BIGINT NOT NULL DEFAULT 0,
    published_at    BIGINT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    team_version    BIGINT NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name_folded),
    UNIQUE (organization_id, slug)
);

CREATE TABLE team_entry (
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    account_id      UUID NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    expires_at      BIGINT,
    reason          TEXT COLLATE "C" NOT NULL DEFAULT '',
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (bot_id, account_id),
    -- Leaving the organization through which one came ends it.
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX team_entry_account ON team_entry (account_id);

CREATE TABLE bot_role_assignment (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL,
    account_id      UUID NOT NULL,
    role_id         UUID NOT NULL REFERENCES role (id),
    expires_at      BIGINT,
    reason          TEXT COLLATE "C" NOT NULL DEFAULT '',
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (bot_id, account_id, role_id),
    FOREIGN KEY (bot_id, account_id) REFERENCES team_entry (bot_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX bot_role_assignment_role ON bot_role_assignment (role_id);

CREATE TABLE bot_permission (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL,
    account_id      UUID NOT NULL,
    model           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    expires_at      BIGINT,
    reason          TEXT COLLATE "C" NOT NULL DEFAULT '',
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (bot_id, account_id, model, action),
    FOREIGN KEY (bot_id, account_id) REFERENCES team_entry (bot_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
);

-- When somebody can be reached for conversations of a bot, week by week; `organization_id` is the one through which they
-- reach the bot. Minutes of the day as clocks in the time zone show them (empty: the account's time zone); 1 is Monday.
CREATE TABLE availability (
    account_id      UUID NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL,
    time_zone       TEXT COLLATE "C",
    PRIMARY KEY (account_id, bot_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX availability_bot ON availability (bot_id);

CREATE TABLE availability_interval (
    account_id      UUID NOT NULL,
    bot_id          UUID NOT NULL,
    day             BIGINT NOT NULL CHECK (day BETWEEN 1 AND 7),
    from_minute     BIGINT NOT NULL,
    until_minute    BIGINT NOT NULL CHECK (until_minute > from_minute),
    PRIMARY KEY (account_id, bot_id, day, from_minute),
    FOREIGN KEY (account_id, bot_id) REFERENCES availability (account_id, bot_id) ON UPDATE CASCADE ON DELETE CASCADE
);

-- Days on which somebody is away, the last one included: `2026-12-24`.
CREATE TABLE absence (
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    first_day       TEXT COLLATE "C" NOT NULL,
    last_day        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, first_day)
);

-- An agreement of two organizations to work on each other's bots, or the wish for one. `partner_id` is empty where nobody
-- has the address that was asked for: asking tells nobody whether an organization exists.
CREATE TABLE partnership (
    id              UUID PRIMARY KEY NOT NULL,
    asker_id        UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    partner_id      UUID REFERENCES organization (id) ON DELETE CASCADE,
    partner_slug    TEXT NOT NULL,
    accepted_at     BIGINT,
    declined_at     BIGINT,
    -- Each side freezes and ends what the other's people do with its own bots and what its people do with theirs.
    asker_frozen    BOOLEAN NOT NULL DEFAULT FALSE,
    partner_frozen  BOOLEAN NOT NULL DEFAULT FALSE,
    asker_ends_at   BIGINT,
    partner_ends_at BIGINT,
    created_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (asker_id, partner_slug)
);
CREATE INDEX partnership_partner ON partnership (partner_id);

-- A bot on which a partner may put its own people.
CREATE TABLE bot_offer (
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    partnership_id  UUID NOT NULL REFERENCES partnership (id) ON DELETE CASCADE,
    expires_at      BIGINT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (bot_id, partnership_id)
);
CREATE INDEX bot_offer_partnership ON bot_offer (partnership_id);

-- The most that its people can be given there.
CREATE TABLE bot_offer_permission (
    bot_id          UUID NOT NULL,
    partnership_id  UUID NOT NULL,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    PRIMARY KEY (bot_id, partnership_id, model, action),
    FOREIGN KEY (bot_id, partnership_id) REFERENCES bot_offer (bot_id, partnership_id) ON DELETE CASCADE
);

-- A promise of membership, kept until accepted, revoked or expired. `account_id` is set where the person
-- was created beforehand (POST users): the membership and its roles then exist already, as invited.
CREATE TABLE invitation (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      UUID REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    email           TEXT COLLATE "C" NOT NULL,
    email_folded    TEXT COLLATE "C" NOT NULL,
    token_hash      BYTEA NOT NULL UNIQUE,
    invited_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    by_operator     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at      BIGINT NOT NULL,
    sent_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    accepted_at     BIGINT,
    accepted_by     UUID REFERENCES account (id) ON DELETE SET NULL,
    revoked_at      BIGINT
);
CREATE INDEX invitation_organization ON invitation (organization_id, email_folded);
-- One open invitation per address and organization.
CREATE UNIQUE INDEX invitation_open ON invitation (organization_id, email_folded) WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE TABLE invitation_role (
    invitation_id   UUID NOT NULL REFERENCES invitation (id) ON DELETE CASCADE,
    role_id         UUID NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, role_id)
);

CREATE TABLE invitation_bot (
    invitation_id   UUID NOT NULL REFERENCES invitation (id) ON DELETE CASCADE,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, bot_id)
);

-- Somebody asks for a permission that they miss. `bot_id` is empty for one of the organization.
CREATE TABLE access_request (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      UUID NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_id          UUID REFERENCES bot (id) ON DELETE CASCADE,
    model           TEXT NOT NULL,
    action          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('open', 'granted', 'declined', 'withdrawn')),
    answer          TEXT NOT NULL DEFAULT '',
    decided_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    decided_at      BIGINT
);
CREATE INDEX access_request_organization ON access_request (organization_id, status, created_at);
CREATE INDEX access_request_account ON access_request (account_id, organization_id);

-- Mails sent that something ends soon: one for each person, organization and instant.
CREATE TABLE reminder (
    account_id      UUID NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    ends_at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, organization_id, ends_at)
);

-- What somebody had here when they were removed, to be given back within 30 days.
CREATE TABLE departure (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    account_id      UUID NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    removed_by      UUID REFERENCES account (id) ON DELETE SET NULL,
    held            TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    undone_at       BIGINT
);
CREATE INDEX departure_organization ON departure (organization_id, created_at);

-- Accounts at other services that people connected. The tokens are sealed with the installation's key; `turn` grows with
-- each pair of them, so that nobody puts an older pair in place of a newer one.
CREATE TABLE connection (
    id              UUID PRIMARY KEY NOT NULL,
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider        TEXT COLLATE "C" NOT NULL,
    -- Who the person is there.
    subject         TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    -- What was granted, separated by spaces.
    scopes          TEXT COLLATE "C" NOT NULL,
    access_token    BYTEA NOT NULL,
    refresh_token   BYTEA,
    expires_at      BIGINT,
    turn            BIGINT NOT NULL DEFAULT 1,
    -- Until then one process refreshes the tokens, and the others wait for it.
    refreshing_until BIGINT,
    -- Since when the provider takes the tokens no more.
    over_at         BIGINT,
    created_at      BIGINT NOT NULL,
    renewed_at      BIGINT NOT NULL,
    checked_at      BIGINT NOT NULL,
    UNIQUE (account_id, provider, subject)
);

-- Somebody was led to a provider and may come back, once, in the same session.
CREATE TABLE connection_attempt (
    state_hash      BYTEA PRIMARY KEY NOT NULL,
    session_id      UUID NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    provider        TEXT COLLATE "C" NOT NULL,
    -- The connection whose permissions are to be others; none: a new one.
    connection_id   UUID REFERENCES connection (id) ON DELETE CASCADE,
    scopes          TEXT COLLATE "C" NOT NULL,
    verifier        BYTEA NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX connection_attempt_session ON connection_attempt (session_id);
CREATE INDEX connection_attempt_connection ON connection_attempt (connection_id);

-- Personal tokens (no bot) and the keys of bots. The sponsor is on whose behalf they act: none does more than its
-- sponsor may do now. After a rotation the secret before is good until `old_until`.
CREATE TABLE api_key (
    id              UUID PRIMARY KEY NOT NULL,
    sponsor_id      UUID NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_id          UUID REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    prefix          TEXT COLLATE "C" NOT NULL,
    token_hash      BYTEA NOT NULL UNIQUE,
    old_hash        BYTEA UNIQUE,
    old_until       BIGINT,
    -- Networks it is good from, separated by spaces; empty: from anywhere.
    networks        TEXT COLLATE "C" NOT NULL DEFAULT '',
    expires_at      BIGINT,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT,
    revoked_at      BIGINT
);
CREATE INDEX api_key_sponsor ON api_key (sponsor_id);
CREATE INDEX api_key_bot ON api_key (bot_id);

-- What it may do where: in an organization and on all its bots, or on one bot.
CREATE TABLE api_key_permission (
    key_id          UUID NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    place_id        UUID NOT NULL,
    organization_id UUID REFERENCES organization (id) ON DELETE CASCADE,
    bot_id          UUID REFERENCES bot (id) ON DELETE CASCADE,
    model           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key_id, place_id, model, action)
);
CREATE INDEX api_key_permission_organization ON api_key_permission (organization_id);
CREATE INDEX api_key_permission_bot ON api_key_permission (bot_id);

-- The change feed. The revision is taken last in the writing transaction from this one locked row,
-- so that revision order is commit order and has no gaps.
CREATE TABLE revision (
    only_row        BIGINT PRIMARY KEY NOT NULL CHECK (only_row = 1),
    revision        BIGINT NOT NULL
);
INSERT INTO revision (only_row, revision) VALUES (1, 0);

CREATE TABLE change (
    revision        BIGINT NOT NULL,
    position        BIGINT NOT NULL,
    unit            TEXT COLLATE "C" NOT NULL,
    unit_id         UUID NOT NULL,
    member_id       UUID,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (revision, position)
);

-- Append-only: `content_hash` covers what a row says, `hash` that, its place and the row before. Pruning blanks what a row
-- says and names the row that tells of it (`pruned_by`). `repeats` and `last_at` count further denials of the same kind
-- within the hour and are not part of the hashes.
CREATE TABLE audit_event (
    position        BIGINT PRIMARY KEY,
    id              UUID NOT NULL UNIQUE,
    organization_id UUID,
    actor_kind      TEXT COLLATE "C" NOT NULL CHECK (actor_kind IN ('anybody', 'user', 'key', 'operator', 'organization')),
    actor_id        UUID,
    actor_name      TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    model           TEXT COLLATE "C" NOT NULL,
    record_id       UUID,
    record_name     TEXT COLLATE "C" NOT NULL,
    outcome         TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'denied', 'failed')),
    detail          TEXT COLLATE "C" NOT NULL,
    -- Actor, record and detail, folded: what a search looks through.
    searched        TEXT COLLATE "C" NOT NULL,
    before          TEXT COLLATE "C",
    after           TEXT COLLATE "C",
    address         TEXT COLLATE "C" NOT NULL,
    agent           TEXT COLLATE "C" NOT NULL,
    request_id      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    previous_hash   BYTEA NOT NULL,
    content_hash    BYTEA NOT NULL,
    hash            BYTEA NOT NULL,
    repeats         BIGINT NOT NULL DEFAULT 0,
    last_at         BIGINT NOT NULL,
    pruned_by       BIGINT
);
CREATE INDEX audit_event_organization ON audit_event (organization_id, position);
CREATE INDEX audit_event_record ON audit_event (record_id, position);
CREATE INDEX audit_event_age ON audit_event (organization_id, created_at) WHERE pruned_by IS NULL;
CREATE INDEX audit_event_pruned ON audit_event (pruned_by, position) WHERE pruned_by IS NOT NULL;

-- Denials and failures of the last hour that have a row of their own in the audit log: per organization (the zero id: the
-- installation) and stranger so many, the rest in one.
CREATE TABLE audit_counted (
    organization_id UUID NOT NULL,
    stranger        TEXT COLLATE "C" NOT NULL,
    kind            BYTEA NOT NULL,
    position        BIGINT NOT NULL,
    since           BIGINT NOT NULL,
    PRIMARY KEY (organization_id, stranger, kind)
);
CREATE INDEX audit_counted_since ON audit_counted (since);

-- What a bot can say: entries of its knowledge base (Markdown), and responses (their variants by language, as JSON).
CREATE TABLE content (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('entry', 'response')),
    title           TEXT COLLATE "C" NOT NULL,
    title_folded    TEXT COLLATE "C" NOT NULL,
    language        TEXT COLLATE "C" NOT NULL,
    body            TEXT COLLATE "C" NOT NULL,
    -- One a line.
    tags            TEXT COLLATE "C" NOT NULL,
    source          TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'ready')),
    searched        TEXT COLLATE "C" NOT NULL,
    owner_id        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (bot_id, kind, language, title_folded)
);
CREATE INDEX content_owner ON content (owner_id);

-- Each state that a piece of content has had, the present one included.
CREATE TABLE content_version (
    content_id      UUID NOT NULL REFERENCES content (id) ON DELETE CASCADE,
    version         BIGINT NOT NULL,
    title           TEXT COLLATE "C" NOT NULL,
    language        TEXT COLLATE "C" NOT NULL,
    body            TEXT COLLATE "C" NOT NULL,
    tags            TEXT COLLATE "C" NOT NULL,
    source          TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL,
    made_by         UUID REFERENCES account (id) ON DELETE SET NULL,
    made_by_name    TEXT COLLATE "C" NOT NULL,
    made_at         BIGINT NOT NULL,
    PRIMARY KEY (content_id, version)
);
CREATE INDEX content_version_made_by ON content_version (made_by);

-- What a bot asks and says step by step. `steps` is the flow as rolecall-bots reads it, `places` where its steps are
-- drawn. It begins with a conversation, or when the intent of this name is understood, or not yet.
CREATE TABLE flow (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    begins          TEXT COLLATE "C" NOT NULL CHECK (begins IN ('conversation', 'intent', 'never')),
    intent          TEXT COLLATE "C" NOT NULL,
    steps           TEXT COLLATE "C" NOT NULL,
    places          TEXT COLLATE "C" NOT NULL,
    owner_id        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
);
CREATE INDEX flow_owner ON flow (owner_id);

-- A bot's settings and how its chat window looks, as JSON; without a row they are as usual.
CREATE TABLE bot_setting (
    bot_id          UUID PRIMARY KEY NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    settings        TEXT COLLATE "C" NOT NULL,
    -- The key of its language model, sealed.
    model_key       BYTEA,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE bot_appearance (
    bot_id          UUID PRIMARY KEY NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    appearance      TEXT COLLATE "C" NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1
);

-- Pictures of bots, made anew as JPEG; never changed, so published versions can name them.
CREATE TABLE bot_picture (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    jpeg            BYTEA NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX bot_picture_bot ON bot_picture (bot_id);

-- Published versions: all that a bot is at that time, never changed.
CREATE TABLE bot_version (
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    note            TEXT COLLATE "C" NOT NULL,
    snapshot        TEXT COLLATE "C" NOT NULL,
    model           BYTEA,
    made_by         UUID REFERENCES account (id) ON DELETE SET NULL,
    made_by_name    TEXT COLLATE "C" NOT NULL,
    made_at         BIGINT NOT NULL,
    PRIMARY KEY (bot_id, number)
);
CREATE INDEX bot_version_made_by ON bot_version (made_by);

-- What a bot should make of a sentence, tried in its playground and before it is published.
CREATE TABLE playground_test (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    sentence        TEXT COLLATE "C" NOT NULL,
    language        TEXT COLLATE "C" NOT NULL,
    expects         TEXT COLLATE "C" NOT NULL CHECK (expects IN ('intent', 'text', 'entry', 'fallback')),
    expected        TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX playground_test_bot ON playground_test (bot_id, created_at, id);

-- What visitors and a bot say. The visitor's token is kept hashed; `state` is where the bot is in it. `status`: the bot
-- answers, a person is waited for, a person answers, closed.
CREATE TABLE conversation (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    bot_version     BIGINT NOT NULL,
    channel         TEXT COLLATE "C" NOT NULL,
    -- Who it is at the channel (a Messenger sender); empty: whoever has the token.
    peer            TEXT COLLATE "C" NOT NULL,
    token_hash      BYTEA UNIQUE,
    language        TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('bot', 'waiting', 'agent', 'closed')),
    assigned_to     UUID REFERENCES account (id) ON DELETE SET NULL,
    contact_name    TEXT COLLATE "C" NOT NULL,
    contact_email   TEXT COLLATE "C" NOT NULL,
    contact_phone   TEXT COLLATE "C" NOT NULL,
    -- Name, address and number, folded: for whoever may see them to search.
    contact_folded  TEXT COLLATE "C" NOT NULL DEFAULT '',
    page            TEXT COLLATE "C" NOT NULL,
    messages        BIGINT NOT NULL,
    waiting_since   BIGINT,
    -- When its agents were told by mail that nobody has answered yet.
    told_at         BIGINT,
    created_at      BIGINT NOT NULL,
    last_at         BIGINT NOT NULL,
    closed_at       BIGINT,
    -- How far what was said has gone out to the peer: the message that is done with, the parts of the next one that went,
    -- the attempts at it, and when the next one is due.
    delivered       BIGINT NOT NULL DEFAULT 0,
    delivered_parts BIGINT NOT NULL DEFAULT 0,
    attempts        BIGINT NOT NULL DEFAULT 0,
    deliver_at      BIGINT NOT NULL DEFAULT 0,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (bot_id, number)
);
CREATE INDEX conversation_last ON conversation (bot_id, last_at, id);
CREATE INDEX conversation_status ON conversation (bot_id, status, last_at);
CREATE INDEX conversation_waiting ON conversation (waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversation_peer ON conversation (bot_id, channel, peer) WHERE peer <> '';
CREATE INDEX conversation_assigned ON conversation (assigned_to);
CREATE INDEX conversation_undelivered ON conversation (deliver_at) WHERE peer <> '' AND messages > delivered;

-- `client_id` is the sender's own name for it: sent again, it is kept once. `why` says why the bot replied so (JSON);
-- `outcome` is one of: answered, fallback, handover, or empty where there is nothing to count.
CREATE TABLE message (
    conversation_id UUID NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    client_id       TEXT COLLATE "C",
    sender          TEXT COLLATE "C" NOT NULL CHECK (sender IN ('visitor', 'bot', 'agent', 'note')),
    account_id      UUID REFERENCES account (id) ON DELETE SET NULL,
    sender_name     TEXT COLLATE "C" NOT NULL,
    text            TEXT COLLATE "C" NOT NULL,
    text_folded     TEXT COLLATE "C" NOT NULL,
    -- Of a visitor's: a hash of the bot and the folded text, the same for the same sentence.
    text_key        UUID,
    -- Answers that are offered, as a JSON list.
    choices         TEXT COLLATE "C" NOT NULL,
    intent          TEXT COLLATE "C" NOT NULL,
    outcome         TEXT COLLATE "C" NOT NULL,
    why             TEXT COLLATE "C" NOT NULL,
    -- How long the bot took, in microseconds.
    took            BIGINT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, number),
    UNIQUE (conversation_id, client_id)
);
CREATE INDEX message_account ON message (account_id);
CREATE INDEX message_fallback ON message (conversation_id) WHERE outcome = 'fallback';

-- Messages that a channel would not deliver, and why: too late (`window`), not to this person (`refused`), or not in a
-- day's attempts (`failed`).
CREATE TABLE undelivered (
    conversation_id UUID NOT NULL,
    number          BIGINT NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL CHECK (reason IN ('window', 'refused', 'failed')),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, number),
    FOREIGN KEY (conversation_id, number) REFERENCES message (conversation_id, number) ON DELETE CASCADE
);

-- Pages of Facebook at which bots answer, each at one bot. The page's token is sealed; none: the account that gave it was
-- disconnected. `fault` says why it does not work: the token is not good (`token`), a permission is missing
-- (`permission`), or empty. Until `rests_until` nothing is sent: so much was sent at once.
CREATE TABLE messenger_channel (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    page            TEXT COLLATE "C" NOT NULL UNIQUE,
    page_name       TEXT COLLATE "C" NOT NULL,
    page_token      BYTEA,
    connection_id   UUID REFERENCES connection (id) ON DELETE SET NULL,
    connected_by    UUID REFERENCES account (id) ON DELETE SET NULL,
    paused_at       BIGINT,
    fault           TEXT COLLATE "C" NOT NULL DEFAULT '',
    fault_at        BIGINT,
    rests_until     BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL
);
CREATE INDEX messenger_channel_bot ON messenger_channel (bot_id);
CREATE INDEX messenger_channel_connection ON messenger_channel (connection_id);
CREATE INDEX messenger_channel_connected_by ON messenger_channel (connected_by);

-- What people wrote to those pages, until it is taken into a conversation; then a hash of its name is kept for some days
-- without what it was, for what comes twice.
CREATE TABLE messenger_event (
    channel_id      UUID NOT NULL REFERENCES messenger_channel (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    sender          TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('text', 'press', 'other')),
    text            TEXT COLLATE "C" NOT NULL,
    sent_at         BIGINT NOT NULL,
    received_at     BIGINT NOT NULL,
    next_at         BIGINT NOT NULL,
    done_at         BIGINT,
    PRIMARY KEY (channel_id, name)
);
CREATE INDEX messenger_event_due ON messenger_event (next_at) WHERE done_at IS NULL;
CREATE INDEX messenger_event_done ON messenger_event (done_at) WHERE done_at IS NOT NULL;

-- What a bot is taught: an intent with the sentences that mean it, one a line.
CREATE TABLE intent (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    response        TEXT COLLATE "C" NOT NULL,
    -- A response of its content that is said in place of `response`.
    response_id     UUID REFERENCES content (id) ON DELETE SET NULL,
    examples        TEXT COLLATE "C" NOT NULL,
    example_count   BIGINT NOT NULL,
    searched        TEXT COLLATE "C" NOT NULL,
    owner_id        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
);
CREATE INDEX intent_owner ON intent (owner_id);
CREATE INDEX intent_response ON intent (response_id);

-- What a bot looks for in what people write. `looks_for` is JSON: a list of values with synonyms, a pattern, or one of the
-- kinds that are built in.
CREATE TABLE entity (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    looks_for       TEXT COLLATE "C" NOT NULL,
    owner_id        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
);
CREATE INDEX entity_owner ON entity (owner_id);

-- Sentences of conversations that were labelled or are to be ignored, by their keys alone: nothing of what a visitor said
-- outlives its conversation here.
CREATE TABLE settled_sentence (
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    text_key        UUID NOT NULL,
    settled_at      BIGINT NOT NULL,
    PRIMARY KEY (bot_id, text_key)
);

-- A bot's sentences that mean no intent, the number of changes to what it is taught, and what it learned last.
CREATE TABLE training (
    bot_id          UUID PRIMARY KEY NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    out_of_scope    TEXT COLLATE "C" NOT NULL,
    out_of_scope_version BIGINT NOT NULL DEFAULT 1,
    version         BIGINT NOT NULL,
    model           BYTEA,
    model_version   BIGINT,
    report          TEXT COLLATE "C",
    trained_at      BIGINT
);

-- Where a bot reaches other systems: webhooks that tell them what happens, and calls that flows make. The address, headers
-- and the secret that it is signed with are sealed in one.
CREATE TABLE integration (
    id              UUID PRIMARY KEY NOT NULL,
    bot_id          UUID NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('webhook', 'call')),
    name            TEXT COLLATE "C" NOT NULL,
    name_folded     TEXT COLLATE "C" NOT NULL,
    -- What a webhook tells of, separated by spaces.
    events          TEXT COLLATE "C" NOT NULL,
    -- Seconds that a call may take.
    time_limit      BIGINT NOT NULL,
    status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'paused')),
    -- Why the server paused it: `failing`, `gone`; empty: it did not.
    paused_because  TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- Deliveries that failed since the last one that did not, and since when.
    failures        BIGINT NOT NULL DEFAULT 0,
    failing_since   BIGINT,
    sealed          BYTEA NOT NULL,
    owner_id        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (bot_id, name_folded)
);
CREATE INDEX integration_owner ON integration (owner_id);

-- What is, was or will be sent to a webhook; written with what it tells of. What a conversation's say goes with it. Until
-- `claimed_until` one process sends it, which knows itself by `claim`.
CREATE TABLE delivery (
    id              UUID PRIMARY KEY NOT NULL,
    integration_id  UUID NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    conversation_id UUID REFERENCES conversation (id) ON DELETE CASCADE,
    event           TEXT COLLATE "C" NOT NULL,
    -- What happened, as JSON.
    data            TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
    attempts        BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    next_at         BIGINT NOT NULL,
    claimed_until   BIGINT NOT NULL DEFAULT 0,
    claim           UUID,
    sent_at         BIGINT,
    -- How the last attempt went: the answer's status, how long it took in microseconds, how it began, what kept it from
    -- coming.
    http_status     BIGINT,
    took            BIGINT,
    answer          TEXT COLLATE "C" NOT NULL DEFAULT '',
    fault           TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX delivery_integration ON delivery (integration_id, created_at, id);
CREATE INDEX delivery_conversation ON delivery (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX delivery_due ON delivery (next_at) WHERE status = 'waiting';
CREATE INDEX delivery_age ON delivery (created_at);

CREATE TABLE outbox (
    id              UUID PRIMARY KEY NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    organization_id UUID REFERENCES organization (id) ON DELETE CASCADE,
    invitation_id   UUID REFERENCES invitation (id) ON DELETE CASCADE,
    recipient       TEXT COLLATE "C" NOT NULL,
    subject         TEXT COLLATE "C" NOT NULL,
    text_body       TEXT COLLATE "C" NOT NULL,
    html_body       TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    sent_at         BIGINT,
    failed_at       BIGINT,
    last_error      TEXT COLLATE "C"
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL;

-- Failures that count against a limit, per kind and subject (an account's address, a network address).
CREATE TABLE failure (
    kind            TEXT COLLATE "C" NOT NULL,
    subject         TEXT COLLATE "C" NOT NULL,
    failures        BIGINT NOT NULL,
    since           BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);

-- Links by which an operator lets somebody choose a new password.
CREATE TABLE recovery (
    token_hash      BYTEA PRIMARY KEY NOT NULL,
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at      BIGINT NOT NULL
);

-- Addresses that somebody wants to change to, until they confirm it from there; and for a week after, the way back.
CREATE TABLE email_link (
    token_hash      BYTEA PRIMARY KEY NOT NULL,
    account_id      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose         TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('confirm', 'undo')),
    email           TEXT COLLATE "C" NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX email_link_account ON email_link (account_id);

-- The one-time link that an empty installation prints.
CREATE TABLE setup_token (
    only_row        BIGINT PRIMARY KEY NOT NULL CHECK (only_row = 1),
    token_hash      BYTEA NOT NULL,
    created_at      BIGINT NOT NULL
);

-- Says whether the key file is the one that the sealed columns were sealed with.
CREATE TABLE key_check (
    only_row        BIGINT PRIMARY KEY NOT NULL CHECK (only_row = 1),
    sealed          BYTEA NOT NULL
);

-- Models of other programs, with the actions, resources, subjects and facts that they register. Ids of theirs are free
-- texts, unique within their kind.
CREATE TABLE program_model (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    label           TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, id)
);
CREATE TABLE program_action (
    model_id        UUID NOT NULL REFERENCES program_model (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (model_id, name)
);
CREATE TABLE program_resource (
    id              UUID PRIMARY KEY NOT NULL,
    model_id        UUID NOT NULL REFERENCES program_model (id) ON DELETE CASCADE,
    foreign_id      TEXT COLLATE "C" NOT NULL,
    -- The bot that it is attached to; empty: the organization.
    bot_id          UUID REFERENCES bot (id) ON DELETE CASCADE,
    owner_id        UUID REFERENCES account (id) ON DELETE SET NULL,
    properties      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (model_id, foreign_id)
);
CREATE INDEX program_resource_bot ON program_resource (bot_id);
CREATE INDEX program_resource_owner ON program_resource (owner_id);
CREATE TABLE program_subject (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    kind            TEXT COLLATE "C" NOT NULL,
    foreign_id      TEXT COLLATE "C" NOT NULL,
    properties      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, kind, foreign_id),
    UNIQUE (organization_id, id)
);
-- Organization roles of a program's subject, which is nobody's member.
CREATE TABLE program_subject_role (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL,
    subject_id      UUID NOT NULL,
    role_id         UUID NOT NULL,
    expires_at      BIGINT,
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, subject_id, role_id),
    FOREIGN KEY (organization_id, subject_id) REFERENCES program_subject (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX program_subject_role_role ON program_subject_role (role_id);
-- One action for one holder: a program's subject, a member, or whoever holds a role; on one resource, or on all of the
-- model.
CREATE TABLE program_grant (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL,
    model_id        UUID NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    resource_id     UUID REFERENCES program_resource (id) ON DELETE CASCADE,
    subject_id      UUID,
    account_id      UUID,
    role_id         UUID,
    expires_at      BIGINT,
    given_by        UUID REFERENCES account (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    FOREIGN KEY (organization_id, model_id) REFERENCES program_model (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, subject_id) REFERENCES program_subject (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, account_id) REFERENCES membership (organization_id, account_id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX program_grant_model ON program_grant (model_id, action, subject_id);
CREATE INDEX program_grant_of ON program_grant (organization_id, created_at);
CREATE INDEX program_grant_subject ON program_grant (organization_id, subject_id);
CREATE INDEX program_grant_account ON program_grant (organization_id, account_id);
CREATE INDEX program_grant_role ON program_grant (organization_id, role_id);
CREATE INDEX program_grant_resource ON program_grant (resource_id);

-- Hosts of other programs that a proxy asks about; each belongs to one organization of the installation.
CREATE TABLE forward_host (
    host            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    UNIQUE (organization_id, host)
);
-- What a request to such a host needs. Nothing is left of a bot that is gone but its rule, which then lets nobody pass.
CREATE TABLE forward_rule (
    id              UUID PRIMARY KEY NOT NULL,
    organization_id UUID NOT NULL,
    host            TEXT COLLATE "C" NOT NULL,
    path            TEXT COLLATE "C" NOT NULL,
    -- In order, separated by spaces; empty: every method.
    methods         TEXT COLLATE "C" NOT NULL,
    model           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    bot_id          UUID REFERENCES bot (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1,
    UNIQUE (host, path, methods),
    FOREIGN KEY (organization_id, host) REFERENCES forward_host (organization_id, host) ON DELETE CASCADE
);
CREATE INDEX forward_rule_of ON forward_rule (organization_id, host);
CREATE INDEX forward_rule_bot ON forward_rule (bot_id);
-- On the way from the sign-in page to such a host: good once, for a minute, in the browser that holds what the challenge is
-- the hash of.
CREATE TABLE forward_code (
    code_hash       BYTEA PRIMARY KEY NOT NULL,
    session_id      UUID NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    host            TEXT COLLATE "C" NOT NULL,
    target          TEXT COLLATE "C" NOT NULL,
    challenge       BYTEA NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX forward_code_session ON forward_code (session_id);
-- What a browser shows at such a host: good there alone, as long as the session.
CREATE TABLE forward_ticket (
    token_hash      BYTEA PRIMARY KEY NOT NULL,
    session_id      UUID NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    host            TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX forward_ticket_session ON forward_ticket (session_id, host);
