//! What a bot knows: entries, and which of them answer a question.
//!
//! tantivy keeps the postings (which word is in which entry how often); the score is BM25F (Robertson, Zaragoza and
//! Taylor, "Simple BM25 extension to multiple weighted fields", 2004): a word in the title counts like several in the
//! body. BM25 has no upper bound; here each word's part is divided by the most it could be, so that a score says *which
//! share of what was asked, weighed by how rare its words are, the entry speaks of*, and a threshold means the same in a
//! base of ten entries and of ten thousand. Words that no entry has count as asked for and not found.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::RamDirectory;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings as _;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{DocSet as _, InvertedIndexReader, SegmentReader, TERMINATED, TantivyDocument, Term};

pub mod language;
pub mod markdown;

pub use language::Language;
pub use markdown::plain;

use crate::understanding::Because;
use language::Words;

/// Fields, what a word in them counts, and how much their length is held against them.
const FIELDS: [(&str, f32, f32); 3] = [("title", 3.0, 0.5), ("tags", 2.0, 0.0), ("body", 1.0, 0.6)];

/// How soon saying a word again adds nothing more.
const SATURATION: f32 = 0.4;

/// Words of a question that are looked up.
const MOST_WORDS: usize = 64;

/// A threshold to begin with: a good third of what was asked.
pub const USUAL_THRESHOLD: f32 = 0.35;

/// Memory that building may take before it writes: more than any base that fits a bot, so that there is one segment.
const MEMORY: usize = 1 << 30;

/// An entry of a knowledge base.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What it says, in Markdown.
    pub body: String,
    /// Words it should be found by.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// An entry that may answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Which share of what was asked it speaks of: above 0, below 1.
    pub score: f32,
    /// The words that were found, and each one's share of the score.
    pub because: Vec<Because>,
}

/// Why an index could not be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the knowledge index cannot be made: {0}")]
pub struct Unusable(String);

impl From<tantivy::TantivyError> for Unusable {
    fn from(error: tantivy::TantivyError) -> Self {
        Self(error.to_string())
    }
}

impl From<std::io::Error> for Unusable {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// An index over entries. Cloning it costs nothing.
#[derive(Clone)]
pub struct Knowledge {
    ids: Arc<[String]>,
    fields: Arc<[Indexed]>,
    words: Words,
}

/// A field as it is read.
struct Indexed {
    field: Field,
    counts: f32,
    against_length: f32,
    mean_length: f32,
    postings: Arc<InvertedIndexReader>,
    lengths: FieldNormReader,
}

impl std::fmt::Debug for Knowledge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Knowledge").field("entries", &self.ids.len()).finish_non_exhaustive()
    }
}

