//! Which addresses are asked where anybody who may set an address up could name any: public ones, and those that the
//! operator allows. It is asked of what a name resolves to, never of the name, so that no name leads inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

/// Whether the address is asked.
#[must_use]
pub fn is_allowed(address: IpAddr, networks: &[IpNet]) -> bool {
    is_public(address) || is_within(address, networks)
}

/// Whether the operator allows the address; one of the fourth version counts as itself, however it is written.
#[must_use]
pub fn is_within(address: IpAddr, networks: &[IpNet]) -> bool {
    let plain = address.to_canonical();
    networks.iter().any(|network| network.contains(&plain))
}

/// Whether anybody on the internet can reach the address. What leads to one of the fourth version by a detour (mapped,
/// 6to4, NAT64, Teredo) is none.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = match first {
        // This network, private, loopback; multicast and what is reserved.
        0 | 10 | 127 | 224..=255 => true,
        // Shared by carriers (RFC 6598).
        100 => second & 0xc0 == 64,
        169 => second == 254,
        172 => second & 0xf0 == 16,
        // Private, of protocols, for documents, the 6to4 relay.
        192 => second == 168 || (second == 0 && (third == 0 || third == 2)) || (second == 88 && third == 99),
        // For measurements, for documents.
        198 => second & 0xfe == 18 || (second == 51 && third == 100),
        203 => second == 0 && third == 113,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let special = match first {
        // Teredo and other protocols' (2001::/23), for documents.
        0x2001 => second < 0x200 || second == 0xdb8,
        // 6to4.
        0x2002 => true,
        // For documents (RFC 9637).
        0x3fff => second < 0x1000,
        _ => false,
    };
    first & 0xe000 == 0x2000 && !special
}

/// What is wrong with an address that somebody names, if anything: what can be told from its letters alone. Where it
/// leads is asked again when it is used.
#[must_use]
pub fn fault(url: &Url, networks: &[IpNet]) -> Option<&'static str> {
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(name)) if !name.is_empty() => None,
        Some(Host::Domain(_)) | None => return Some("Give an address that begins with https://."),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("Leave name and password out of the address; put them into a header.");
    }
    match url.scheme() {
        "https" => {}
        "http" if !networks.is_empty() => {}
        _ => return Some("Give an address that begins with https://."),
    }
    if literal.is_some_and(|address| !is_allowed(address, networks)) {
        return Some("This server asks no addresses within private networks; its operator can allow one.");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(list: &[&str]) -> Vec<IpNet> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn nothing_within_is_public() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.1",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.9.9",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2002:7f00:1::",
            "2002:808:808::",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "169.253.1.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn the_operator_allows_networks_and_no_more() {
        let allowed = networks(&["127.0.0.0/8", "fd00::/8"]);
        for good in ["127.0.0.1", "::ffff:127.0.0.1", "fd12::1", "8.8.8.8"] {
            assert!(is_allowed(good.parse().unwrap(), &allowed), "{good}");
        }
        for bad in ["10.0.0.1", "::1", "::ffff:10.0.0.1", "2002:7f00:1::", "fe80::1"] {
            assert!(!is_allowed(bad.parse().unwrap(), &allowed), "{bad}");
        }
    }

    #[test]
    fn an_address_is_told_what_is_wrong_with_it() {
        let fault = |text: &str, list: &[&str]| fault(&text.parse().unwrap(), &networks(list));
        for good in ["https://example.com/hook?token=1", "https://example.com:8443/", "https://localhost/"] {
            assert_eq!(fault(good, &[]), None, "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:text/plain,x",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://ana:secret@example.com/",
            "https://ana@example.com/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert!(fault(bad, &[]).is_some(), "{bad}");
        }
        assert_eq!(fault("http://127.0.0.1:9000/", &["127.0.0.0/8"]), None);
        assert!(fault("http://10.0.0.1:9000/", &["127.0.0.0/8"]).is_some());
    }
}
