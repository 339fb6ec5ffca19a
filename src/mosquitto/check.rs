//! What is wrong only when all options are read: in mosquitto's order, for the first is told.

use super::Error;
use super::given::Given;
use crate::options::Tool;

/// Whether the options can be served together.
pub(super) fn check(given: &Given) -> Result<(), Error> {
    if given.will_topic.is_none() {
        if given.will_payload.is_some() {
            return Err(Error::WillPayloadAlone);
        }
        if given.will_retain {
            return Err(Error::WillRetainAlone);
        }
    }
    check_tls(given)?;
    check_session(given)?;
    check_properties(given)?;
    let has_topic = given.topic.is_some();
    match given.tool {
        Tool::Publish if !has_topic || given.message.is_none() => Err(Error::NothingToPublish),
        Tool::Request
            if !has_topic || given.message.is_none() || given.response_topic.is_none() =>
        {
            Err(Error::NothingToRequest)
        }
        Tool::Subscribe if given.filters.is_empty() && given.unsubscribe.is_empty() => {
            Err(Error::NothingToSubscribe)
        }
        Tool::Subscribe if given.no_retained && given.retained_only => {
            Err(Error::NoRetainedAndOnlyRetained)
        }
        _ => check_connection(given),
    }
}

/// What mosquitto finds only when it sets up its connection.
fn check_connection(given: &Given) -> Result<(), Error> {
    if given.id.as_ref().is_some_and(String::is_empty) {
        return Err(Error::EmptyId(given.tool));
    }
    check_login(given)?;
    check_tls_values(given)
}

fn check_tls(given: &Given) -> Result<(), Error> {
    let tls = &given.tls;
    if tls.off {
        return Ok(());
    }
    if tls.cert.is_some() != tls.key.is_some() {
        return Err(Error::HalfCertificate);
    }
    if tls.key_form.is_some() && tls.key.is_none() {
        return Err(Error::KeyFormAlone);
    }
    if tls.engine_pass.is_some() && (tls.engine.is_none() || tls.key_form.is_none()) {
        return Err(Error::EnginePassAlone);
    }
    let has_ca = tls.cafile.is_some() || tls.capath.is_some();
    if tls.psk.is_some() && has_ca {
        return Err(Error::PskAndCa);
    }
    if tls.psk.is_some() && tls.psk_identity.is_none() {
        return Err(Error::PskAlone);
    }
    if tls.psk.is_some() { Err(Error::NoPsk("--psk")) } else { Ok(()) }
}

/// Values that mean nothing are told without TLS too.
fn check_tls_values(given: &Given) -> Result<(), Error> {
    let tls = &given.tls;
    if tls.off {
        return Ok(());
    }
    if tls.engine.is_some() {
        return Err(Error::NoEngine("--tls-engine"));
    }
    match &tls.key_form {
        Some(form) if form == "engine" => Err(Error::NoEngine("--keyform engine")),
        Some(form) if form != "pem" => Err(Error::KeyForm),
        _ if tls.wrong_version => Err(Error::TlsVersion),
        _ => Ok(()),
    }
}

fn check_session(given: &Given) -> Result<(), Error> {
    let has_id = given.id.is_some();
    if given.spoken_version().is_v5() {
        let endless = match given.session_expiry {
            Some(seconds) => seconds == u32::MAX,
            None => given.lasting,
        };
        if endless && !has_id { Err(Error::EndlessWithoutId) } else { Ok(()) }
    } else if given.lasting && !has_id {
        Err(Error::LastingWithoutId)
    } else {
        Ok(())
    }
}

/// The packets that take properties, in the order that mosquitto looks at them, and their names.
const PACKETS: &[(&str, &str)] = &[
    ("connect", "CONNECT"),
    ("publish", "PUBLISH"),
    ("subscribe", "SUBSCRIBE"),
    ("unsubscribe", "UNSUBSCRIBE"),
    ("disconnect", "DISCONNECT"),
    ("will", "Will"),
];

fn check_properties(given: &Given) -> Result<(), Error> {
    let has_repeated = |packet: &str| given.repeated_in.iter().any(|known| known == packet);
    match PACKETS.iter().find(|(packet, _)| has_repeated(packet)) {
        Some((_, name)) => Err(Error::RepeatedProperty(name)),
        None => Ok(()),
    }
}

fn check_login(given: &Given) -> Result<(), Error> {
    let alone = given.password.is_some() && given.username.is_none();
    if alone && !given.spoken_version().is_v5() { Err(Error::Login) } else { Ok(()) }
}
