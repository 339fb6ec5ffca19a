//! How far the clocks of machines that share a run are apart: part 0 answers, through the broker,
//! what time it has, and the others ask (Cristian's algorithm).

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{self, Cause, Notice, Settings};
use crate::codec::{
    Disconnect, FilterBuffer, MAX_PACKET_SIZE, Properties, Publish, PublishHead, Qos, Reason,
    SubscriptionOptions, split,
};
use crate::net::{Stream, clock};
use crate::options::Share;
use crate::session::{self, Client, Event, Message};

/// Answers that are waited for: the one that came back fastest has the smallest error.
const ANSWERS: usize = 16;

/// From one question to the next.
const PAUSE: Duration = Duration::from_millis(20);

/// How long part 0 may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// So long before the start nothing is asked any more: clients have to connect.
const RESERVE: Duration = Duration::from_secs(1);

/// How far the clock of part 0 is ahead of this machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// Nanoseconds; below zero when it is behind.
    pub ahead: i64,
    /// It is right to so much: half of what the fastest question and its answer took.
    pub error: Duration,
}

/// Where the parts of a run meet.
#[derive(Debug, Clone, Copy)]
pub struct Meeting {
    /// Which part this is.
    pub share: Share,
    /// When all start.
    pub start: SystemTime,
}

impl Meeting {
    /// All parts know these, and no other run has them.
    fn topic(&self, rest: &str) -> String {
        format!("mq-bench-clock/{}-{}/{rest}", nanoseconds(self.start), self.share.of)
    }

    fn time_left(&self) -> Duration {
        self.start.duration_since(clock::wall()).unwrap_or_default()
    }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Answers until the start. It is no reason to give up a run when nobody can ask.
pub async fn answer(settings: &Settings, meeting: &Meeting) {
    let _ = tokio::time::timeout(meeting.time_left(), answer_all(settings, meeting)).await;
}

async fn answer_all(settings: &Settings, meeting: &Meeting) -> Result<Infallible, client::Error> {
    let mut line = Line::open(settings, &meeting.topic("ask")).await?;
    loop {
        for question in line.messages().await? {
            let Some((asker, asked)) = numbers(&question) else { continue };
            let topic = meeting.topic(&format!("answer/{asker}"));
            line.say(&topic, &pair(asked, nanoseconds(clock::wall()))).await?;
        }
    }
}

/// Asks; `None` when nobody answered in time.
pub async fn ask(settings: &Settings, meeting: &Meeting) -> Result<Option<Offset>, client::Error> {
    let own = meeting.share.index;
    let patience = meeting.time_left().saturating_sub(RESERVE).min(PATIENCE);
    let mut best: Option<Offset> = None;
    let asking = async {
        let mut line = Line::open(settings, &meeting.topic(&format!("answer/{own}"))).await?;
        let mut answers = 0_usize;
        while answers < ANSWERS {
            let asked = pair(own.into(), nanoseconds(clock::wall()));
            line.say(&meeting.topic("ask"), &asked).await?;
            let came = tokio::time::timeout(PAUSE, line.messages()).await;
            let came = came.unwrap_or_else(|_| Ok(Vec::new()))?;
            let now = nanoseconds(clock::wall());
            for (asked, theirs) in came.iter().filter_map(|answer| numbers(answer)) {
                answers = answers.saturating_add(1);
                let found = offset(asked, theirs, now);
                if best.is_none_or(|best| found.error < best.error) {
                    best = Some(found);
                }
            }
        }
        line.leave().await;
        Ok::<(), client::Error>(())
    };
    tokio::time::timeout(patience, asking).await.unwrap_or(Ok(()))?;
    Ok(best)
}

/// What an answer says: it is taken to have been given in the middle of the way.
fn offset(asked: u64, theirs: u64, now: u64) -> Offset {
    let took = now.saturating_sub(asked);
    let middle = asked.saturating_add(took / 2);
    let ahead = i128::from(theirs).saturating_sub(middle.into());
    let ahead = i64::try_from(ahead).unwrap_or(if ahead < 0 { i64::MIN } else { i64::MAX });
    Offset { ahead, error: Duration::from_nanos(took / 2) }
}

/// A message: two numbers.
fn pair(one: u64, other: u64) -> [u8; 16] {
    (u128::from(one) << 64 | u128::from(other)).to_be_bytes()
}

/// Its numbers; none of a message that somebody else sent.
fn numbers(payload: &[u8]) -> Option<(u64, u64)> {
    let both = u128::from_be_bytes(payload.try_into().ok()?);
    Some((u64::try_from(both >> 64).ok()?, u64::try_from(both & u128::from(u64::MAX)).ok()?))
}

/// Nothing is kept, for nothing is acknowledged.
#[derive(Debug)]
struct Never(Infallible);

impl Message for Never {
    fn publish(&self) -> Publish<'_> {
        match self.0 {}
    }
}

