use super::*;

fn resolve(connect: &Connect, variables: &[(&str, &str)]) -> Result<Resolved, Error> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).into())
    };
    connect.resolve(&lookup)
}

fn settings(connect: &Connect, variables: &[(&str, &str)]) -> Settings {
    resolve(connect, variables).unwrap().settings
}

#[test]
fn without_anything_it_is_localhost() {
    let settings = settings(&Connect::default(), &[]);
    assert_eq!(settings.server.address.to_string(), "localhost:1883");
    assert_eq!((settings.keep_alive, settings.version, settings.server.username), (60, None, None));
}

#[test]
fn the_url_comes_whole_and_before_the_host() {
    let variables = [
        ("MQTT_URL", "mqtt://u:p@h:7/t"),
        ("MQTT_HOST", "other"),
        ("MQTT_PORT", "8"),
        ("MQTT_USERNAME", "nobody"),
        ("MQTT_PASSWORD", "nothing"),
    ];
    let resolved = resolve(&Connect::default(), &variables).unwrap();
    assert_eq!(resolved.settings.server.address.to_string(), "h:7");
    assert_eq!(resolved.settings.server.username.as_deref(), Some("u"));
    assert_eq!(resolved.settings.server.password, Some(Secret::new("p")));
    assert_eq!(resolved.topic.as_deref(), Some("t"));
    let without_login = settings(&Connect::default(), &[("MQTT_URL", "mqtt://h"), variables[3]]);
    assert_eq!(without_login.server.username, None);
}

#[test]
fn a_host_option_leaves_the_login_variables_aside() {
    let connect = Connect { hosts: vec![Host::parse("h").unwrap()], ..Connect::default() };
    let login = [("MQTT_USERNAME", "u"), ("MQTT_PASSWORD", "p"), ("MQTT_URL", "mqtt://a:b@c")];
    let found = settings(&connect, &login);
    assert_eq!(found.server.address.to_string(), "h:1883");
    assert_eq!((found.server.username, found.server.password), (None, None));
    let named = Connect { username: Some("me".into()), ..connect };
    let found = settings(&named, &login);
    assert_eq!(found.server.username.as_deref(), Some("me"));
    assert_eq!(
        found.server.password,
        Some(Secret::new("p")),
        "an explicit user takes MQTT_PASSWORD"
    );
}

#[test]
fn host_and_port_variables_go_with_the_login() {
    let variables = [("MQTT_HOST", "[::1]"), ("MQTT_PORT", "8"), ("MQTT_USERNAME", "u")];
    let found = settings(&Connect::default(), &variables);
    assert_eq!(found.server.address.to_string(), "[::1]:8");
    assert_eq!(found.server.username.as_deref(), Some("u"));
}

#[test]
fn the_port_that_kubernetes_sets_is_ignored_and_told() {
    let variables = [("MQTT_HOST", "h"), ("MQTT_PORT", "tcp://10.0.0.1:1883")];
    let resolved = resolve(&Connect::default(), &variables).unwrap();
    assert_eq!(resolved.settings.server.address.to_string(), "h:1883");
    assert_eq!(resolved.notes.len(), 1);
    for bad in ["x", "0", "65536", " 1"] {
        assert!(resolve(&Connect::default(), &[("MQTT_PORT", bad)]).is_err(), "{bad}");
    }
}

