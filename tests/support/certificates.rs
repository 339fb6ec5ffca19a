//! Certificates, good and bad, made anew in each run.

use std::time::{Duration, UNIX_EPOCH};

use mq::net::clock;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SigningKey, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::scratch::Scratch;

/// A folder for files of one test; it goes with the value.
pub(crate) struct Folder(Scratch);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(Scratch::new("certificates"))
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file; its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.0.write(name, content)
    }
}

/// A certificate with what its server sends along, and its key.
pub(crate) struct Issued {
    /// The certificate first, in DER.
    pub(crate) chain: Vec<Vec<u8>>,
    key: KeyPair,
}

/// Who signs.
pub(crate) struct Authority {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

/// What a good server has, to be changed by a test.
fn server() -> CertificateParams {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    params
}

fn authority(name: &str, is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = is_ca;
    params
}

/// An authority as it should be.
pub(crate) const CA: IsCa = IsCa::Ca(BasicConstraints::Unconstrained);

/// Valid from so many days from now until so many.
pub(crate) fn valid(params: &mut CertificateParams, from: i64, until: i64) {
    let now = clock::wall().duration_since(UNIX_EPOCH).unwrap();
    // An hour more, so that whole days have passed.
    let day = |count: i64| {
        let seconds = i64::try_from(now.as_secs()).unwrap() + count * 24 * 3600 - 3600;
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds.try_into().unwrap())
    };
    (params.not_before, params.not_after) = (day(from), day(until));
}

impl Authority {
    /// One that has signed itself.
    pub(crate) fn new(name: &str) -> Self {
        let (params, key) = (authority(name, CA), KeyPair::generate().unwrap());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { params, key, der }
    }

    /// One that this one has signed.
    pub(crate) fn below(
        &self,
        name: &str,
        is_ca: IsCa,
        edit: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let (mut params, key) = (authority(name, is_ca), KeyPair::generate().unwrap());
        edit(&mut params);
        let der = params.signed_by(&key, &self.issuer()).unwrap().der().to_vec();
        Self { params, key, der }
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// A certificate for a server at localhost, changed as wanted.
    pub(crate) fn issue(&self, edit: impl FnOnce(&mut CertificateParams)) -> Issued {
        let (mut params, key) = (server(), KeyPair::generate().unwrap());
        edit(&mut params);
        let der = params.signed_by(&key, &self.issuer()).unwrap().der().to_vec();
        Issued { chain: vec![der], key }
    }

    /// A certificate for a client.
    pub(crate) fn client(&self) -> Issued {
        self.issue(|params| {
            params.subject_alt_names.clear();
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    /// A list of certificates that it takes back, in PEM.
    pub(crate) fn revocation_list(&self, params: &CertificateRevocationListParams) -> String {
        params.signed_by(&self.issuer()).unwrap().pem().unwrap()
    }

    pub(crate) fn pem(&self) -> String {
        pem(std::slice::from_ref(&self.der))
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its certificate as X.509 version 1, signed by that authority.
    pub(crate) fn pem_in_version_1(&self, authority: &Self) -> String {
        pem(&[authority.in_version_1(&self.der)])
    }

    /// A certificate without version and extensions.
    fn in_version_1(&self, der: &[u8]) -> Vec<u8> {
        let whole = parts(der);
        let mut fields = parts(&whole[0]);
        fields.retain(|field| !matches!(field[0], 0xA0 | 0xA3));
        self.sign(&fields, whole[1].clone())
    }

    /// Signs anew what a test has changed by hand: the fields of the certificate's body.
    fn sign(&self, fields: &[Vec<u8>], algorithm: Vec<u8>) -> Vec<u8> {
        let body = wrap(0x30, fields);
        let mut signature = vec![0]; // of the last byte all bits count
        signature.extend(self.key.sign(&body).unwrap());
        wrap(0x30, &[body, algorithm, wrap(0x03, &[signature])])
    }
}

/// A server that has signed itself, changed as wanted.
pub(crate) fn self_signed(edit: impl FnOnce(&mut CertificateParams)) -> Issued {
    let (mut params, key) = (server(), KeyPair::generate().unwrap());
    edit(&mut params);
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Issued { chain: vec![der], key }
}

impl Issued {
    /// What another program has made.
    pub(crate) fn from_pem(certificates: &[u8], key: &str) -> Self {
        let chain = CertificateDer::pem_slice_iter(certificates);
        let chain = chain.map(|certificate| certificate.unwrap().to_vec()).collect();
        Self { chain, key: KeyPair::from_pem(key).unwrap() }
    }

    /// Sends this authority along.
    pub(crate) fn with(mut self, authority: &Authority) -> Self {
        self.chain.push(authority.der.clone());
        self
    }

    pub(crate) fn pem(&self) -> String {
        pem(&self.chain)
    }

    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    pub(crate) fn key_der(&self) -> Vec<u8> {
        self.key.serialize_der()
    }

    /// The same as X.509 version 1: without version and extensions.
    pub(crate) fn in_version_1(mut self, authority: &Authority) -> Self {
        self.chain[0] = authority.in_version_1(&self.chain[0]);
        self
    }

    /// The same with a signature that calls itself ECDSA with SHA-1.
    pub(crate) fn with_sha1(mut self, authority: &Authority) -> Self {
        let identifier = vec![0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];
        let algorithm = wrap(0x30, &[identifier]);
        let mut fields = parts(&parts(&self.chain[0])[0]);
        fields[2].clone_from(&algorithm);
        self.chain[0] = authority.sign(&fields, algorithm);
        self
    }

    /// Cut short, so that nobody can read it.
    pub(crate) fn damaged(mut self) -> Self {
        self.chain[0].truncate(100);
        self
    }
}

fn pem(certificates: &[Vec<u8>]) -> String {
    certificates.iter().map(|der| armoured("CERTIFICATE", der)).collect()
}

/// PEM around any bytes.
pub(crate) fn armoured(label: &str, bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Tag and length of the value that begins here, and how long both are.
fn head(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] {
        short @ 0..=127 => (2, short.into()),
        long => {
            let count = usize::from(long & 0x7F);
            let length = bytes[2..2 + count].iter().fold(0, |sum, b| sum << 8 | usize::from(*b));
            (2 + count, length)
        }
    }
}

/// The encoded values inside of one.
fn parts(whole: &[u8]) -> Vec<Vec<u8>> {
    let (start, length) = head(whole);
    let mut rest = &whole[start..start + length];
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (start, length) = head(rest);
        let (first, others) = rest.split_at(start + length);
        all.push(first.to_vec());
        rest = others;
    }
    all
}

/// One encoded value around others.
fn wrap(tag: u8, contents: &[Vec<u8>]) -> Vec<u8> {
    let content = contents.concat();
    let head = match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, short @ 0..=127] => vec![tag, short],
        [0, one] => vec![tag, 0x81, one],
        [one, two] => vec![tag, 0x82, one, two],
    };
    [head, content].concat()
}
