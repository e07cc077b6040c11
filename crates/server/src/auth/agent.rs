//! A user agent in words: which browser on which system, as far as it says.

/// What the header holds, and its name; the first that fits (most say they are several).
const BROWSERS: [(&str, &str); 10] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// `Firefox · Windows`; where it is none of those, its beginning as it is; empty if it says nothing.
#[must_use]
pub fn words(agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| (*name).to_owned())
    };
    let known: Vec<String> = [named(&BROWSERS), named(&SYSTEMS)].into_iter().flatten().collect();
    if known.is_empty() { agent.chars().take(40).collect() } else { known.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn browsers_and_systems_are_told_apart() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1";
        assert_eq!(words(chrome), "Chrome · Linux");
        assert_eq!(words(edge), "Edge · Windows");
        assert_eq!(words(phone), "Safari · iPhone");
        assert_eq!(words("backup-robot 2"), "backup-robot 2");
        assert_eq!(words(""), "");
    }
}
