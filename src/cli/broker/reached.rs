//! Where a broker is reached: what is said of it to people, and to the command behind `--`.

use std::ffi::OsString;
use std::path::Path;

use crate::broker::{Bound, Endpoint};
use crate::cli::output;
use crate::options::{self, Certificates, Login};

/// What is to be said of a broker that strangers can reach.
pub(super) fn warnings(
    endpoints: &[Endpoint],
    options: &options::Broker,
    open: bool,
    checked: bool,
) -> Vec<String> {
    let mut reached = endpoints.iter().filter(|endpoint| !endpoint.is_loopback);
    let plain = reached.clone().any(|endpoint| !endpoint.is_secure());
    // Where a certificate lets in, nobody else gets so far.
    let guarded = options.secured.requires_certificate && !plain;
    let mut warnings = Vec::new();
    if open && !guarded && reached.next().is_some() {
        let line = options.configured.as_ref().and_then(|file| file.open_by.as_deref());
        let (what, why) = match (checked, line) {
            (true, None) => ("is let in without a login", "--allow-anonymous is set"),
            (true, Some(line)) => ("is let in without a login", line),
            (false, None) => ("may publish and subscribe", "there is no login, --user makes one"),
            (false, Some(line)) => ("may publish and subscribe", line),
        };
        warnings.push(format!("whoever reaches this address {what}: {why}"));
    }
    if checked && plain {
        warnings.push(
            "names and passwords come as plain text: who is on the way to this address can read \
             them"
                .to_owned(),
        );
    }
    warnings
}

/// Says where the authority lies that was made, and how its broker is reached.
pub(super) fn tell_certificates(bound: &Bound, made: Option<&Certificates>, login: Option<&Login>) {
    let secure = bound.endpoints().into_iter().find(|endpoint| endpoint.scheme == "mqtts");
    let (Some(made), Some(endpoint)) = (made, secure) else { return };
    let file = |path: &Path| shell_word(&path.display().to_string());
    let ca_file = file(&made.ca_file);
    let user = login.map(|login| format!(" -u {}", shell_word(&login.name)));
    let user = user.unwrap_or_default();
    let own = made
        .clients
        .first()
        .map(|(certificate, key)| format!(" --cert {} --key {}", file(certificate), file(key)));
    let own = own.unwrap_or_default();
    output::note(&format!("clients are to trust {ca_file}, for example:"));
    let url = endpoint.url("");
    output::aside(&format!("mq sub -L {url} --cafile {ca_file}{own}{user} -t '#' -v\n"));
}

/// As a shell takes it for one word.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:@%+=".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Where the command finds the broker, how it logs in, and this program. The URLs have the login as
/// well, since clients take all of one place from one variable.
pub(super) fn environment(
    bound: &Bound,
    login: Option<&Login>,
    made: Option<&Certificates>,
) -> Vec<(&'static str, OsString)> {
    let mut variables: Vec<(_, OsString)> = Vec::new();
    let endpoints = bound.endpoints();
    let of = |scheme| endpoints.iter().find(|endpoint| endpoint.scheme == scheme);
    let user = login.map(Login::for_url).unwrap_or_default();
    // Without a plain port, the one of TLS is the broker's.
    if let Some(endpoint) = of("mqtt").or_else(|| of("mqtts")) {
        variables.push(("MQTT_URL", endpoint.url(&user).into()));
        variables.push(("MQTT_HOST", endpoint.host.clone().into()));
        variables.push(("MQTT_PORT", endpoint.port.to_string().into()));
    }
    if let Some(endpoint) = of("mqtts") {
        variables.push(("MQTTS_URL", endpoint.url(&user).into()));
    }
    if let Some(endpoint) = of("ws").or_else(|| of("wss")) {
        variables.push(("MQTT_WS_URL", endpoint.url(&user).into()));
    }
    if let Some(made) = made {
        variables.push(("MQTT_CAFILE", made.ca_file.clone().into()));
        if let Some((certificate, key)) = made.clients.first() {
            variables.push(("MQTT_CERT", certificate.clone().into()));
            variables.push(("MQTT_KEY", key.clone().into()));
        }
    }
    if let Some(login) = login {
        variables.push(("MQTT_USERNAME", login.name.clone().into()));
        variables.push(("MQTT_PASSWORD", login.password_text()));
    }
    if let Ok(program) = std::env::current_exe() {
        variables.push(("MQ", program.into()));
    }
    variables
}

/// One line for each address.
pub(super) fn ready_lines(urls: &[String]) -> String {
    let mut lines = urls.join("\n");
    lines.push('\n');
    lines
}
