//! Tables as CSV (RFC 4180), harmless in a spreadsheet, and read as people send them.

/// A line of cells.
#[must_use]
pub fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(&defused(cell))).collect();
    format!("{}\r\n", cells.join(","))
}

/// Whether a spreadsheet would run a cell that begins so as a formula (OWASP, CSV injection).
fn runs(cell: &str) -> bool {
    cell.starts_with(|first: char| {
        matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    })
}

/// A cell that would run begins with an apostrophe; one that begins so already with one more, so that it can be read back.
fn defused(cell: &str) -> String {
    if runs(cell.trim_start_matches('\'')) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell as it was before [`line()`] defused it.
#[must_use]
pub fn fused(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if runs(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// What separates the columns, by the first row.
#[must_use]
pub fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    if first.contains('\t') {
        b'\t'
    } else if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_run_nothing() {
        let cells =
            ["plain", "a,b", "say \"so\"", "two\r\nlines", "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "'=1"];
        let line = line(&cells.map(ToOwned::to_owned));
        let expected =
            "plain,\"a,b\",\"say \"\"so\"\"\",\"two\r\nlines\",'=1+1,'+1,'-1,'@SUM(A1),'\tx,\"'\rx\",'＝1,''=1\r\n";
        assert_eq!(line, expected);
        for cell in cells {
            assert_eq!(fused(&defused(cell)), cell);
        }
        assert_eq!(fused("'tis"), "'tis");
    }
}
