//! How the broker looks on the wire under mosquitto's name.

use super::*;

fn theirs() -> Shell {
    Shell::with_policies(Limits::mosquitto(), vec![Policy::mosquitto()])
}

#[test]
fn connack_is_theirs_to_the_byte() {
    let mut shell = theirs();
    let peer = shell.router.open((0, "here"), 2_000_000, shell.now);
    let at = shell.accept("there", Version::V5);
    shell.wires[at].key = peer;
    shell.write(at, b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a");
    let want = b"\x20\x0e\x00\x00\x0b\x22\x00\x0a\x27\x00\x1e\x84\x80\x21\x00\x14";
    assert_eq!(shell.wires[at].received, want);
}

#[test]
fn an_assigned_identifier_and_a_keep_alive_stand_where_they_do_there() {
    let limits = Limits { keep_alive: 60, ..Limits::mosquitto() };
    let mut shell = Shell::with_policies(limits, vec![Policy::mosquitto()]);
    let (_, said) = shell.welcome(&Hello { keep_alive: 120, expiry: u32::MAX, ..v5("") });
    assert_eq!(said[0], "TopicAliasMaximum(10)");
    assert!(said[1].starts_with("AssignedClientIdentifier(\"auto-"), "{said:?}");
    assert_eq!(said[2..], ["ServerKeepAlive(60)", "ReceiveMaximum(20)"]);
}

#[test]
fn nobody_who_listens_is_told_and_identifiers_begin_at_one() {
    let mut shell = theirs();
    let reader = shell.connect(&v5("reader"));
    let writer = shell.connect(&v5("writer"));
    shell.publish(writer, Q1, "t", "x");
    shell.publish(writer, Q2, "t", "x");
    assert_eq!(shell.read(writer), ["puback 1 0x10", "pubrec 2 0x10"]);
    shell.acknowledge(writer, 1);
    assert_eq!(shell.read(writer), ["pubcomp 2"]);
    shell.subscribe(reader, "t", Q1);
    shell.read(reader);
    for _ in 0..2 {
        shell.publish(writer, Q1, "t", "x");
    }
    assert_eq!(shell.read(writer), ["puback 3 0x00", "puback 4 0x00"]);
    shell.read(reader);
    let acks: Vec<_> = shell.wires[reader].owed.drain(..).collect();
    assert_eq!(acks, [b"\x40\x02\x00\x01", b"\x40\x02\x00\x02"]);
}

#[test]
fn twenty_are_on_their_way_and_a_thousand_wait() {
    let mut shell = theirs();
    for hello in [v5("new"), Hello { clean: false, ..v3("old") }] {
        let hello = Hello { expiry: 600, ..hello };
        let reader = shell.connect(&hello);
        shell.subscribe(reader, hello.id, Q1);
        shell.read(reader);
        let writer = shell.connect(&v5("writer"));
        for number in 0..30 {
            shell.publish(writer, Q1, hello.id, format!("{number}"));
        }
        assert_eq!(shell.messages(reader).len(), 20);
        shell.hang_up(reader);
        for number in 30..1_100 {
            shell.publish(writer, Q1, hello.id, format!("{number}"));
            assert!(!shell.wires[writer].closed, "a full queue drops");
        }
        assert_eq!(shell.session(hello.id).queue.len(), 1_000);
        shell.disconnect(writer, Reason::Success);
    }
}
