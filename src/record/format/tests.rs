//! Every letter, field, escape and error, against what mosquitto's clients write.

use std::time::{Duration, UNIX_EPOCH};

use super::{Format, FormatError, Unprintable};
use crate::codec::{PacketId, Properties, Property, PropertyBuffer, Publish, Qos};
use crate::record::{Escape, Message, Moment};

/// A message with all properties, one of them twice.
pub(super) fn full() -> PropertyBuffer {
    let mut properties = PropertyBuffer::new();
    for property in [
        Property::TopicAlias(7),
        Property::ContentType("text/plain"),
        Property::UserProperty("k", "v"),
        Property::MessageExpiryInterval(u32::MAX),
        Property::UserProperty("k", "é\"\x1b"),
        Property::ResponseTopic("r/\u{202e}t"),
        Property::CorrelationData(b"c\0\n\xff"),
        Property::SubscriptionIdentifier(12),
        Property::SubscriptionIdentifier(13),
        Property::PayloadFormatIndicator(1),
    ] {
        properties.push(property).unwrap();
    }
    properties
}

pub(super) struct Sample<'a> {
    pub(super) topic: &'a str,
    pub(super) payload: &'a [u8],
    pub(super) properties: Properties<'a>,
}

impl Sample<'_> {
    /// As this format writes it, without the newline.
    pub(super) fn write(
        &self,
        text: &str,
        escape: Escape,
        pretty: bool,
    ) -> (Vec<u8>, Result<(), Unprintable>) {
        let mut format = Format::parse(text.as_bytes()).unwrap();
        (format.newline, format.pretty) = (false, pretty);
        let publish = Publish {
            dup: false,
            qos: Qos::AtLeastOnce,
            retain: true,
            topic: "",
            id: PacketId::new(321),
            properties: self.properties,
            payload: self.payload,
        };
        let received = Moment::at(UNIX_EPOCH + Duration::new(1_795_267_549, 47_149_399));
        let message = Message { topic: self.topic, publish: &publish, received: &received };
        let mut out = b"before".to_vec();
        let outcome = format.write(&message, escape, &mut out);
        (out.split_off(6), outcome)
    }

    pub(super) fn text(&self, format: &str) -> String {
        let (out, outcome) = self.write(format, Escape::Exact, false);
        outcome.unwrap();
        String::from_utf8(out).unwrap()
    }
}

