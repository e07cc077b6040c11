//! Keyset paging: a page starts behind the last row of the one before, so that rows coming and going
//! shift nothing.

use rolecall_access::Extent;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::resource::{List, Page};
use crate::sql::{Query, Record, Transaction};

/// The type of a column that a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Text,
    Number,
}

/// A column that a list can be sorted by: its name outside, its expression, its type.
pub(crate) type Sortable = (&'static str, &'static str, Key);

/// The chosen order of a list.
pub(crate) struct Order {
    sort: String,
    expression: &'static str,
    key: Key,
    descending: bool,
    id: &'static str,
    limit: u32,
    after: Option<(serde_json::Value, Uuid)>,
}

impl Order {
    /// The order asked for; `known` is what there is, the first the default (`-` before it: descending);
    /// `id` the column that breaks ties.
    pub fn of(list: &List, known: &[Sortable], default: &str, id: &'static str) -> Result<Self> {
        let asked = list.sort.as_deref().unwrap_or(default);
        let (descending, name) = asked.strip_prefix('-').map_or((false, asked), |name| (true, name));
        let (_, expression, key) = known
            .iter()
            .find(|(known, ..)| *known == name)
            .copied()
            .ok_or(StoreError::InvalidList { field: "sort" })?;
        let after = list.cursor.as_deref().map(|cursor| decode(cursor, asked, key)).transpose()?;
        Ok(Self { sort: asked.to_owned(), expression, key, descending, id, limit: list.limit, after })
    }

    /// Appends the place to continue from, the order and the limit, to a query that has a WHERE.
    fn push(&self, query: &mut Query) {
        let (expression, id) = (self.expression, self.id);
        if let Some((value, last)) = &self.after {
            let operator = if self.descending { "<" } else { ">" };
            query.push(format_args!(" AND ({expression}, {id}) {operator} ("));
            match self.key {
                Key::Text => query.push_bind(value.as_str().unwrap_or_default().to_owned()),
                Key::Number => query.push_bind(value.as_i64().unwrap_or_default()),
            };
            query.push(", ").push_bind(*last).push(")");
        }
        let direction = if self.descending { "DESC" } else { "ASC" };
        query.push(format_args!(" ORDER BY {expression} {direction}, {id} {direction} LIMIT "));
        query.push_bind(i64::from(self.limit) + 1);
    }

    /// The page; the query selects the columns of `T`, `sort_key` (see [`Order::column`]) and `page_id`.
    pub async fn fetch<T: Record>(&self, transaction: &mut Transaction, mut query: Query) -> Result<Page<T>>
    where
        Keyed<T, String>: Record,
        Keyed<T, i64>: Record,
    {
        self.push(&mut query);
        let rows: Vec<Keyed<T, serde_json::Value>> = match self.key {
            Key::Text => query.fetch_all::<Keyed<T, String>>(transaction).await?.into_iter().map(Keyed::json).collect(),
            Key::Number => query.fetch_all::<Keyed<T, i64>>(transaction).await?.into_iter().map(Keyed::json).collect(),
        };
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let last =
            rows.len().checked_sub(1).filter(|_| rows.len() > limit).and_then(|_| rows.get(limit.checked_sub(1)?));
        let next_cursor =
            last.map(|last| hex::encode(serde_json::json!([self.sort, last.sort_key, last.page_id]).to_string()));
        let items = rows.into_iter().take(limit).map(|row| row.item).collect();
        Ok(Page { items, next_cursor })
    }

    /// What to select as `sort_key`.
    pub fn column(&self) -> &'static str {
        self.expression
    }
}

/// A row with its place in the order.
#[derive(FromRow)]
pub(crate) struct Keyed<T, K> {
    #[sqlx(flatten)]
    item: T,
    sort_key: K,
    page_id: Uuid,
}

impl<T, K: Into<serde_json::Value>> Keyed<T, K> {
    fn json(self) -> Keyed<T, serde_json::Value> {
        Keyed { item: self.item, sort_key: self.sort_key.into(), page_id: self.page_id }
    }
}

fn decode(cursor: &str, sort: &str, key: Key) -> Result<(serde_json::Value, Uuid)> {
    let invalid = || StoreError::InvalidList { field: "cursor" };
    let bytes = hex::decode(cursor).map_err(|_| invalid())?;
    let (of, value, id): (String, serde_json::Value, Uuid) = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    let fits = match key {
        Key::Text => value.is_string(),
        Key::Number => value.is_i64(),
    };
    if fits && of == sort { Ok((value, id)) } else { Err(invalid()) }
}

impl<T> Page<T> {
    /// The page with each item made into another.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(make).collect(), next_cursor: self.next_cursor }
    }

    /// The page with each item made into another, or the first error.
    pub(crate) fn try_map<U>(self, make: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        Ok(Page { items: self.items.into_iter().map(make).collect::<Result<_>>()?, next_cursor: self.next_cursor })
    }
}

/// Narrows a query to the records in the caller's extent.
pub(crate) fn narrow(query: &mut Query, extent: &Extent, owner_column: &str) {
    match extent {
        Extent::All => {}
        Extent::OwnedBy(user) => {
            query.push(format_args!(" AND {owner_column} = ")).push_bind(user.0);
        }
        Extent::None => {
            query.push(" AND 1 = 0");
        }
    }
}

/// The pattern of folded texts that contain this one; none: it is empty.
pub(crate) fn pattern(q: &str) -> Option<String> {
    let text = crate::fold::fold(q);
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    (!text.is_empty()).then(|| format!("%{escaped}%"))
}

/// Narrows a query to rows one of whose folded columns contains the text.
pub(crate) fn search(query: &mut Query, q: Option<&str>, columns: &[&str]) {
    let Some(pattern) = q.and_then(pattern) else { return };
    query.push(" AND (1 = 0");
    for column in columns {
        query.push(format_args!(" OR {column} LIKE ")).push_bind(pattern.clone()).push(" ESCAPE '\\'");
    }
    query.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_order_or_made_up_is_refused() {
        let good = hex::encode(r#"["name","ana","018f0000-0000-7000-8000-000000000000"]"#);
        assert!(decode(&good, "name", Key::Text).is_ok());
        assert!(decode(&good, "-name", Key::Text).is_err());
        assert!(decode(&good, "name", Key::Number).is_err());
        assert!(decode("zz", "name", Key::Text).is_err());
    }
}
