//! What is reported is what happened: between `mq bench` and a broker stands a proxy that drops,
//! repeats, swaps and damages messages, or stalls, and counts.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mq::codec::{MAX_PACKET_SIZE, PacketType, split};

use super::{LEDGER, Serving, bench, figures, report};

/// What happens to the messages of each connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Of each hundred on their way to the client one is dropped, one repeated, one sent behind the
    /// one that follows it, and one damaged.
    Meddle,
    /// Of each thousand on their way to the client ten are dropped, one is repeated, one sent
    /// behind the one that follows it, and one held back for this time, while others pass.
    Rare(Duration),
    /// After so many on their way to the broker nothing is passed on for this time, once.
    Stall(u64, Duration),
    /// All is passed on so much later.
    Delay(Duration),
}

#[derive(Debug, Default)]
struct Counted {
    passed: AtomicU64,
    dropped: AtomicU64,
    repeated: AtomicU64,
    swapped: AtomicU64,
    damaged: AtomicU64,
    delayed: AtomicU64,
}

/// A proxy before a broker; its connections end with it.
pub(super) struct Proxy {
    pub(super) port: String,
    counted: Arc<Counted>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub(super) fn start(target: &str, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let (counted, streams) = (Arc::<Counted>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (own, kept) = (Arc::clone(&counted), Arc::clone(&streams));
        let target = format!("127.0.0.1:{target}");
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(broker) = TcpStream::connect(&target) else { return };
                let clone = |stream: &TcpStream| stream.try_clone().unwrap();
                for stream in [&client, &broker] {
                    stream.set_nodelay(true).unwrap();
                    kept.lock().unwrap().push(clone(stream));
                }
                let (up, down) = ((clone(&client), clone(&broker)), (broker, client));
                let (first, second) = (Arc::clone(&own), Arc::clone(&own));
                thread::spawn(move || pass(up, fault, true, &first));
                thread::spawn(move || pass(down, fault, false, &second));
            }
        });
        Self { port, counted, streams }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // The accepting thread finds no broker any more, or ends with the test program.
    }
}

/// Passes packets on until one side ends.
fn pass((mut from, to): (TcpStream, TcpStream), fault: Fault, is_up: bool, count: &Arc<Counted>) {
    let to = Arc::new(Mutex::new(to));
    let (mut bytes, mut chunk, mut number) = (Vec::new(), vec![0; 64 * 1024], 0);
    let mut held: Option<Vec<u8>> = None;
    while let Ok(1..) =
        from.read(&mut chunk).inspect(|read| bytes.extend_from_slice(&chunk[..*read]))
    {
        let (mut at, mut out) = (0, Vec::new());
        while let Ok(Some(frame)) = split(&bytes[at..], MAX_PACKET_SIZE) {
            at += frame.bytes().len();
            let is_message = frame.packet_type() == Ok(PacketType::Publish);
            number += u64::from(is_message);
            match fault {
                Fault::Stall(after, time) if is_message && is_up && number == after => {
                    let _ = to.lock().unwrap().write_all(&std::mem::take(&mut out));
                    thread::sleep(time);
                    out.extend_from_slice(frame.bytes());
                }
                _ if is_message && !is_up => {
                    let lines = (&mut out, &mut held);
                    meddle(fault.fate(number), frame.bytes(), lines, (&to, count));
                }
                _ => out.extend_from_slice(frame.bytes()),
            }
        }
        bytes.drain(..at);
        if let Fault::Delay(time) = fault {
            thread::sleep(time);
        }
        if to.lock().unwrap().write_all(&out).is_err() {
            break;
        }
    }
    let _ = to.lock().unwrap().shutdown(Shutdown::Both);
}

/// What becomes of a message on its way to the client.
#[derive(Clone, Copy)]
enum Fate {
    Passed,
    Dropped,
    Repeated,
    Swapped,
    Damaged,
    Delayed(Duration),
}

impl Fault {
    /// That of the message of this number.
    fn fate(self, number: u64) -> Fate {
        match (self, number % 100, number % 1000) {
            (Self::Meddle | Self::Rare(_), 20, _) => Fate::Dropped,
            (Self::Meddle, 40, _) | (Self::Rare(_), _, 40) => Fate::Repeated,
            (Self::Meddle, 60, _) | (Self::Rare(_), _, 60) => Fate::Swapped,
            (Self::Meddle, 80, _) => Fate::Damaged,
            (Self::Rare(time), _, 80) => Fate::Delayed(time),
            _ => Fate::Passed,
        }
    }
}

/// Passes a message on, or does not. Who holds one back gives it to a thread of its own, which may
/// write whenever nobody else does.
fn meddle(
    fate: Fate,
    message: &[u8],
    (out, held): (&mut Vec<u8>, &mut Option<Vec<u8>>),
    (to, count): (&Arc<Mutex<TcpStream>>, &Counted),
) {
    let add = |counter: &AtomicU64| counter.fetch_add(1, Ordering::SeqCst);
    let mut put = |message: &[u8]| {
        add(&count.passed);
        out.extend_from_slice(message);
    };
    match fate {
        Fate::Passed => put(message),
        Fate::Dropped => {
            add(&count.dropped);
            return;
        }
        Fate::Repeated => {
            add(&count.repeated);
            put(message);
            put(message);
        }
        Fate::Swapped => {
            add(&count.swapped);
            *held = Some(message.to_vec());
            return;
        }
        Fate::Damaged => {
            add(&count.damaged);
            let mut damaged = message.to_vec();
            *damaged.last_mut().unwrap() ^= 1;
            put(&damaged);
        }
        Fate::Delayed(time) => {
            add(&count.delayed);
            add(&count.passed);
            let (to, message) = (Arc::clone(to), message.to_vec());
            thread::spawn(move || {
                thread::sleep(time);
                to.lock().unwrap().write_all(&message)
            });
            return;
        }
    }
    if let Some(message) = held.take() {
        put(&message);
    }
}