fn with_all<T>(run: impl FnOnce(&Sample<'_>) -> T) -> T {
    let properties = full();
    run(&Sample { topic: "a/b", payload: b"abcdef", properties: properties.as_properties() })
}

const BARE: Sample<'static> =
    Sample { topic: "a/b", payload: b"abcdef", properties: Properties::EMPTY };

#[test]
fn every_letter_with_its_property_and_without() {
    let table = [
        ("%%", "%", "%"),
        ("%A", "7", ""),
        ("%C", "text/plain", ""),
        ("%E", "4294967295", ""),
        ("%F", "1", ""),
        ("%P", "k:v k:é\"\x1b", ""),
        ("%R", "r/\u{202e}t", ""),
        ("%S", "12", ""),
        ("%l", "6", "6"),
        ("%m", "321", "321"),
        ("%p", "abcdef", "abcdef"),
        ("%q", "1", "1"),
        ("%r", "1", "1"),
        ("%t", "a/b", "a/b"),
        ("%U", "1795267549.047149399", "1795267549.047149399"),
        ("%x", "616263646566", "616263646566"),
        ("%X", "616263646566", "616263646566"),
        ("@@ @N", "@ 047149399", "@ 047149399"),
        ("\\\\ \\0\\a\\e\\n\\r\\t\\v", "\\ \0\x07\x1b\n\r\t\x0b", "\\ \0\x07\x1b\n\r\t\x0b"),
        ("é %t:%p é", "é a/b:abcdef é", "é a/b:abcdef é"),
        ("", "", ""),
    ];
    for (format, full, bare) in table {
        assert_eq!(with_all(|sample| sample.text(format)), full, "{format}");
        assert_eq!(BARE.text(format), bare, "{format}");
    }
    let raw = with_all(|sample| sample.write("%D", Escape::Exact, false));
    assert_eq!(raw, (b"c\0\n\xff".to_vec(), Ok(())));
    assert_eq!(BARE.text("[%5D]"), "[]");
}

#[test]
fn fields_are_filled_and_cut_as_printf_does_and_as_it_does_not() {
    for (format, want) in [
        // Text: never zeros; the precision cuts.
        ("[%10t]", "[       a/b]"),
        ("[%-10t]", "[a/b       ]"),
        ("[%010t]", "[       a/b]"),
        ("[%-010t]", "[a/b       ]"),
        ("[%.2t]", "[a/]"),
        ("[%5.2t]", "[   a/]"),
        ("[%-5.2t]", "[a/   ]"),
        ("[%.t]", "[]"),
        ("[%2t]", "[a/b]"),
        // Numbers: zeros from the left only.
        ("[%5l]", "[    6]"),
        ("[%-5l]", "[6    ]"),
        ("[%05l]", "[00006]"),
        ("[%-05l]", "[6    ]"),
        ("[%2m]", "[321]"),
        // Absent: the width in fill, from both sides.
        ("[%5A]", "[     ]"),
        ("[%05A]", "[00000]"),
        ("[%-05A]", "[00000]"),
        ("[%3C]", "[   ]"),
        ("[%3E%3F%3S]", "[         ]"),
        ("[%3R%3P%3D]", "[]"),
        // These take no field at all.
        ("[%5q%5r%5%%50U]", "[11%1795267549.047149399]"),
        // A payload is cut by its width, not by its precision.
        ("[%3p]", "[abc]"),
        ("[%.2p]", "[abcdef]"),
        ("[%8p]", "[  abcdef]"),
        ("[%08p]", "[00abcdef]"),
        ("[%-8p]", "[abcdef  ]"),
        ("[%-08p]", "[abcdef  ]"),
        ("[%-p]", "[abcdef      ]"),
    ] {
        assert_eq!(BARE.text(format), want, "{format}");
    }
    // Numbers that no message reaches are as good as the largest.
    assert_eq!(BARE.text("%.99999999999999999999999999t"), "a/b");
}

#[test]
fn hexadecimal_digits_come_in_groups() {
    let sample = Sample { payload: b"\x18\x83\xab\xcd", ..BARE };
    for (format, want) in [
        ("%x", "1883abcd"),
        ("%X", "1883ABCD"),
        ("%.2:x", "18:83:ab:cd"),
        ("%.2x", "18 83 ab cd"),
        ("%.4-X", "1883-ABCD"),
        ("%.1,x", "1,8,8,3,a,b,c,d"),
        ("%.3.x", "188.3ab.cd"),
        ("%.8:x", "1883abcd"),
        ("%.0:x", "1883abcd"),
        ("%.:x", "1883abcd"),
        ("%:x", "1883abcd"),
        ("%2x", "1883"),
        ("[%-2x]", "[1883  ]"),
        ("[%-x]", "[1883abcd    ]"),
        ("[%12x]", "[    1883abcd]"),
        ("[%012X]", "[00001883ABCD]"),
        ("[%-12x]", "[1883abcd    ]"),
        ("%012.4:x", "0000:1883:abcd"),
        ("%.2 x|%.2@x|%.2\\x|%.2~x", "18 83 ab cd|18@83@ab@cd|18\\83\\ab\\cd|18~83~ab~cd"),
        ("%0-x", "1883abcd"),
    ] {
        assert_eq!(sample.text(format), want, "{format}");
    }
    assert_eq!(Sample { payload: b"", ..BARE }.text("[%.2:x][%4x]"), "[][    ]");
}

#[test]
fn numbers_of_the_machines_own_format() {
    let float =
        |format: &str, value: f32| Sample { payload: &value.to_ne_bytes(), ..BARE }.text(format);
    let double =
        |format: &str, value: f64| Sample { payload: &value.to_ne_bytes(), ..BARE }.text(format);
    assert_eq!(float("%f", 20.1), "20.100000");
    assert_eq!(float("%.1f", 20.25), "20.2");
    assert_eq!(float("%.1f", 20.35), "20.4");
    assert_eq!(float("%.f", 2.5), "2");
    assert_eq!(double("%d", 0.1), "0.100000");
    assert_eq!(double("%.17d", 0.1), "0.10000000000000001");
    assert_eq!(double("%d", 1e22), "10000000000000000000000.000000");
    assert_eq!(double("%d", -0.0), "-0.000000");
    assert_eq!(double("[%12.2d]", -2.71), "[       -2.71]");
    assert_eq!(double("[%-12.2d]", -2.71), "[-2.71       ]");
    assert_eq!(double("[%012.2d]", -2.71), "[-00000002.71]");
    assert_eq!(double("[%-012.2d]", -2.71), "[-2.71       ]");
    assert_eq!(double("[%06d]", f64::INFINITY), "[   inf]");
    assert_eq!(double("[%06d]", f64::NEG_INFINITY), "[  -inf]");
    assert_eq!(double("%d", f64::NAN), "nan");
    // The smallest of all has 1,074 decimals, the last of them a 5.
    let long = double("%.1100d", f64::from_bits(1));
    assert_eq!((long.len(), long.trim_end_matches('0').len()), (1102, 1076));
}

#[test]
fn a_payload_of_the_wrong_size_is_no_number() {
    for (payload, format, why) in [
        (&b"abc"[..], "<%f>", Some(Unprintable::NotFloat)),
        (b"12345678", "<%f>", Some(Unprintable::NotFloat)),
        (b"1234", "<%d>", Some(Unprintable::NotDouble)),
        (b"", "<%d>", Some(Unprintable::NotDouble)),
        (b"", "<%d%f>", Some(Unprintable::NotDouble)),
    ] {
        let (out, outcome) = Sample { payload, ..BARE }.write(format, Escape::Exact, false);
        assert_eq!((out.as_slice(), outcome.err()), (&b"<>"[..], why), "{format}");
    }
    let words = Unprintable::NotFloat.to_string();
    assert_eq!(words, "requested float printing, but non-float data received");
    let words = Unprintable::NotDouble.to_string();
    assert_eq!(words, "requested double printing, but non-double data received");
}

#[test]
fn errors_have_mosquittos_words() {
    for (format, words) in [
        ("%", "Incomplete format specifier."),
        ("%0", "Incomplete format specifier."),
        ("%-", "Incomplete format specifier."),
        ("%1", "Incomplete format specifier."),
        ("%.", "Incomplete format specifier."),
        ("%.1", "Incomplete format specifier."),
        ("%.2:", "Incomplete format specifier."),
        ("x@", "Incomplete format specifier."),
        ("%Z", "Invalid format specifier 'Z'."),
        ("%--5x", "Invalid format specifier '5'."),
        ("%é", "Invalid format specifier 'é'."),
        ("\\", "Incomplete escape specifier."),
        ("\\Z", "Invalid escape specifier 'Z'."),
        ("\\é", "Invalid escape specifier 'é'."),
    ] {
        assert_eq!(Format::parse(format.as_bytes()).unwrap_err().to_string(), words, "{format}");
    }
    let error = Format::parse(b"%\xff").unwrap_err();
    assert_eq!(error, FormatError::Invalid(char::REPLACEMENT_CHARACTER));
    // Bytes that are no UTF-8 are literal as well.
    assert!(Format::parse(b"\xff%t").is_ok());
}

#[test]
fn a_newline_ends_each_unless_it_is_not_wanted() {
    let mut format = Format::parse(b"%p").unwrap();
    assert!(format.newline && !format.pretty);
    let publish = Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: "",
        id: None,
        properties: Properties::EMPTY,
        payload: b"",
    };
    let message = Message { topic: "", publish: &publish, received: &Moment::default() };
    let mut out = Vec::new();
    format.write(&message, Escape::Exact, &mut out).unwrap();
    assert_eq!(out, b"\n");
    format.newline = false;
    format.write(&message, Escape::Exact, &mut out).unwrap();
    assert_eq!(out, b"\n");
    let format = Format::parse(b"%q%r%m").unwrap();
    format.write(&message, Escape::Exact, &mut out).unwrap();
    assert_eq!(out, b"\n000\n");
}

