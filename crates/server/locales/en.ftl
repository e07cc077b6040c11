# Every text that people read in pages and mails. $bot, $bots, $Bot and $Bots are the preset's words.

## Bots
bots-title = { $Bots }

## Mails
mail-invitation-subject = { $inviter } invites you to { $organization }
mail-open-button = Open Rolecall
mail-ownership-subject = { $organization } has a new owner
mail-ownership-yours = You are now the owner of { $organization }. You can do everything there, billing and deletion included.
mail-ownership-theirs = { $owner } is now the owner of { $organization }. You are still a member.
mail-ownership-closing = The operator of this installation made the change. If you did not expect it, ask them.
mail-greeting = Hello,
mail-greeting-named = Hello { $name },
mail-invitation-lead = { $inviter } invites you to work on chatbots with { $organization } in Rolecall.
mail-invitation-roles = You will be: { $roles }.
mail-invitation-how = Open this link to accept: you choose your password there, or sign in if you have an account already.
mail-invitation-button = Accept the invitation
mail-invitation-term = The link works once, for this address, until { $until } (UTC).
mail-invitation-ignore = If you did not expect this, ignore it: nothing happens unless the link is opened.

## Everywhere
skip = Skip to content
saved = Saved.
conflict-title = Somebody else was faster
conflict-about = While you were editing, somebody saved a change of the same. Nothing of yours is saved yet, and nothing is lost: choose which to keep.
conflict-what = What
conflict-saved = Saved now
conflict-typed = Yours
conflict-mine = Save mine
conflict-theirs = Keep what is saved
conflict-same = Somebody saved the same change a moment before.
save-button = Save
cancel-button = Cancel
done-button = Done
close-button = Close
copy-button = Copy
yes = Yes
no = No
never = Never
owner-word = Owner
permission = { $model }: { $action }
live-notice = This page has changed meanwhile.
live-show = Show the change
search-button = Search
search-nothing = Nothing matches “{ $q }”.
pager-label = Pages
pager-first = First page
pager-next = Next page
filter-label = Filter
filter-all = All
crumbs-label = You are here
confirm-concerns = This concerns:
when-now = just now
when-minutes-ago = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
when-hours-ago = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
when-days-ago = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
when-minutes-ahead = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
when-hours-ahead = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
when-days-ahead = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}

## Sidebar
nav-label = Navigation
nav-switch = Switch organization
nav-only-one = You are in no other organization.
nav-organizations = Organizations
nav-administration = Administration
nav-preferences = Settings
nav-bots = { $Bots }
nav-users = Users
nav-invitations = Invitations
nav-roles = Roles
nav-single-sign-on = Single sign-on
nav-access-map = Access map
nav-team = Team
nav-billing = Billing
nav-audit-log = Audit log
nav-partners = Partners
nav-requests = Requests ({ $count })
nav-settings = Organization
nav-me = Your account
nav-profile = Profile
nav-sign-out = Sign out
theme-light = Light
theme-dark = Dark
theme-auto = As the system

## Fields and columns
field-name = Name
field-full-name = First and last name
field-email = E-mail
field-password = Password
field-new-password = Choose a password
field-new-password-help = At least 15 characters; four or five random words are easy to remember.
field-roles = Roles
field-time-zone = Time zone
column-name = Name
column-id = ID
column-status = Status
column-owner = Owner
column-created = Created
column-updated = Updated
column-active = Last active
column-operations = Operations
column-roles = Roles
column-roles-here = Roles here
column-permissions-here = Single permissions
column-since = On it since
column-invited-by = Invited by
column-sent = Sent
column-action = Action
column-relation = On
column-field = Field
column-before = Before
column-after = After
column-detail = Detail
column-model = Permission
column-address = From
column-agent = With
column-record = Record

## Actions, relations, models (others go by their names in the catalogue)
action-create = create
action-read = read
action-update = update
action-delete = delete
relation-role = any record
relation-team = { $bots } they work on
relation-owner = their own
model-Bot = { $Bots }
model-BotSetting = { $Bot } settings
model-BotOwner = { $Bot } ownership
model-Account = account
guards-Bot = The { $bot } itself: its name, picture and existence.
guards-BotSetting = Language, fallback, thresholds and other settings of a { $bot }.
guards-BotOwner = Who owns a { $bot }.
guards-Team = Who works on a { $bot }, and what they may do there.
guards-TrainingData = Intents, examples and entities that the { $bot } learns from.
guards-Channel = Where the { $bot } can be talked to.
guards-Playground = Trying the { $bot } before it is published.
guards-ApiKey = Keys by which other services use the { $bot }.
guards-Conversation = What visitors and the { $bot } say: begin, read, answer, delete.
guards-Analytics = Figures about the { $bot }’s use.

