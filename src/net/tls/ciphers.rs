//! Cipher suites by the names that people have for them.

use rustls::{CipherSuite, SupportedCipherSuite};

use super::TlsOptionsError;

/// The suites that a list names, in the order of `known`, the safest first.
pub(super) fn chosen(
    names: &str,
    known: &[SupportedCipherSuite],
) -> Result<Vec<SupportedCipherSuite>, TlsOptionsError> {
    let mut wanted = Vec::new();
    for name in names.split([':', ',']).map(str::trim).filter(|name| !name.is_empty()) {
        let suite = known.iter().find(|suite| goes_by(suite.suite(), name));
        wanted.push(suite.ok_or_else(|| unknown(name, known))?.suite());
    }
    if wanted.is_empty() {
        return Err(unknown(names, known));
    }
    Ok(known.iter().filter(|suite| wanted.contains(&suite.suite())).copied().collect())
}

/// The suites that two lists name, one of TLS 1.2 and one of TLS 1.3; without a list, all suites of
/// that version.
pub(super) fn of_versions(
    (tls12, tls13): (Option<&str>, Option<&str>),
    known: &[SupportedCipherSuite],
) -> Result<Vec<SupportedCipherSuite>, TlsOptionsError> {
    let (new, old): (Vec<_>, Vec<_>) =
        known.iter().copied().partition(|suite| suite.tls13().is_some());
    let named = |names: Option<&str>, all: Vec<_>| match names {
        Some(names) => chosen(names, &all),
        None => Ok(all),
    };
    let mut suites = named(tls13, new)?;
    suites.extend(named(tls12, old)?);
    Ok(suites)
}

fn unknown(name: &str, known: &[SupportedCipherSuite]) -> TlsOptionsError {
    let known: Vec<_> = known.iter().map(|suite| openssl_name(suite.suite())).collect();
    TlsOptionsError::UnknownCipher { name: name.to_owned(), known: known.join(", ") }
}

/// Whether a suite has this name, in whatever case, with rustls, IANA or OpenSSL.
fn goes_by(suite: CipherSuite, name: &str) -> bool {
    [own_name(suite), iana_name(suite), openssl_name(suite)]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// `TLS13_AES_128_GCM_SHA256`, `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
fn own_name(suite: CipherSuite) -> String {
    suite.as_str().map_or_else(String::new, str::to_owned)
}

/// `TLS_AES_128_GCM_SHA256`, `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
fn iana_name(suite: CipherSuite) -> String {
    own_name(suite).replacen("TLS13_", "TLS_", 1)
}

/// `TLS_AES_128_GCM_SHA256`, `ECDHE-RSA-AES128-GCM-SHA256`, `ECDHE-RSA-CHACHA20-POLY1305`.
fn openssl_name(suite: CipherSuite) -> String {
    let name = iana_name(suite);
    let Some((exchange, cipher)) = name.split_once("_WITH_") else { return name };
    let exchange = exchange.trim_start_matches("TLS_");
    let cipher = cipher.replace("AES_", "AES").replace("POLY1305_SHA256", "POLY1305");
    format!("{exchange}-{cipher}").replace('_', "-")
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring::ALL_CIPHER_SUITES;

    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let suites = chosen(text, ALL_CIPHER_SUITES).map_err(|error| error.to_string())?;
        Ok(suites.iter().map(|suite| openssl_name(suite.suite())).collect())
    }

    #[test]
    fn every_suite_goes_by_three_names() {
        for (text, wanted) in [
            ("TLS13_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
            ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
            ("tls_aes_128_gcm_sha256", "TLS_AES_128_GCM_SHA256"),
            ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
            ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
            ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ] {
            assert_eq!(names(text).unwrap(), [wanted], "{text}");
        }
        let all: Vec<_> =
            ALL_CIPHER_SUITES.iter().map(|suite| openssl_name(suite.suite())).collect();
        assert_eq!(names(&all.join(":")).unwrap(), all);
        assert_eq!(names(&all.join(", ")).unwrap(), all);
    }

    #[test]
    fn a_list_of_one_version_leaves_the_other_alone() {
        let suites = |tls12, tls13| {
            let suites = of_versions((tls12, tls13), ALL_CIPHER_SUITES);
            suites.map(|suites| suites.iter().filter(|suite| suite.tls13().is_some()).count())
        };
        assert_eq!(suites(None, None).unwrap(), 3);
        assert_eq!(suites(Some("ECDHE-RSA-AES128-GCM-SHA256"), None).unwrap(), 3);
        assert_eq!(suites(None, Some("TLS_AES_128_GCM_SHA256")).unwrap(), 1);
        assert!(suites(Some("TLS_AES_128_GCM_SHA256"), None).is_err());
        assert!(suites(None, Some("ECDHE-RSA-AES128-GCM-SHA256")).is_err());
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_is() {
        for bad in ["AES128-SHA", "HIGH:!aNULL", "", ":", "ECDHE-RSA-AES128-GCM-SHA256:x"] {
            let error = names(bad).unwrap_err();
            assert!(error.contains("ECDHE-RSA-AES256-GCM-SHA384"), "{error}");
        }
    }
}