/// A client that subscribes to one topic, and publishes at QoS 0.
struct Line {
    settings: Settings,
    stream: Stream,
    session: Client<Never>,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Line {
    /// Connects, and asks for a topic.
    async fn open(settings: &Settings, topic: &str) -> Result<Self, client::Error> {
        // One that the load itself does not have, and that nobody else throws off.
        let settings = Settings { client_id: None, clean: true, ..settings.clone() };
        let qos = Qos::AtMostOnce;
        let mut session = Client::new(settings.windows(qos).0, clock::now());
        let silent = |_: &Notice<'_>| {};
        let opened = client::open(&settings, &mut session, qos, &silent).await?;
        let (stream, input) = (opened.stream, opened.arrived);
        let mut line = Self { settings, stream, session, input, output: Vec::new() };
        let mut filters = FilterBuffer::default();
        filters.push(topic, SubscriptionOptions::default())?;
        line.session
            .subscribe(&filters, Properties::EMPTY, &mut line.output)
            .map_err(|_| line.lost(Cause::Closed))?;
        line.flush().await?;
        Ok(line)
    }

    fn lost(&self, cause: Cause) -> client::Error {
        client::Error::Lost { route: self.settings.server.route(), cause }
    }

    async fn flush(&mut self) -> Result<(), client::Error> {
        let output = std::mem::take(&mut self.output);
        let sent = async {
            self.stream.write_all(&output).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| self.lost(error.into()))
    }

    async fn say(&mut self, topic: &str, payload: &[u8]) -> Result<(), client::Error> {
        let sample = Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic,
            id: None,
            properties: Properties::EMPTY,
            payload,
        };
        let head = PublishHead::new(&sample, self.session.version())?;
        head.write(payload, &mut self.output);
        self.flush().await
    }

    /// The messages that come next.
    async fn messages(&mut self) -> Result<Vec<Vec<u8>>, client::Error> {
        loop {
            let messages = self.packets().map_err(|cause| self.lost(cause))?;
            self.flush().await?;
            if !messages.is_empty() {
                return Ok(messages);
            }
            let mut chunk = [0; 4096];
            let read = self.stream.read(&mut chunk).await;
            let read = read.map_err(|error| self.lost(error.into()))?;
            if read == 0 {
                return Err(self.lost(Cause::Closed));
            }
            self.input.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }

    /// Deals with the packets that are there.
    fn packets(&mut self) -> Result<Vec<Vec<u8>>, Cause> {
        let (mut taken, mut messages) = (0_usize, Vec::new());
        let input = std::mem::take(&mut self.input);
        while let Some(rest) = input.get(taken..).filter(|rest| !rest.is_empty()) {
            let frame = split(rest, MAX_PACKET_SIZE).map_err(session::Error::from)?;
            let Some(frame) = frame else { break };
            taken = taken.saturating_add(frame.bytes().len());
            match self.session.receive(frame, clock::now(), &mut self.output)? {
                Event::Message(message, _) => messages.push(message.payload.to_vec()),
                Event::Disconnected(reason, _) => return Err(Cause::Told { reason, text: None }),
                _ => {}
            }
        }
        self.input = input.get(taken..).unwrap_or_default().to_vec();
        Ok(messages)
    }

    async fn leave(&mut self) {
        self.session.disconnect(Disconnect::new(Reason::Success), &mut self.output);
        // The broker sees the end in any case.
        let _ = self.flush().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_to_be_from_the_middle_of_the_way() {
        let error = Duration::from_nanos(50);
        assert_eq!(offset(1000, 1050, 1100), Offset { ahead: 0, error });
        assert_eq!(offset(1000, 2050, 1100), Offset { ahead: 1000, error });
        assert_eq!(offset(1000, 50, 1100), Offset { ahead: -1000, error });
        // A clock that was set back meanwhile.
        assert_eq!(offset(1000, 900, 800), Offset { ahead: -100, error: Duration::ZERO });
        assert_eq!(offset(u64::MAX, 0, u64::MAX).ahead, i64::MIN);
    }

    #[test]
    fn what_others_send_is_no_answer() {
        assert_eq!(numbers(&pair(7, u64::MAX)), Some((7, u64::MAX)));
        assert_eq!(numbers(b"hello"), None);
        assert_eq!(numbers(&[0; 17]), None);
    }
}
