//! What a sentence means: one of the intents that were taught by examples, or none.
//!
//! The way of a sentence: [`normalise`] folds it, [`features`] takes it apart (words, neighbouring words, pieces of
//! words), [`sense`] adds what English words mean, [`vocabulary`] weighs the parts, [`planes`] says for each intent on
//! which side of its plane the sentence lies, [`calibration`] makes a probability of that, and the threshold says whether
//! that is enough.
//!
//! The method is linear on purpose: it trains in seconds on one core, answers in microseconds, and what counted for an
//! answer can be told word by word.

pub mod blob;
pub mod calibration;
pub mod confusion;
pub mod contradiction;
pub mod examples;
pub mod features;
pub mod held_out;
pub mod linear;
pub mod model;
pub mod normalise;
pub mod planes;
pub mod sense;
pub mod training;
pub mod understood;
pub mod vocabulary;

pub use blob::Damaged;
pub use confusion::{Confused, CrossValidation, cross_validate};
pub use contradiction::Contradiction;
pub use training::{Intent, Report, TooFew, Trained, TrainingSet, train};
pub use understood::{Because, Guess, Understood};
