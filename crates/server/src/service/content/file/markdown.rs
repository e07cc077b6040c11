//! A Markdown file: what stands before the text (front matter), its title, its chapters.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{ContentKindName, ContentStatusName, Piece, check_count, list};

/// A heading: its level, where its line begins and its text, where the text below it begins.
struct Heading {
    level: HeadingLevel,
    begins: usize,
    text: String,
    ends: usize,
}

/// The file as one piece, or its chapters as one each; `name` is its title if it has none of its own.
pub fn read(text: &str, name: &str, split: bool) -> Result<Vec<Piece>, String> {
    let (matter, text) = front_matter(text);
    let about = told(&matter)?;
    let headings = headings(text);
    let level = if split { chapters(&headings) } else { None };
    let first =
        headings.first().filter(|first| text.get(..first.begins).is_some_and(|before| before.trim().is_empty()));
    let Some(level) = level else {
        let (title, body) = match first {
            // A heading that says the title again is not said twice.
            Some(first) if about.title.is_empty() || about.title == first.text => {
                (first.text.clone(), text.get(first.ends..).unwrap_or_default())
            }
            _ => (String::new(), text),
        };
        let title = [&about.title, &title].into_iter().find(|title| !title.is_empty()).map_or(name, String::as_str);
        return Ok(vec![Piece { title: title.to_owned(), body: body.trim().to_owned(), ..about }]);
    };
    let starts: Vec<&Heading> = headings.iter().filter(|heading| heading.level == level).collect();
    check_count(starts.len())?;
    let ends = starts.iter().skip(1).map(|next| next.begins).chain([text.len()]);
    let chapter = |(start, end): (&&Heading, usize)| Piece {
        title: start.text.clone(),
        body: text.get(start.ends..end).unwrap_or_default().trim().to_owned(),
        ..about.clone()
    };
    let mut pieces: Vec<Piece> = starts.iter().zip(ends).map(chapter).collect();
    pieces.splice(0..0, before(text, &starts, (&about, first, name)));
    Ok(pieces)
}

/// What is said before the first chapter, if it is anything.
fn before(text: &str, starts: &[&Heading], (about, first, name): (&Piece, Option<&Heading>, &str)) -> Option<Piece> {
    let end = starts.first()?.begins;
    let own = first.filter(|first| first.begins < end);
    let body = text.get(own.map_or(0, |own| own.ends)..end)?.trim();
    let title = if about.title.is_empty() { own.map_or(name, |own| own.text.as_str()) } else { about.title.as_str() };
    (!body.is_empty()).then(|| Piece { title: title.to_owned(), body: body.to_owned(), ..about.clone() })
}

/// The highest level that has more than one heading; of a file with one heading alone, that.
fn chapters(headings: &[Heading]) -> Option<HeadingLevel> {
    let mut levels: Vec<HeadingLevel> = headings.iter().map(|heading| heading.level).collect();
    levels.sort();
    let twice = levels.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first());
    twice.copied()
}

/// The headings that have a text, in order; what looks like one in a block of code or a quotation is none.
fn headings(text: &str) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    let (mut inside, mut depth) = (false, 0_usize);
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => depth = depth.saturating_sub(1),
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                inside = true;
                headings.push(Heading { level, begins: range.start, text: String::new(), ends: range.end });
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(part) | Event::Code(part) if inside => {
                if let Some(heading) = headings.last_mut() {
                    heading.text.push_str(&part);
                }
            }
            _ => {}
        }
    }
    headings.retain_mut(|heading| {
        heading.text = heading.text.trim().to_owned();
        !heading.text.is_empty()
    });
    headings
}

