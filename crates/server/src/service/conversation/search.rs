//! Searching conversations. What is found is found by what the caller may see: the database looks into everything, and
//! whatever it found by a masked address is left out again.

use rolecall_access::Scope;
use rolecall_store::fold::fold;
use rolecall_store::resource::{Conversation, ConversationFilter, HeldConversations, List, Page};
use rolecall_store::{Access, Authorized, In, Read};
use uuid::Uuid;

use super::body::sees_contacts;
use crate::mask;
use crate::service::Result;

/// Pages of candidates that are gone through for one page.
const PAGES: usize = 10;

/// A page of what the caller may find.
pub async fn list(
    access: &mut Access,
    within: &Authorized<In<HeldConversations>, Read>,
    mut list: List,
    filter: &ConversationFilter,
) -> Result<Page<Conversation>> {
    for _ in 1..PAGES {
        let page = access.list_conversations(within, &list, filter).await?;
        let page = sieve(access, within, list.q.as_deref(), page).await?;
        if !page.items.is_empty() || page.next_cursor.is_none() {
            return Ok(page);
        }
        list.cursor = page.next_cursor;
    }
    let page = access.list_conversations(within, &list, filter).await?;
    sieve(access, within, list.q.as_deref(), page).await
}

async fn sieve(
    access: &mut Access,
    within: &Authorized<In<HeldConversations>, Read>,
    q: Option<&str>,
    page: Page<Conversation>,
) -> Result<Page<Conversation>> {
    let Some(q) = q.map(fold).filter(|q| !q.is_empty()) else { return Ok(page) };
    let scope = Scope::Bot(within.id);
    let closed = |one: &&Conversation| !sees_contacts(access, scope, one.owner());
    let masked: Vec<Uuid> = page.items.iter().filter(closed).map(|one| one.id).collect();
    if masked.is_empty() {
        return Ok(page);
    }
    let said = access.find_said(within, &masked, &q).await?;
    let shows = |text: &str| fold(&mask::text(text)).contains(&q);
    let kept = |one: &Conversation| {
        !masked.contains(&one.id)
            || q.strip_prefix('#').unwrap_or(&q).parse() == Ok(one.number)
            || shows(&one.contact.name)
            || said.get(&one.id).is_some_and(|texts| texts.iter().any(|text| shows(text)))
    };
    Ok(Page { items: page.items.into_iter().filter(kept).collect(), next_cursor: page.next_cursor })
}
