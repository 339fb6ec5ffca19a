use rcgen::{CertificateParams, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::certificate::{Certificate, title};
use super::*;
use crate::net::{DialOptions, dial};

fn issue(edit: impl FnOnce(&mut CertificateParams)) -> (Vec<u8>, KeyPair) {
    let names = ["localhost".to_owned(), "::1".to_owned(), "192.0.2.1".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::OrganizationName, "Our Org");
    params.distinguished_name.push(DnType::CommonName, "our host");
    edit(&mut params);
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    (der, key)
}

#[test]
fn a_certificate_is_taken_apart() {
    let (der, _) = issue(|params| params.not_after = rcgen::date_time_ymd(2030, 1, 2));
    let certificate = Certificate::parse(&der).unwrap();
    assert_eq!(certificate.version, 3);
    assert_eq!(certificate.not_after.as_secs(), 1_893_542_400);
    assert_eq!(certificate.common_names(), ["our host"]);
    let names = certificate.alternative_names().unwrap();
    assert_eq!(names, ["localhost", "::1", "192.0.2.1"]);
    assert!(!certificate.is_authority());
    assert_eq!(certificate.issuer, certificate.subject);
    assert_eq!(title(certificate.issuer), Some("our host"));

    let (der, _) = issue(|params| {
        params.subject_alt_names.clear();
        params.distinguished_name.remove(DnType::CommonName);
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    let certificate = Certificate::parse(&der).unwrap();
    assert!(certificate.is_authority());
    assert_eq!(certificate.alternative_names(), None);
    assert_eq!(title(certificate.subject), Some("Our Org"));
    let (der, _) = issue(|params| params.is_ca = IsCa::ExplicitNoCa);
    assert!(!Certificate::parse(&der).unwrap().is_authority());
}

#[test]
fn a_certificate_that_is_cut_or_changed_breaks_nothing() {
    let (der, _) = issue(|_| {});
    for end in 0..der.len() {
        assert!(Certificate::parse(&der[..end]).is_none(), "{end}");
    }
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[at] ^= 1 << bit;
            if let Some(certificate) = Certificate::parse(&changed) {
                let _ = (certificate.common_names(), certificate.alternative_names());
                let _ = (certificate.is_authority(), title(certificate.issuer));
            }
        }
    }
}

#[test]
fn nothing_secret_is_shown() {
    let options = TlsOptions { key_password: Some(Secret::new("hunter2")), ..options() };
    assert!(!format!("{options:?}").contains("hunter2"));
    let tls = Tls::load(&options).unwrap();
    let shown = format!("{tls:?}");
    assert!(shown.contains("insecure: true") && shown.contains("identity: false"), "{shown}");
}

#[test]
fn somebody_has_to_be_trusted() {
    let error = Tls::load(&TlsOptions::default()).unwrap_err();
    assert!(matches!(error, TlsOptionsError::NoAuthority) && error.is_usage());
}

fn options() -> TlsOptions {
    TlsOptions { insecure: true, ..TlsOptions::default() }
}

/// Both ends of a connection.
async fn pair() -> (Stream, Stream) {
    let (der, key) = issue(|_| {});
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(der)], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let accepting = async {
        let stream = Stream::Tcp(listener.accept().await.unwrap().0);
        let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap();
        Stream::Tls(TlsStream::new(stream.into(), Arc::default()))
    };
    let tls = Some(Tls::load(&options()).unwrap());
    let address = Address::Tcp { host: "localhost".to_owned(), port };
    let options = DialOptions { tls, ..DialOptions::default() };
    let (dialled, accepted) = tokio::join!(dial(&address, &options), accepting);
    (dialled.unwrap(), accepted)
}

#[tokio::test]
async fn both_ends_carry_bytes_and_the_end() {
    let (near, far) = pair().await;
    near.quick_ack();
    assert!(near.has_goodbye() && near.unit() < usize::MAX);
    let (mut read, mut write) = near.split();
    let (mut far_read, mut far_write) = far.split();
    write.write_all(b"ping").await.unwrap();
    write.flush().await.unwrap();
    let mut got = [0; 4];
    far_read.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"ping");
    write.shutdown().await.unwrap();
    assert_eq!(far_read.read(&mut got).await.unwrap(), 0);
    // The other way is still open.
    far_write.write_all(b"pong").await.unwrap();
    far_write.flush().await.unwrap();
    read.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"pong");
    far_write.shutdown().await.unwrap();
    assert_eq!(read.read(&mut got).await.unwrap(), 0);
}

#[tokio::test]
async fn an_end_without_goodbye_is_an_end() {
    let (mut near, far) = pair().await;
    drop(far);
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_no_tls_any_more_is_told_as_such() {
    let (mut near, mut far) = pair().await;
    let Stream::Tls(stream) = &mut far else { panic!("no TLS") };
    stream.below_mut().write_all(b"\x17\x03\x03\x00\x14twenty bytes of junk").await.unwrap();
    let error = near.read(&mut [0; 1]).await.unwrap_err();
    let failure = error.downcast::<TlsFailure>().unwrap();
    assert!(!failure.is_final(), "{failure}");
    assert!(failure.to_string().starts_with("TLS failed: "), "{failure}");
}
