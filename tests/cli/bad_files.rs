//! Every file that a broker is given, by an option or by a key of its configuration, in every kind of
//! badness (row 45 of the attacks, and classes F and G of what befell others): it is refused by its
//! name, with its line where it has one, and nobody is served.

use std::path::Path;

use rcgen::{CertificateRevocationListParams, KeyIdMethod, SerialNumber, date_time_ymd};

use super::support::certificates::Authority;
use super::support::mq::{Finished, run};
use super::support::names::Names;
use super::support::scratch::Scratch;

/// What a file consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Lines of mosquitto's.
    Lines,
    /// Sections of PEM.
    Pem,
    /// A password, and lines that do not matter.
    Password,
    /// An object a line.
    Json,
}

/// A file that a broker is given.
struct Source {
    form: Form,
    /// What it is as it should be.
    good: &'static str,
    /// How the broker is given it: options, or lines of a configuration; `BAD` is its path, `DIR` the
    /// folder of the others.
    given: Given,
}

enum Given {
    Options(&'static str),
    /// Lines behind that of a listener; the line of the file is the third.
    Keys(&'static str),
    /// As the file of this name in a folder that is given by options.
    Inside(&'static str, &'static str),
}

use Form::{Json, Lines, Password, Pem};
use Given::{Inside, Keys, Options};

const SOURCES: &[Source] = &[
    Source { form: Lines, good: "users", given: Options("--password-file BAD") },
    Source { form: Lines, good: "rules", given: Options("--acl-file BAD") },
    Source { form: Lines, good: "conf", given: Options("-c BAD") },
    Source { form: Lines, good: "conf", given: Inside("more/x.conf", "-c DIR/including") },
    Source { form: Password, good: "password", given: Options("--user alice:@BAD") },
    Source {
        form: Password,
        good: "password",
        given: Options(
            "--tls-cert DIR/cert.pem --tls-key DIR/locked.pem --tls-key-password-file BAD",
        ),
    },
    Source { form: Json, good: "seeds", given: Options("--retain-file BAD") },
    Source { form: Pem, good: "cert.pem", given: Options("--tls-cert BAD --tls-key DIR/key.pem") },
    Source { form: Pem, good: "key.pem", given: Options("--tls-cert DIR/cert.pem --tls-key BAD") },
    Source {
        form: Pem,
        good: "ca.pem",
        given: Options("--tls-cert DIR/cert.pem --tls-key DIR/key.pem --tls-ca BAD"),
    },
    Source {
        form: Pem,
        good: "crl.pem",
        given: Options(
            "--tls-cert DIR/cert.pem --tls-key DIR/key.pem --tls-ca DIR/ca.pem --tls-crl BAD",
        ),
    },
    Source { form: Pem, good: "made/ca.crt", given: Inside("made/ca.crt", "--tls-dir DIR/made") },
    Source { form: Pem, good: "made/ca.key", given: Inside("made/ca.key", "--tls-dir DIR/made") },
    Source { form: Lines, good: "users", given: Keys("password_file BAD") },
    Source { form: Lines, good: "rules", given: Keys("acl_file BAD") },
    Source { form: Pem, good: "cert.pem", given: Keys("certfile BAD\nkeyfile DIR/key.pem") },
    Source { form: Pem, good: "key.pem", given: Keys("keyfile BAD\ncertfile DIR/cert.pem") },
    Source {
        form: Pem,
        good: "ca.pem",
        given: Keys(
            "cafile BAD\nrequire_certificate true\ncertfile DIR/cert.pem\nkeyfile DIR/key.pem",
        ),
    },
    Source {
        form: Pem,
        good: "crl.pem",
        given: Keys(
            "crlfile BAD\nrequire_certificate true\ncafile DIR/ca.pem\ncertfile DIR/cert.pem\n\
             keyfile DIR/key.pem",
        ),
    },
];

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Badness {
    Empty,
    Blank,
    /// It ends in the middle of its last line.
    Cut,
    Zero,
    Zeros,
    Mark,
    NotText,
    /// A line that is none, behind the last one.
    WrongLine,
    Folder,
    Missing,
    /// A file whose bytes nobody can have.
    Unreadable,
    /// 1 GiB with no bytes in it.
    Vast,
    Endless,
}

use Badness::{
    Blank, Cut, Empty, Endless, Folder, Mark, Missing, NotText, Unreadable, Vast, WrongLine, Zero,
    Zeros,
};

const ALL: &[Badness] = &[
    Empty, Blank, Cut, Zero, Zeros, Mark, NotText, WrongLine, Folder, Missing, Unreadable, Vast,
    Endless,
];

impl Badness {
    /// Whether a file can be so and be good.
    fn is_harmless(self, source: &Source) -> bool {
        // Nothing is retained then, and a mark before an object is passed over; a password is bytes, of
        // one line, and nobody knows how long it was; what stands between sections is a comment.
        let opens = matches!(source.given, Options(words) if words.contains("locked"));
        matches!((source.form, self), (Json, Empty | Blank | Mark) | (Password | Pem, WrongLine))
            || (source.form == Password && !opens && matches!(self, Cut | NotText))
    }

    /// Whether it is in a line that can be told.
    fn has_line(self, form: Form) -> bool {
        matches!(
            (form, self),
            (Lines, Cut | Zero | Zeros | Mark | NotText | WrongLine)
                | (Json, Cut | Zero | Zeros | NotText | WrongLine)
                | (Password, Empty | Blank | Zero | Zeros | Mark)
                | (Pem, Cut | Zero | NotText)
        )
    }

    /// Puts a good file out of order.
    fn make(self, good: &[u8], at: &Path) {
        let _ = std::fs::remove_file(at);
        let middle = good.len() / 2;
        let insert = |bytes: &[u8]| [&good[..middle], bytes, &good[middle..]].concat();
        let bytes = match self {
            Empty => Vec::new(),
            Blank => b"\n\r\n \n".to_vec(),
            Cut => good.trim_ascii_end()[..good.trim_ascii_end().len() - 3].to_vec(),
            Zero => insert(b"\0"),
            Zeros => vec![0; 100],
            Mark => [b"\xEF\xBB\xBF", good].concat(),
            NotText => insert(b"\xFF"),
            WrongLine => [good, b"no such line\n"].concat(),
            Folder => return std::fs::create_dir(at).unwrap(),
            Missing => return,
            Unreadable => return std::os::unix::fs::symlink("/proc/self/mem", at).unwrap(),
            Vast => return std::fs::File::create(at).unwrap().set_len(1 << 30).unwrap(),
            Endless => return std::os::unix::fs::symlink("/dev/zero", at).unwrap(),
        };
        std::fs::write(at, bytes).unwrap();
    }
}

/// A folder with every file as it should be.
fn good_files(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    let users = scratch.write("users", "");
    for name in ["alice", "bob"] {
        run(["passwd", "-H", "sha512", "-b", &users, name, "pw"]).exits(0);
    }
    // Cut, the last line would grant everybody all of a topic called `read`.
    scratch.write("rules", "user alice\ntopic readwrite a/#\npattern read %u\n");
    scratch.write("conf", "listener 0 127.0.0.1\nmax_connections 10\nallow_anonymous false\n");
    scratch.write("password", "secret\n");
    scratch.write(
        "seeds",
        "{\"topic\":\"a\",\"payload\":\"x\"}\n{\"topic\":\"b\",\"payload\":\"y\"}\n",
    );
    let authority = Authority::new("bad files");
    let server = authority.issue(|_| {});
    scratch.write("ca.pem", authority.pem());
    scratch.write("cert.pem", server.pem());
    scratch.write("key.pem", server.key_pem());
    scratch.write("locked.pem", locked(&server.key_der(), "secret"));
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(2099, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    scratch.write("crl.pem", authority.revocation_list(&list));
    let place = scratch.path().to_str().unwrap();
    run(["broker", "-p", "0", "--tls-dir", &format!("{place}/made"), "--", "true"]).exits(0);
    std::fs::create_dir(scratch.path().join("more")).unwrap();
    scratch.write("including", format!("allow_anonymous true\ninclude_dir {place}/more\n"));
    scratch
}

/// A private key, encrypted with a password.
fn locked(der: &[u8], password: &str) -> String {
    use pkcs8::der::pem::LineEnding;
    let info = pkcs8::PrivateKeyInfoRef::try_from(der).unwrap();
    let salt = [7; 16];
    let parameters =
        pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1, &salt, [9; 16]);
    let locked = info.encrypt_with_params(parameters.unwrap(), password).unwrap();
    locked.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).unwrap().to_string()
}

/// Runs a broker that is given the file, and ends at once if it can serve.
fn serve(source: &Source, scratch: &Scratch, names: Option<&Names>) -> Finished {
    let place = scratch.path().to_str().unwrap();
    let put = |text: &str| text.replace("BAD", &format!("{place}/bad")).replace("DIR", place);
    let words = match source.given {
        Options(options) | Inside(_, options) => put(options),
        Keys(lines) => {
            let text = format!("allow_anonymous true\nlistener 0 127.0.0.1\n{}\n", put(lines));
            format!("-c {}", scratch.write("keys", text))
        }
    };
    let words: Vec<_> = words.split(' ').collect();
    if let Some(names) = names {
        return names.run("mosquitto", &words);
    }
    let port = if words.contains(&"-c") { &[][..] } else { &["-p", "0"] };
    run([&["broker"], port, &words, &["--", "true"]].concat())
}

#[test]
fn row_45_every_file_in_every_kind_of_badness_is_refused_and_nobody_is_served() {
    let (scratch, names) = (good_files("bad-files"), Names::new());
    let mut wrong = Vec::new();
    for (number, source) in SOURCES.iter().enumerate() {
        let good = std::fs::read(scratch.path().join(source.good)).unwrap();
        let file = match source.given {
            Inside(name, _) => scratch.path().join(name),
            Options(_) | Keys(_) => scratch.path().join("bad"),
        };
        let mut check = |what: &str, badness: Option<Badness>| {
            let is_served = badness.is_none_or(|badness| badness.is_harmless(source));
            let has_line = badness.is_some_and(|badness| badness.has_line(source.form));
            let finished = serve(source, &scratch, None);
            let said = &finished.stderr;
            let mut objections = Vec::new();
            if is_served != (finished.code == Some(0)) {
                objections.push("its end");
            }
            if !is_served && (said.contains("mqtt://") || said.contains("mqtts://")) {
                objections.push("it served");
            }
            let name = match badness {
                // Nobody knows a password but by what it opens.
                Some(Cut | NotText) if source.form == Password => "locked.pem",
                _ => file.to_str().unwrap(),
            };
            let path = said.find(name);
            if !is_served && path.is_none() {
                objections.push("the file is not named");
            }
            let behind = path.map_or("", |at| &said[at..]);
            if has_line && !behind.contains("line ") {
                objections.push("no line");
            }
            if let (Keys(lines), false) = (&source.given, is_served) {
                let key = lines.split(' ').next().unwrap();
                let is_named = match source.form {
                    Pem => said.contains(&format!("keys, line 3: {key}: ")),
                    // It has a line of its own to tell.
                    _ if behind.contains("bad, line ") => true,
                    _ => said.contains(&format!("keys, line 3: {key} names it")),
                };
                if !is_named {
                    objections.push("the line of the configuration");
                }
            }
            if !is_served && matches!(source.given, Keys(_)) {
                let finished = serve(source, &scratch, Some(&names));
                if !matches!(finished.code, Some(1 | 3 | 13))
                    || finished.stderr.contains(" running")
                {
                    objections.push("under mosquitto's name");
                }
            }
            if !objections.is_empty() {
                wrong.push(format!("{number} {} {what}: {objections:?}: {said}", source.good));
            }
        };
        let restore = |bytes: &[u8]| {
            let _ = std::fs::remove_dir(&file);
            let _ = std::fs::remove_file(&file);
            std::fs::write(&file, bytes).unwrap();
        };
        restore(&good);
        check("as it should be", None);
        let text = String::from_utf8(good.clone()).unwrap();
        restore(text.replace('\n', "\r\n").as_bytes());
        check("with CRLF", None);
        for badness in ALL {
            if let (Inside(..), Missing) = (&source.given, badness) {
                continue;
            }
            std::fs::remove_file(&file).or_else(|_| std::fs::remove_dir(&file)).unwrap_or(());
            badness.make(&good, &file);
            check(&format!("{badness:?}"), Some(*badness));
        }
        restore(&good);
        if matches!(source.given, Inside("more/x.conf", _)) {
            std::fs::remove_file(&file).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_folder_that_is_none_or_empty_is_refused_with_its_line() {
    let scratch = good_files("bad-folders");
    let place = scratch.path().to_str().unwrap();
    let tls = format!("certfile {place}/cert.pem\nkeyfile {place}/key.pem\n");
    for (line, why) in [
        (format!("include_dir {place}/nowhere\n"), "No such file"),
        (format!("include_dir {place}/users\n"), "Not a directory"),
        (format!("capath {place}/nowhere\nrequire_certificate true\n{tls}"), "No such file"),
        (format!("capath {place}/more\nrequire_certificate true\n{tls}"), "no certificate in any"),
        (format!("capath {place}/users\nrequire_certificate true\n{tls}"), "Not a directory"),
    ] {
        let text = format!("allow_anonymous true\nlistener 0 127.0.0.1\n{line}");
        let file = scratch.write("keys", text);
        let finished = run(["broker", "-c", &file, "--", "true"]);
        assert_ne!(finished.code, Some(0), "{line}");
        let key = line.split(' ').next().unwrap();
        finished.says(&format!("{file}, line 3: {key}")).says(why);
    }
}
