//! Addresses of guarded hosts, normalised once, here: what a rule is for and what a request asks for go through the same
//! hands. Where a program behind the proxy might read an address otherwise than we do, it is refused instead.

use std::fmt;
use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;
use rolecall_store::fold::fold;
use rolecall_store::resource::ForwardRule;
use url::Host;

/// The longest address that is looked at.
const LENGTH: usize = 8192;
/// Segments that programs treat as no segment of their own.
const DOTS: [&str; 2] = [".", ".."];

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// It is no address of a web page.
    Address,
    /// The host is none.
    Host,
    /// The method is none.
    Method,
    /// It has characters that do not belong into a path as they are.
    Characters,
    /// It has an escape that is none, or whose meaning is disputed (`%2f`, `%5c`, `%25`, control characters).
    Escape,
    /// It has empty segments, `.` or `..`, or segments that end in a dot or a space.
    Segments,
    /// It differs from the path of a rule by the case or form of its letters alone.
    Case,
}

impl Unclear {
    /// For programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Host => "host",
            Self::Method => "method",
            Self::Characters => "characters",
            Self::Escape => "escape",
            Self::Segments => "segments",
            Self::Case => "case",
        }
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Address => "Give an address such as https://bots.example/admin.",
            Self::Host => "Give a host such as bots.example, with its port where that is not the usual one.",
            Self::Method => "Give a method such as GET, in capital letters.",
            Self::Characters => "The path has characters that programs read differently: white space, a backslash, `;`.",
            Self::Escape => "The path has an escape that programs read differently: %2F, %5C, %25, %3B, control characters.",
            Self::Segments => {
                "The path has segments that programs read differently: empty ones, `.`, `..`, or ones that end in a dot \
                 or a space."
            }
            Self::Case => "The path differs from a rule's by the case or form of its letters alone.",
        })
    }
}

/// The address that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whether it is https.
    pub secure: bool,
    /// The host in lower case, with its port unless that is the usual one.
    pub host: String,
    /// The path, decoded.
    pub path: String,
    /// Path and query as they were sent.
    pub target: String,
}

impl Address {
    /// The address so written.
    ///
    /// # Errors
    /// [`Unclear`].
    pub fn parse(text: &str) -> Result<Self, Unclear> {
        let (scheme, rest) = text.split_once("://").ok_or(Unclear::Address)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).ok_or(Unclear::Address)?;
        Self::of(scheme, authority, if target.is_empty() { "/" } else { target })
    }

    /// The address of these parts.
    ///
    /// # Errors
    /// [`Unclear`].
    pub fn of(scheme: &str, authority: &str, target: &str) -> Result<Self, Unclear> {
        let secure = match scheme {
            "https" | "wss" => true,
            "http" | "ws" => false,
            _ => return Err(Unclear::Address),
        };
        if target.len() > LENGTH {
            return Err(Unclear::Address);
        }
        if !target.bytes().all(|byte| byte.is_ascii_graphic()) || target.contains('#') {
            return Err(Unclear::Characters);
        }
        let path = path(target.split('?').next().unwrap_or_default())?;
        Ok(Self { secure, host: host(authority, secure)?, path, target: target.to_owned() })
    }

    /// `https://host`, without a path.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }
}

/// The host in lower case and letters of ASCII, without the dot that may end it, with its port unless that is the usual one.
///
/// # Errors
/// [`Unclear::Host`].
pub fn host(authority: &str, secure: bool) -> Result<String, Unclear> {
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(number(port)?)),
        _ => (authority, None),
    };
    let name = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => format!("[{}]", address.parse::<Ipv6Addr>().map_err(|_| Unclear::Host)?),
        None => named(name)?,
    };
    let usual = if secure { 443 } else { 80 };
    Ok(match port.filter(|port| *port != usual) {
        Some(port) => format!("{name}:{port}"),
        None => name,
    })
}

fn number(port: &str) -> Result<u16, Unclear> {
    let plain = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    port.parse().ok().filter(|_| plain).ok_or(Unclear::Host)
}