#[test]
fn a_password_file_gives_its_first_line() {
    let path = std::env::temp_dir().join(format!("mq-password-{}", std::process::id()));
    std::fs::write(&path, "se cret\r\nrest").unwrap();
    let path_text = path.to_str().unwrap();
    let found = settings(&Connect::default(), &[("MQTT_PASSWORD_FILE", path_text)]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(found.server.password, Some(Secret::new("se cret")));
    let missing = resolve(&Connect::default(), &[("MQTT_PASSWORD_FILE", path_text)]);
    assert!(matches!(missing, Err(Error::File { .. })));
}

#[test]
fn other_variables_come_after_options() {
    let variables = [("MQTT_CLIENT_ID", "i"), ("MQTT_VERSION", "311"), ("MQTT_KEEPALIVE", "0")];
    let found = settings(&Connect::default(), &variables);
    assert_eq!(found.client_id.as_deref(), Some("i"));
    assert_eq!((found.version, found.keep_alive), (Some(Version::V311), 0));
    let connect = Connect {
        client_id: Some("mine".into()),
        version: Some(Version::V5),
        keep_alive: Some(9),
        ..Connect::default()
    };
    let found = settings(&connect, &variables);
    assert_eq!(found.client_id.as_deref(), Some("mine"));
    assert_eq!((found.version, found.keep_alive), (Some(Version::V5), 9));
}

#[test]
fn what_cannot_be_is_told_before_connecting() {
    let lasting = Connect { clean: false, ..Connect::default() };
    assert!(matches!(resolve(&lasting, &[]), Err(Error::LastingWithoutId { .. })));
    let alone = Connect {
        password: Some(Secret::new("p")),
        version: Some(Version::V311),
        ..Connect::default()
    };
    assert!(matches!(resolve(&alone, &[]), Err(Error::PasswordAlone)));
    let long = Connect { client_id: Some("x".repeat(65_536)), ..Connect::default() };
    assert!(matches!(resolve(&long, &[]), Err(Error::TooLong { .. })));
}

#[test]
fn what_only_version_5_has_leaves_no_other() {
    let lasting = Connect { session_expiry: Some(30), ..Connect::default() };
    assert_eq!(settings(&lasting, &[("MQTT_VERSION", "311")]).version, Some(Version::V5));
    let older = Connect { version: Some(Version::V311), ..lasting };
    assert!(matches!(resolve(&older, &[]), Err(Error::NeedsVersion5(Version::V311))));
    let mut properties = PacketProperties::default();
    properties.subscribe.push(Property::UserProperty("a", "b")).unwrap();
    for connect in [
        Connect { needs_v5: true, ..Connect::default() },
        Connect { properties, ..Connect::default() },
    ] {
        assert_eq!(settings(&connect, &[]).version, Some(Version::V5));
    }
}

#[test]
fn a_variable_that_is_left_aside_is_told() {
    let lasting = Connect { session_expiry: Some(30), ..Connect::default() };
    let notes = |version| resolve(&lasting, &[("MQTT_VERSION", version)]).unwrap().notes;
    assert_eq!(notes("311"), ["MQTT_VERSION is 3.1.1: ignored, for the options need MQTT 5"]);
    assert!(notes("5").is_empty());
}

#[test]
fn the_option_that_asks_for_a_lasting_session_is_named() {
    for (lasting, option) in [
        (Connect { clean: false, ..Connect::default() }, "-c"),
        (Connect { session_expiry: Some(u32::MAX), ..Connect::default() }, "-x"),
    ] {
        let Err(Error::LastingWithoutId { asked }) = resolve(&lasting, &[]) else { panic!() };
        assert_eq!(asked, option);
    }
}

#[test]
fn a_prefix_makes_an_identifier_that_no_session_lasts_under() {
    let prefixed = Connect { id_prefix: Some("dev-".into()), ..Connect::default() };
    let id = settings(&prefixed, &[("MQTT_CLIENT_ID", "other")]).client_id.unwrap();
    assert_eq!(id, format!("dev-{}", std::process::id()));
    for lasting in [
        Connect { clean: false, ..prefixed.clone() },
        Connect { session_expiry: Some(u32::MAX), ..prefixed.clone() },
        Connect { session_expiry: Some(u32::MAX), ..Connect::default() },
    ] {
        assert!(matches!(resolve(&lasting, &[]), Err(Error::LastingWithoutId { .. })));
    }
    let a_while = Connect { session_expiry: Some(60), ..prefixed };
    assert_eq!(settings(&a_while, &[]).session_expiry, Some(60));
}

#[test]
fn disconnect_prolongs_no_session_that_ends_with_its_connection() {
    let mut properties = PacketProperties::default();
    properties.disconnect.push(Property::SessionExpiryInterval(9)).unwrap();
    let late = Connect { properties, ..Connect::default() };
    assert!(matches!(resolve(&late, &[]), Err(Error::LateExpiry)));
    let lasting = Connect { session_expiry: Some(1), ..late };
    assert!(resolve(&lasting, &[]).is_ok());
}
