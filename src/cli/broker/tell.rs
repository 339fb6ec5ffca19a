//! Everything that is told and kept of a broker's work, in one hand.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::events;
use super::log::{Detail, Log};
use super::record::Recording;
use super::told::Told;
use crate::broker::{Event, Observer};
use crate::cli::exit::Exit;
use crate::cli::output::{self, Feed};
use crate::net::clock;
use crate::options::{Events, Expectation, Watch};
use crate::record::Moment;

/// A log, events for programs, a recording, and what is expected.
#[derive(Debug)]
pub(super) struct Teller {
    log: Log,
    /// Events go where the log does: all would be told twice in one place.
    is_told_as_events: bool,
    events: Option<(Feed, Events)>,
    recording: Option<Recording>,
    expected: Vec<Expected>,
    line: Vec<u8>,
}

/// An expectation, and what came of it.
#[derive(Debug)]
struct Expected {
    what: Expectation,
    is_met: bool,
    /// Messages on its topic with another payload.
    others: u64,
}

/// One that the broker's thread and those who wait for its end share.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<Teller>>);

impl Shared {
    /// Opens what is to be written to. With a command, standard output is the command's.
    pub(super) fn open(watch: &Watch, told: Told, with_command: bool) -> anyhow::Result<Self> {
        let create = |path: &PathBuf| {
            Recording::create(path).with_context(|| format!("cannot write {}", path.display()))
        };
        let events = match watch.events {
            None => None,
            Some(events) if with_command => Some((Feed::on_stderr(), events)),
            Some(events) => {
                let feed = Feed::on_stdout().context("cannot write to standard output")?;
                Some((feed, events))
            }
        };
        let is_told_as_events = events.is_some() && with_command;
        let detail = if is_told_as_events { Detail::Nothing } else { told.detail };
        let expected =
            |what: &Expectation| Expected { what: what.clone(), is_met: false, others: 0 };
        Ok(Self(Arc::new(Mutex::new(Teller {
            log: Log::new(detail, with_command, told.is_configured),
            is_told_as_events,
            events,
            recording: watch.record.as_ref().map(create).transpose()?,
            expected: watch.expected.iter().map(expected).collect(),
            line: Vec::new(),
        }))))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Teller) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on the log tells so much.
    pub(super) fn tell_in(&self, detail: Detail) {
        self.with(|teller| {
            if !teller.is_told_as_events {
                teller.log.tell_in(detail);
            }
        });
    }

    /// What the broker tells.
    pub(super) fn observer(&self) -> Observer {
        let shared = self.clone();
        Box::new(move |event| {
            // Who it is comes with the next event.
            if !matches!(event, Event::Opened { .. }) {
                shared.with(|teller| teller.tell(event));
            }
        })
    }

    /// Tells where it serves; whether somebody was to be told so.
    pub(super) fn listening(&self, urls: &[String]) -> bool {
        self.with(|teller| {
            teller.put(|time, line| {
                for url in urls {
                    events::listening(url, time, line);
                }
            })
        })
    }

    /// A minute has passed.
    pub(super) fn tick(&self) {
        self.with(|teller| teller.log.tick());
    }

    /// The broker has ended: the rest is told and written, and what is wrong with it all.
    pub(super) fn finish(&self) -> Exit {
        self.with(Teller::finish)
    }
}

impl Teller {
    fn tell(&mut self, event: Event<'_>) {
        let time = Moment::at(clock::wall());
        if let Event::Published { message, .. } = event {
            if let Some(recording) = &self.recording {
                recording.put(message, &time);
            }
            for expected in &mut self.expected {
                expected.look_at(message.topic, message.payload);
            }
        }
        self.log.tell(event, &time);
        let all = !matches!(event, Event::Published { .. });
        if let Some((feed, events)) = &self.events
            && (all || *events == Events::Publishes)
        {
            self.line.clear();
            events::write(event, (&time, feed.escape), None, &mut self.line);
            feed.put(&self.line);
        }
    }

    /// Tells a program something that is no event of the broker's; false where none listens.
    fn put(&mut self, write: impl FnOnce((&Moment, crate::record::Escape), &mut Vec<u8>)) -> bool {
        let Some((feed, _)) = &self.events else {
            return false;
        };
        self.line.clear();
        write((&Moment::at(clock::wall()), feed.escape), &mut self.line);
        feed.put(&self.line);
        true
    }

    fn finish(&mut self) -> Exit {
        self.log.tick();
        self.put(events::stopped);
        if let Some((feed, _)) = &self.events
            && !feed.finish()
        {
            output::note("the last events are left out: nobody read them");
        }
        let is_recorded = self.recording.take().is_none_or(Recording::finish);
        let unmet: Vec<_> = self.expected.iter().filter(|expected| !expected.is_met).collect();
        for expected in &unmet {
            output::error_as(&expected.complaint(), Exit::Gate);
        }
        match (unmet.is_empty(), is_recorded) {
            (false, _) => Exit::Gate,
            (true, false) => Exit::Failed,
            (true, true) => Exit::Done,
        }
    }
}

impl Expected {
    fn look_at(&mut self, topic: &str, payload: &[u8]) {
        if self.is_met || !self.what.is_about(topic) {
            return;
        }
        if self.what.has_payload(payload) {
            self.is_met = true;
        } else {
            self.others = self.others.saturating_add(1);
        }
    }

    fn complaint(&self) -> String {
        let filter = &self.what.filter;
        match (&self.what.payload, self.others) {
            (None, _) | (Some(_), 0) => format!("--expect: nothing was published to {filter}"),
            (Some(payload), 1) => {
                format!("--expect: the one message to {filter} was not {payload:?}")
            }
            (Some(payload), others) => {
                format!("--expect: none of {others} messages to {filter} was {payload:?}")
            }
        }
    }
}
