# Every text that people read in pages and mails. $bot, $bots, $Bot and $Bots are the preset's words.

## Bots
bots-title = { $Bots }

## Mails
mail-invitation-subject = { $inviter } invites you to { $organization }
mail-invitation-greeting = Hello,
mail-invitation-greeting-named = Hello { $name },
mail-invitation-lead = { $inviter } invites you to work on chatbots with { $organization } in Rolecall.
mail-invitation-roles = You will be: { $roles }.
mail-invitation-how = Open this link to accept: you choose your password there, or sign in if you have an account already.
mail-invitation-button = Accept the invitation
mail-invitation-term = The link works once, for this address, until { $until } (UTC).
mail-invitation-ignore = If you did not expect this, ignore it: nothing happens unless the link is opened.