#[test]
fn only_formats_with_a_time_need_one() {
    for (format, needs) in [
        ("%t %p %x %P @@", false),
        ("%I", true),
        ("%U", true),
        ("%j", true),
        ("%J", true),
        ("@H", true),
        ("@N", true),
    ] {
        assert_eq!(Format::parse(format.as_bytes()).unwrap().needs_time(), needs, "{format}");
    }
}

#[test]
fn what_is_no_conversion_of_time_is_written_as_it_stands() {
    assert_eq!(BARE.text("@+@Q@é@%"), "%+%Q%é%");
    assert_eq!(BARE.text("@s"), "1795267549");
}

#[test]
fn only_the_users_own_escapes_reach_a_terminal() {
    let properties = full();
    let sample = Sample {
        topic: "a\nb\x1b]",
        payload: b"\x1b[2J\xff\n",
        properties: properties.as_properties(),
    };
    for (format, want) in [
        ("\\e[1m%t\\e[0m", "\x1b[1ma\\nb\\x1b]\x1b[0m"),
        ("%p", "\\x1b[2J\\xff\n"),
        ("%P", "k:v k:é\"\\x1b"),
        ("%R", "r/\\u{202e}t"),
        ("%.3R", "r/\\xe2"),
        ("%D", "c\\x00\\n\\xff"),
        ("[%12t]", "[   a\\nb\\x1b]]"),
    ] {
        let (out, outcome) = sample.write(format, Escape::Terminal, false);
        assert_eq!((String::from_utf8(out).unwrap().as_str(), outcome), (want, Ok(())), "{format}");
    }
}
