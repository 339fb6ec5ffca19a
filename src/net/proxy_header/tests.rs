use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use super::*;

const NO_TLS: ProxyHeader = ProxyHeader::Version2 { requires_tls: false };

/// What comes of a header, and what is left behind it.
async fn read(header: ProxyHeader, bytes: &[u8]) -> (Result<Behind, ProxyRefusal>, Vec<u8>) {
    let (mut far, near) = UnixStream::pair().unwrap();
    let mut near = Stream::from(near);
    far.write_all(bytes).await.unwrap();
    drop(far);
    let outcome = header.read(&mut near).await;
    let mut rest = Vec::new();
    near.read_to_end(&mut rest).await.unwrap();
    (outcome, rest)
}

fn version_2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[command, family], &length, body].concat()
}

fn field(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind], &length[..], value].concat()
}

/// 192.0.2.1:4660 to 198.51.100.2:1883.
const ADDRESSES: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x07, 0x5B];

#[tokio::test]
async fn both_versions_tell_the_client_and_leave_what_is_behind_them() {
    let line = b"PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883\r\n";
    let cases = [
        (ProxyHeader::Version1, line.to_vec()),
        (NO_TLS, version_2(0x21, 0x11, &ADDRESSES)),
        (NO_TLS, version_2(0x21, 0x11, &[&ADDRESSES[..], &field(3, b"crc!")].concat())),
    ];
    for (header, bytes) in cases {
        let (outcome, rest) = read(header, &[&bytes[..], b"\x10rest"].concat()).await;
        assert_eq!(outcome.unwrap().address, Some("192.0.2.1:4660".parse().unwrap()));
        assert_eq!(rest, b"\x10rest");
        for short in 0..bytes.len() {
            let (outcome, _) = read(header, &bytes[..short]).await;
            assert_eq!(outcome, Err(ProxyRefusal::Gone), "{short}");
        }
    }
    let six = b"PROXY TCP6 2001:db8::1 ::1 4660 1883\r\n";
    let (outcome, _) = read(ProxyHeader::Version1, six).await;
    assert_eq!(outcome.unwrap().address, Some("[2001:db8::1]:4660".parse().unwrap()));
    let mut body = [0; 36];
    (body[0], body[1], body[15], body[33]) = (0x20, 0x01, 0x09, 0x07);
    let (outcome, _) = read(NO_TLS, &version_2(0x21, 0x21, &body)).await;
    assert_eq!(outcome.unwrap().address, Some("[2001::9]:7".parse().unwrap()));
}

#[tokio::test]
async fn a_proxy_that_speaks_for_itself_or_knows_no_address_leaves_the_real_one() {
    for (header, bytes) in [
        (ProxyHeader::Version1, b"PROXY UNKNOWN\r\n".to_vec()),
        (ProxyHeader::Version1, b"PROXY UNKNOWN ffff::1 whatever 1 2\r\n".to_vec()),
        (NO_TLS, version_2(0x20, 0x11, &ADDRESSES)),
        (ProxyHeader::Version2 { requires_tls: true }, version_2(0x20, 0, b"")),
        (NO_TLS, version_2(0x21, 0x00, b"")),
        (NO_TLS, version_2(0x21, 0x31, &[0; 216])),
    ] {
        assert_eq!(read(header, &bytes).await.0, Ok(Behind::default()));
    }
}

