//! Charts of columns, drawn on the server as SVG. The words stand around the drawing, not in it: they keep their size on
//! every screen, and the drawing takes the width that there is. Pure.

/// The drawing's own measure; it is stretched to where it stands.
pub const WIDTH: usize = 1_000;
/// Its height.
pub const HEIGHT: usize = 200;
/// More columns than this are named at begin, middle and end alone.
const NAMED: usize = 12;

/// Columns, each a pile of parts.
#[derive(Clone, Debug)]
pub struct Chart {
    /// For its address in the page.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// What the parts are: their style and name; one part needs no legend.
    pub parts: Vec<(&'static str, String)>,
    /// The columns.
    pub columns: Vec<Column>,
}

/// A column with its name and the size of each part.
#[derive(Clone, Debug)]
pub struct Column {
    /// Below it.
    pub name: String,
    /// The sizes, in the order of the parts.
    pub sizes: Vec<i64>,
}

/// A rectangle of the drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its part's style.
    pub style: &'static str,
    /// Its left edge.
    pub x: String,
    /// Its upper edge.
    pub y: String,
    /// How wide.
    pub width: String,
    /// How high.
    pub height: String,
}

/// A number that is easy to read, not below the greatest: 1, 2 or 5 and zeros.
#[must_use]
pub fn ceiling(greatest: i64) -> i64 {
    let mut unit: i64 = 1;
    loop {
        for times in [1, 2, 5] {
            let Some(round) = unit.checked_mul(times) else { return i64::MAX };
            if round >= greatest {
                return round;
            }
        }
        let Some(next) = unit.checked_mul(10) else { return i64::MAX };
        unit = next;
    }
}

impl Chart {
    /// What the top of the drawing stands for.
    #[must_use]
    pub fn top(&self) -> i64 {
        ceiling(self.columns.iter().map(|column| column.sizes.iter().sum()).max().unwrap_or_default())
    }

    /// The half of it, where that is a number one can count.
    #[must_use]
    pub fn middle(&self) -> Option<i64> {
        let top = self.top();
        (top % 2 == 0).then_some(top / 2)
    }

    /// The bars, from the left and from the ground up.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53, on a drawing of a thousand units")]
    pub fn bars(&self) -> Vec<Bar> {
        let top = self.top() as f64;
        let step = WIDTH as f64 / self.columns.len().max(1) as f64;
        // Few columns are no walls; many leave no gaps wider than themselves.
        let width = (step * 0.72).min(72.0);
        let mut bars = Vec::new();
        for (number, column) in self.columns.iter().enumerate() {
            let x = step * number as f64 + (step - width) / 2.0;
            let mut ground = HEIGHT as f64;
            for ((style, _), size) in self.parts.iter().zip(&column.sizes).filter(|(_, size)| **size > 0) {
                let height = *size as f64 / top * HEIGHT as f64;
                ground -= height;
                let text = |value: f64| format!("{value:.2}");
                bars.push(Bar { style, x: text(x), y: text(ground), width: text(width), height: text(height) });
            }
        }
        bars
    }

    /// The names below: each column's, or those at begin, middle and end.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let count = self.columns.len();
        let places: Vec<usize> = match count {
            0..=NAMED => (0..count).collect(),
            _ => vec![0, count / 2, count - 1],
        };
        places.into_iter().filter_map(|place| self.columns.get(place)).map(|column| column.name.as_str()).collect()
    }

    /// Whether each column has its name below.
    #[must_use]
    pub fn all_named(&self) -> bool {
        self.columns.len() <= NAMED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(columns: Vec<Vec<i64>>) -> Chart {
        let parts = vec![("one", "One".to_owned()), ("two", "Two".to_owned())];
        let column = |(number, sizes): (usize, Vec<i64>)| Column { name: number.to_string(), sizes };
        Chart {
            id: "c",
            title: "A chart".to_owned(),
            parts,
            columns: columns.into_iter().enumerate().map(column).collect(),
        }
    }

    #[test]
    fn the_top_is_easy_to_read() {
        for (greatest, top) in [(0, 1), (1, 1), (3, 5), (7, 10), (11, 20), (21, 50), (51, 100), (i64::MAX, i64::MAX)] {
            assert_eq!(ceiling(greatest), top, "{greatest}");
        }
    }

    #[test]
    fn parts_are_piled_up_and_nothing_is_drawn_of_nothing() {
        let chart = chart(vec![vec![2, 3], vec![0, 0], vec![0, 10]]);
        let bars: Vec<_> = chart.bars().into_iter().map(|bar| (bar.style, bar.y, bar.height)).collect();
        let bar = |style, y: &str, height: &str| (style, y.to_owned(), height.to_owned());
        assert_eq!(bars, [bar("one", "160.00", "40.00"), bar("two", "100.00", "60.00"), bar("two", "0.00", "200.00")]);
    }

    #[test]
    fn many_columns_are_named_at_the_ends_and_in_the_middle() {
        assert_eq!(chart(vec![vec![1, 1]; 400]).names(), ["0", "200", "399"]);
        assert_eq!(chart(vec![vec![1, 1]; 3]).names(), ["0", "1", "2"]);
        assert!(chart(Vec::new()).bars().is_empty() && chart(Vec::new()).names().is_empty());
    }
}
