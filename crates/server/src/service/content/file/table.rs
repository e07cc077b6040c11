//! A table of content: RFC 4180, or with tabs or semicolons, its columns named in the first row.

use super::super::body::ResponseVariant;
use super::{ContentKindName, ContentStatusName, Piece, Read, check_count, list};
use crate::spreadsheet::{delimiter, fused};

/// The places of the columns that are known.
#[derive(Default)]
struct Columns {
    kind: Option<usize>,
    title: Option<usize>,
    body: Option<usize>,
    tags: Option<usize>,
    language: Option<usize>,
    source: Option<usize>,
    status: Option<usize>,
}

/// The pieces, one a row.
///
/// # Errors
/// If it is no table, or has not the columns `title` and `body`.
pub fn read(text: &str) -> Result<Vec<Read>, String> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter(text));
    let mut rows = reader.from_reader(text.as_bytes()).into_records();
    let head = rows.next().and_then(Result::ok).unwrap_or_default();
    let columns = columns(&head)?;
    let mut pieces = Vec::new();
    for (index, row) in rows.enumerate() {
        let number = index + 2;
        let row = row.map_err(|error| format!("is not well formed at row {number}: {error}"))?;
        if row.iter().any(|cell| !cell.trim().is_empty()) {
            check_count(pieces.len() + 1)?;
            pieces.push(piece(&columns, &row).map_err(|reason| (format!("Row {number}"), reason)));
        }
    }
    Ok(pieces)
}

fn columns(head: &csv::StringRecord) -> Result<Columns, String> {
    let mut columns = Columns::default();
    for (place, name) in head.iter().enumerate() {
        let known = match name.trim().to_lowercase().as_str() {
            "kind" => &mut columns.kind,
            "title" => &mut columns.title,
            "body" => &mut columns.body,
            "tags" => &mut columns.tags,
            "language" => &mut columns.language,
            "source" => &mut columns.source,
            "status" => &mut columns.status,
            // What we have no place for is left out.
            _ => continue,
        };
        if known.replace(place).is_some() {
            return Err(format!("has the column `{}` twice", name.trim()));
        }
    }
    if columns.title.is_none() || columns.body.is_none() {
        return Err("has not the columns `title` and `body` named in its first row".to_owned());
    }
    Ok(columns)
}

fn piece(columns: &Columns, row: &csv::StringRecord) -> Result<Piece, String> {
    let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).map(|cell| fused(cell).trim().to_owned());
    let given = |place: Option<usize>| cell(place).filter(|cell| !cell.is_empty());
    let body = columns.body.and_then(|place| row.get(place)).map(fused).unwrap_or_default();
    let kind = given(columns.kind)
        .map(|kind| ContentKindName::parse(&kind).ok_or_else(|| format!("`{kind}` is no kind: use entry or response")));
    let status = given(columns.status).map(|status| {
        ContentStatusName::parse(&status).ok_or_else(|| format!("`{status}` is no status: use draft or ready"))
    });
    Ok(Piece {
        kind: kind.transpose()?,
        title: cell(columns.title).unwrap_or_default(),
        body: body.to_owned(),
        tags: cell(columns.tags).map(|tags| list(&tags)),
        language: given(columns.language),
        source: cell(columns.source),
        status: status.transpose()?,
    })
}

/// The variants in one cell: a JSON list of texts, or the one text.
pub fn variants(cell: &str) -> Vec<ResponseVariant> {
    let several: Option<Vec<String>> = serde_json::from_str(cell).ok();
    several.unwrap_or_else(|| vec![cell.to_owned()]).into_iter().map(|text| ResponseVariant { text }).collect()
}

/// Variants as one cell, to be read by [`variants()`].
pub fn cell(variants: &[ResponseVariant]) -> String {
    let texts: Vec<&str> = variants.iter().map(|variant| variant.text.as_str()).collect();
    match texts.as_slice() {
        [one] if !one.starts_with('[') => (*one).to_owned(),
        several => serde_json::to_string(several).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_the_names_of_their_columns() {
        let text = "Body;Title;Extra;tags;STATUS\n\"Line\none\";Hours;x;\"a, b\";ready\n;;;;\n'=1+1;Sum;;;\n";
        let pieces: Vec<Piece> = read(text).unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(pieces.len(), 2);
        let first = Piece {
            title: "Hours".to_owned(),
            body: "Line\none".to_owned(),
            tags: Some(vec!["a".to_owned(), "b".to_owned()]),
            status: Some(ContentStatusName::Ready),
            ..Piece::default()
        };
        assert_eq!(pieces[0], first);
        assert_eq!((pieces[1].body.as_str(), pieces[1].status), ("=1+1", None));
        let wrong = read("title,body,status\na,b,maybe\n").unwrap().remove(0).unwrap_err();
        assert_eq!(wrong, ("Row 2".to_owned(), "`maybe` is no status: use draft or ready".to_owned()));
        assert!(read("title,body,title\n").is_err());
    }

    #[test]
    fn variants_of_a_cell_are_those_that_were_put_in() {
        for texts in [vec!["one"], vec!["one", "two\n[x]"], vec!["[\"a\"]"], vec!["[link](https://a.example)"]] {
            let all: Vec<ResponseVariant> =
                texts.iter().map(|text| ResponseVariant { text: (*text).to_owned() }).collect();
            assert_eq!(variants(&cell(&all)), all);
        }
    }
}
