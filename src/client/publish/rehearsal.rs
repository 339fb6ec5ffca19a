//! What a run would publish, without a broker.

use super::copies::Copies;
use super::records::{Recording, Taken};
use super::{Job, Report};
use crate::client::end::{End, unheard};
use crate::client::lines::Line;
use crate::client::sink::flush;
use crate::client::source::Source;
use crate::client::{Error, Notice, Notify, Refusal, Sink};
use crate::codec::{MAX_PACKET_SIZE, Publish, Qos, Version};
use crate::net::clock;

/// So many bytes of messages go to the sink before it is written.
const BATCH: usize = 64 * 1024;

/// Reads the source to its end, checks every message, and gives those that could be sent to the
/// sink. Nothing is waited for: pauses between messages are left out.
pub async fn rehearse(job: &Job, sink: impl Sink, notify: Notify<'_>) -> Result<Report, Error> {
    let mut rehearsal = Rehearsal { job, sink, report: Report::default(), unwritten: 0 };
    let mut source = Source::new(&job.payloads);
    if let Some(recording) = Recording::new(job) {
        rehearsal.records(&mut source, recording, notify).await?;
    } else {
        rehearsal.messages(&mut source).await?;
    }
    let mut report = rehearsal.report;
    report.failure = source.take_failure().map(Error::Input);
    if job.topics.len() > 1 {
        report.number_by(&job.topics);
    }
    Ok(report)
}

struct Rehearsal<'a, S> {
    job: &'a Job,
    sink: S,
    report: Report,
    /// Bytes that the sink took since it was written.
    unwritten: usize,
}

impl<S: Sink> Rehearsal<'_, S> {
    /// The same message for each topic, one after the other.
    async fn messages(&mut self, source: &mut Source) -> Result<(), Error> {
        let job = self.job;
        let mut copies = Copies::new(&job.topics);
        loop {
            let Some((line, topic, _)) = copies.next(source) else {
                if !source.is_dry() {
                    return self.write().await.map(|_| ());
                }
                if self.write().await? == End::Unheard {
                    return Ok(());
                }
                source.more().await;
                continue;
            };
            self.report.read = self.report.read.saturating_add(1);
            let (qos, retain) = (job.qos, job.retain);
            let properties = job.properties.as_properties();
            match line {
                Line::Bytes(payload) => self.take(&Publish {
                    dup: false,
                    qos,
                    retain,
                    topic,
                    id: None,
                    properties,
                    payload: &payload,
                }),
                Line::Overlong => self.report.refused.add(self.report.read, Refusal::Overlong),
            }
            if self.unwritten > BATCH && self.write().await? == End::Unheard {
                return Ok(());
            }
        }
    }

    /// What lines describe.
    async fn records(
        &mut self,
        source: &mut Source,
        mut recording: Recording<'_>,
        notify: Notify<'_>,
    ) -> Result<(), Error> {
        loop {
            let Some((number, line)) = recording.next(source) else {
                if !source.is_dry() {
                    return self.write().await.map(|_| ());
                }
                if self.write().await? == End::Unheard {
                    return Ok(());
                }
                source.more().await;
                continue;
            };
            match recording.take(&line, clock::now()) {
                Taken::Message(entry) => {
                    self.report.read = self.report.read.saturating_add(1);
                    self.take(&entry.publish());
                }
                Taken::Blank | Taken::Early(_) => {}
                Taken::Bad(error) => {
                    self.report.bad_lines = self.report.bad_lines.saturating_add(1);
                    notify(&Notice::BadLine { number, error: &error });
                }
            }
            if self.unwritten > BATCH && self.write().await? == End::Unheard {
                return Ok(());
            }
        }
    }

    /// A message: for the sink, if a packet can hold it.
    fn take(&mut self, publish: &Publish<'_>) {
        // The identifier of QoS 1 and 2, which it has not got yet.
        let id = if publish.qos == Qos::AtMostOnce { 0 } else { 2 };
        let size = publish.encoded_len(Version::V5).saturating_add(id);
        if size > MAX_PACKET_SIZE as usize {
            self.report.refused.add(self.report.read, Refusal::Overlong);
            return;
        }
        self.sink.take(publish.topic, publish);
        self.unwritten = self.unwritten.saturating_add(size);
    }

    /// Writes what the sink has; whether anybody reads on.
    async fn write(&mut self) -> Result<End, Error> {
        self.unwritten = 0;
        match flush(&mut self.sink).await {
            Ok(()) => Ok(End::Finished),
            Err(error) => unheard(error),
        }
    }
}