#[tokio::test]
async fn a_name_counts_only_where_the_proxy_checked_it() {
    let tls = |client, verify: u8, name: &[u8]| {
        let value = [&[client, 0, 0, 0, verify][..], &field(0x21, b"TLSv1.3"), &field(0x22, name)];
        let body = [&ADDRESSES[..], &field(1, b"mqtt"), &field(0x20, &value.concat())].concat();
        version_2(0x21, 0x11, &body)
    };
    let required = ProxyHeader::Version2 { requires_tls: true };
    for (bytes, name) in [
        (tls(0b111, 0, b"pump"), Some("pump")),
        (tls(0b011, 0, b"pump"), Some("pump")),
        (tls(0b001, 0, b"pump"), None),
        (tls(0b111, 1, b"pump"), None),
    ] {
        let names = read(required, &bytes).await.0.unwrap().names;
        assert_eq!(names.and_then(|names| names.common_name).as_deref(), name);
    }
    assert_eq!(read(required, &tls(0b110, 0, b"pump")).await.0, Err(ProxyRefusal::NoTls));
    let plain = version_2(0x21, 0x11, &ADDRESSES);
    assert_eq!(read(required, &plain).await.0, Err(ProxyRefusal::NoTls));
    assert_eq!(read(NO_TLS, &tls(0b111, 0, b"\xFF")).await.0, Err(ProxyRefusal::Malformed));
}

#[tokio::test]
async fn what_is_no_header_is_told_at_its_first_byte() {
    for bytes in [&b"\x10\x0C\x00\x04MQTT"[..], b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"] {
        for header in [ProxyHeader::Version1, NO_TLS] {
            let (outcome, _) = read(header, bytes).await;
            assert_eq!(outcome, Err(ProxyRefusal::Missing(Began::of(&bytes[..1]))));
        }
    }
    let (outcome, _) = read(NO_TLS, b"\r\n\r\nx").await;
    assert_eq!(outcome, Err(ProxyRefusal::Missing(Began::of(b"\r\n\r\nx"))));
    // One version is not the other.
    let (outcome, _) = read(ProxyHeader::Version1, &version_2(0x20, 0, b"")).await;
    assert!(matches!(outcome, Err(ProxyRefusal::Missing(_))));
    let (outcome, _) = read(NO_TLS, b"PROXY UNKNOWN\r\n").await;
    assert!(matches!(outcome, Err(ProxyRefusal::Missing(_))));
}

#[tokio::test]
async fn what_lies_about_itself_is_refused() {
    for line in [
        &b"PROXY\t"[..],
        b"PROXY \r\n",
        b"PROXY TCP4\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
        b"PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY \xFF\r\n",
    ] {
        let (outcome, _) = read(ProxyHeader::Version1, line).await;
        let refused = matches!(outcome, Err(ProxyRefusal::Malformed | ProxyRefusal::Missing(_)));
        assert!(refused, "{:?}", String::from_utf8_lossy(line));
    }
    let endless = [b"PROXY TCP4 ".to_vec(), vec![b'1'; 200]].concat();
    let (outcome, rest) = read(ProxyHeader::Version1, &endless).await;
    assert_eq!((outcome, rest.len()), (Err(ProxyRefusal::Malformed), endless.len() - 107));

    let long = [&ADDRESSES[..], &[0x20, 0xFF, 0xFF, 1]].concat();
    let half = [&ADDRESSES[..], &[0x20, 0]].concat();
    let tiny = [&ADDRESSES[..], &field(0x20, b"\x01\0\0")].concat();
    for bytes in [
        version_2(0x31, 0x11, &ADDRESSES),
        version_2(0x22, 0x11, &ADDRESSES),
        version_2(0x21, 0x12, &ADDRESSES),
        version_2(0x21, 0x11, &ADDRESSES[..11]),
        version_2(0x21, 0x21, &ADDRESSES),
        version_2(0x21, 0x31, &[0; 215]),
        version_2(0x21, 0x11, &long),
        version_2(0x21, 0x11, &half),
        version_2(0x21, 0x11, &tiny),
    ] {
        assert_eq!(read(NO_TLS, &bytes).await.0, Err(ProxyRefusal::Malformed));
    }
    let (outcome, _) = read(NO_TLS, &[&SIGNATURE[..], b"\x21\x11\xFF\xFF"].concat()).await;
    assert_eq!(outcome, Err(ProxyRefusal::TooLong));
}
