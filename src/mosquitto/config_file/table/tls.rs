//! TLS, and what certificates say of clients.

use std::path::PathBuf;

use super::{Scope, Served, works};
use crate::broker::CertificateUser;
use crate::mosquitto::config_file::draft::{Context, once};
use crate::mosquitto::config_file::entry::Entry;
use crate::mosquitto::config_file::value::Value;
use crate::net::TlsVersions;

pub(super) const SERVED: &[Served] = &[
    works("certfile", Scope::Listener, |context, value| {
        let path = named(context, "certfile", value)?;
        once(&mut secured(context, "certfile").certificate, path)
    }),
    works("keyfile", Scope::Listener, |context, value| {
        let path = named(context, "keyfile", value)?;
        once(&mut secured(context, "keyfile").key, path)
    }),
    works("cafile", Scope::Listener, |context, value| {
        let path = named(context, "cafile", value)?;
        once(&mut secured(context, "cafile").ca_file, path)
    }),
    works("capath", Scope::Listener, |context, value| {
        let path = named(context, "capath", value)?;
        once(&mut secured(context, "capath").ca_path, path)
    }),
    works("crlfile", Scope::Listener, |context, value| {
        let path = named(context, "crlfile", value)?;
        once(&mut secured(context, "crlfile").crl_file, path)
    }),
    works("require_certificate", Scope::Listener, |context, value| {
        if value.flag()? {
            secured(context, "require_certificate").requires_certificate = true;
        } else {
            context.block().entry.requires_certificate = false;
        }
        Ok(())
    }),
    works("disable_client_cert_date_checks", Scope::Listener, |context, value| {
        context.block().entry.ignores_dates = value.flag()?;
        Ok(())
    }),
    works("tls_version", Scope::Listener, |context, value| {
        let versions = match value.word()? {
            "tlsv1.3" => TlsVersions::Only13,
            "tlsv1.2" => TlsVersions::From12,
            "tlsv1.1" => {
                context.warn("tls_version: TLS 1.1 is not served, 1.2 and 1.3 are".to_owned());
                TlsVersions::From12
            }
            other => return Err(format!("{other:?} is neither tlsv1.2 nor tlsv1.3")),
        };
        secured(context, "tls_version").versions = versions;
        Ok(())
    }),
    works("ciphers", Scope::Listener, |context, value| {
        once(&mut secured(context, "ciphers").ciphers, value.text()?.to_owned())
    }),
    works("ciphers_tls1.3", Scope::Listener, |context, value| {
        once(&mut secured(context, "ciphers_tls1.3").ciphers_tls13, value.text()?.to_owned())
    }),
    works("use_identity_as_username", Scope::Listener, |context, value| {
        certificate_user(context, value, CertificateUser::CommonName)
    }),
    works("use_subject_as_username", Scope::Listener, |context, value| {
        certificate_user(context, value, CertificateUser::Subject)
    }),
];

pub(super) const UNSERVED: &str = "\
dhparamfile | warns | keys are exchanged by elliptic curves alone
tls_engine, tls_engine_kpass_sha1, tls_keyform pem \
    | refused | keys of hardware are not served: give keyfile a file
";

/// A file of TLS, which is remembered with its line.
fn named(
    context: &mut Context<'_>,
    key: &'static str,
    value: Value<'_>,
) -> Result<PathBuf, String> {
    let named = context.named(key, value)?;
    context.block().entry.named.push(named.clone());
    Ok(named.path)
}

/// The entrance of a listener of which a key says that it is secure.
fn secured<'a>(context: &'a mut Context<'_>, key: &'static str) -> &'a mut Entry {
    let entry = &mut context.block().entry;
    entry.secured_by.get_or_insert(key);
    entry
}

/// Where both are asked for, mosquitto takes the common name.
fn certificate_user(
    context: &mut Context<'_>,
    value: Value<'_>,
    user: CertificateUser,
) -> Result<(), String> {
    let is_wanted = value.flag()?;
    let entry = &mut context.block().entry;
    match (is_wanted, entry.user) {
        (true, CertificateUser::CommonName) => {}
        (true, _) => entry.user = user,
        (false, known) if known == user => entry.user = CertificateUser::Nothing,
        (false, _) => {}
    }
    Ok(())
}