impl Knowledge {
    /// An index over these entries, in whatever order they come; words are stemmed as the language does.
    ///
    /// # Errors
    /// If the index cannot be made; no entry is a reason.
    pub fn of(entries: &[Entry], language: Language) -> Result<Self, Unusable> {
        let mut entries: Vec<&Entry> = entries.iter().collect();
        entries.sort();
        let words = Words::of(language);
        let ids = entries.iter().map(|entry| entry.id.clone()).collect();
        let fields = if entries.is_empty() { Vec::new() } else { index(&entries, &words)? };
        Ok(Self { ids, fields: fields.into(), words })
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The entries that speak of what is asked, best first; those alike in the order of their ids.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Found>, Unusable> {
        let mut asked = self.words.asked(text);
        asked.truncate(MOST_WORDS);
        let mut entries: BTreeMap<u32, Vec<(usize, f32)>> = BTreeMap::new();
        let mut total = 0.0;
        for (at, (_, stem)) in asked.iter().enumerate() {
            let found = self.look_up(stem)?;
            let rarity = self.rarity(found.len());
            total += rarity;
            for (entry, often) in found {
                entries.entry(entry).or_default().push((at, rarity * often / (often + SATURATION)));
            }
        }
        let mut scored: Vec<(f32, u32)> =
            entries.iter().map(|(entry, parts)| (parts.iter().map(|part| part.1).sum::<f32>(), *entry)).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let told = |(sum, entry): (f32, u32)| {
            let parts = entries.get(&entry)?;
            let because = parts
                .iter()
                .filter_map(|(at, part)| Some(Because { words: asked.get(*at)?.0.clone(), share: part / sum }));
            let mut because: Vec<Because> = because.collect();
            because.sort_by(|one, other| other.share.total_cmp(&one.share).then_with(|| one.words.cmp(&other.words)));
            Some(Found { id: self.ids.get(entry as usize)?.clone(), score: sum / total, because })
        };
        Ok(scored.into_iter().filter_map(told).take(limit).collect())
    }

    /// Which entries have a word, and how prominently: its occurrences, weighed by field and length of field.
    #[expect(clippy::cast_precision_loss, reason = "occurrences and lengths are small")]
    fn look_up(&self, stem: &str) -> Result<BTreeMap<u32, f32>, Unusable> {
        let mut found: BTreeMap<u32, f32> = BTreeMap::new();
        for indexed in self.fields.iter() {
            let term = Term::from_field_text(indexed.field, stem);
            let Some(mut postings) = indexed.postings.read_postings(&term, IndexRecordOption::WithFreqs)? else {
                continue;
            };
            while postings.doc() != TERMINATED {
                let length = indexed.lengths.fieldnorm(postings.doc()) as f32 / indexed.mean_length;
                let longer = 1.0 - indexed.against_length + indexed.against_length * length;
                let often = indexed.counts * postings.term_freq() as f32 / longer.max(0.1);
                *found.entry(postings.doc()).or_default() += often;
                postings.advance();
            }
        }
        Ok(found)
    }

    /// How much a word says that so many entries have (the inverse document frequency of BM25). One that none has was
    /// asked for and not found, and weighs as if one had it.
    #[expect(clippy::cast_precision_loss, reason = "numbers of entries are far below 2^24")]
    fn rarity(&self, entries: usize) -> f32 {
        let (all, having) = (self.len() as f32, entries.max(1) as f32);
        (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
    }
}

/// Indexes entries, in this order.
fn index(entries: &[&Entry], words: &Words) -> Result<Vec<Indexed>, Unusable> {
    let (schema, fields) = schema();
    let directory = RamDirectory::create();
    let mut writer = tantivy::Index::builder().schema(schema).single_segment_index_writer(directory, MEMORY)?;
    for entry in entries {
        let texts = [entry.title.clone(), entry.tags.join("\n"), plain(&entry.body)];
        let mut document = TantivyDocument::default();
        for (field, text) in fields.iter().zip(&texts) {
            document.add_pre_tokenized_text(*field, words.tokens(text));
        }
        writer.add_document(document)?;
    }
    let mut indexed = Vec::new();
    for segment in writer.finalize()?.searchable_segments()? {
        let segment = SegmentReader::open(&segment)?;
        for (field, (_, counts, against_length)) in fields.iter().zip(FIELDS) {
            let (postings, lengths) = (segment.inverted_index(*field)?, segment.get_fieldnorms_reader(*field)?);
            let mean_length = mean(postings.total_num_tokens(), entries.len());
            indexed.push(Indexed { field: *field, counts, against_length, mean_length, postings, lengths });
        }
    }
    Ok(indexed)
}

fn schema() -> (Schema, Vec<Field>) {
    let mut schema = Schema::builder();
    // The words come ready; the name stands for no tokenizer.
    let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    let fields = FIELDS.iter().map(|(name, ..)| schema.add_text_field(name, options.clone())).collect();
    (schema.build(), fields)
}

#[expect(clippy::cast_precision_loss, reason = "a mean")]
fn mean(total: u64, count: usize) -> f32 {
    (total as f32 / count.max(1) as f32).max(1.0)
}
