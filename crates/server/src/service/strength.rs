//! How hard a password is to guess, and why, while it is being chosen. Nothing of it is logged or kept; what decides is
//! what decides when it is set ([`password::assess`]).

use rolecall_access::Actor;
use rolecall_store::Caller;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zxcvbn::feedback::{Suggestion, Warning};

use crate::auth::password::{self, Assessment, Fault};
use crate::input::{Check, Input};
use crate::problem::FieldError;
use crate::service::{Result, recover};
use crate::state::App;
use crate::text::Text;

/// Most characters that are looked at; what is longer is strong, or not taken.
const MOST_CHARACTERS: usize = 1024;

/// A password that somebody is about to choose.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordStrengthBody {
    /// The password.
    pub password: String,
    /// The person's name; of whoever is signed in it is known.
    #[serde(default)]
    pub name: Option<String>,
    /// Their e-mail, likewise.
    #[serde(default)]
    pub email: Option<String>,
    /// The token of the link to choose a new password, for whoever came by one.
    #[serde(default)]
    pub recovery: Option<String>,
}

/// How hard it is to guess.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PasswordStrengthView {
    /// 0: too short (or too long); 1: too easy to guess; 2 to 4: good, and the more the better.
    pub score: u8,
    /// Whether it would be taken.
    pub acceptable: bool,
    /// Why it is what it is.
    pub why: String,
    /// What would make it better.
    pub advice: Vec<String>,
}

impl Check for PasswordStrengthBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let fields = [("name", &self.name), ("email", &self.email), ("recovery", &self.recovery)];
        for (field, text) in fields {
            if text.as_ref().is_some_and(|text| text.chars().count() > 256) {
                errors.push(FieldError::new(field, "too_long", "Use at most 256 characters."));
            }
        }
        if self.password.chars().count() > MOST_CHARACTERS {
            let message = format!("Use at most {MOST_CHARACTERS} characters.");
            errors.push(FieldError::new("password", "too_long", message));
        }
        errors
    }
}

/// Measures the password for whoever chooses it: their own words and the fewest characters are as when it is set.
pub async fn measure_password(
    app: &App,
    caller: Caller,
    t: Text,
    input: Input<PasswordStrengthBody>,
) -> Result<PasswordStrengthView> {
    let PasswordStrengthBody { password, name, email, recovery } = input.get()?;
    let mut own: Vec<String> = name.into_iter().chain(email).collect();
    let account = match (caller.actor, recovery) {
        (_, Some(token)) => Some(recover::find_recovery(app, &caller, &token).await?),
        (Actor::User(_), None) => Some(app.store.access(caller.clone()).await?.own_account().await?),
        _ => None,
    };
    let beside = match &account {
        Some(account) => app.store.access(caller).await?.factors_of(account.id).await?.is_on(),
        None => false,
    };
    let t = account.as_ref().map_or(t, |account| t.in_language(&account.language));
    own.extend(account.into_iter().flat_map(|account| [account.name, account.email]));
    let least = if beside { password::LEAST_BESIDE } else { password::LEAST_ALONE };
    let length = password.chars().count();
    let found = app.workshops.strengths.run(move || {
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        password::assess(&password, least, &own)
    });
    Ok(view(t, &found.await?, (length, least)))
}

fn view(t: Text, found: &Assessment, (length, least): (usize, usize)) -> PasswordStrengthView {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let why = match found.fault {
        Some(Fault::TooLong) => t.of("strength-too-long"),
        Some(Fault::TooShort) => t.with_both(
            "strength-too-short",
            ("least", number(least)),
            ("missing", number(least.saturating_sub(length))),
        ),
        Some(Fault::Own) => t.of("strength-own"),
        Some(Fault::Common) => t.of(found.warning.map_or("strength-common", warning)),
        None if found.score < 4 => t.of("strength-fair"),
        None => t.of("strength-good"),
    };
    let mut advice: Vec<String> = found.suggestions.iter().map(|one| t.of(suggestion(*one))).collect();
    if matches!(found.fault, Some(Fault::Own | Fault::Common)) && advice.is_empty() {
        advice.push(t.of("strength-advice-words"));
    }
    if found.fault.is_none() && found.score < 4 && advice.is_empty() {
        advice.push(t.of("strength-advice-another-word"));
    }
    PasswordStrengthView { score: found.score, acceptable: found.fault.is_none(), why, advice }
}

fn warning(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "strength-keys",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "strength-key-patterns",
        Warning::RepeatsLikeAaaAreEasyToGuess => "strength-repeats",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "strength-repeated-words",
        Warning::ThisIsATop10Password => "strength-top-ten",
        Warning::ThisIsATop100Password => "strength-top-hundred",
        Warning::ThisIsACommonPassword => "strength-very-common",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "strength-similar",
        Warning::SequencesLikeAbcAreEasyToGuess => "strength-sequences",
        Warning::RecentYearsAreEasyToGuess => "strength-years",
        Warning::AWordByItselfIsEasyToGuess => "strength-one-word",
        Warning::DatesAreOftenEasyToGuess => "strength-dates",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "strength-names",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "strength-common-names",
    }
}

fn suggestion(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "strength-advice-words",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => "strength-advice-no-symbols",
        Suggestion::AddAnotherWordOrTwo => "strength-advice-another-word",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "strength-advice-capitals",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => "strength-advice-all-capitals",
        Suggestion::ReversedWordsArentMuchHarderToGuess => "strength-advice-reversed",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "strength-advice-substitutions",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => "strength-advice-key-patterns",
        Suggestion::AvoidRepeatedWordsAndCharacters => "strength-advice-repeats",
        Suggestion::AvoidSequences => "strength-advice-sequences",
        Suggestion::AvoidRecentYears => "strength-advice-years",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "strength-advice-own-years",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => "strength-advice-own-dates",
    }
}
