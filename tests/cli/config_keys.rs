//! Every key of mosquitto's configuration: what becomes of it, through the built binary.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mq::mosquitto::config_file::{Row, Standing, rows};
use rcgen::{CertificateRevocationListParams, KeyIdMethod, SerialNumber};

use super::support::certificates::Authority;
use super::support::mq::{Finished, run};
use super::support::scratch::Scratch;

/// Each key that works: its name, a value, the test that shows what it does.
const WORKS: &[(&str, &str, &str)] = &[
    (
        "accept_protocol_versions",
        "3,4,5",
        "versions_keep_alive_and_identifiers_are_as_the_file_says",
    ),
    ("acl_file", "DIR/rules", "users_and_rules_that_cannot_be_read_open_nothing"),
    ("allow_anonymous", "true", "a_listener_lets_nobody_in_unless_it_is_said"),
    ("allow_zero_length_clientid", "false", "every_term_of_a_listener_is_set_by_its_key"),
    ("auto_id_prefix", "x-", "every_term_of_a_listener_is_set_by_its_key"),
    ("bind_address", "127.0.0.1", "listeners_are_where_their_lines_say"),
    ("cafile", "DIR/ca.pem", "a_site_of_listeners_with_certificates_is_served"),
    ("capath", "DIR/authorities", "every_key_of_an_entrance_changes_it"),
    ("certfile", "DIR/cert.pem", "a_site_of_listeners_with_certificates_is_served"),
    ("check_retain_source", "false", "every_limit_is_set_by_its_key"),
    ("ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384", "every_key_of_an_entrance_changes_it"),
    ("ciphers_tls1.3", "TLS_AES_256_GCM_SHA384", "every_key_of_an_entrance_changes_it"),
    ("clientid_prefixes", "x-", "versions_keep_alive_and_identifiers_are_as_the_file_says"),
    ("connection_messages", "false", "the_log_of_a_configuration_goes_where_it_says"),
    ("crlfile", "DIR/crl.pem", "every_key_of_an_entrance_changes_it"),
    ("disable_client_cert_date_checks", "true", "every_key_of_an_entrance_changes_it"),
    ("enable_proxy_protocol", "2", "every_key_of_an_entrance_changes_it"),
    ("global_max_clients", "5", "every_limit_is_set_by_its_key"),
    ("global_max_connections", "5", "every_limit_is_set_by_its_key"),
    ("include_dir", "DIR/more", "the_configuration_that_debian_installs_is_served"),
    ("keyfile", "DIR/key.pem", "a_site_of_listeners_with_certificates_is_served"),
    ("listener", "1884 127.0.0.1", "listeners_serve_each_with_its_own_rules"),
    (
        "listener_allow_anonymous",
        "true",
        "with_a_listener_nobody_is_let_in_without_a_login_unless_it_is_said",
    ),
    ("listener_auto_id_prefix", "y-", "every_term_of_a_listener_is_set_by_its_key"),
    ("log_dest", "topic", "the_log_is_published_below_its_topics"),
    ("log_facility", "3", "the_log_arrives_in_the_systems_log"),
    ("log_timestamp", "false", "the_log_of_a_configuration_goes_where_it_says"),
    ("log_timestamp_format", "%H:%M", "the_log_of_a_configuration_goes_where_it_says"),
    ("log_type", "all", "the_log_of_a_configuration_goes_where_it_says"),
    ("max_connections", "5", "a_listener_takes_as_many_connections_as_it_may"),
    ("max_inflight_bytes", "5", "every_limit_is_set_by_its_key"),
    ("max_inflight_messages", "5", "every_limit_is_set_by_its_key"),
    ("max_keepalive", "60", "every_limit_is_set_by_its_key"),
    ("max_packet_size", "500", "every_limit_is_set_by_its_key"),
    ("max_qos", "1", "messages_above_the_limits_of_the_file_are_refused"),
    ("max_queued_bytes", "5", "every_limit_is_set_by_its_key"),
    ("max_queued_messages", "5", "every_limit_is_set_by_its_key"),
    ("max_topic_alias", "5", "every_term_of_a_listener_is_set_by_its_key"),
    ("max_topic_alias_broker", "5", "every_term_of_a_listener_is_set_by_its_key"),
    ("maximum_qos", "1", "every_term_of_a_listener_is_set_by_its_key"),
    ("memory_limit", "1000000", "keys_of_a_configuration_say_the_same"),
    ("message_size_limit", "500", "every_limit_is_set_by_its_key"),
    ("mount_point", "x/", "every_term_of_a_listener_is_set_by_its_key"),
    ("password_file", "DIR/users", "hanging_up_brings_users_and_rules_in_force"),
    ("per_listener_settings", "false", "listeners_serve_each_with_its_own_rules"),
    ("persistent_client_expiration", "2w", "every_limit_is_set_by_its_key"),
    ("pid_file", "DIR/pid", "the_log_of_a_configuration_goes_where_it_says"),
    ("port", "1885", "listeners_are_where_their_lines_say"),
    ("protocol", "websockets", "a_site_of_listeners_with_certificates_is_served"),
    ("proxy_protocol_v2_require_tls", "true", "every_key_of_an_entrance_changes_it"),
    ("queue_qos0_messages", "true", "qos_0_waits_and_is_raised_where_the_file_says_so"),
    ("require_certificate", "true", "a_site_of_listeners_with_certificates_is_served"),
    ("retain_available", "false", "every_limit_is_set_by_its_key"),
    ("retain_expiry_interval", "5", "every_limit_is_set_by_its_key"),
    ("set_tcp_nodelay", "true", "packets_leave_at_once_where_the_file_says_so"),
    ("socket_domain", "ipv4", "listeners_are_where_their_lines_say"),
    ("sys_interval", "10", "keys_of_a_configuration_say_the_same"),
    ("tls_version", "tlsv1.3", "every_key_of_an_entrance_changes_it"),
    ("upgrade_outgoing_qos", "true", "qos_0_waits_and_is_raised_where_the_file_says_so"),
    ("use_identity_as_username", "true", "a_site_of_listeners_with_certificates_is_served"),
    ("use_subject_as_username", "true", "every_key_of_an_entrance_changes_it"),
    ("use_username_as_clientid", "true", "every_term_of_a_listener_is_set_by_its_key"),
    ("user", "nobody", "privileges_are_given_up_once_all_is_open"),
    ("websockets_origin", "https://example.org", "every_key_of_an_entrance_changes_it"),
];