## Getting in
sign-in-title = Sign in
sign-in-button = Sign in
sign-in-lost = Lost your password? The operator of this Rolecall can give you a link to choose a new one.
sign-in-demo = This is a demo: addresses and password stand in the terminal.
setup-title = Set up Rolecall
setup-purpose = Name your organization and make the first account. Everything can be changed later.
setup-organization = Organization
setup-organization-help = The name of your company, team or project.
setup-preset = How you work together
setup-button = Set up and sign in
preset-fact-roles = Roles
preset-fact-owner = Has an owner
preset-fact-bot-owner = { $Bots } have owners
preset-fact-peers = Peers manage each other
preset-fact-default = Who is invited begins as
preset-workspace = Workspace
preset-workspace-about = Administrators and managers; roles that you make from single permissions.
preset-agency = Agency
preset-agency-about = Admins run every bot; clients reach only the bots they are given.
preset-team = Team
preset-team-about = One owner, admins and members; the owner alone changes roles.
preset-projects = Projects
preset-projects-about = One owner, project owners, and everybody else put together from single permissions.
invitation-title = Join { $organization }
invitation-by = { $name } invites you.
invitation-roles = You will be: { $roles }.
invitation-has-account = { $email } has an account already. Sign in with it to accept.
invitation-join = Join { $organization }
invitation-accept = Accept and sign in
invitation-term = The invitation ends
strength-words = Too short|Weak|Fair|Good|Strong
step-title = Second step
step-purpose = Enter the code that your authenticator app shows.
step-backup = No app at hand? Enter a backup code instead; each is good once.
step-back = Sign in as somebody else
confirm-title = Confirm that it is you
confirm-purpose = What you are about to do could give your account away. For ten minutes you are not asked again.
confirm-button = Confirm
confirm-code-button = Confirm with a code
field-code = Code
field-code-instead = Or a code from your authenticator app, or a backup code
field-current-password = Present password
field-new-password-beside = At least 8 characters, as you have a second factor; four or five random words make a good one.
profile-sections = Sections of the profile
profile-details = Details
profile-authentication = Authentication
password-heading = Password
password-about = Changing it signs you out everywhere else.
password-change = Change password
password-title = Change password
password-purpose = Afterwards you are signed out everywhere else.
password-set = Your password is changed; other sessions are signed out.
factor-heading = Two-factor sign-in
factor-is-on = On
factor-is-off = Off
factor-about = A second proof beside your password, so that nobody gets in with a password alone.
authenticator-heading = Authenticator app
authenticator-none = An app on your phone shows a new code every 30 seconds.
authenticator-since = Set up
authenticator-begin = Set up
authenticator-replace = Replace
authenticator-title = Set up an authenticator app
authenticator-scan = Scan this with your authenticator app.
authenticator-qr = QR code with the secret; it can be typed instead
authenticator-type = Cannot scan it?
authenticator-type-help = Type this key into the app (time-based, SHA-1, 6 digits, 30 seconds):
authenticator-code = Enter the code that the app shows now
authenticator-button = Switch on
authenticator-on = The new authenticator app holds; your backup codes stay good.
passkeys-heading = Passkeys
passkeys-about = A fingerprint, face or PIN of a device or key of yours signs you in without a password, and counts as both factors.
passkeys-impossible = Passkeys need a name in the address of this installation; the operator can give it one.
passkey-name = Name of the passkey
passkey-rename = Rename
passkey-used = Last used
passkey-added-on = Added
passkey-remove = Remove
passkey-remove-title = Remove the passkey?
passkey-remove-what = It does not sign you in any more. If it is your only second factor, your password alone lets somebody in.
passkey-remove-button = Remove passkey
passkey-removed = The passkey is removed.
passkey-new-name = Name of a new passkey
passkey-usual-name = My device
passkey-add = Add a passkey
passkey-use = Use a passkey
passkey-cancelled = Nothing came from a passkey. Try again, or use another way.
factor-off-open = Switch off
factor-off-title = Switch off the authenticator app?
factor-off-what = Codes from it are not asked for any more. If it is your only second factor, your backup codes are void too, and your password alone lets somebody in.
factor-off-button = Switch off
factor-off-done = The authenticator app is switched off.
codes-title = Backup codes
codes-purpose = For the day your phone is lost: each code stands in for the second factor once.
codes-left = { $count ->
    [0] None left
    [one] One left
   *[other] { $count } left
 }
codes-made = made
codes-few = Make new ones before they run out.
codes-new-open = Make new ones
codes-new-title = Make new backup codes?
codes-new-what = You get ten new codes. The ones you have now are void at once.
codes-new-button = Make new codes
codes-once = They are shown this once. Keep them where you keep passwords, not beside your phone.
codes-of = Backup codes of { $email }
codes-kept = I have kept them
download-button = Download
print-button = Print
sessions-title = Where you are signed in
sessions-device = Device
sessions-address = Network address
sessions-begun = Signed in
sessions-seen = Last seen
sessions-current = This one
sessions-unknown = Unknown device
sessions-end = Sign out
sessions-end-others = Sign out everywhere else
sessions-others-ended = You are signed out everywhere else.
session-ended = Signed out there.
sign-in-forgot = Forgot your password?
forgot-title = Forgot your password?
forgot-about = Enter your e-mail address. You get a link to choose a new password.
forgot-button = Send the link
forgot-mailed-title = Look into your mail
forgot-mailed = If { $email } has an account here, a link is on its way to it.
forgot-mailed-help = It is good for 20 minutes, once. Nothing there? Look among unwanted mail, and whether you signed up with another address.
forgot-over-title = This link is not good any more
forgot-over = Links to choose a new password are good for 20 minutes, once.
forgot-again = Ask for a new link
forgot-back = Back to sign-in
recover-title = Choose a new password
recover-purpose = Afterwards you are signed out everywhere and sign in anew.
recover-button = Set the password
recover-done = The new password holds. Sign in with it.
nowhere-title = You are in no organization
nowhere-purpose = Ask an administrator to invite you; the link in the mail brings you in.
profile-title = Profile
profile-purpose = This is yours in every organization.
profile-saved = Your profile is saved.
mailbox-title = Mails of the demo
mailbox-purpose = Everything that would have been sent, newest first. Only the demo shows this.
mailbox-empty = No mail yet
mailbox-empty-help = Invite somebody: the mail appears here.
mailbox-to = To { $email }
mailbox-html = as HTML

