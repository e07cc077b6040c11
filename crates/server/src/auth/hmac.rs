//! HMAC-SHA-256 (RFC 2104) with keys of any length, and comparing without telling by the time it takes how much is right.

use sha2::{Digest as _, Sha256};

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// The code of this text under this key.
#[must_use]
pub fn sign(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    let hashed: [u8; 32];
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key).into();
        &hashed[..]
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte = *key);
    let padded = |pad: u8| Sha256::new_with_prefix(block.map(|byte| byte ^ pad));
    let inner = padded(0x36).chain_update(text).finalize();
    padded(0x5c).chain_update(inner).finalize().into()
}

/// Whether the two are the same: takes the same time wherever they differ.
#[must_use]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0_u8, |differing, (one, other)| differing | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_rfc_4231() {
        let second = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(sign(b"Jefe", b"what do ya want for nothing?")), second);
        let sixth = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex::encode(sign(&[0xaa; 131], text)), sixth);
    }

    #[test]
    fn what_differs_anywhere_is_not_the_same() {
        assert!(same(b"", b"") && same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"xbc", b"abc") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }
}
