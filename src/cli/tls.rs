//! The options of TLS, which all clients have in common.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::output;
use crate::net::TlsVersions;
use crate::options;
use crate::secret::Secret;

/// How to make the connection secure.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Secure {
    /// PEM file of the authorities to trust, or of the broker's own certificate; turns TLS on
    #[arg(long, value_name = "FILE")]
    cafile: Option<PathBuf>,
    /// Folder of such files; turns TLS on
    #[arg(long, value_name = "FOLDER")]
    capath: Option<PathBuf>,
    /// Trust the authorities that the system trusts; turns TLS on, as does port 8883
    #[arg(long)]
    tls_use_os_certs: bool,
    /// PEM file of the client's certificate, with its authorities behind it
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// PEM file of the private key of --cert
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File whose first line is the password of --key [default: it is asked for at the terminal]
    #[arg(long, value_name = "FILE")]
    key_password_file: Option<PathBuf>,
    /// Only this version: tlsv1.2 or tlsv1.3
    #[arg(long, value_name = "VERSION", value_parser = version)]
    tls_version: Option<TlsVersions>,
    /// Application protocol to offer (ALPN); may come many times
    #[arg(long, value_name = "PROTOCOL")]
    tls_alpn: Vec<String>,
    /// Only these cipher suites, by their names with OpenSSL or IANA, with colons between
    #[arg(long, value_name = "NAMES")]
    ciphers: Option<String>,
    /// Append the secrets of connections to a file, for Wireshark
    #[arg(long, value_name = "FILE")]
    tls_keylog: Option<PathBuf>,
    /// Do not check the broker's certificate: anybody on the way can read and change all
    #[arg(long)]
    insecure: bool,
    /// The name to ask for and to check, instead of the host
    #[arg(long, value_name = "NAME")]
    tls_server_name: Option<String>,
    /// Forget all of these options, and use no TLS at port 8883 either
    #[arg(long)]
    no_tls: bool,
    /// The form of --key
    #[arg(long, value_name = "FORM", hide = true, value_parser = key_form)]
    keyform: Option<()>,
}

impl Secure {
    /// As plain options.
    pub(super) fn into_options(self) -> options::Tls {
        let Self { keyform: _, .. } = self;
        options::Tls {
            ca_file: self.cafile,
            ca_path: self.capath,
            system_roots: self.tls_use_os_certs,
            certificate: self.cert,
            key: self.key,
            key_password_file: self.key_password_file,
            ask_key_password: Some(ask_key_password),
            alpn: self.tls_alpn,
            versions: self.tls_version.unwrap_or_default(),
            ciphers: self.ciphers,
            key_log: self.tls_keylog,
            insecure: self.insecure,
            server_name: self.tls_server_name,
            off: self.no_tls,
        }
    }
}

/// Asks for the password of a key where somebody looks at a terminal: once, however many brokers it
/// is for.
pub(super) fn ask_key_password(key: &Path) -> Result<Option<Secret>, options::Error> {
    static ANSWER: Mutex<Option<(PathBuf, Secret)>> = Mutex::new(None);
    let mut answer = ANSWER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((path, password)) = &*answer
        && path == key
    {
        return Ok(Some(password.clone()));
    }
    if !output::is_watched() {
        return Ok(None);
    }
    match output::ask(&format!("Password of the key in {}: ", key.display())) {
        Ok(password) => {
            *answer = Some((key.to_owned(), password.clone()));
            Ok(Some(password))
        }
        Err(options::Error::NoTerminal) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn version(text: &str) -> Result<TlsVersions, &'static str> {
    match text.to_ascii_lowercase().trim_start_matches("tlsv") {
        "1.2" => Ok(TlsVersions::Only12),
        "1.3" => Ok(TlsVersions::Only13),
        "1" | "1.0" | "1.1" => Err("TLS before 1.2 is not safe, and not served"),
        _ => Err("not tlsv1.2 or tlsv1.3"),
    }
}

fn key_form(text: &str) -> Result<(), &'static str> {
    match text {
        "pem" => Ok(()),
        "engine" => Err("OpenSSL's engines are not served: keys come from PEM files"),
        _ => Err("not pem"),
    }
}