## Problems
problem-not-found = Nothing here
problem-forbidden = Not allowed
problem-missing = You need the permission “{ $permission }” for this.
problem-missing-help = Ask somebody who manages roles here to give it to you.
problem-back = Go back
problem-request = Request
problem-type-about = A request that ends like this answers with this status; its detail says what to do.

## Organizations
organization-new-title = New organization
organization-new-purpose = It is yours to run; nobody of your other organizations sees it.
organization-new-button = Make organization

## Bots
bots-purpose = Every { $bot } you can reach.
bots-search = Search { $bots }
bots-empty = No { $bots } yet
bots-empty-create = Make the first one; you will be on its team.
bots-empty-help = As soon as somebody puts you on one, it appears here.
bot-new-title = New { $bot }
bot-new-purpose = It begins as a draft that only its team sees.
bot-new-button = Create { $bot }
bot-name-help = Unique in the organization; its link is made from it and stays.
bot-rename-help = The link stays as it is.
bot-created = “{ $name }” is made.
bot-live = Live
bot-draft = Draft
bot-live-version = Version { $version } is live.
bot-draft-about = Not published.
bot-publish = Publish
bot-publish-again = Publish again
bot-unpublish = Take off the air
bot-published = It is live.
bot-unpublished = It is off the air.
bot-about = About
bot-card = Public card
bot-yours = What you can do here
bot-yours-nothing = You can see it, nothing more.
bot-owner = Owner
bot-tabs-label = Areas
bot-tab-overview = Overview
bot-tab-access = Access
bot-tab-settings = Settings
bot-delete-title = Delete this { $bot }
bot-delete-open = Delete…
bot-delete-help = Its team loses it, and visitors too if it is live.
bot-delete-what = “{ $name }” will be gone with everything in it. This cannot be undone.
bot-delete-button = Delete { $bot }
bot-deleted = “{ $name }” is deleted.
access-purpose = Whoever is on this { $bot }, and what they may do on it. Roles that cover every { $bot } of the organization count besides.
access-add = Add somebody
access-add-button = Add to the team
access-choose = Choose a person
access-choose-somebody = Choose a person first.
access-nobody-left = Everybody is on it already
access-added = They are on it. Check what they may do here.
access-removed = They are off the { $bot }, effective now.
access-empty = Nobody is on it yet
access-empty-help = People whose role covers every { $bot } reach it anyway.
access-edit = Permissions
access-remove = Remove
access-leave = Leave
access-single = { $count ->
    [one] 1 permission
   *[other] { $count } permissions
}
access-member-purpose = What { $name } may do on { $where }.
access-roles = Roles on this { $bot }
access-roles-help = Only what a role says about { $bots } counts here.
access-permissions = Single permissions on this { $bot }
access-permissions-help = Besides the roles. Being on it already lets one see it.

## Users
users-title = Users
users-purpose = Everybody in the organization, with their roles.
users-search = Search by name or e-mail
users-empty = Nobody yet
seats-help = Seats used, pending invitations included
status-active = Active
status-invited = Invited
status-suspended = Suspended
user-new-title = Create user
user-new-purpose = They confirm their e-mail and choose a password by a link; inactive until then.
user-new-button = Create user
user-email-help = The link goes to this address.
user-roles = Roles
user-roles-save = Save roles
user-no-roles = No roles.
user-owner-about = Owns the organization: everything in it.
user-single = Single permissions
user-single-help = Given to this person alone. You can give what you hold yourself.
user-single-save = Save permissions
user-about = About
user-resend = Send the link again
user-suspend = Deactivate
user-activate = Activate
user-remove-title = Remove from the organization
user-remove-what = { $name } will be removed from { $organization }: roles, single permissions and every team, effective now. The account stays theirs. It can be undone for 30 days.
user-remove-button = Remove user
user-leave-title = Leave the organization
user-leave-what = You will leave { $organization } and lose everything you have in it. Only an invitation brings you back.
user-leave-button = Leave
user-suspend-title = Deactivate this user?
user-suspend-what = { $name } can do nothing in { $organization } until activated again; roles and permissions are kept. Effective now.
user-removed = Done, effective now.