#[test]
fn the_ledger_equals_the_count_of_who_meddles() {
    let serving = Serving::start("bench-meddle");
    for scenario in ["e2e --clients 2", "fan-in --clients 1", "fan-out --clients 2"] {
        let proxy = Proxy::start(&serving.port, Fault::Meddle);
        let words = format!("{scenario} --count 3000 -p PORT --json");
        let report = report(&bench(&words, &proxy.port).exits(0));
        let of = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let Counted { passed, dropped, repeated, swapped, damaged, .. } = &*proxy.counted;
        assert!(of(dropped) >= 20, "{report}");
        let wanted = [of(passed), of(dropped), of(repeated), of(swapped), of(damaged)];
        let names = ["received", "lost", "duplicate", "reordered", "corrupt"];
        assert_eq!(figures(&report, names), wanted, "{scenario}: {report}");
        assert_eq!(figures(&report, ["published"]), [3000]);
    }
}

#[test]
fn what_seldom_happens_is_counted_to_the_last_message() {
    const TIME: Duration = Duration::from_millis(100);
    let serving = Serving::start("bench-rare");
    for words in ["--clients 1", "-q 1 --clients 2", "fan-in --clients 1"] {
        let proxy = Proxy::start(&serving.port, Fault::Rare(TIME));
        let words = format!("{words} --count 20000 -p PORT --json");
        let report = report(&bench(&words, &proxy.port).exits(0));
        let of = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let Counted { passed, dropped, repeated, swapped, delayed, .. } = &*proxy.counted;
        assert_eq!([of(dropped), of(delayed)], [200, 20], "{words}");
        // Those that were held back came behind later ones of their publisher.
        let reordered = of(swapped) + of(delayed);
        let wanted = [20_000, of(passed), of(dropped), of(repeated), reordered, 0];
        let names = ["published", "received", "lost", "duplicate", "reordered", "corrupt"];
        assert_eq!(figures(&report, names), wanted, "{words}: {report}");
        let e2e = &report["latency"]["e2e"];
        assert!(e2e["max"].as_u64().map(Duration::from_nanos) >= Some(TIME), "{e2e}");
        let bytes = data_encoding::BASE64.decode(e2e["histogram"].as_str().unwrap().as_bytes());
        let times = mq::client::Latencies::decode(&bytes.unwrap()).unwrap();
        let below = times.distribution(200).into_iter().take_while(|one| one.value < TIME);
        let below = below.map(|one| one.count).max().unwrap();
        let above = times.count() - below;
        assert!((20..2000).contains(&above), "{above} took {TIME:?}: {e2e}");
    }
}

#[test]
fn a_stall_shows_in_the_corrected_times_and_not_in_the_others() {
    let serving = Serving::start("bench-stall");
    let proxy = Proxy::start(&serving.port, Fault::Stall(500, Duration::from_secs(2)));
    let words = "-q 1 --clients 1 --rate 1000 --inflight 1 --count 3000 -p PORT --json";
    let finished = bench(words, &proxy.port).exits(0).says("behind the schedule");
    let report = report(&finished);
    assert_eq!(figures(&report, LEDGER), [3000, 3000, 0, 0, 0, 0, 1]);
    // A busy machine may be worth a warning of its own.
    let is_late =
        |warning: &&serde_json::Value| warning.to_string().contains("behind the schedule");
    let late = report["warnings"].as_array().unwrap().iter().filter(is_late).count();
    assert_eq!(late, 1, "{report}");
    for scope in ["e2e", "ack"] {
        let times = &report["latency"][scope];
        let corrected = times["p99.9"].as_u64().unwrap();
        let uncorrected = times["uncorrected"]["p99.9"].as_u64().unwrap();
        assert!(corrected > 1_900_000_000, "{scope}: {times}");
        assert!(uncorrected < 500_000_000, "{scope}: {times}");
        assert!(times["uncorrected"]["max"].as_u64().unwrap() > 1_900_000_000, "{scope}: {times}");
    }
}

#[test]
fn a_delay_on_the_way_is_measured() {
    let serving = Serving::start("bench-delay");
    let proxy = Proxy::start(&serving.port, Fault::Delay(Duration::from_millis(20)));
    let words = "--clients 1 --rate 10 --count 10 -p PORT --json";
    let report = report(&bench(words, &proxy.port).exits(0));
    assert_eq!(figures(&report, LEDGER), [10, 10, 0, 0, 0, 0, 1]);
    let least = report["latency"]["e2e"]["min"].as_u64().unwrap();
    assert!((39_900_000..400_000_000).contains(&least), "{least}: there and back");
}
