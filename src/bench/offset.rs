//! How far the clocks of machines that share a run are apart: part 0 answers, through the broker,
//! what time it has, and the others ask (Cristian's algorithm).

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use crate::client::{self, Line, Notice, Settings};
use crate::net::{Backoff, clock};
use crate::options::Share;

/// Answers that are waited for: the one that came back fastest has the smallest error.
const ANSWERS: usize = 16;

/// From one question to the next.
const PAUSE: Duration = Duration::from_millis(20);

/// How long part 0 may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// From one attempt of part 0 to be there to the next, at first and at most.
const ATTEMPTS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

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

/// Answers until the start, whenever there is a broker to answer through. It is no reason to give
/// up a run when nobody can ask.
pub async fn answer(settings: &Settings, meeting: &Meeting) {
    let settings = own(settings);
    let answering = async {
        let mut backoff = Backoff::new(ATTEMPTS.0, ATTEMPTS.1);
        loop {
            let _ = answer_all(&settings, meeting).await;
            tokio::time::sleep(backoff.next_delay()).await;
        }
    };
    let _ = tokio::time::timeout(meeting.time_left(), answering).await;
}

async fn answer_all(settings: &Settings, meeting: &Meeting) -> Result<Infallible, client::Error> {
    let mut line = Line::open(settings, &meeting.topic("ask"), &silent).await?;
    loop {
        let question = line.next().await?;
        let Some((asker, asked)) = numbers(&question) else { continue };
        let topic = meeting.topic(&format!("answer/{asker}"));
        line.say(&topic, &pair(asked, nanoseconds(clock::wall())))?;
    }
}

/// Asks; `None` when nobody answered in time.
pub async fn ask(settings: &Settings, meeting: &Meeting) -> Result<Option<Offset>, client::Error> {
    let (settings, index) = (own(settings), meeting.share.index);
    let patience = meeting.time_left().saturating_sub(RESERVE).min(PATIENCE);
    let mut best: Option<Offset> = None;
    let asking = async {
        let topic = meeting.topic(&format!("answer/{index}"));
        let mut line = Line::open(&settings, &topic, &silent).await?;
        let mut answers = 0_usize;
        while answers < ANSWERS {
            line.say(&meeting.topic("ask"), &pair(index.into(), nanoseconds(clock::wall())))?;
            let Ok(answer) = tokio::time::timeout(PAUSE, line.next()).await else { continue };
            let now = nanoseconds(clock::wall());
            let Some((asked, theirs)) = numbers(&answer?) else { continue };
            answers = answers.saturating_add(1);
            let found = offset(asked, theirs, now);
            if best.is_none_or(|best| found.error < best.error) {
                best = Some(found);
            }
        }
        line.leave().await;
        Ok::<(), client::Error>(())
    };
    tokio::time::timeout(patience, asking).await.unwrap_or(Ok(()))?;
    Ok(best)
}

/// Those of a client that the load itself does not have, and that nobody else throws off.
fn own(settings: &Settings) -> Settings {
    Settings { client_id: None, clean: true, ..settings.clone() }
}

/// The load tells what there is to tell.
fn silent(_: &Notice<'_>) {}

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
