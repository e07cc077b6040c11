//! The network address of whoever asks.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

use crate::config::Config;

/// Whether whoever is at the other end of the connection is a trusted proxy.
#[must_use]
pub fn is_trusted_peer(extensions: &Extensions, config: &Config) -> bool {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return false };
    let peer = peer.ip().to_canonical();
    config.trusted_proxies.iter().any(|network| network.contains(&peer))
}

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
