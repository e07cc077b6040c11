//! Markdown as what a reader reads.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The text of a Markdown document, without marks, addresses of links and HTML; blocks on lines of their own.
#[must_use]
pub fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::Rule => end_line(&mut text),
            Event::Start(Tag::TableCell | Tag::Image { .. }) => text.push(' '),
            Event::End(tag) if ends_block(tag) => end_line(&mut text),
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn ends_block(tag: TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image | TagEnd::TableCell
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_addresses_and_html_are_gone() {
        let text = plain(
            "# Lost *card*\n\nSee [our page](https://example.org/x) & `call`.\n\n<script>bad()</script>\n\n- one\n- two",
        );
        assert_eq!(text, "Lost card\nSee our page & call.\none\ntwo");
    }

    #[test]
    fn tables_keep_their_words_apart() {
        assert!(plain("| a | b |\n|---|---|\n| c | d |").split_whitespace().eq(["a", "b", "c", "d"]));
    }
}
