//! What other front ends ask of the same clients: fields that no option of `mq pub` and `mq rr`
//! sets.

use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use mq::client::Sink;
use mq::client::request::{self, Report};
use mq::client::{self, Notice, Settings, publish};
use mq::codec::{Property, PropertyBuffer, Publish, Qos, Reason, RetainHandling};
use mq::options::{Connect, Host, Payload, Print, Publish as Publishing, Request};

use crate::support::broker::{Broker, Got, Message, buffer};

fn connect(broker: &Broker) -> Connect {
    let port = Some(broker.port().parse().unwrap());
    let hosts = vec![Host::parse("127.0.0.1").unwrap()];
    Connect { hosts, port, ..Connect::default() }
}

/// As mosquitto's requester does it.
fn plain(broker: &Broker) -> Request {
    Request {
        connect: connect(broker),
        topic: Some("ask".to_owned()),
        response_topic: Some("back".to_owned()),
        qos: Qos::AtLeastOnce,
        payload: Payload::Text(b"x".to_vec()),
        correlate: false,
        any_message: true,
        answers: 1,
        in_flight: 1,
        time_limit: None,
        latency: false,
        print: Print::default(),
        skip_retained: false,
        retain_as_published: false,
        retain_handling: RetainHandling::default(),
        will_when_cut_short: true,
        lenient: true,
    }
}

/// Answers, kept.
#[derive(Default, Clone)]
struct Kept(Arc<Mutex<Vec<Vec<u8>>>>);

