//! Keyset paging: a page starts behind the last row of the one before, so that rows coming and going
//! shift nothing.

use rolecall_access::Extent;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;

use crate::Connection;
use crate::error::{Result, StoreError};
use crate::resource::{List, Page};

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
    fn push(&self, query: &mut QueryBuilder<Sqlite>) {
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
    pub async fn fetch<T>(&self, connection: &mut Connection, mut query: QueryBuilder<Sqlite>) -> Result<Page<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow>,
    {
        self.push(&mut query);
        let mut rows = query.build().fetch_all(connection).await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last() {
            Some(row) if more => Some(self.encode(row)?),
            _ => None,
        };
        let items = rows.iter().map(T::from_row).collect::<sqlx::Result<Vec<T>>>()?;
        Ok(Page { items, next_cursor })
    }

    /// What to select as `sort_key`.
    pub fn column(&self) -> &'static str {
        self.expression
    }

    fn encode(&self, row: &SqliteRow) -> Result<String> {
        let value = match self.key {
            Key::Text => serde_json::Value::from(row.try_get::<String, _>("sort_key")?),
            Key::Number => serde_json::Value::from(row.try_get::<i64, _>("sort_key")?),
        };
        let id: Uuid = row.try_get("page_id")?;
        Ok(hex::encode(serde_json::json!([self.sort, value, id]).to_string()))
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
pub(crate) fn narrow(query: &mut QueryBuilder<Sqlite>, extent: &Extent, owner_column: &str) {
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

/// Narrows a query to rows one of whose folded columns contains the text.
pub(crate) fn search(query: &mut QueryBuilder<Sqlite>, q: Option<&str>, columns: &[&str]) {
    let Some(text) = q.map(crate::fold::fold).filter(|text| !text.is_empty()) else { return };
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = format!("%{escaped}%");
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