## Invitations
invitations-title = Invitations
invitations-purpose = Who was invited, and what became of it.
invitations-search = Search by e-mail
invitations-empty = No invitations
invitations-empty-help = Whoever you invite appears here until they accept.
invitation-new-title = Invite user
invitation-new-purpose = They get a mail with a link that is good for 7 days.
invitation-new-button = Invite user
invitation-email-help = One or several, each on its own line or after a comma. Only the invited address can accept.
invitation-bots = { $Bots }
invitation-bots-help = They are put on these when they accept.
invitation-sent = The invitation to { $email } is on its way.
invitation-revoked = The invitation is revoked.
invitation-state-pending = Pending
invitation-state-accepted = Accepted
invitation-state-expired = Expired
invitation-state-revoked = Revoked
invitation-ends = ends
invitation-resend = Send again
invitation-revoke = Revoke
link-title = Hand over this link
link-about = No mail can be sent from here. Hand this link to { $email } yourself.
link-label = Link
link-once = It is shown this once only. If it is lost, send the invitation again.

## Users and roles
administration-title = Users and roles
administration-purpose = Who is here, and what they may do.
administration-users = Manage users
administration-roles = Manage roles

## Roles
roles-title = Roles
roles-purpose = A role is a named set of permissions. Changes take effect at once.
roles-search = Search by name
roles-empty = No roles
role-new-title = Add role
role-new-purpose = A name is enough; permissions can be added afterwards.
role-new-button = Add role
role-name-help = Unique in the organization.
role-created = The role “{ $name }” is made.
role-deleted = The role is deleted.
role-template = Begin with
role-template-none = No permissions
template-developer = Every area of every { $bot }.
template-content-creator = Responses and the knowledge base; no code, no training.
template-marketer = Content, appearance and figures.
template-service-agent = Conversations with visitors.
role-public = Anonymous visitors
role-public-about = What anybody may do on published { $bots } without signing in. Only what the catalogue calls public can be used by them.
role-everything = Everything
role-everything-about = This role has every permission there is or will be.
role-reach = Reach
role-reach-organization = Every { $bot }
role-reach-organization-help = Holds on every { $bot } of the organization.
role-reach-bots = Only { $bots } they are put on
role-reach-bots-help = Gives nothing by itself; it is what people get on each { $bot } they are put on.
role-permissions = Permissions
role-no-permissions = No permissions
role-none = nothing
role-edit = Edit
role-holders = Who has it
role-nobody = Nobody.
role-held-by = { $count ->
    [one] 1 person in the organization:
   *[other] { $count } people in the organization:
}
role-bot-models = On { $bots }
role-organization-models = In the organization
permission-add = Add
permission-remove = Remove
permission-added = The permission is added, effective now.
permission-removed = The permission is removed, effective now.
role-delete-open = Delete…
role-delete-title = Delete role
role-delete-what = The role “{ $name }” will be gone. This cannot be undone.
role-delete-permissions = { $count ->
    [0] It has no permissions.
    [one] Its 1 permission goes with it.
   *[other] Its { $count } permissions go with it.
}
role-delete-blocked = { $count ->
    [one] 1 person has this role. Give them another one first.
   *[other] { $count } people have this role. Give them another one first.
}
role-delete-button = Delete role

## Audit log
audit-title = Audit log
audit-purpose = Who did what, when and from where; nothing in it can be changed.
audit-search = Search by person or record
audit-empty = Nothing has happened yet
audit-details = Details
audit-repeats = { $count ->
    [one] and once more
   *[other] and { $count } times more
}
outcome-done = Done
outcome-denied = Denied
outcome-failed = Failed
audit-somebody = Somebody
audit-other = { $actor }: { $action }, { $model }, “{ $record }”
audit-denied = { $actor } tried without permission: { $model }: { $action }
audit-refused = { $actor } was refused: { $detail }
audit-failed-sign-in = A sign-in for { $record } failed
audit-Account-sign-in = { $actor } signed in
audit-Account-sign-out = { $actor } signed out
audit-Account-update = { $actor } changed their profile
audit-Account-change-password = { $actor } changed their password
audit-Account-recovery-link = { $actor } made a recovery link for { $record }
audit-Account-use-backup-code = { $actor } used a backup code of { $record }
audit-Account-add-authenticator = { $actor } set up an authenticator app
audit-Account-remove-authenticator = { $actor } switched the authenticator app off
audit-Account-add-passkey = { $actor } added a passkey
audit-Account-remove-passkey = { $actor } removed a passkey
audit-Account-make-backup-codes = { $actor } made new backup codes
audit-Account-sign-out-everywhere = { $actor } signed out everywhere else
audit-Account-ask-recovery = { $actor } asked for a link to choose a new password for { $record }
audit-Account-start-recovery = { $actor } had a link to choose a new password mailed to { $record }
audit-Account-recover = { $actor } chose a new password by a recovery link
audit-Organization-transfer = { $actor } handed the organization { $record } to another owner
audit-Organization-create = { $actor } founded { $record }
audit-Organization-update = { $actor } renamed the organization to “{ $record }”
audit-Organization-delete = { $actor } deleted the organization { $record }
audit-User-create = { $actor } created the user { $record }
audit-User-suspend = { $actor } deactivated { $record }
audit-User-activate = { $actor } activated { $record }
audit-User-delete = { $actor } removed { $record }
audit-User-restore = { $actor } undid the removal of { $record }
audit-Invitation-take-over = { $actor } took over the invitations of { $record }
audit-User-leave = { $actor } left the organization
audit-Invitation-invite = { $actor } invited { $record }
audit-Invitation-resend = { $actor } sent the invitation of { $record } again
audit-Invitation-revoke = { $actor } revoked the invitation of { $record }
audit-Invitation-accept = { $record } accepted the invitation
audit-Role-create = { $actor } added the role “{ $record }”
audit-Role-update = { $actor } changed the role “{ $record }”
audit-Role-delete = { $actor } deleted the role “{ $record }”
audit-Permission-add-permission = { $actor } added a permission to “{ $record }”
audit-Permission-remove-permission = { $actor } removed a permission from “{ $record }”
audit-RoleAssignment-assign-roles = { $actor } changed the roles of { $record }
audit-UserPermission-set-permissions = { $actor } changed the single permissions of { $record }
audit-Bot-create = { $actor } made “{ $record }”
audit-Bot-update = { $actor } renamed it to “{ $record }”
audit-Bot-delete = { $actor } deleted “{ $record }”
audit-Publication-publish = { $actor } published “{ $record }”
audit-Publication-unpublish = { $actor } took “{ $record }” off the air
audit-Team-put-on-team = { $actor } put somebody on “{ $record }”
audit-Team-change-team-entry = { $actor } changed what somebody may do on “{ $record }”
audit-Team-take-off-team = { $actor } took somebody off “{ $record }”