/// The lines between two lines of three dashes at the very beginning, and the text below.
fn front_matter(text: &str) -> (Vec<(String, String)>, &str) {
    let none = (Vec::new(), text);
    let Some(rest) = text.strip_prefix("---\n") else { return none };
    let Some((matter, below)) = rest.split_once("\n---\n").or_else(|| Some((rest.strip_suffix("\n---")?, ""))) else {
        return none;
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in matter.lines() {
        match (line.trim().strip_prefix("- "), fields.last_mut(), line.split_once(':')) {
            (Some(item), Some((_, value)), _) => {
                value.push('\n');
                value.push_str(unquoted(item));
            }
            (None, _, Some((key, value))) if !line.starts_with([' ', '\t', '#']) => {
                fields.push((key.trim().to_ascii_lowercase(), unquoted(value).to_owned()));
            }
            _ => {}
        }
    }
    (fields, below)
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let within = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

/// What the front matter says of the pieces.
fn told(fields: &[(String, String)]) -> Result<Piece, String> {
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
    let status = field("status").filter(|status| !status.is_empty());
    let status = status.map(|status| {
        ContentStatusName::parse(&status)
            .ok_or_else(|| format!("has a status `{status}` that is neither draft nor ready"))
    });
    let tags = field("tags").map(|tags| {
        let tags = tags.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::to_owned).unwrap_or(tags);
        list(&tags).iter().map(|tag| unquoted(tag).to_owned()).collect()
    });
    Ok(Piece {
        kind: Some(ContentKindName::Entry),
        title: field("title").unwrap_or_default(),
        body: String::new(),
        tags,
        language: field("language").or_else(|| field("lang")).filter(|language| !language.is_empty()),
        source: field("source").filter(|source| !source.is_empty()),
        status: status.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(text: &str, split: bool) -> Vec<(String, String)> {
        read(text, "Name", split).unwrap().into_iter().map(|piece| (piece.title, piece.body)).collect()
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(title, body)| ((*title).to_owned(), (*body).to_owned())).collect()
    }

    #[test]
    fn the_title_is_the_front_matters_the_headings_or_the_files() {
        assert_eq!(told_of("Just a text", false), pairs(&[("Name", "Just a text")]));
        assert_eq!(told_of("# Cards\n\nText", false), pairs(&[("Cards", "Text")]));
        assert_eq!(told_of("Cards\n=====\nText", false), pairs(&[("Cards", "Text")]));
        assert_eq!(told_of("Text\n\n# Below", false), pairs(&[("Name", "Text\n\n# Below")]));
        assert_eq!(told_of("---\ntitle: \"Lost\"\n---\n# Cards\n\nText", false), pairs(&[("Lost", "# Cards\n\nText")]));
        assert_eq!(told_of("---\ntitle: Cards\n---\n# Cards\n\nText", false), pairs(&[("Cards", "Text")]));
        assert_eq!(told_of("---\nno front matter", false), pairs(&[("Name", "---\nno front matter")]));
    }

    #[test]
    fn front_matter_tells_of_all_pieces() {
        let text = "---\nTitle: All\ntags: [cards, 'lost & found']\nlang: de\nsource: https://example.org/a\nstatus: Ready\n---\nText";
        let piece = read(text, "Name", false).unwrap().remove(0);
        assert_eq!(piece.tags.as_deref(), Some(&["cards".to_owned(), "lost & found".to_owned()][..]));
        assert_eq!((piece.language.as_deref(), piece.status), (Some("de"), Some(ContentStatusName::Ready)));
        assert_eq!(piece.source.as_deref(), Some("https://example.org/a"));
        let listed = read("---\ntags:\n  - a\n  - b\n---\nText", "Name", false).unwrap().remove(0);
        assert_eq!(listed.tags.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
        assert!(read("---\nstatus: perhaps\n---\nText", "Name", false).is_err());
    }

    #[test]
    fn chapters_are_those_of_the_highest_level_that_has_several() {
        let text = "# All\n\nBefore.\n\n## One\n\nFirst.\n\n### Deeper\n\nMore.\n\n## Two\n\n```\n## no heading\n```\n";
        let expected =
            pairs(&[("All", "Before."), ("One", "First.\n\n### Deeper\n\nMore."), ("Two", "```\n## no heading\n```")]);
        assert_eq!(told_of(text, true), expected);
        assert_eq!(told_of("# One\na\n# Two\nb", true), pairs(&[("One", "a"), ("Two", "b")]));
        assert_eq!(told_of("# One\na", true), pairs(&[("One", "a")]));
        assert_eq!(told_of("no heading", true), pairs(&[("Name", "no heading")]));
        assert_eq!(told_of("> # quoted\n\n# One\na\n\n# Two\nb", true).len(), 3);
    }
}
