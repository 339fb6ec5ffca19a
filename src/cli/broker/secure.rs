//! The options that say how a broker is reached by TLS and by browsers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::broker::{CertificateUser, ListenerOptions};
use crate::cli::tls::version;
use crate::mosquitto::password_file;
use crate::net::{TlsServer, TlsVersions, clock};
use crate::options;

/// A certificate that expires this soon is told of: a week to renew it, and a week's holiday.
const SOON: Duration = Duration::from_hours(14 * 24);

/// TLS, and WebSocket.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS and WebSocket")]
pub(super) struct Secure {
    /// Serve TLS as well, with a certificate made on the spot unless one is given; beyond this machine
    /// instead of the plain port, unless -p names that
    #[arg(long)]
    tls: bool,
    /// Port of TLS, 0 for a free one [default: 8883, with -p 0 or a command 0]; turns TLS on, as do
    /// the files and names below
    #[arg(long, value_name = "PORT")]
    tls_port: Option<u16>,
    /// PEM file of the broker's certificate, with its authorities behind it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    #[arg(conflicts_with_all = ["issue_cert", "tls_dir", "tls_name"])]
    tls_cert: Option<PathBuf>,
    /// PEM file of the private key of --tls-cert
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// File whose first line is the password of --tls-key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_key_password_file: Option<PathBuf>,
    /// Take certificates of clients that the authorities in this PEM file have signed
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Refuse certificates of clients that this revocation list has
    #[arg(long, value_name = "FILE")]
    tls_crl: Option<PathBuf>,
    /// Let nobody in by TLS without a certificate of --tls-ca, or of the authority made on the spot
    #[arg(long)]
    require_client_cert: bool,
    /// Take the name of the user from the client's certificate, and ask for no password: cn for the
    /// common name, subject for all of the subject
    #[arg(long, value_name = "PART", value_parser = certificate_user)]
    cert_user: Option<CertificateUser>,
    /// Make a certificate for a client as well, as NAME.crt and NAME.key; may come many times
    #[arg(long, value_name = "NAME")]
    issue_cert: Vec<String>,
    /// Keep what is made in this folder, and go on with the authority that is there
    #[arg(long, value_name = "FOLDER")]
    tls_dir: Option<PathBuf>,
    /// Name or address that clients call the broker by, for the certificate made on the spot; may come
    /// many times
    #[arg(long, value_name = "NAME")]
    tls_name: Vec<String>,
    /// Only this version: tlsv1.2 or tlsv1.3
    #[arg(long, value_name = "VERSION", value_parser = version)]
    tls_version: Option<TlsVersions>,
    /// Serve WebSocket at this port, 0 for a free one
    #[arg(long, value_name = "PORT")]
    ws: Option<u16>,
    /// Serve WebSocket within TLS at this port; turns TLS on
    #[arg(long, value_name = "PORT")]
    wss: Option<u16>,
    /// Refuse WebSocket of other pages than this, as browsers name it (scheme, host and port); may come
    /// many times
    #[arg(long, value_name = "ORIGIN")]
    ws_origin: Vec<String>,
}

impl Secure {
    /// As plain options.
    pub(super) fn into_options(self) -> options::Secured {
        options::Secured {
            tls: self.tls || self.cert_user.is_some() || self.tls_version.is_some(),
            port: self.tls_port,
            certificate: self.tls_cert,
            key: self.tls_key,
            key_password_file: self.tls_key_password_file,
            ca_file: self.tls_ca,
            crl_file: self.tls_crl,
            requires_certificate: self.require_client_cert,
            certificate_user: self.cert_user.unwrap_or_default(),
            issue: self.issue_cert,
            folder: self.tls_dir,
            names: self.tls_name,
            versions: self.tls_version.unwrap_or_default(),
            websocket: self.ws,
            secure_websocket: self.wss,
            origins: self.ws_origin,
        }
    }
}

fn certificate_user(text: &str) -> Result<CertificateUser, &'static str> {
    match text {
        "cn" => Ok(CertificateUser::CommonName),
        "subject" => Ok(CertificateUser::Subject),
        _ => Err("cn or subject"),
    }
}

/// What is to be said of the certificates that are served, and of the key that was given.
pub(super) fn warnings(given: &options::Secured, listeners: &[ListenerOptions]) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(key) = given.key.as_ref().filter(|key| password_file::is_open_to_others(key)) {
        warnings.push(format!(
            "everybody on this machine can read {key}: chmod o-r it",
            key = key.display()
        ));
    }
    for server in listeners.iter().filter_map(|listener| listener.entrance.tls.as_ref()) {
        let file = server.options();
        // Several listeners may have the same.
        let warning = of_dates(server, &file.certificate);
        warnings.extend(warning.filter(|warning| !warnings.contains(warning)));
    }
    warnings
}

/// What is to be said of a certificate that clients refuse, or will soon.
fn of_dates(server: &TlsServer, certificate: &Path) -> Option<String> {
    let (from, until) = server.dates()?;
    let (certificate, now) = (certificate.display(), clock::wall());
    let days = |time: Duration| match time.as_secs() / (24 * 3600) {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    match (now.duration_since(until), from.duration_since(now)) {
        (Ok(ago), _) => Some(format!(
            "the certificate in {certificate} expired {} ago: clients refuse it",
            days(ago)
        )),
        (_, Ok(ahead)) => Some(format!(
            "the certificate in {certificate} is not valid for another {}: clients refuse it",
            days(ahead)
        )),
        (Err(left), _) if left.duration() < SOON => {
            Some(format!("the certificate in {certificate} expires in {}", days(left.duration())))
        }
        _ => None,
    }
}
