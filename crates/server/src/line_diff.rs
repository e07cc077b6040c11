//! What differs between two texts, line by line: the longest common subsequence of their lines.

use serde::Serialize;
use utoipa::ToSchema;

/// So many pairs of lines are compared; of longer texts what lies between their common beginning and end is all told as
/// taken away and added.
const MOST_PAIRS: usize = 4_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is in both.
    Kept,
    /// It is only in the text before.
    Removed,
    /// It is only in the text after.
    Added,
}

/// A line of one of the texts, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DiffLine {
    /// What became of it.
    pub fate: Fate,
    /// The line.
    pub text: String,
}

/// The lines of both texts in order, what was taken away before what was added in its place.
#[must_use]
pub fn compare(before: &str, after: &str) -> Vec<DiffLine> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = before.iter().zip(&after).take_while(same).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(same).count().min(rest);
    let middle = |length: usize| head..length - tail;
    let mut lines: Vec<DiffLine> = before.iter().take(head).map(|text| line(Fate::Kept, text)).collect();
    lines.extend(between(
        before.get(middle(before.len())).unwrap_or_default(),
        after.get(middle(after.len())).unwrap_or_default(),
    ));
    lines.extend(before.iter().skip(before.len() - tail).map(|text| line(Fate::Kept, text)));
    lines
}

fn line(fate: Fate, text: &str) -> DiffLine {
    DiffLine { fate, text: text.to_owned() }
}

fn between(before: &[&str], after: &[&str]) -> Vec<DiffLine> {
    let table = if before.len().saturating_mul(after.len()) > MOST_PAIRS { None } else { Some(common(before, after)) };
    let longest = |one: usize, other: usize| {
        let row = table.as_ref().and_then(|table| table.get(one));
        row.and_then(|row| row.get(other)).copied().unwrap_or_default()
    };
    let (mut one, mut other) = (0, 0);
    let mut lines = Vec::new();
    while one < before.len() || other < after.len() {
        match (before.get(one), after.get(other)) {
            (Some(removed), Some(added)) if removed == added && table.is_some() => {
                lines.push(line(Fate::Kept, removed));
                (one, other) = (one + 1, other + 1);
            }
            (Some(removed), added) if added.is_none() || longest(one + 1, other) >= longest(one, other + 1) => {
                lines.push(line(Fate::Removed, removed));
                one += 1;
            }
            (_, Some(added)) => {
                lines.push(line(Fate::Added, added));
                other += 1;
            }
            (_, None) => break,
        }
    }
    lines
}

/// How many lines the rests of both have in common, from each pair of places on.
fn common(before: &[&str], after: &[&str]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0; after.len() + 1]];
    for removed in before.iter().rev() {
        let mut row = vec![0; after.len() + 1];
        let below = table.last().cloned().unwrap_or_default();
        for (at, added) in after.iter().enumerate().rev() {
            let of = |row: &[u32], at: usize| row.get(at).copied().unwrap_or_default();
            let longest = if removed == added { of(&below, at + 1) + 1 } else { of(&below, at).max(of(&row, at + 1)) };
            if let Some(cell) = row.get_mut(at) {
                *cell = longest;
            }
        }
        table.push(row);
    }
    table.reverse();
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        let mark = |fate| match fate {
            Fate::Kept => ' ',
            Fate::Removed => '-',
            Fate::Added => '+',
        };
        compare(before, after).iter().map(|line| format!("{}{} ", mark(line.fate), line.text)).collect()
    }

    #[test]
    fn lines_are_kept_removed_and_added() {
        assert_eq!(told("a\nb\nc\nd", "a\nx\nc\nd\ne"), " a -b +x  c  d +e ");
        assert_eq!(told("", "a\nb"), "+a +b ");
        assert_eq!(told("a\nb", ""), "-a -b ");
        assert_eq!(told("a\na", "a"), " a -a ");
        assert_eq!(told("a\nb\nc", "c\na\nb"), "+c  a  b -c ");
        assert_eq!(told("same", "same"), " same ");
    }

    #[test]
    fn either_text_can_be_read_out_of_it_however_long() {
        let long = |step: usize| (0..3_000).map(|number| format!("{}\n", number * step % 97)).collect::<String>();
        for (before, after) in [(long(1), long(2)), (long(3), "x\n".to_owned()), (long(5), long(5))] {
            let lines = compare(&before, &after);
            let read = |left_out: Fate| {
                let kept = lines.iter().filter(|line| line.fate != left_out);
                kept.map(|line| format!("{}\n", line.text)).collect::<String>()
            };
            assert_eq!((read(Fate::Added), read(Fate::Removed)), (before, after));
        }
    }
}
