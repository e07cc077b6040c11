//! Markdown as HTML that may stand in a page, whoever wrote it.
//!
//! What this must never do: let HTML of the text through, or lead anywhere but to a web page, a mail or a telephone.

use std::fmt;

use askama::filters::HtmlSafe;
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};
use url::Url;

/// HTML that may stand in a page: only [`html`] makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered(String);

impl Rendered {
    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Rendered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl HtmlSafe for Rendered {}

/// Where a link may lead.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The Markdown as HTML: HTML in it is shown as it was typed, links that lead elsewhere and pictures are their text, and
/// headings begin at the third level, below those of the page.
#[must_use]
pub fn html(markdown: &str) -> Rendered {
    let mut safe = Safe::default();
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut rendered = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut rendered, events.filter_map(|event| safe.keep(event)));
    Rendered(rendered)
}

#[derive(Default)]
struct Safe {
    /// Whether the link that is open leads nowhere.
    unlinked: bool,
}

impl Safe {
    fn keep<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
            Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
                let target = target(link_type, &dest_url);
                self.unlinked = target.is_none();
                // A title would say something else than the address on hovering.
                target.map(|dest_url| Event::Start(Tag::Link { link_type, dest_url, title: "".into(), id }))
            }
            Event::End(TagEnd::Link) => (!self.unlinked).then_some(Event::End(TagEnd::Link)),
            Event::Start(Tag::Heading { level, .. }) => {
                let level = lower(level);
                Some(Event::Start(Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() }))
            }
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lower(level)))),
            other => Some(other),
        }
    }
}

fn target<'a>(kind: LinkType, address: &str) -> Option<CowStr<'a>> {
    if kind == LinkType::Email {
        return Some(address.to_owned().into());
    }
    let url = Url::parse(address).ok().filter(|url| SCHEMES.contains(&url.scheme()))?;
    Some(String::from(url).into())
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_rendered() {
        let text = "# Lost card\n\nCall **us** at [our page](https://example.org/x?a=1&b=2).\n\n- one\n- two";
        let expected = "<h3>Lost card</h3>\n<p>Call <strong>us</strong> at \
            <a href=\"https://example.org/x?a=1&amp;b=2\">our page</a>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n";
        assert_eq!(html(text).to_string(), expected);
        assert!(html("<ana@example.org>").to_string().contains("href=\"mailto:ana@example.org\""));
        assert!(html("| a |\n|---|\n| b |").to_string().contains("<td>b</td>"));
    }

    #[test]
    fn nothing_that_somebody_wrote_runs() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<div onclick='alert(1)'>\n\ntext\n\n</div>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](java\tscript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](&#106;avascript:alert(1))",
            "<javascript:alert(1)>",
            "[x](//evil.example)",
            "[x](/sign-out)",
            "![x](javascript:alert(1))",
            "![x](https://evil.example/pixel.png)",
            "[x]: javascript:alert(1)\n\n[x]",
            "[a](https://a.example \"x\\\" onmouseover=\\\"alert(1)\")",
            "``` \"><script>alert(1)</script>\ncode\n```",
            "# x {#id onclick=alert(1)}",
        ] {
            let html = html(text).to_string();
            let tags: Vec<&str> = html.split('<').skip(1).collect();
            for tag in tags {
                let tag = tag.split('>').next().unwrap_or_default();
                assert!(!tag.contains("on") || !tag.contains("alert"), "{text}: {html}");
                assert!(!tag.starts_with("script") && !tag.starts_with("img") && !tag.starts_with("div"), "{html}");
                assert!(!tag.to_lowercase().contains("script:") && !tag.contains("data:"), "{text}: {html}");
                assert!(!tag.contains("href=\"/"), "{text}: {html}");
            }
        }
    }
}