## Organization settings
settings-title = Organization
settings-purpose = Its name and the rules that hold in it.
settings-name = Name
settings-name-help = Links keep the name they began with.
settings-policies = Rules
settings-preset = Preset
policy-owner = Owner
policy-owner-one = Exactly one
policy-owner-none = None; administrators share the work
policy-bot-owner = Owner of a { $bot }
policy-bot-owner-one = Whoever makes it
policy-bot-owner-none = None
policy-peers = People of the same level manage each other
policy-invitation-role = Role of an invitation that names none
policy-none = None; it must be chosen
policy-seats = Seats
policy-unlimited = Unlimited
policy-reserved = Kept for the owner
policy-nothing = Nothing

## Single sign-on
sso-title = Single sign-on
sso-purpose = Whether roles, and who is active, come from your identity provider.
sso-on = On
sso-off = Off
sso-means = While it is on:
sso-means-roles = Roles and who has them are decided in the identity provider. They stay visible here, and are not changed here.
sso-means-status = People are activated and suspended there; the switches here are off.
sso-means-bots = Teams of { $bots } are still made here.
sso-switch-on = Switch on
sso-switch-off = Switch off
sso-switched-on = Single sign-on is on.
sso-switched-off = Single sign-on is off.
sso-roles = Roles come from your identity provider: single sign-on is on. They are shown as they are, and changed there.
sso-users = Who is active, and their roles, come from your identity provider: single sign-on is on.
audit-Team-ask-access = { $actor } asked for access
audit-Team-withdraw-access = { $actor } took a request for access back
audit-Team-grant-access = { $actor } gave { $record } what they asked for
audit-Team-decline-access = { $actor } declined what { $record } asked for
audit-UserPermission-ask-access = { $actor } asked for access
audit-UserPermission-withdraw-access = { $actor } took a request for access back
audit-UserPermission-grant-access = { $actor } gave { $record } what they asked for
audit-UserPermission-decline-access = { $actor } declined what { $record } asked for
audit-Partner-ask-partner = { $actor } asked to be partners: { $record }
audit-Partner-accept-partner = { $actor } agreed to be partners: { $record }
audit-Partner-decline-partner = { $actor } declined to be partners with { $record }
audit-Partner-withdraw-partner = { $actor } took the question to { $record } back
audit-Partner-end-partner = { $actor } ended the partnership with { $record }
audit-Partner-change-partner = { $actor } changed the partnership with { $record }
audit-Partner-offer-bot = { $actor } set what is offered between partners: { $record }
audit-Partner-withdraw-offer = { $actor } took an offer to partners back: { $record }
audit-Partner-enable-on-partner-bot = { $actor } chose the people on a partner’s { $bot }: { $record }
audit-SingleSignOn-update = { $actor } switched single sign-on

