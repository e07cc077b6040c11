// What the window says by itself, by language. A bot's own texts (its appearance) come before these.

const WORDS = {
  en: {
    open: "Open the chat", close: "Close", log: "Conversation", greeting: "Hello! How can I help you?",
    placeholder: "Write a message", send: "Send", you: "You", writing: "An answer is being written",
    person: "Talk to a person", end: "End conversation", sure: "End this conversation?", endNow: "End", keep: "Go on",
    ended: "This conversation has ended.", again: "Start a new one", failed: "Not sent.", retry: "Try again",
    waiting: "A person was asked for. The answer comes here.", trying: "No connection. Trying again…",
    nobody: "Nobody can be reached right now.", from: "Somebody can be reached from {when} on.",
    leave: "Leave an address", leaveAbout: "Leave an address, and you will be answered there.",
    name: "Name", email: "E-mail", phone: "Phone", save: "Leave address", saved: "Thank you. Your address is noted.",
    either: "Enter an e-mail address or a phone number.", unread: "{count} new", choices: "Answers to choose from",
    busy: "That was too fast. It is sent in a moment.", preview: "This is what an answer looks like.", question: "When do you open?",
    failedPerson: "That did not work. Try again in a moment.",
  },
  de: {
    open: "Chat öffnen", close: "Schließen", log: "Unterhaltung", greeting: "Hallo! Wie kann ich helfen?",
    placeholder: "Nachricht schreiben", send: "Senden", you: "Sie", writing: "Eine Antwort wird geschrieben",
    person: "Mit einem Menschen sprechen", end: "Unterhaltung beenden", sure: "Diese Unterhaltung beenden?", endNow: "Beenden", keep: "Fortsetzen",
    ended: "Diese Unterhaltung ist beendet.", again: "Neue beginnen", failed: "Nicht gesendet.", retry: "Noch einmal",
    waiting: "Ein Mensch wurde gerufen. Die Antwort kommt hier.", trying: "Keine Verbindung. Neuer Versuch…",
    nobody: "Im Moment ist niemand erreichbar.", from: "Ab {when} ist wieder jemand erreichbar.",
    leave: "Adresse hinterlassen", leaveAbout: "Hinterlassen Sie eine Adresse, dann wird Ihnen dort geantwortet.",
    name: "Name", email: "E-Mail", phone: "Telefon", save: "Adresse hinterlassen", saved: "Danke. Ihre Adresse ist notiert.",
    either: "Geben Sie eine E-Mail-Adresse oder eine Telefonnummer an.", unread: "{count} neu", choices: "Antworten zur Auswahl",
    busy: "Das war zu schnell. Es wird gleich gesendet.", preview: "So sieht eine Antwort aus.", question: "Wann haben Sie geöffnet?",
    failedPerson: "Das hat nicht geklappt. Versuchen Sie es gleich noch einmal.",
  },
  fr: {
    open: "Ouvrir le chat", close: "Fermer", log: "Conversation", greeting: "Bonjour ! Comment puis-je vous aider ?",
    placeholder: "Écrire un message", send: "Envoyer", you: "Vous", writing: "Une réponse est en cours d’écriture",
    person: "Parler à une personne", end: "Terminer la conversation", sure: "Terminer cette conversation ?", endNow: "Terminer", keep: "Continuer",
    ended: "Cette conversation est terminée.", again: "En commencer une autre", failed: "Non envoyé.", retry: "Réessayer",
    waiting: "Une personne a été demandée. La réponse arrive ici.", trying: "Pas de connexion. Nouvel essai…",
    nobody: "Personne n’est joignable pour le moment.", from: "Quelqu’un sera joignable à partir de {when}.",
    leave: "Laisser une adresse", leaveAbout: "Laissez une adresse et l’on vous y répondra.",
    name: "Nom", email: "E-mail", phone: "Téléphone", save: "Laisser l’adresse", saved: "Merci. Votre adresse est notée.",
    either: "Indiquez une adresse e-mail ou un numéro de téléphone.", unread: "{count} nouveau(x)", choices: "Réponses au choix",
    busy: "C’était trop rapide. L’envoi se fait dans un instant.", preview: "Voici à quoi ressemble une réponse.", question: "Quand ouvrez-vous ?",
    failedPerson: "Cela n’a pas fonctionné. Réessayez dans un instant.",
  },
  es: {
    open: "Abrir el chat", close: "Cerrar", log: "Conversación", greeting: "¡Hola! ¿En qué puedo ayudarle?",
    placeholder: "Escriba un mensaje", send: "Enviar", you: "Usted", writing: "Se está escribiendo una respuesta",
    person: "Hablar con una persona", end: "Terminar la conversación", sure: "¿Terminar esta conversación?", endNow: "Terminar", keep: "Seguir",
    ended: "Esta conversación ha terminado.", again: "Empezar otra", failed: "No enviado.", retry: "Reintentar",
    waiting: "Se ha pedido una persona. La respuesta llega aquí.", trying: "Sin conexión. Reintentando…",
    nobody: "Ahora mismo no hay nadie disponible.", from: "Habrá alguien disponible a partir de {when}.",
    leave: "Dejar una dirección", leaveAbout: "Deje una dirección y le responderán allí.",
    name: "Nombre", email: "Correo electrónico", phone: "Teléfono", save: "Dejar dirección", saved: "Gracias. Su dirección queda anotada.",
    either: "Indique un correo electrónico o un número de teléfono.", unread: "{count} nuevo(s)", choices: "Respuestas para elegir",
    busy: "Demasiado rápido. Se envía en un momento.", preview: "Así se ve una respuesta.", question: "¿Cuándo abren?",
    failedPerson: "No ha funcionado. Inténtelo de nuevo en un momento.",
  },
  ar: {
    open: "فتح المحادثة", close: "إغلاق", log: "المحادثة", greeting: "مرحبًا! كيف يمكنني مساعدتك؟",
    placeholder: "اكتب رسالة", send: "إرسال", you: "أنت", writing: "تجري كتابة رد",
    person: "التحدث إلى شخص", end: "إنهاء المحادثة", sure: "هل تريد إنهاء هذه المحادثة؟", endNow: "إنهاء", keep: "متابعة",
    ended: "انتهت هذه المحادثة.", again: "بدء محادثة جديدة", failed: "لم تُرسل.", retry: "إعادة المحاولة",
    waiting: "طُلب شخص للرد. سيظهر الرد هنا.", trying: "لا يوجد اتصال. تجري المحاولة مجددًا…",
    nobody: "لا يوجد أحد متاح الآن.", from: "سيكون هناك شخص متاح ابتداءً من {when}.",
    leave: "ترك عنوان", leaveAbout: "اترك عنوانًا وسيصلك الرد عليه.",
    name: "الاسم", email: "البريد الإلكتروني", phone: "الهاتف", save: "ترك العنوان", saved: "شكرًا. تم حفظ عنوانك.",
    either: "أدخل بريدًا إلكترونيًا أو رقم هاتف.", unread: "{count} جديد", choices: "ردود للاختيار",
    busy: "كان ذلك سريعًا جدًا. سيتم الإرسال بعد لحظة.", preview: "هكذا يبدو الرد.", question: "متى تفتحون؟",
    failedPerson: "لم ينجح ذلك. حاول مجددًا بعد لحظة.",
  },
};

const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"];

/** The language's own part of a tag such as `de-AT`. */
function language(tag) {
  return String(tag || "").toLowerCase().split(/[-_]/)[0];
}

/** The bot's language that suits the visitor: the page's, else the first of the browser's that the bot has, else its first. */
function chooseLanguage(card, wanted) {
  const has = (Array.isArray(card.languages) && card.languages.length ? card.languages : [card.language || "en"]).map(String);
  const asked = [wanted, document.documentElement.lang, ...(navigator.languages || [])].map(language).filter(Boolean);
  const found = asked.map((tag) => has.find((one) => language(one) === tag)).find(Boolean);
  return found || String(card.language || has[0]);
}

/** The window's words in the language, else in English. */
function wordsOf(tag) {
  const own = language(tag);
  return Object.hasOwn(WORDS, own) ? WORDS[own] : WORDS.en;
}
