//! What a bot says of itself where nobody wrote it a text: a few words in the languages that most bots speak.

/// The words of one language.
pub struct Phrases {
    /// It does not know.
    pub fallback: &'static str,
    /// It offers a person.
    pub offer: &'static str,
    /// The choice by which the offer is taken.
    pub person: &'static str,
    /// A person was asked for.
    pub asked: &'static str,
    /// What stands before the name of a source.
    pub source: &'static str,
}

const ENGLISH: Phrases = Phrases {
    fallback: "I am sorry, I do not know that. Could you say it in other words?",
    offer: "Would you like to talk to a person?",
    person: "Talk to a person",
    asked: "I am asking somebody to join us.",
    source: "Source:",
};

/// The words of a language; English where there are none.
pub fn of(language: &str) -> Phrases {
    match language.split(['-', '_']).next().unwrap_or_default() {
        "de" => Phrases {
            fallback: "Das weiß ich leider nicht. Können Sie es anders sagen?",
            offer: "Möchten Sie mit einem Menschen sprechen?",
            person: "Mit einem Menschen sprechen",
            asked: "Ich hole jemanden dazu.",
            source: "Quelle:",
        },
        "fr" => Phrases {
            fallback: "Désolé, je ne le sais pas. Pouvez-vous le dire autrement ?",
            offer: "Voulez-vous parler à une personne ?",
            person: "Parler à une personne",
            asked: "Je demande à quelqu’un de nous rejoindre.",
            source: "Source :",
        },
        "es" => Phrases {
            fallback: "Lo siento, no lo sé. ¿Puede decirlo de otra manera?",
            offer: "¿Quiere hablar con una persona?",
            person: "Hablar con una persona",
            asked: "Estoy avisando a alguien.",
            source: "Fuente:",
        },
        "it" => Phrases {
            fallback: "Mi dispiace, non lo so. Può dirlo in altre parole?",
            offer: "Vuole parlare con una persona?",
            person: "Parlare con una persona",
            asked: "Chiedo a qualcuno di raggiungerci.",
            source: "Fonte:",
        },
        "pt" => Phrases {
            fallback: "Desculpe, não sei. Pode dizer de outra forma?",
            offer: "Quer falar com uma pessoa?",
            person: "Falar com uma pessoa",
            asked: "Vou chamar alguém.",
            source: "Fonte:",
        },
        "nl" => Phrases {
            fallback: "Sorry, dat weet ik niet. Kunt u het anders zeggen?",
            offer: "Wilt u met iemand spreken?",
            person: "Met iemand spreken",
            asked: "Ik haal er iemand bij.",
            source: "Bron:",
        },
        _ => ENGLISH,
    }
}