## Explain
explain-title = Why?
explain-purpose = What somebody may do, by which facts, and what would change it.
explain-open = Why?
explain-where = Where
explain-in-organization = In the organization
explain-what = What
explain-ask = Explain
explain-allowed = Allowed
explain-change = Change
explain-denied = Not allowed
explain-by = — given by { $name }
explain-until = until
explain-helps = Any one of these would allow it:
explain-and = and
explain-who = — { $names } can give it
explain-nothing-helps = No grant that you may know of would allow it.
explain-fact-organization-owner = Owns the organization
explain-fact-bot-owner = Owns the { $bot }
explain-fact-on-team = Is on the team of the { $bot }
explain-fact-organization-role = Has the role { $role } in the organization
explain-fact-bot-role = Has the role { $role } on the { $bot }
explain-fact-organization-permission = Has this permission in the organization
explain-fact-bot-permission = Has this permission on the { $bot }
explain-step-activate = activate the person
explain-step-team-entry = put them on the team
explain-step-organization-role = give the role { $role } in the organization
explain-step-bot-role = give the role { $role } on this { $bot }
explain-step-organization-permission = give this permission in the organization
explain-step-bot-permission = give this permission on this { $bot }
explain-obstacle-unknown = It is not there.
explain-obstacle-organization-deleted = The organization is deleted.
explain-obstacle-membership = They are no member of the organization.
explain-obstacle-suspended = They are suspended.
explain-obstacle-unconfirmed = They have not confirmed their account yet.
explain-obstacle-team-entry = They are not on the team of this { $bot }.
explain-obstacle-reserved = Only ownership gives it.
explain-obstacle-beyond-cap = It is beyond what their organization is offered here.
explain-obstacle-grant = Nothing gives them this permission here.

## Owners of bots
owner-name-title = Hand over this { $bot }
owner-name-help = { $name } becomes its owner. You stay on the team with what you were given there, and no longer own it.
owner-name-open = Hand over…
owner-name-button = Make owner
owner-named = It has a new owner.
audit-BotOwner-update = { $actor } named another owner of { $record }

## Previews
preview-title = What this would do
preview-button = Preview
preview-blocked = This will be refused.
preview-nothing = Nobody gains or loses anything by it.
preview-gains = Gains
preview-loses = Loses
preview-own = their own only
preview-on = on
preview-more-names = and { $count } more
preview-more = { $count } more differences are not listed.
preview-save = Save the change
preview-back = Back

## Grants that end
term-open = End and reason
access-term = When being on it ends
term-until = Until
term-reason = Reason
term-help = Left empty, it does not end. Times are in your own time zone.
term-ends = ends
term-new = End and reason of what you newly tick
term-new-help = What is on already keeps its own end: switch it off and save, then on again, to give it another.
term-invalid = Choose a time that is still to come, or leave it empty.

## Switches
switches-further = Single permissions beyond these
switch-create-accounts = Create accounts
switch-create-accounts-about = Make accounts for new people, with permissions of one's own.
switch-see-users = See users
switch-see-users-about = The list of everybody in the organization.
switch-edit-users = Edit users
switch-edit-users-about = Activate and suspend people.
switch-remove-users = Remove users
switch-remove-users-about = End somebody's membership.
switch-view-permissions = View permissions
switch-view-permissions-about = See what each person was given.
switch-change-permissions = Change permissions
switch-change-permissions-about = Give and withdraw single permissions in the organization.
switch-create-projects = Create { $bots }
switch-create-projects-about = Start a new { $bot }, and own it.
switch-invite = Invite
switch-invite-about = Invite people by e-mail, send again, revoke.
switch-partners = Partners
switch-partners-about = Work with partner organizations.
switch-audit-log = Audit log
switch-audit-log-about = See who did what and when.
switch-billing = Billing
switch-billing-about = See the plan, the seats and the period.
switch-view-channels = View channels
switch-view-channels-about = See where the { $bot } is reachable.
switch-edit-channels = Edit channels
switch-edit-channels-about = Connect and disconnect channels. Viewing them comes along.
switch-train = Train
switch-train-about = Annotate sentences and train what the { $bot } understands.
switch-playground = Try it
switch-playground-about = Talk to the draft in the playground.
switch-deploy = Create, edit and deploy
switch-deploy-about = Edit the flow and make versions live. The playground comes along.
switch-edit-content = Edit content
switch-edit-content-about = Responses and the knowledge base.
switch-appearance = Appearance
switch-appearance-about = Name, picture and colours of the widget.
switch-integrations = Manage integrations
switch-integrations-about = Webhooks and calls to other systems.
switch-view-analytics = View analytics
switch-view-analytics-about = Figures about how it is used.
switch-view-conversations = View conversations
switch-view-conversations-about = Read what visitors wrote.
switch-answer-conversations = Answer conversations
switch-answer-conversations-about = Take over and reply. Viewing comes along.
switch-keys = API keys
switch-keys-about = Keys for other services.
switch-view-team = View the team
switch-view-team-about = See who works on the { $bot } with which permissions.
switch-grant-permissions = Grant permissions
switch-grant-permissions-about = Put people on the team and choose what they may do, as far as one may oneself. Viewing the team comes along.
access-sees = What { $name } can do here now
access-sees-nothing = Nothing: they see nothing of it.

