//! Configurations, read.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::broker::{CertificateUser, ListenerOptions, MountPoint, Versions};
use crate::codec::{Qos, Version};
use crate::net::{ClientCertificate, ListenAddress, ProxyHeader, TlsVersions};
use crate::options::log::{Destination, Types};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mq-conf-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Reads a configuration, in which `DIR` is this folder.
    fn read(&self, text: impl AsRef<[u8]>) -> Result<ConfigFile, String> {
        let place = self.0.to_str().unwrap();
        let mut bytes = text.as_ref().to_vec();
        if let Ok(text) = std::str::from_utf8(&bytes) {
            bytes = text.replace("DIR", place).into_bytes();
        }
        let file = self.0.join("mosquitto.conf");
        std::fs::write(&file, bytes).unwrap();
        let read = super::read(&file, &Defaults::default());
        read.map_err(|error| error.to_string().replace(place, "DIR"))
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.join(name), content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn read(text: &str) -> ConfigFile {
    Folder::new().read(text).unwrap()
}

#[track_caller]
fn refused(text: &str) -> String {
    Folder::new().read(text).unwrap_err()
}

fn places(file: &ConfigFile) -> Vec<String> {
    file.broker.listeners.iter().map(|one| one.address.to_string()).collect()
}

fn only(file: &ConfigFile) -> &ListenerOptions {
    assert_eq!(file.broker.listeners.len(), 1);
    &file.broker.listeners[0]
}

#[test]
fn listeners_are_where_their_lines_say() {
    let text = "listener 1 127.0.0.1\nlistener 2 # all\nlistener 3 ::1\nlistener 0 /run/sock\n\
                listener 4\nsocket_domain ipv4\nlistener 5\nsocket_domain ipv6\n\
                listener 6 ::1\nsocket_domain ipv6\n";
    let file = read(text);
    let expected = ["127.0.0.1:1", "*:2", "[::1]:3", "/run/sock", "0.0.0.0:4", "[::]:5", "[::1]:6"];
    assert_eq!(places(&file), expected);
    assert!(matches!(file.broker.listeners[3].address, ListenAddress::Unix(_)));
    assert_eq!(places(&read("port 7\n")), ["*:7"]);
    assert_eq!(places(&read("bind_address 127.0.0.1\n")), ["127.0.0.1:1883"]);
    assert_eq!(places(&read("port 7\nbind_address ::1\nlistener 8\n")), ["*:8", "[::1]:7"]);
    assert!(read("max_queued_messages 5\n").broker.listeners.is_empty());
}

#[test]
fn with_a_listener_nobody_is_let_in_without_a_login_unless_it_is_said() {
    let anonymous = |text: &str| {
        let file = read(text);
        let of = |one: &ListenerOptions| one.policy.anonymous.unwrap();
        file.broker.listeners.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(anonymous("listener 1\n"), [false]);
    assert_eq!(anonymous("port 1\n"), [false]);
    assert_eq!(anonymous("bind_address ::1\n"), [false]);
    assert_eq!(anonymous("listener 1\nallow_anonymous true\nlistener 2\n"), [true, true]);
    let each = "per_listener_settings true\nlistener 1\nallow_anonymous true\nlistener 2\n";
    assert_eq!(anonymous(each), [true, false]);
    let other = "allow_anonymous true\nlistener 1\nlistener_allow_anonymous false\nlistener 2\n";
    assert_eq!(anonymous(other), [false, true]);
    let local = |text: &str| read(text).broker.other.policy.anonymous;
    assert_eq!(local("max_qos 1\n"), Some(true));
    assert_eq!(local("allow_anonymous false\n"), Some(false));
    assert_eq!(local("listener 1\n"), Some(false));
}

#[test]
fn a_listener_where_nobody_is_let_in_is_warned_of() {
    let file = read("# none\nlistener 1\n");
    assert_eq!(file.warnings.len(), 1);
    let warning = file.warnings[0].to_string();
    assert!(warning.contains("line 2: nobody is let in"), "{warning}");
    assert!(read("listener 1\nallow_anonymous true\n").warnings.is_empty());
}

#[test]
fn users_and_rules_are_each_listeners_own_only_when_it_is_said() {
    let folder = Folder::new();
    folder.write("users", &format!("alice:{}\n", hash()));
    folder.write("rules", "user alice\ntopic read #\n");
    let shared = folder.read("listener 1\npassword_file DIR/users\nlistener 2\n").unwrap();
    let has_users = |file: &ConfigFile| {
        let of = |one: &ListenerOptions| one.policy.access.has_users();
        file.broker.listeners.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(has_users(&shared), [true, true]);
    let own = "per_listener_settings true\nlistener 1\npassword_file DIR/users\n\
               acl_file DIR/rules\nlistener 2\nallow_anonymous true\n";
    assert_eq!(has_users(&folder.read(own).unwrap()), [true, false]);
    let late = folder.read("allow_anonymous true\nper_listener_settings true\n").unwrap_err();
    assert!(late.contains("line 2: per_listener_settings"), "{late}");
}

fn hash() -> String {
    use crate::broker::access::{Method, hash};
    hash(&crate::secret::Secret::new("pw"), Method::Sha512).unwrap()
}

#[test]
fn every_limit_is_set_by_its_key() {
    let text = "max_queued_messages 1\nmax_queued_bytes 2\nmax_inflight_messages 3\n\
                max_inflight_bytes 4\nmax_packet_size 2000\nmessage_size_limit 6\n\
                global_max_connections 7\nglobal_max_clients 8\nmax_keepalive 9\n\
                persistent_client_expiration 2d\nretain_available false\n\
                retain_expiry_interval 10\ncheck_retain_source false\nqueue_qos0_messages true\n\
                upgrade_outgoing_qos true\nset_tcp_nodelay false\n";
    let limits = read(text).broker.limits;
    assert_eq!((limits.queue_messages, limits.queue_bytes), (1, 2));
    assert_eq!((limits.window_v3, limits.window_v5, limits.receive_maximum), (3, 3, 3));
    assert_eq!((limits.window_bytes, limits.message_bytes), (4, 6));
    assert_eq!((limits.maximum_packet, limits.remote_maximum_packet), (2000, 2000));
    assert_eq!((limits.connections, limits.clients, limits.keep_alive), (7, 8, 9));
    assert_eq!(limits.session_expiry, Duration::from_hours(48));
    assert_eq!(limits.retained_for, Some(Duration::from_mins(10)));
    assert!(!limits.retains && !limits.checks_retained && limits.queues_once);
    assert!(limits.upgrades_qos && !limits.no_delay);
    let none = "max_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 0\n\
                max_inflight_bytes 0\nmessage_size_limit 0\nglobal_max_connections -1\n\
                global_max_clients -1\nmax_keepalive 65535\nretain_expiry_interval 0\n";
    let limits = read(none).broker.limits;
    let counts = [limits.queue_messages, limits.queue_bytes, limits.window_bytes];
    assert_eq!(counts, [Limits::NONE; 3]);
    assert_eq!([limits.message_bytes, limits.connections, limits.clients], [Limits::NONE; 3]);
    assert_eq!((limits.window_v3, limits.keep_alive, limits.retained_for), (u16::MAX, 0, None));
}

#[test]
fn every_term_of_a_listener_is_set_by_its_key() {
    let text = "listener 1\nmax_connections 2\nmax_qos 1\nmax_topic_alias 3\n\
                max_topic_alias_broker 4\nmount_point a/\nuse_username_as_clientid true\n\
                accept_protocol_versions 4,5\nlistener_auto_id_prefix own-\n\
                auto_id_prefix all-\nallow_zero_length_clientid false\nclientid_prefixes ok-\n\
                listener 2\nmaximum_qos 0\n";
    let file = read(text);
    let [first, second] = &file.broker.listeners[..] else { panic!() };
    let policy = &first.policy;
    assert_eq!((policy.connections, policy.maximum_qos), (2, Qos::AtLeastOnce));
    assert_eq!((policy.topic_aliases, policy.own_topic_aliases), (3, 4));
    assert_eq!(policy.mount.as_ref().map(MountPoint::as_str), Some("a/"));
    assert_eq!(policy.versions, Versions::NONE.with(Version::V311).with(Version::V5));
    assert!(policy.user_as_client_id && !policy.assigns_client_ids);
    assert_eq!((&*policy.assigned_prefix, &*policy.client_id_prefix), ("own-", "ok-"));
    let policy = &second.policy;
    assert_eq!((policy.maximum_qos, policy.mount.is_none()), (Qos::AtMostOnce, true));
    assert_eq!((&*policy.assigned_prefix, &*policy.client_id_prefix), ("all-", "ok-"));
    assert!(!policy.assigns_client_ids && !policy.user_as_client_id);
    let each = "per_listener_settings true\nlistener 1\nauto_id_prefix one-\n\
                allow_zero_length_clientid false\nlistener 2\n";
    let file = read(each);
    assert_eq!(&*file.broker.listeners[0].policy.assigned_prefix, "one-");
    assert!(file.broker.listeners[1].policy.assigns_client_ids);
}

#[test]
fn the_log_goes_where_it_is_sent() {
    let log = read("listener 1\n").log;
    assert_eq!(log, Log::default());
    let text = "log_dest stdout\nlog_dest file /var/log/a b\nlog_dest syslog\n\
                log_facility 5\nlog_type error\nlog_type subscribe\nlog_timestamp false\n\
                log_timestamp_format %H : %M\nconnection_messages false\n";
    let log = read(text).log;
    let file = Destination::File("/var/log/a b".into());
    let expected = [Destination::Stdout, file, Destination::Syslog];
    assert_eq!(log.destinations, expected);
    assert_eq!(log.facility, Some(5));
    assert_eq!(log.types, Types { error: true, subscribe: true, ..Types::NONE });
    assert_eq!((log.timestamp, log.format.as_deref()), (false, Some("%H : %M")));
    assert!(!log.connections);
    assert!(read("log_dest stderr\nlog_dest none\n").log.destinations.is_empty());
    assert_eq!(read("log_type error\nlog_type all\n").log.types, Types::ALL);
    assert_eq!(read("log_type all\nlog_type none\n").log.types, Types::NONE);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (line, why) in [
        ("passwordfile /x", "did you mean: password_file"),
        ("alow_anonymous false", "did you mean: allow_anonymous"),
        ("Listener 1", "did you mean: listener"),
        ("nothing_like_it 1", "there is no key \"nothing_like_it\""),
        (" # later", "first column"),
        ("listener", "the value is missing"),
        ("listener 65536", "\"65536\" is not a port"),
        ("listener -1", "is not a port"),
        ("listener 1x", "is not a port"),
        ("listener 5 /run/sock", "port 0"),
        ("listener 5 a b", "one word"),
        ("listener 5 a\nlistener 5 ::1\nsocket_domain ipv4", "line 3: socket_domain"),
        ("port 1\nport 2", "line 3: port: it is given twice"),
        ("port nan", "is not a port"),
        ("socket_domain ipv5", "ipv4"),
        ("protocol mqttsn", "neither mqtt nor websockets"),
        ("allow_anonymous", "the value is missing"),
        ("allow_anonymous maybe", "neither true nor false"),
        ("allow_anonymous TRUE", "neither true nor false"),
        ("allow_anonymous true false", "one word"),
        ("password_file", "the value is missing"),
        ("password_file /x\npassword_file /y", "line 3: password_file: it is given twice"),
        ("max_queued_messages -1", "whole number"),
        ("max_queued_messages 1e3", "whole number"),
        ("max_queued_messages 99999999999999999999", "whole number"),
        ("max_inflight_messages 65536", "whole number"),
        ("max_packet_size 19", "whole number"),
        ("max_packet_size 268435461", "whole number"),
        ("max_keepalive nan", "whole number"),
        ("max_keepalive 65536", "whole number"),
        ("persistent_client_expiration 1", "s, h, d, w, m or y"),
        ("persistent_client_expiration 0d", "no time"),
        ("persistent_client_expiration -1d", "s, h, d, w, m or y"),
        ("persistent_client_expiration 5000000000d", "s, h, d, w, m or y"),
        ("persistent_client_expiration é", "s, h, d, w, m or y"),
        ("retain_expiry_interval -1", "whole number"),
        ("max_qos 3", "0, 1 or 2"),
        ("mount_point a/#", "mount_point"),
        ("accept_protocol_versions 6", "3, 4 or 5"),
        ("accept_protocol_versions 4,", "3, 4 or 5"),
        ("log_dest console", "log_dest"),
        ("log_dest file", "the value is missing"),
        ("log_dest file /a\nlog_dest file /b", "line 3: log_dest: there is one file"),
        ("log_type loud", "no kind"),
        ("log_facility 8", "whole number"),
        ("include_dir /no/such/dir", "include_dir /no/such/dir"),
        ("connection bridge", "bridges"),
        ("plugin /x.so", "plugins"),
        ("auth_opt_dbname x", "plugins"),
        ("\u{FEFF}listener 1", "control character"),
        ("listener 1\0", "control character"),
    ] {
        let error = refused(&format!("# first\n{line}\n"));
        assert!(error.starts_with("cannot use DIR/mosquitto.conf, line "), "{line}: {error}");
        let lacks_why = line.starts_with('\u{FEFF}') || error.contains(why);
        assert!(lacks_why, "{line}: {error}");
    }
    assert!(refused("\u{FEFF}listener 1\n").contains("line 1: it begins with a byte order mark"));
}

#[test]
fn a_key_of_a_listener_stands_behind_one() {
    let error = refused("max_qos 1\nlistener 1\n");
    assert!(error.contains("line 1: max_qos: it stands before every listener"), "{error}");
    assert!(refused("# 1\n\nmount_point a\nlistener 1\n").contains("line 3: mount_point"));
    assert_eq!(only(&read("max_qos 1\nport 1\n")).policy.maximum_qos, Qos::AtLeastOnce);
    let local = read("max_qos 1\n").broker.other;
    assert_eq!(local.policy.maximum_qos, Qos::AtLeastOnce);
    // As the files of Home Assistant begin; what holds without it is no mistake.
    let usual = "protocol mqtt\nrequire_certificate false\nmax_connections -1\nlistener 1\n";
    assert_eq!(only(&read(usual)).policy.connections, usize::MAX);
    assert!(refused("protocol websockets\nlistener 1\n").contains("line 1: protocol"));
}

#[test]
fn a_file_that_says_nothing_opens_nothing() {
    for text in ["", "\n\r\n", "# listener 1\n", "  \n"] {
        assert!(refused(text).contains("it says nothing"), "{text:?}");
    }
    let folder = Folder::new();
    assert!(folder.read(b"listener 1\nlog_dest file /\xe9\n").unwrap_err().contains("line 2"));
    let missing = super::read(Path::new("/no/such.conf"), &Defaults::default()).unwrap_err();
    assert!(!missing.is_usage() && missing.to_string().contains("/no/such.conf"));
    let endless = super::read(Path::new("/dev/zero"), &Defaults::default()).unwrap_err();
    assert!(endless.to_string().contains("32 MiB"));
}

#[test]
fn lines_end_as_on_other_systems_and_blanks_do_not_count() {
    let file = read(
        "listener 1 127.0.0.1\r\nallow_anonymous true\r\n\r\n  max_qos\t 1 \nmax_connections 5",
    );
    assert_eq!(places(&file), ["127.0.0.1:1"]);
    let policy = &only(&file).policy;
    assert_eq!(
        (policy.anonymous, policy.maximum_qos, policy.connections),
        (Some(true), Qos::AtLeastOnce, 5)
    );
    assert_eq!(
        read("allow_anonymous false # no guests\n").broker.other.policy.anonymous,
        Some(false)
    );
}

#[test]
fn included_files_come_in_their_order_each_with_its_own_lines() {
    let folder = Folder::new();
    for (name, text) in [
        ("b.conf", "log_type error\nauto_id_prefix b-\n"),
        ("A.conf", "auto_id_prefix A-\nlistener 2\n"),
        ("a.conf", "max_qos 1\nauto_id_prefix a-\n"),
        ("B.conf", "auto_id_prefix B-\n"),
        ("01.conf", "listener 1\n"),
        ("c.conf.bak", "nonsense\n"),
    ] {
        std::fs::create_dir_all(folder.0.join("more")).unwrap();
        folder.write(&format!("more/{name}"), text);
    }
    let names = |files: Vec<PathBuf>| {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.into_iter().map(name).collect::<Vec<_>>()
    };
    let files = names(include::files(&folder.0.join("more")).unwrap());
    assert_eq!(files, ["01.conf", "A.conf", "a.conf", "B.conf", "b.conf"]);
    // In a file of its own, the listener of the file before is over.
    let error = folder.read("include_dir DIR/more\n").unwrap_err();
    assert!(error.contains("DIR/more/a.conf, line 1: max_qos"), "{error}");
    folder.write("more/a.conf", "auto_id_prefix a-\n");
    let file = folder.read("include_dir DIR/more\n").unwrap();
    assert_eq!(places(&file), ["*:1", "*:2"]);
    assert_eq!(&*file.broker.listeners[0].policy.assigned_prefix, "b-");
    folder.write("more/b.conf", "listener 3\n# x\nbad 1\n");
    let error = folder.read("include_dir DIR/more\n").unwrap_err();
    assert!(error.contains("DIR/more/b.conf, line 3"), "{error}");
    folder.write("more/b.conf", "include_dir /etc\n");
    let error = folder.read("include_dir DIR/more\n").unwrap_err();
    assert!(error.contains("line 1: include_dir stands in the main file only"), "{error}");
}

#[test]
fn keys_that_mean_nothing_are_warned_of_with_their_line() {
    let file = read("persistence true\npersistence false\nretry_interval 20\nlog_dest dlt\n");
    let told: Vec<_> = file.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("line 1: persistence") && told[1].contains("line 3: retry_interval"));
    assert!(told[2].contains("line 4: log_dest"), "{told:?}");
}

#[test]
fn files_that_are_named_are_read_and_are_wrong_with_their_own_lines() {
    let folder = Folder::new();
    folder.write("users", &format!("alice:{}\n\nbob\n", hash()));
    folder.write("rules", "topic read a\ntopic reed b\n");
    let error = folder.read("listener 1\npassword_file DIR/users\n").unwrap_err();
    assert!(error.contains("DIR/users, line 3"), "{error}");
    let error = folder.read("listener 1\nacl_file DIR/rules\n").unwrap_err();
    assert!(error.contains("DIR/rules, line 2"), "{error}");
    folder.write("rules", "");
    assert!(folder.read("acl_file DIR/rules\n").unwrap_err().contains("no rule"));
    folder.write("users", "");
    assert!(folder.read("password_file DIR/users\n").unwrap_err().contains("no user"));
}

/// A certificate that signs itself, with its key.
fn certificate(folder: &Folder) {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    folder.write("cert", &issued.cert.pem());
    folder.write("key", &issued.signing_key.serialize_pem());
    std::fs::create_dir_all(folder.0.join("folder")).unwrap();
    folder.write("folder/ca.pem", &issued.cert.pem());
}

#[test]
fn every_key_of_an_entrance_changes_it() {
    let folder = Folder::new();
    certificate(&folder);
    let entrance = |lines: &str| {
        let text = format!("listener 1\nallow_anonymous true\n{lines}");
        only(&folder.read(&text).unwrap()).clone()
    };
    let tls = |lines: &str| {
        let one = entrance(&format!("certfile DIR/cert\nkeyfile DIR/key\n{lines}"));
        (*one.entrance.tls.unwrap().options()).clone()
    };
    let plain = tls("");
    assert_eq!(plain.client_certificate, ClientCertificate::Ignored);
    assert_eq!(plain.versions, TlsVersions::From12);
    let all = tls("cafile DIR/cert\ncapath DIR/folder\nrequire_certificate true\n\
                   disable_client_cert_date_checks true\ntls_version tlsv1.3\n\
                   ciphers_tls1.3 TLS_AES_256_GCM_SHA384\n");
    assert_eq!(all.client_certificate, ClientCertificate::Required);
    assert!(all.ca_file.is_some() && all.ca_path.is_some() && all.ignore_client_dates);
    assert_eq!(all.versions, TlsVersions::Only13);
    assert_eq!(all.ciphers_tls13.as_deref(), Some("TLS_AES_256_GCM_SHA384"));
    let named = "cafile DIR/cert\nuse_identity_as_username true\n";
    assert_eq!(tls(named).client_certificate, ClientCertificate::Optional);
    let user = |lines: &str| {
        let head = "certfile DIR/cert\nkeyfile DIR/key\ncafile DIR/cert\n";
        entrance(&format!("{head}{lines}")).policy.certificate_user
    };
    assert_eq!(user("use_identity_as_username true\n"), CertificateUser::CommonName);
    assert_eq!(user("use_subject_as_username true\n"), CertificateUser::Subject);
    let both = "use_subject_as_username true\nuse_identity_as_username true\n";
    assert_eq!(user(both), CertificateUser::CommonName);
    let origins = "protocol websockets\nwebsockets_origin https://a\nwebsockets_origin https://b\n";
    let websocket = entrance(origins).entrance.websocket.unwrap();
    assert_eq!(websocket.origins, ["https://a", "https://b"]);
    let header = |lines: &str| entrance(lines).entrance.proxy_header;
    assert_eq!(header("enable_proxy_protocol 1\n"), Some(ProxyHeader::Version1));
    let secure = "enable_proxy_protocol 2\nproxy_protocol_v2_require_tls true\n";
    assert_eq!(header(secure), Some(ProxyHeader::Version2 { requires_tls: true }));
    assert!(entrance("protocol mqtt\n").entrance.is_open());
}

#[test]
fn what_asks_for_tls_never_comes_to_plain_text() {
    let folder = Folder::new();
    certificate(&folder);
    folder.write("empty", "");
    for (lines, why) in [
        ("certfile DIR/cert", "line 1: certfile asks for TLS, and keyfile is missing"),
        ("keyfile DIR/key", "line 1: keyfile asks for TLS, and certfile is missing"),
        ("cafile DIR/cert", "line 1: cafile asks for TLS, and certfile is missing"),
        ("tls_version tlsv1.3", "line 1: tls_version asks for TLS"),
        ("require_certificate true", "line 1: require_certificate asks for TLS"),
        ("use_identity_as_username true", "need TLS"),
        ("certfile DIR/none\nkeyfile DIR/key", "line 2: certfile: cannot read DIR/none"),
        (
            "certfile DIR/empty\nkeyfile DIR/key",
            "line 2: certfile: there is no certificate in DIR/empty",
        ),
        ("certfile DIR/cert\nkeyfile DIR/cert", "line 3: keyfile: there is no private key in"),
        ("certfile DIR/cert\nkeyfile DIR/key\nrequire_certificate true", "line 1: "),
        ("certfile DIR/cert\nkeyfile DIR/key\ncafile DIR/empty", "line 4: cafile: there is no"),
        ("certfile DIR/cert\nkeyfile DIR/key\ncrlfile DIR/empty", "line 4: crlfile: there is no"),
        ("certfile DIR/cert\nkeyfile DIR/key\nciphers NONE", "line 1: "),
        ("certfile DIR/cert\ncertfile DIR/cert", "given twice"),
        ("tls_version tlsv1.0", "neither tlsv1.2 nor tlsv1.3"),
        ("proxy_protocol_v2_require_tls true", "enable_proxy_protocol 2 is missing"),
        ("enable_proxy_protocol 3", "neither 1 nor 2"),
        ("websockets_origin https://a", "protocol websockets is missing"),
    ] {
        let error = folder.read(format!("listener 1\n{lines}\n")).unwrap_err();
        assert!(error.contains(why), "{lines}: {error}");
    }
}
