//! Rows by the thousand: a page of them is one row of the answer, each column one text. Where there are millions, handing
//! them over one at a time takes several times what reading them does.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use crate::error::Result;
use crate::facts::damaged;
use crate::sql::{Transaction, query};

/// Rows of a page.
const ROWS: i64 = 16_384;
/// An id as hexadecimal digits.
const DIGITS: usize = 32;
/// So many dashes where there is none.
const NONE: &str = "--------------------------------";

/// A column, by what is in it.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Id(&'static str),
    OptionalId(&'static str),
    /// A number, or a text without commas.
    Value(&'static str),
    /// The same; empty where there is none.
    OptionalValue(&'static str),
}

/// A table that is read in pages.
pub(super) struct Table {
    pub name: &'static str,
    /// Ids that name a row, or as many rows as stay together; there is an index of them.
    pub key: &'static [&'static str],
    pub columns: &'static [Column],
}

/// A page's columns.
pub(super) struct Page {
    rows: usize,
    columns: Vec<Option<String>>,
}

impl<'r, R: Row> FromRow<'r, R> for Page
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let rows: i64 = row.try_get(0)?;
        let columns = (1..row.len()).map(|column| row.try_get(column)).collect::<sqlx::Result<_>>()?;
        Ok(Self { rows: usize::try_from(rows).unwrap_or_default(), columns })
    }
}

impl Table {
    /// The rows after that key, in the key's order: the next so many.
    pub async fn next(&self, transaction: &mut Transaction, after: &[Uuid]) -> Result<Page> {
        self.page(transaction, after, &[], Some(ROWS)).await
    }

    /// The rows after one key up to another, this included.
    pub async fn between(&self, transaction: &mut Transaction, after: &[Uuid], end: &[Uuid]) -> Result<Page> {
        self.page(transaction, after, end, None).await
    }

    async fn page(
        &self,
        transaction: &mut Transaction,
        after: &[Uuid],
        end: &[Uuid],
        limit: Option<i64>,
    ) -> Result<Page> {
        let columns: Vec<String> = self.columns.iter().map(|column| column.gathered(transaction)).collect();
        let mut page =
            query(format!("SELECT COUNT(*), {} FROM (SELECT * FROM {}", columns.join(", "), self.name));
        let key = self.key.join(", ");
        let mut word = "WHERE";
        for (comparison, bound) in [(">", after), ("<=", end)] {
            if !bound.is_empty() {
                page.push(format_args!(" {word} ({key}) {comparison} (")).push_binds(bound.iter().copied()).push(")");
                word = "AND";
            }
        }
        page.push(format_args!(" ORDER BY {key}"));
        if let Some(limit) = limit {
            page.push(format_args!(" LIMIT {limit}"));
        }
        page.push(") AS page");
        Ok(page.fetch_one(transaction).await?)
    }
}

impl Column {
    /// The column's values in one text.
    fn gathered(self, transaction: &Transaction) -> String {
        match self {
            Self::Id(name) => format!("STRING_AGG({}, '')", transaction.digits(name)),
            Self::OptionalId(name) => {
                let digits = transaction.digits(name);
                format!("STRING_AGG(CASE WHEN {name} IS NULL THEN '{NONE}' ELSE {digits} END, '')")
            }
            Self::Value(name) => format!("STRING_AGG(CAST({name} AS TEXT), ',')"),
            Self::OptionalValue(name) => format!("STRING_AGG(COALESCE(CAST({name} AS TEXT), ''), ',')"),
        }
    }
}

impl Page {
    fn column(&self, column: usize) -> &str {
        self.columns.get(column).and_then(Option::as_deref).unwrap_or_default()
    }

    /// A column of ids; `None` where there is none.
    pub fn optional_ids(&self, column: usize) -> Result<Vec<Option<Uuid>>> {
        let text = self.column(column).as_bytes();
        if text.len() != self.rows * DIGITS {
            return Err(damaged("page of ids", &format!("{} characters", text.len())));
        }
        let id = |digits| Uuid::try_parse_ascii(digits).map_err(|_| damaged("id", &String::from_utf8_lossy(digits)));
        let ids = text.chunks_exact(DIGITS);
        ids.map(|digits| if digits == NONE.as_bytes() { Ok(None) } else { id(digits).map(Some) }).collect()
    }

    /// A column of ids.
    pub fn ids(&self, column: usize) -> Result<Vec<Uuid>> {
        let ids = self.optional_ids(column)?.into_iter();
        ids.map(|id| id.ok_or_else(|| damaged("id", ""))).collect()
    }

    /// A column of texts or numbers.
    pub fn values(&self, column: usize) -> Result<Vec<&str>> {
        let values: Vec<&str> = self.column(column).split(',').collect();
        match self.rows {
            0 => Ok(Vec::new()),
            rows if rows == values.len() => Ok(values),
            _ => Err(damaged("page of values", &format!("{} values", values.len()))),
        }
    }

    /// A column of numbers.
    pub fn numbers(&self, column: usize) -> Result<Vec<i64>> {
        self.values(column)?.into_iter().map(number).collect()
    }

    /// A column of numbers; `None` where there is none.
    pub fn optional_numbers(&self, column: usize) -> Result<Vec<Option<i64>>> {
        let values = self.values(column)?.into_iter();
        values.map(|text| if text.is_empty() { Ok(None) } else { number(text).map(Some) }).collect()
    }
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| damaged("number", text))
}