## Teams at once, copying
team-edit-title = Edit { $bot } team
team-edit-purpose = Mark who works on it. Newcomers begin with their default; those unmarked lose everything they have here.
team-edit-filter = Find somebody
copy-from = Copy the permissions of
copy-button = Copy
copy-done = The form below shows what { $name } has here. Nothing is saved yet.
copy-skipped-reserved = Left out: { $what } is the owner's alone.
copy-skipped-escalation = Left out: { $what }, because you cannot do it here yourself.
copy-skipped-ownership = Ownership is not copied.
user-permissions-change = Change the permissions of { $name }
user-permissions-see = See the permissions of { $name }
user-bots = Permissions and { $bots }
user-bots-help = First the person is enabled to work on a { $bot }; then they get detailed permissions there.
user-bots-details = Permissions
user-bots-save = Save { $bots }

## Access map, who can
map-title = Access map
map-purpose = Who reaches which area, at a glance. A cell leads to the reason.
map-purpose-user = What this person reaches, { $bot } by { $bot }. A cell leads to the reason.
map-bot = { $Bot }
map-find = Find somebody
map-show = Show
map-csv = Download CSV
map-empty = Nobody reaches this.
map-no-bots = There are no { $bots } yet.
map-any = any record
map-owned = their own only
map-none = not allowed
map-letters = C create, R read, U update, D delete
map-own = { $action } (their own only)
map-nothing = nothing
who-title = Who can?
who-purpose = Everybody who can do it, and by which path.
who-because = Because
who-nobody = Nobody can.

## Team page, billing, policies, deletion
team-title = Team
team-purpose = Who is here, with which role; who has not been seen for long; who has not answered yet.
team-change-role = Change the role of { $name }
team-pending = Pending invitations
team-pending-since = pending since
team-compare = Which role for whom
seats-word = seats
advice-everything = Pick { $role } for whoever runs the whole: they may do everything.
advice-both = Pick { $role } for people who change { $changes } and only see { $sees }.
advice-changes = Pick { $role } for people who change { $changes }.
advice-sees = Pick { $role } for people who only look at { $sees }.
advice-nothing = { $role } gives nothing yet.
compare-title = Compare roles
compare-purpose = Two roles side by side; what differs is marked.
compare-one = One role
compare-other = The other
compare-area = Area
billing-title = Billing
billing-purpose = What is agreed with whoever operates this installation.
billing-plan = Plan
billing-seats = Seats
billing-seats-help = pending invitations count
billing-period = Period ends
billing-open = no end agreed
billing-operator = The operator changes it with the command rolecall organization set-plan.
policies-edit = Change policies
policy-peers-help = If not, nobody changes people who hold the very permission that they are using.
policy-team-role = Default role on a { $bot }
policy-former-role = Role of a former owner
policy-reserved-help = Nobody can be given these; those who have them by a role lose them.
organization-delete-title = Delete the organization
organization-delete-help = Everybody loses access at once. The operator can bring it back within 14 days.
organization-delete-open = Delete…
organization-delete-what = { $name } will be gone for everybody at once, with its users, roles and { $bots }. For 14 days the operator can bring it back; then everything is erased.
organization-delete-type = Type { $name } to confirm
organization-delete-wrong = This is not the name of the organization.
organization-delete-button = Delete the organization
organization-deleted = The organization is deleted. For 14 days the operator can bring it back.

## Matrix, duplicates, several invitations
matrix-title = Matrix
matrix-purpose = Every permission of several roles on one page, saved together. It writes what each role's own page writes.
matrix-roles = Roles
matrix-show = Show
matrix-filter = Filter permissions
matrix-keys = Arrow keys move from cell to cell, the first letter of a choice picks it, Space opens the choices. Changed cells are marked until they are saved.
matrix-read-only = You may see the roles' permissions and not change them.
matrix-empty = No role has permissions one by one
role-copy = Duplicate
role-copy-name = { $name } (copy)
role-copy-help = It begins with the permissions of the role it is a copy of.
invitation-emails = E-mail addresses
invitation-too-many = Invite at most 50 addresses at once.
invitations-sent-title = What became of the invitations
invitations-not-sent = Not invited
invitations-made = Hand over this link, shown once
invitations-sent-one = Sent

## Partner organizations
partners-title = Partners
partners-purpose = Organizations that work on your { $bots }, and on whose { $bots } your people work: each { $bot } offered by its own side, up to a limit.
partners-empty = No partners yet
partners-empty-help = Ask an organization, or wait for one to ask you. Neither sees anything of the other before something is offered.
partner-slug = Short name of the organization
partner-slug-help = What stands behind the first / in the addresses of its pages; its people can tell you. You are not told whether it exists before it agrees.
partner-ask = Ask
partner-asked = Asked. It is on the list until they agree or you take it back.
partner-accept = Agree
partner-accepted = You are partners. Nothing is open to either side before it is offered.
partner-offered = { $Bots } you offer
partner-since = Since
partner-state-asked = Asked
partner-state-invited = Asks you
partner-state-active = Active
partner-state-frozen = Frozen by you
partner-state-frozen-there = Frozen by them
partner-end-title = End the partnership?
partner-end-what = Everybody of { $name } loses what they have on your { $bots } at once, and your people lose what they have on theirs. Offers are gone with it.
partner-end-button = End
partner-withdraw-title = Take the question back?
partner-withdraw-what = “{ $name }” is not asked any longer.
partner-withdraw-button = Take back
partner-decline-title = Decline?
partner-decline-what = { $name } is not told; it stays asked on their side.
partner-decline-button = Decline
partner-ended = It is over.
partner-freeze = Freeze
partner-thaw = Let it go on
partner-until = The partnership ends
partner-bots = { $Bots } your people can work on
partner-of = Of
partner-cap = At most
partner-cap-nothing = Seeing it
partner-people = People on it
partner-choose-people = Choose people
partner-people-purpose = Who of your own works on it. They see it; { $name } gives them more, up to the limit.
partner-offers-empty = Nothing is offered yet
partner-offers-empty-help = People of { $name } see none of your { $bots } before you offer one.
partner-offer-bot = Offer a { $bot }
partner-offer-next = Choose the limit
partner-offer-edit = Change
partner-offer-withdraw = Take back
partner-offer-withdrawn = The offer is taken back, and their people are off it.
partner-offer-purpose = What people of { $name } can be given here at most.
partner-cap-legend = Limit
partner-cap-help = Nobody gets anything by this. { $name } puts its people on the { $bot }; whoever manages its team gives them permissions, up to this limit.
partner-offer-until = The offer ends
partner-offer-button = Offer

