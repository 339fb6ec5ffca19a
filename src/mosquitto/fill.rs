//! From what was given to plain options, with mosquitto's defaults.

use std::time::Duration;

use super::Asked;
use super::given::{self, Given, Message};
use crate::client::{PacketProperties, Will};
use crate::codec::{RetainHandling, Version};
use crate::options::Tool;
use crate::options::{
    Connect, Host, LONGEST_TIME, Payload, Print, Publish, Request, Show, Subscribe, Tls, Transport,
};
use crate::record::Empty;

/// MQTT's ports.
const PLAIN: u16 = 1883;
const SECURE: u16 = 8883;

/// Seconds between packets.
const KEEP_ALIVE: u16 = 60;

/// Messages of QoS 1 and 2 on their way at the same time.
const WINDOW: u16 = 20;

/// mosquitto has no limit of its own for the connection; the system gives up after about two
/// minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(130);

/// Letters behind `mosq-` in an identifier for version 3.1, which knows no empty one.
const ID_LETTERS: usize = 18;

/// Options of the command that does what was asked for.
pub(super) fn fill(given: Given) -> Asked {
    match given.tool {
        Tool::Publish => Asked::Publish(publish(given)),
        Tool::Subscribe => Asked::Subscribe(subscribe(given)),
        Tool::Request => Asked::Request(request(given)),
    }
}

fn payload(message: Option<Message>) -> Payload {
    match message {
        Some(Message::Text(text)) => Payload::Text(text.into_encoded_bytes()),
        Some(Message::File(path)) => Payload::File(path),
        Some(Message::Stdin) => Payload::Stdin,
        Some(Message::Lines) => Payload::Lines,
        Some(Message::Nothing) | None => Payload::Text(Vec::new()),
    }
}

fn publish(mut given: Given) -> Publish {
    let payload = payload(given.message.take());
    if given.repeat.is_some() {
        // Each message waits for the delivery of the one before.
        given.window = Some(1);
    }
    // Only the loop behind -l connects again.
    let is_lines = payload == Payload::Lines;
    Publish {
        topics: given.topic.take().into_iter().collect(),
        qos: given.qos,
        retain: given.retain,
        payload,
        repeat: given.repeat.unwrap_or(1),
        repeat_delay: Duration::try_from_secs_f64(given.repeat_delay).unwrap_or(LONGEST_TIME),
        reconnect: is_lines,
        give_up: None,
        stats: false,
        require_subscriber: false,
        dry_run: false,
        connect: connect(given),
    }
}

fn subscribe(mut given: Given) -> Subscribe {
    Subscribe {
        filters: std::mem::take(&mut given.filters),
        unsubscribe: std::mem::take(&mut given.unsubscribe),
        filter_out: std::mem::take(&mut given.filter_out),
        qos: given.qos,
        count: given.count,
        time_limit: time_limit(&given),
        print: print(&mut given),
        show: match (given.message_rate, given.watch) {
            (true, _) => Show::Rate,
            (false, true) => Show::Watch { anywhere: true },
            (false, false) => Show::Messages,
        },
        random_filter: given.random_filter,
        skip_retained: given.no_retained,
        retained_only: given.retained_only,
        remove_retained: given.remove_retained,
        echoes: true,
        retain_as_published: given.retain_as_published,
        retain_handling: retain_handling(&given),
        will_when_cut_short: true,
        patient: true,
        give_up: None,
        only_subscribe: given.only_subscribe,
        connect: connect(given),
        ..Subscribe::default()
    }
}

/// The first message that comes is the response, whenever it comes, whatever its topic and
/// whatever it carries.
fn request(mut given: Given) -> Request {
    Request {
        topic: given.topic.take(),
        response_topic: given.response_topic.take(),
        qos: given.qos,
        payload: payload(given.message.take()),
        correlate: false,
        any_message: true,
        answers: 1,
        in_flight: 1,
        time_limit: time_limit(&given),
        latency: given.latency,
        print: print(&mut given),
        skip_retained: given.no_retained,
        retain_as_published: given.retain_as_published,
        retain_handling: retain_handling(&given),
        will_when_cut_short: true,
        lenient: true,
        connect: connect(given),
    }
}