/// A folder with what values name.
fn folder(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    let users = scratch.write("users", "");
    run(["passwd", "-H", "sha512", "-b", &users, "alice", "pw"]).exits(0);
    scratch.write("rules", "topic read #\n");
    for folder in ["more", "authorities"] {
        std::fs::create_dir_all(scratch.path().join(folder)).unwrap();
    }
    let authority = Authority::new("keys");
    let issued = authority.issue(|_| {});
    scratch.write("ca.pem", authority.pem());
    scratch.write("authorities/ca.pem", authority.pem());
    scratch.write("cert.pem", issued.pem());
    let key = scratch.write("key.pem", issued.key_pem());
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let revoked = CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2024, 1, 1),
        next_update: rcgen::date_time_ymd(2099, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    scratch.write("crl.pem", authority.revocation_list(&revoked));
    scratch
}

/// What stands behind a key that means nothing by itself.
fn behind(key: &str) -> &'static str {
    match key {
        "certfile" => "keyfile DIR/key.pem\n",
        "keyfile" => "certfile DIR/cert.pem\n",
        "cafile"
        | "capath"
        | "crlfile"
        | "ciphers"
        | "ciphers_tls1.3"
        | "tls_version"
        | "disable_client_cert_date_checks" => "certfile DIR/cert.pem\nkeyfile DIR/key.pem\n",
        "require_certificate" | "use_identity_as_username" | "use_subject_as_username" => {
            "certfile DIR/cert.pem\nkeyfile DIR/key.pem\ncafile DIR/ca.pem\n"
        }
        "proxy_protocol_v2_require_tls" => "enable_proxy_protocol 2\n",
        "websockets_origin" => "protocol websockets\n",
        _ => "",
    }
}

/// Tests a configuration that has the key in its third line.
fn test(scratch: &Scratch, key: &str, value: &str) -> Finished {
    let place = scratch.path().to_str().unwrap();
    // What holds for everything has to stand before anything that is a listener's.
    let head = match key {
        "per_listener_settings" => "# settings\nlistener 0 127.0.0.1\n",
        "socket_domain" => "allow_anonymous true\nlistener 0\n",
        _ => "allow_anonymous true\nlistener 0 127.0.0.1\n",
    };
    let text = format!("{head}{key} {value}\n{}", behind(key)).replace("DIR", place);
    let file = scratch.write("keys.conf", text);
    run(["broker", "-c", &file, "--test-config"])
}

