//! Folding of text for comparison, the same on every database.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

/// The text without surrounding white space, NFKC-normalised and case-folded by Unicode's full rules:
/// two texts that fold alike are the same name or address.
#[must_use]
pub fn fold(text: &str) -> String {
    text.trim().nfkc().default_case_fold().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_by_unicode_rules() {
        assert_eq!(fold(" STRASSE@Example.ORG "), fold("straße@example.org"));
        assert_eq!(fold("ﬁ"), fold("FI"));
        assert_eq!(fold("e\u{301}"), fold("É"));
        assert_ne!(fold("a"), fold("b"));
    }
}