## Requests for access
requests-title = Requests for access
requests-purpose = Who misses a permission asks here; who can give it grants it, for a time if need be, or declines.
requests-open = To be answered
requests-empty = Nothing waits for your answer
requests-own = Your own
request-asked = Asked. Those who can give it are told; the answer stands here.
request-granted = Given.
request-declined = Declined.
request-withdrawn = Taken back.
request-grant = Give
request-decline = Decline
request-withdraw = Take back
request-answer = Why not
request-state-open = Asked
request-state-granted = Given
request-state-declined = Declined
request-state-withdrawn = Taken back
request-waiting = You asked for it already. As soon as somebody gives it to you, this page opens.
request-help = You can ask those who are able to give it to you.
request-givers = These can, among others: { $names }.
request-reason = What you need it for
request-ask = Ask for access
mail-request-subject = { $name } asks for access to { $place }
mail-request-lead = { $name } asks for this permission: { $what }, in { $place }.
mail-request-reason = They say: { $reason }
mail-request-button = Answer
mail-request-closing = You can give it, so you are asked. The first answer counts.
mail-answer-subject = Your request for access to { $place }
mail-answer-granted = You can do this now: { $what }, in { $place }.
mail-answer-declined = Your request was declined: { $what }, in { $place }.
mail-answer-until = It ends on { $until } UTC.
mail-answer-reason = They say: { $reason }
mail-answer-closing = You get this mail because you asked.
mail-recovery-subject = Choose a new password for Rolecall
mail-recovery-lead = Somebody asked for a new password for your account. If it was you, choose it here:
mail-recovery-button = Choose a new password
mail-recovery-term = The link is good for 20 minutes, once. Where you set up two-factor sign-in, it is still asked for.
mail-recovery-ignore = If it was not you, do nothing: your password stays as it is.
mail-notice-subject = Your Rolecall account was changed
mail-notice-not-you = If it was you, there is nothing to do. If not, choose a new password at once; that signs everybody out.
mail-notice-button = It was not me
mail-notice-closing = You get this mail whenever how you sign in changes.
notice-password = Your password was changed, and every other session was signed out.
notice-authenticator = An authenticator app was set up for your account; other sessions were signed out.
notice-authenticator-gone = The authenticator app of your account was switched off.
notice-passkey = A passkey was added to your account; other sessions were signed out.
notice-passkey-gone = A passkey was removed from your account.
notice-backup-codes = New backup codes were made for your account; the ones before are void.
notice-backup-code-used = A backup code was used to sign in to your account.
user-recovery = Send a password link
user-recovery-sent = A link to choose a new password is on its way to them.
mail-reminder-subject = Some of your access in { $organization } ends soon
mail-reminder-lead = On { $until } UTC this ends for you in { $organization }:
mail-reminder-roles = Roles: { $names }
mail-reminder-permissions = Permissions: { $names }
mail-reminder-bots = On: { $names }
mail-reminder-closing = If you still need it, ask whoever gave it to you.

## Leaving
leaving-bots = { $Bots } they own
leaving-bots-help = Each goes to a successor in the same step.
leaving-keeps = stays theirs
leaving-invitations = Invitations that wait
leaving-invitations-end = They end.
leaving-take = I take them over; otherwise they end
leaving-teams = On the teams of
leaving-partner-bots = On partners’ { $bots }
leaving-requests = Open requests, which end
leaving-given = Grants they gave
leaving-given-stay = (these stay)
removed-open = Removed
removed-title = Removed users
removed-purpose = Removals of the last 30 days. Undoing one gives back what was held, with its own end, as far as you may give it yourself; keys and invitations stay ended.
removed-empty = Nobody was removed in the last 30 days
removed-by = Removed by
removed-when = When
removed-undo = Undo
removed-undone = { $name } is back with everything they had.
removed-undone-partly = They are back. Left out, because you cannot give it now: { $what }

## Quick search
search-title = Search pages, { $bots }, people and roles
search-page = Page
search-bot = { $Bot }
search-role = Role