fn named(name: &str) -> Result<String, Unclear> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '.' || letter == '_';
    if name.is_empty() || !name.chars().all(plain) || name.split('.').any(str::is_empty) {
        return Err(Unclear::Host);
    }
    match Host::parse(name).map_err(|_| Unclear::Host)? {
        Host::Domain(domain) if domain.len() <= 253 => Ok(domain),
        // An address of numbers is meant as it is written, or not at all.
        Host::Ipv4(address) if address.to_string() == name => Ok(name.to_owned()),
        _ => Err(Unclear::Host),
    }
}

/// The path, decoded: begins with a slash; nothing in it is disputed.
///
/// # Errors
/// [`Unclear`].
pub fn path(raw: &str) -> Result<String, Unclear> {
    let rest = raw.strip_prefix('/').ok_or(Unclear::Address)?;
    if rest.contains(['\\', ';']) || rest.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(Unclear::Characters);
    }
    check_escapes(rest)?;
    let decoded = percent_decode_str(rest).decode_utf8().map_err(|_| Unclear::Escape)?;
    // What it becomes where letters are taken for others that look alike is looked at as well.
    for form in [decoded.to_string(), fold(&decoded)] {
        check_segments(&form)?;
    }
    Ok(format!("/{decoded}"))
}

fn check_escapes(raw: &str) -> Result<(), Unclear> {
    for escape in raw.split('%').skip(1) {
        let digits = escape.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or(Unclear::Escape)?;
        if byte.is_ascii_control() || matches!(byte, b'/' | b'\\' | b'%' | b';' | b'?' | b'#') {
            return Err(Unclear::Escape);
        }
    }
    Ok(())
}

fn check_segments(decoded: &str) -> Result<(), Unclear> {
    let segments: Vec<&str> = decoded.split('/').collect();
    let last = segments.len().saturating_sub(1);
    for (index, segment) in segments.into_iter().enumerate() {
        let empty = segment.is_empty() && index != last;
        if empty || DOTS.contains(&segment) || segment.ends_with(['.', ' ']) || segment.contains('\\') {
            return Err(Unclear::Segments);
        }
    }
    Ok(())
}

/// A method, as it is written.
///
/// # Errors
/// [`Unclear::Method`].
pub fn method(text: &str) -> Result<&str, Unclear> {
    let plain = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    if plain { Ok(text) } else { Err(Unclear::Method) }
}

fn covers(rule: &str, path: &str) -> bool {
    rule == "/" || path.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the rule is for the method; a rule for GET is for HEAD.
#[must_use]
pub fn is_for(methods: &[String], method: &str) -> bool {
    let named = |method: &str| methods.iter().any(|one| one == method);
    methods.is_empty() || named(method) || (method == "HEAD" && named("GET"))
}

/// The rule that decides: of those with the longest path, the one that names the method, else the one for every method.
/// None: nothing is said of it, so nobody passes.
///
/// # Errors
/// [`Unclear::Case`].
pub fn choose<'r>(rules: &'r [ForwardRule], path: &str, method: &str) -> Result<Option<&'r ForwardRule>, Unclear> {
    let folded = fold(path);
    let near = |rule: &&ForwardRule| covers(&fold(&rule.path), &folded);
    let Some(longest) = rules.iter().filter(near).map(|rule| fold(&rule.path).len()).max() else { return Ok(None) };
    let nearest: Vec<&ForwardRule> =
        rules.iter().filter(near).filter(|rule| fold(&rule.path).len() == longest).collect();
    // A program that does not tell the letters apart would answer as for the rule's path.
    if nearest.iter().any(|rule| !covers(&rule.path, path)) {
        return Err(Unclear::Case);
    }
    let named = nearest.iter().find(|rule| !rule.methods.is_empty() && is_for(&rule.methods, method));
    Ok(named.or_else(|| nearest.iter().find(|rule| rule.methods.is_empty())).copied())
}

#[cfg(test)]
mod tests;