#[test]
fn every_key_becomes_what_the_table_says() {
    let (scratch, rows) = (folder("config-keys"), rows());
    let named: Vec<_> = WORKS.iter().map(|(name, ..)| *name).collect();
    let works = rows.iter().filter(|row| row.standing == Standing::Works);
    assert_eq!(works.map(|row| row.name).collect::<Vec<_>>(), named);
    for (name, value, _) in WORKS {
        let tested = test(&scratch, name, value).exits(0);
        assert!(!tested.stderr.contains(name), "{name}: {}", tested.stderr);
    }
    for row in rows.iter().filter(|row| row.standing != Standing::Works) {
        not_served(&scratch, row);
    }
}

fn not_served(scratch: &Scratch, row: &Row) {
    let name = row.name.replace('*', "x");
    let said = format!("line 3: {}: {}", row.name, row.why);
    match row.standing {
        Standing::Warns => test(scratch, &name, "x").exits(0).says(&said),
        _ => test(scratch, &name, "x").exits(2).says(&said),
    };
    for value in &row.harmless {
        let tested = test(scratch, &name, value).exits(0);
        assert!(!tested.stderr.contains(row.name), "{name} {value}: {}", tested.stderr);
    }
}

/// Keys of which a negative number is none.
const SIGNED: &[&str] = &["global_max_clients", "global_max_connections", "max_connections"];

#[test]
fn row_49_numbers_that_are_none_are_refused_by_every_key() {
    let scratch = folder("config-numbers");
    let is_number = |value: &&str| {
        let digits = value.trim_end_matches(['w']).replace(',', "");
        digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let numbers = WORKS.iter().filter(|(_, value, _)| is_number(value));
    let numbers: Vec<_> = numbers.map(|(name, ..)| *name).collect();
    assert!(numbers.len() >= 20, "{numbers:?}");
    let bad = ["", "x", "5x", "0x10", "1e3", "0.5", "NaN", "inf", "99999999999999999999", "5 6"];
    for name in numbers {
        let signed = SIGNED.contains(&name);
        let minus = if signed { &["-99999999999999999999"][..] } else { &["-1", "-0x1"] };
        // Behind the port of a listener stands its host.
        let bad = &bad[..bad.len() - usize::from(name == "listener")];
        for value in bad.iter().chain(minus) {
            let tested = test(&scratch, name, value);
            assert_eq!(tested.code, Some(2), "{name} {value}: {}", tested.stderr);
            tested.says("keys.conf, line 3").says(name);
        }
        if signed {
            test(&scratch, name, "-1").exits(0);
        }
    }
    for (name, bad) in [
        ("persistent_client_expiration", &["0d", "2", "d", "-2d", "2 d", "2x", "99999999999d"][..]),
        ("max_packet_size", &["0", "19", "268435461"]),
        ("max_keepalive", &["65536"]),
        ("max_inflight_messages", &["65536"]),
        ("max_qos", &["3"]),
        ("max_topic_alias", &["65536"]),
        ("sys_interval", &["65536"]),
        ("log_facility", &["8"]),
        ("accept_protocol_versions", &["2", "6", "3,,4", "3 4"]),
        ("enable_proxy_protocol", &["3"]),
        ("port", &["65536"]),
        ("listener", &["65536"]),
    ] {
        for value in bad {
            test(&scratch, name, value).exits(2).says("line 3").says(name);
        }
    }
}

#[test]
fn no_key_of_mosquittos_is_left_out() {
    // Those that the source of 2.1 and the manual page of 2.0 know, together.
    assert!(rows().len() >= 146, "{}", rows().len());
}

#[test]
fn the_test_of_every_key_is_there() {
    let mut sources = String::new();
    for below in ["src/mosquitto", "src/broker", "src/net", "src/cli", "tests"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(below), &mut sources);
    }
    for (name, _, test) in WORKS {
        assert!(sources.contains(&format!("fn {test}(")), "{name}: there is no test {test}");
    }
}

fn gather(place: &Path, into: &mut String) {
    for entry in std::fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}
