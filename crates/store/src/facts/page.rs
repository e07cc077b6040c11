//! Rows by the thousand: a page of them is one row of the answer, each column's values behind each other. Where there are
//! millions, handing them over one at a time takes several times what reading them does.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use crate::error::Result;
use crate::facts::damaged;
use crate::sql::{Transaction, query};

/// Rows of a page: few enough that a column of ids is no large allocation.
const ROWS: i64 = 4_096;
/// Bytes of an id; all zero: none.
const ID: usize = 16;

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
    columns: Vec<Option<Vec<u8>>>,
}

impl<'r, R: Row> FromRow<'r, R> for Page
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
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
        let columns = self.columns.iter();
        let (read, gathered): (Vec<String>, Vec<String>) =
            (0..).zip(columns).map(|(number, column)| column.texts(transaction, number)).unzip();
        let (read, gathered) = (read.join(", "), gathered.join(", "));
        let mut page = query(format!("SELECT COUNT(*), {gathered} FROM (SELECT {read} FROM {}", self.name));
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
    /// How it is read, and how its values become one.
    fn texts(self, transaction: &Transaction, number: usize) -> (String, String) {
        let name = format!("c{number}");
        match self {
            Self::Id(column) => (format!("{column} AS {name}"), transaction.ids_in_one(&name)),
            Self::OptionalId(column) => {
                (format!("COALESCE({column}, {}) AS {name}", transaction.zero_id()), transaction.ids_in_one(&name))
            }
            Self::Value(column) => (format!("{column} AS {name}"), transaction.values_in_one(&name)),
            Self::OptionalValue(column) => {
                (format!("COALESCE(CAST({column} AS TEXT), '') AS {name}"), transaction.values_in_one(&name))
            }
        }
    }
}

impl Page {
    fn column(&self, column: usize) -> &[u8] {
        self.columns.get(column).and_then(Option::as_deref).unwrap_or_default()
    }

    /// A column of ids; `None` where there is none.
    pub fn optional_ids(&self, column: usize) -> Result<Vec<Option<Uuid>>> {
        let bytes = self.column(column);
        if bytes.len() != self.rows * ID {
            return Err(damaged("page of ids", &format!("{} bytes", bytes.len())));
        }
        let ids = bytes.chunks_exact(ID).map(|id| Uuid::from_slice(id).unwrap_or_default());
        Ok(ids.map(|id| (!id.is_nil()).then_some(id)).collect())
    }

    /// A column of ids.
    pub fn ids(&self, column: usize) -> Result<Vec<Uuid>> {
        let ids = self.optional_ids(column)?.into_iter();
        ids.map(|id| id.ok_or_else(|| damaged("id", ""))).collect()
    }

    /// A column of texts or numbers.
    pub fn values(&self, column: usize) -> Result<Vec<&str>> {
        let text = std::str::from_utf8(self.column(column)).map_err(|_| damaged("text", ""))?;
        let values: Vec<&str> = text.split(',').collect();
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