fn print(given: &mut Given) -> Print {
    Print {
        verbose: given.verbose,
        newline: !given.no_newline,
        empty: Empty::Null,
        format: given.format.take(),
        pretty: given.pretty,
        ..Print::default()
    }
}

fn time_limit(given: &Given) -> Option<Duration> {
    given.timeout.map(|seconds| Duration::from_secs(seconds).min(LONGEST_TIME))
}

/// `-R` asks for none, unless something else is said.
fn retain_handling(given: &Given) -> RetainHandling {
    let usual = if given.no_retained { RetainHandling::Never } else { RetainHandling::default() };
    given.retain_handling.unwrap_or(usual)
}

fn connect(given: Given) -> Connect {
    let version = given.spoken_version();
    let client_id = client_id(&given, version);
    let has_ca = given.tls.cafile.is_some() || given.tls.capath.is_some();
    let port = given.port.unwrap_or(if has_ca && !given.tls.off { SECURE } else { PLAIN });
    let host = given.host.unwrap_or_else(|| "localhost".to_owned());
    // Port 0 is how mosquitto's clients remember that the host is a path.
    let unix = given.unix.or_else(|| (port == 0).then(|| host.clone().into()));
    let will = given.will_topic.map(|topic| Will {
        topic,
        payload: given.will_payload.map(std::ffi::OsString::into_encoded_bytes).unwrap_or_default(),
        qos: given.will_qos,
        retain: given.will_retain,
    });
    let tls = tls(given.tls, port);
    let transport = Transport {
        websocket: given.websocket,
        bind: given.bind,
        srv: given.service_lookup,
        proxy: given.proxy,
        ..Transport::default()
    };
    Connect {
        alone: true,
        transport,
        tls,
        hosts: unix.is_none().then_some(Host { name: host, port: None }).into_iter().collect(),
        port: Some(port),
        unix,
        username: given.username,
        password: given.password,
        password_file: None,
        ask_password: false,
        client_id,
        id_prefix: given.id_prefix,
        clean: !given.lasting,
        session_expiry: given.session_expiry.filter(|_| version.is_v5()),
        window: Some(given.window.unwrap_or(WINDOW)),
        keep_alive: Some(given.keep_alive.unwrap_or(KEEP_ALIVE)),
        version: Some(version),
        needs_v5: false,
        will,
        // Other versions have no place for them.
        properties: if version.is_v5() { given.properties } else { PacketProperties::default() },
        connect_timeout: CONNECT_TIMEOUT,
        retry: None,
        debug: given.debug,
        quiet: given.quiet,
    }
}

fn client_id(given: &Given, version: Version) -> Option<String> {
    let named = given.id.is_some() || given.id_prefix.is_some();
    if named || version != Version::V31 {
        return given.id.clone();
    }
    let letters = std::iter::repeat_with(fastrand::alphanumeric).take(ID_LETTERS);
    Some("mosq-".chars().chain(letters).collect())
}

/// Port 8883 alone means TLS with the system's authorities. Where nothing asks for TLS the
/// options about it mean nothing.
fn tls(given: given::Tls, port: u16) -> Tls {
    let has_ca = given.cafile.is_some() || given.capath.is_some();
    let system_roots = given.os_certs || (port == SECURE && !has_ca);
    if given.off || !(has_ca || system_roots) {
        return Tls { off: true, ..Tls::default() };
    }
    Tls {
        ca_file: given.cafile,
        ca_path: given.capath,
        system_roots,
        certificate: given.cert,
        key: given.key,
        alpn: given.alpn.into_iter().collect(),
        versions: given.versions.unwrap_or_default(),
        ciphers: given.ciphers,
        key_log: given.key_log,
        insecure: given.insecure,
        ..Tls::default()
    }
}
