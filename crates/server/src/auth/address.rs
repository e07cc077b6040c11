//! The network address of whoever asks.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::Ipv6Net;

use crate::config::Config;

/// The peer's address or, where the peer is a trusted proxy, the last address in `X-Forwarded-For` that is
/// not one. A client cannot choose it.
#[must_use]
pub fn of(headers: &HeaderMap, extensions: &Extensions, config: &Config) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return String::new() };
    let trusted = |address: &IpAddr| config.trusted_proxies.iter().any(|network| network.contains(address));
    let peer = peer.ip().to_canonical();
    if !trusted(&peer) {
        return peer.to_string();
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let mut chain: Vec<IpAddr> =
        forwarded.flat_map(|value| value.split(',')).filter_map(|text| text.trim().parse().ok()).collect();
    while let Some(address) = chain.pop() {
        if !trusted(&address.to_canonical()) {
            return address.to_canonical().to_string();
        }
    }
    peer.to_string()
}

/// What failures and requests are counted by: an address of IPv4, and the network of an address of IPv6 (whoever has one
/// has all 2⁶⁴ of its /64).
#[must_use]
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(six)) => Ipv6Net::new(six, 64).map_or_else(|_| address.to_owned(), |net| net.trunc().to_string()),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_version_six_counts_for_its_network() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network(""), "");
    }
}
