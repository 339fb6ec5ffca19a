//! TLS.

use super::{Key, refused};

const LATER: &str = "TLS listeners are not served";

pub(super) const KEYS: &[Key] = &[
    refused("cafile", &[], LATER),
    refused("capath", &[], LATER),
    refused("certfile", &[], LATER),
    refused("keyfile", &[], LATER),
    refused("crlfile", &[], LATER),
    refused("ciphers", &[], LATER),
    refused("ciphers_tls1.3", &[], LATER),
    refused("dhparamfile", &[], LATER),
    refused("disable_client_cert_date_checks", &["false", "0"], LATER),
    refused("require_certificate", &["false", "0"], LATER),
    refused("tls_version", &[], LATER),
    refused("use_identity_as_username", &["false", "0"], LATER),
    refused("use_subject_as_username", &["false", "0"], LATER),
    refused("tls_engine", &[], "keys of hardware are not served: give keyfile a file"),
    refused("tls_engine_kpass_sha1", &[], "keys of hardware are not served: give keyfile a file"),
    refused("tls_keyform", &["pem"], "keys of hardware are not served: give keyfile a file"),
];
