//! An understanding as bytes, to be kept: a mark, a version, a checksum, the content.
//!
//! Bytes that are damaged, cut, or something else are refused, and never cause a panic or an allocation beyond their
//! own length's worth.

use super::features::fingerprint;
use super::training::Trained;

/// What the bytes begin with; the last is the version, which any change of features, numbers or fields raises.
const MARK: [u8; 8] = *b"rcunder\x02";

/// Why bytes are no understanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// Something else, or of another version: train again.
    #[error("not a trained understanding of this version")]
    Foreign,
    /// Cut or changed.
    #[error("a trained understanding that was cut or changed")]
    Changed,
}

impl Trained {
    /// The understanding as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing numbers, texts and lists into memory does not fail.
        let content = postcard::to_allocvec(self).unwrap_or_default();
        let checksum = fingerprint(&content).to_le_bytes();
        MARK.iter().chain(&checksum).chain(&content).copied().collect()
    }

    /// The understanding that was made bytes.
    ///
    /// # Errors
    /// If the bytes are none, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let rest = bytes.strip_prefix(&MARK).ok_or(Damaged::Foreign)?;
        let (checksum, content) = rest.split_first_chunk::<8>().ok_or(Damaged::Changed)?;
        if fingerprint(content).to_le_bytes() != *checksum {
            return Err(Damaged::Changed);
        }
        let trained: Self = postcard::from_bytes(content).map_err(|_| Damaged::Changed)?;
        if trained.is_sound() { Ok(trained) } else { Err(Damaged::Changed) }
    }

    /// Whether its parts fit each other.
    fn is_sound(&self) -> bool {
        let (parts, classes) = (self.model.vocabulary.len(), self.names.len());
        let taught = self.taught.keys.len() == self.taught.labels.len()
            && self.taught.keys.is_sorted()
            && self.taught.labels.iter().flatten().all(|class| usize::from(*class) < classes);
        let model = self.model.vocabulary.is_sound() && self.model.planes.is_sound(parts, classes);
        taught && model && self.calibration.is_sound()
    }
}

#[cfg(test)]
mod tests {
    use super::super::training::{Intent, TrainingSet, train};
    use super::*;

    fn small() -> Trained {
        let intent = |name: &str, example: &str| Intent { name: name.to_owned(), examples: vec![example.to_owned()] };
        let intents = vec![intent("card", "my card is lost"), intent("hours", "when do you open")];
        train(&TrainingSet { intents, out_of_scope: vec!["sing a song".to_owned()] })
    }

    #[test]
    fn bytes_give_back_what_was_kept() {
        let trained = small();
        assert_eq!(Trained::from_bytes(&trained.to_bytes()), Ok(trained));
        assert_eq!(Trained::from_bytes(&Trained::default().to_bytes()), Ok(Trained::default()));
    }

    #[test]
    fn something_else_is_refused() {
        let bytes = small().to_bytes();
        assert_eq!(Trained::from_bytes(b""), Err(Damaged::Foreign));
        assert_eq!(Trained::from_bytes(b"SQLite format 3\0"), Err(Damaged::Foreign));
        assert_eq!(Trained::from_bytes(&MARK), Err(Damaged::Changed));
        assert_eq!(Trained::from_bytes(&bytes[..bytes.len() - 1]), Err(Damaged::Changed));
        assert_eq!(Trained::from_bytes(&[bytes, vec![0]].concat()), Err(Damaged::Changed));
    }

    /// Whoever can compute a checksum can store nonsense: still an error, or an understanding that answers.
    #[test]
    fn a_wrong_content_with_a_right_checksum_never_panics() {
        let bytes = small().to_bytes();
        for at in MARK.len() + 8..bytes.len() {
            for flip in [0x01_u8, 0x80, 0xFF] {
                let mut content = bytes[MARK.len() + 8..].to_vec();
                content[at - MARK.len() - 8] ^= flip;
                let checksum = fingerprint(&content).to_le_bytes();
                let forged = [&MARK[..], &checksum, &content].concat();
                if let Ok(trained) = Trained::from_bytes(&forged) {
                    let _ = trained.understand("my card is lost and when do you open");
                }
            }
        }
    }
}
