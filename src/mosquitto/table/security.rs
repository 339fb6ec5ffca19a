//! TLS.

use std::path::PathBuf;

use super::{ALL, Row, bytes, flag, text, value};
use crate::net::TlsVersions;
use crate::secret::Secret;

pub(super) const ROWS: &[Row] = &[
    value(
        &["--cafile"],
        ALL,
        ("FILE", "no file specified"),
        |given, word| {
            given.tls.cafile = Some(PathBuf::from(word));
            Ok(())
        },
        "connect by TLS, trusting the certificates in this file",
    ),
    value(
        &["--capath"],
        ALL,
        ("DIRECTORY", "no directory specified"),
        |given, word| {
            given.tls.capath = Some(PathBuf::from(word));
            Ok(())
        },
        "connect by TLS, trusting the certificates in this directory",
    ),
    flag(
        &["--tls-use-os-certs"],
        ALL,
        |given| {
            given.tls.os_certs = true;
            Ok(())
        },
        "connect by TLS, trusting the certificates of the system",
    ),
    value(
        &["--cert"],
        ALL,
        ("FILE", "no file specified"),
        |given, word| {
            given.tls.cert = Some(PathBuf::from(word));
            Ok(())
        },
        "this client's certificate; needs --key",
    ),
    value(
        &["--key"],
        ALL,
        ("FILE", "no file specified"),
        |given, word| {
            given.tls.key = Some(PathBuf::from(word));
            Ok(())
        },
        "the private key of that certificate",
    ),
    value(
        &["--keyform"],
        ALL,
        ("FORM", "no keyform specified"),
        |given, word| {
            given.tls.key_form = Some(word.to_owned());
            Ok(())
        },
        "pem; engine is not served",
    ),
    value(
        &["--ciphers"],
        ALL,
        ("LIST", "no ciphers specified"),
        |given, word| {
            given.tls.ciphers = Some(text("--ciphers", word)?);
            Ok(())
        },
        "the cipher suites to offer",
    ),
    value(
        &["--tls-version"],
        ALL,
        ("VERSION", "no version specified"),
        |given, word| {
            given.tls.versions = match word.to_str() {
                Some("tlsv1.2") => Some(TlsVersions::From12),
                Some("tlsv1.3") => Some(TlsVersions::Only13),
                _ => None,
            };
            given.tls.wrong_version = given.tls.versions.is_none();
            Ok(())
        },
        "tlsv1.3 or tlsv1.2, the oldest to speak [default: tlsv1.2]",
    ),
    value(
        &["--tls-alpn"],
        ALL,
        ("PROTOCOL", "no protocol specified"),
        |given, word| {
            given.tls.alpn = Some(text("--tls-alpn", word)?);
            Ok(())
        },
        "the protocol to name in the handshake",
    ),
    flag(
        &["--insecure"],
        ALL,
        |given| {
            given.tls.insecure = true;
            Ok(())
        },
        "take every certificate, so that anybody may listen and lie",
    ),
    value(
        &["--tls-keylog"],
        ALL,
        ("FILE", "no file specified"),
        |given, word| {
            given.tls.key_log = Some(PathBuf::from(word));
            Ok(())
        },
        "append the secrets of the connection to this file, for a packet analyser",
    ),
    flag(
        &["--no-tls"],
        ALL,
        |given| {
            given.tls.off = true;
            Ok(())
        },
        "no TLS, whatever the option file or port 8883 say",
    ),
    value(
        &["--tls-engine"],
        ALL,
        ("ENGINE", "no engine_id specified"),
        |given, word| {
            given.tls.engine = Some(word.to_owned());
            Ok(())
        },
        "not served: mq's TLS library has no engines",
    ),
    value(
        &["--tls-engine-kpass-sha1"],
        ALL,
        ("SHA1", "no kpass sha1 specified"),
        |given, word| {
            given.tls.engine_pass = Some(word.to_owned());
            Ok(())
        },
        "not served: mq's TLS library has no engines",
    ),
    value(
        &["--psk"],
        ALL,
        ("KEY", "no key specified"),
        |given, word| {
            given.tls.psk = Some(Secret::new(bytes(word)));
            Ok(())
        },
        "not served: mq's TLS library has no pre-shared keys",
    ),
    value(
        &["--psk-identity"],
        ALL,
        ("NAME", "no identity specified"),
        |given, word| {
            given.tls.psk_identity = Some(word.to_owned());
            Ok(())
        },
        "not served: mq's TLS library has no pre-shared keys",
    ),
];