impl Sink for Kept {
    fn take(&mut self, _topic: &str, message: &Publish<'_>) {
        self.0.lock().unwrap().push(message.payload.to_vec());
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn poll_flush(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What a run came to: its report or its error, the answers, and what was told on the way.
struct Outcome {
    report: Result<Report, client::Error>,
    answers: Vec<Vec<u8>>,
    told: Vec<String>,
}

fn ask(request: Request) -> JoinHandle<Outcome> {
    std::thread::spawn(move || {
        let resolved = request.connect.resolve(&|_| None).unwrap();
        let job = request.job(&resolved).unwrap();
        let (kept, told) = (Kept::default(), Mutex::new(Vec::new()));
        let notify = |notice: &Notice<'_>| told.lock().unwrap().push(format!("{notice:?}"));
        let run = request::run(&resolved.settings, &job, kept.clone(), &notify);
        let report = client::block_on(run).unwrap();
        let answers = kept.0.lock().unwrap().clone();
        Outcome { report, answers, told: told.into_inner().unwrap() }
    })
}

fn deliver(broker: &mut crate::support::broker::Peer, properties: &PropertyBuffer, retain: bool) {
    broker.deliver(&Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain,
        topic: "back",
        id: None,
        properties: properties.as_properties(),
        payload: b"y",
    });
}

#[test]
fn without_correlation_any_message_is_the_answer() {
    for (data, retain) in [(None, false), (Some(&b"whatever"[..]), false), (None, true)] {
        let broker = Broker::new();
        let asking = ask(plain(&broker));
        let mut peer = broker.welcome().0;
        assert_eq!(peer.grant()[0].1.retain_handling, RetainHandling::Send);
        let Message { properties, .. } = peer.message();
        assert_eq!(properties, buffer(&[Property::ResponseTopic("back")]));
        let data: Vec<_> = data.map(Property::CorrelationData).into_iter().collect();
        deliver(&mut peer, &buffer(&data), retain);
        peer.leaves();
        let outcome = asking.join().unwrap();
        assert_eq!(outcome.answers, [b"y"]);
        assert_eq!(outcome.report.unwrap().ignored, 0);
    }
}

#[test]
fn with_any_message_a_message_of_an_earlier_subscription_is_the_answer() {
    for any_message in [true, false] {
        let broker = Broker::new();
        let asking = ask(Request { any_message, ..plain(&broker) });
        let mut peer = broker.welcome().0;
        peer.grant();
        let id = peer.message().id;
        peer.puback(id, Reason::Success);
        peer.publish("other", b"x", Qos::AtLeastOnce, 7);
        assert_eq!(peer.next(), Got::Puback(7));
        if !any_message {
            deliver(&mut peer, &PropertyBuffer::new(), false);
        }
        peer.leaves();
        let outcome = asking.join().unwrap();
        assert_eq!(outcome.answers, [if any_message { b"x" } else { b"y" }]);
        assert_eq!(outcome.report.unwrap().foreign, u64::from(!any_message));
    }
}

#[test]
fn a_refused_subscription_is_told_and_ends_in_order() {
    let broker = Broker::new();
    let asking = ask(plain(&broker));
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    peer.suback(id, &[Reason::NotAuthorized.code()]);
    peer.leaves();
    let outcome = asking.join().unwrap();
    let report = outcome.report.unwrap();
    assert!(report.failure.is_none() && report.read == 0);
    assert!(outcome.told[0].contains("NotAuthorized"), "{:?}", outcome.told);
}

#[test]
fn a_refused_request_is_told_and_waited_for() {
    for reason in [Reason::NotAuthorized, Reason::NoMatchingSubscribers] {
        let broker = Broker::new();
        let asking = ask(plain(&broker));
        let mut peer = broker.welcome().0;
        peer.grant();
        let id = peer.message().id;
        peer.puback(id, reason);
        deliver(&mut peer, &PropertyBuffer::new(), false);
        peer.leaves();
        let outcome = asking.join().unwrap();
        assert_eq!(outcome.answers, [b"y"]);
        assert_eq!(outcome.told.len(), usize::from(reason.is_error()), "{:?}", outcome.told);
        assert_eq!(outcome.report.unwrap().refused.count, 0);
    }
}

#[test]
fn a_time_limit_leaves_with_the_will() {
    for subscribed in [true, false] {
        let broker = Broker::new();
        let time_limit = Some(Duration::from_millis(200));
        let asking = ask(Request { time_limit, ..plain(&broker) });
        let mut peer = broker.welcome().0;
        if subscribed {
            peer.grant();
            peer.message();
        } else {
            peer.subscription();
        }
        let reason = Reason::DisconnectWithWill;
        let properties = PropertyBuffer::new();
        assert_eq!(peer.next(), Got::Disconnect { reason, session_expiry: None, properties });
        let report = asking.join().unwrap().report.unwrap();
        assert_eq!(report.unanswered, u64::from(subscribed));
        assert_eq!(report.failure.is_none(), subscribed);
    }
}

#[test]
fn the_same_correlation_data_are_for_one_request_at_a_time() {
    let broker = Broker::new();
    let mut request = Request { correlate: true, in_flight: 2, ..plain(&broker) };
    request.connect.properties.publish = buffer(&[Property::CorrelationData(b"mine")]);
    let resolved = request.connect.resolve(&|_| None).unwrap();
    assert!(request.job(&resolved).is_err());
    request.in_flight = 1;
    let asking = ask(request.clone());
    let mut peer = broker.welcome().0;
    peer.grant();
    let properties = peer.message().properties;
    let own = [Property::CorrelationData(b"mine"), Property::ResponseTopic("back")];
    assert_eq!(properties, buffer(&own));
    deliver(&mut peer, &buffer(&[Property::CorrelationData(b"theirs")]), false);
    deliver(&mut peer, &buffer(&[Property::CorrelationData(b"mine")]), false);
    peer.leaves();
    let outcome = asking.join().unwrap();
    assert_eq!((outcome.answers.len(), outcome.report.unwrap().ignored), (1, 1));

    request.connect.properties.publish = buffer(&[Property::ResponseTopic("else")]);
    let resolved = request.connect.resolve(&|_| None).unwrap();
    assert!(request.job(&resolved).is_err(), "two topics for the answers");
    request.response_topic = None;
    assert_eq!(request.job(&resolved).unwrap().response_topic.as_deref(), Some("else"));
}

#[test]
fn a_repeated_message_need_not_come_back_after_a_lost_link() {
    let broker = Broker::new();
    let options = Publishing {
        connect: connect(&broker),
        topics: vec!["a".to_owned()],
        qos: Qos::AtLeastOnce,
        retain: false,
        payload: Payload::Text(b"x".to_vec()),
        repeat: 3,
        repeat_delay: Duration::ZERO,
        reconnect: false,
        give_up: None,
        stats: false,
        require_subscriber: false,
        dry_run: false,
    };
    let resolved = options.connect.resolve(&|_| None).unwrap();
    let job = options.job(&resolved).unwrap();
    let settings: Settings = resolved.settings;
    let publishing = std::thread::spawn(move || {
        client::block_on(publish::run(&settings, &job, &|_| {})).unwrap()
    });
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.session_expiry, None, "nothing to come back to");
    peer.message();
    drop(peer);
    assert!(matches!(publishing.join().unwrap(), Err(client::Error::Lost { .. })));
    assert!(broker.is_alone());
}
