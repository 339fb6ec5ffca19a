//! What is sent next: as far as window, output and source go.

use std::ops::Deref;
use std::time::Instant;

use super::Publisher;
use crate::client::Notice;
use crate::client::Refusal;
use crate::client::lines::Line;
use crate::client::link::Link;
use crate::client::publish::Report;
use crate::client::publish::delivery::Delivery;
use crate::client::publish::head::Head;
use crate::client::publish::later::{Held, MessageHead};
use crate::client::publish::records::{Recording, Taken};
use crate::codec::Qos;
use crate::net::clock;
use crate::session::PublishError;

impl<'a> Publisher<'a> {
    /// Adds messages to the output as far as window, output and source go.
    pub(super) fn fill(&mut self, link: &mut Link<'_>, now: Instant) {
        if !self.source.delay().is_zero() && !self.is_time(link, now) {
            return;
        }
        if self.heads.len() > 1 {
            self.fill_each_topic(link);
        } else if !self.heads.is_empty() {
            self.fill_unacknowledged(link);
        } else {
            self.fill_window(link, now);
        }
        if let Some(meter) = &self.job.meter {
            meter.set_messages(self.report.read);
            if let Some(position) = self.source.position() {
                meter.set_bytes(position);
            }
        }
    }

    /// With a delay: whether the message before is delivered and the delay has passed.
    fn is_time(&mut self, link: &Link<'_>, now: Instant) -> bool {
        if !self.later.is_empty() || self.copies.is_within() {
            // They go by a back-off of their own; or with the message before.
            return true;
        }
        if !self.session.outgoing().is_empty() || !link.is_flushed() || self.source.is_finished() {
            return false;
        }
        if self.report.read == 0 {
            return true;
        }
        let at = *self.next_at.get_or_insert_with(|| now + self.source.delay());
        now >= at
    }

    /// QoS 0.
    fn fill_unacknowledged(&mut self, link: &mut Link<'_>) {
        let [head] = self.heads.as_mut_slice() else { return };
        let paced = !self.source.delay().is_zero();
        while !link.is_full() {
            let Some(line) = self.source.next() else { return };
            let delivery = self.delivery.as_mut();
            send_unasked(&line, head, delivery, &mut self.report, &mut link.output);
            if paced {
                self.next_at = None;
                return;
            }
        }
    }

    /// QoS 0, to several topics.
    fn fill_each_topic(&mut self, link: &mut Link<'_>) {
        let paced = !self.source.delay().is_zero();
        while !link.is_full() {
            let Some((line, _, at)) = self.copies.next(&mut self.source) else { return };
            let Some(head) = self.heads.get_mut(at) else { return };
            let delivery = self.delivery.as_mut();
            send_unasked(&line, head, delivery, &mut self.report, &mut link.output);
            if paced && !self.copies.is_within() {
                self.next_at = None;
                return;
            }
        }
    }

    /// QoS 1 and 2: what goes again before what is new.
    fn fill_window(&mut self, link: &mut Link<'_>, now: Instant) {
        let window = usize::from(self.session.outgoing().window());
        if self.filled && self.session.outgoing().len() > window / 2 {
            return;
        }
        self.filled = false;
        if !self.later.may_send(self.session.outgoing().len(), now) {
            return;
        }
        let one_only = self.later.is_probing() || !self.source.delay().is_zero();
        while !link.is_full() {
            if !self.session.has_room() {
                self.filled = true;
                return;
            }
            let Some(held) = self.later.next().or_else(|| self.take_new(link, now)) else { return };
            let (number, length) = (held.number, held.payload.len());
            match self.session.publish(held, &mut link.output) {
                Ok(()) => {
                    if let Some(delivery) = &mut self.delivery {
                        delivery.asked(number, length, now);
                    }
                }
                Err((PublishError::WindowClosed, held)) => {
                    self.later.put_back(held);
                    self.filled = true;
                    return;
                }
                Err((error, held)) => self.report.refused.add(held.number, error.into()),
            }
            if one_only && (self.later.is_probing() || !self.copies.is_within()) {
                self.next_at = None;
                return;
            }
        }
    }

    /// The next message of the source that a packet can hold.
    fn take_new(&mut self, link: &mut Link<'_>, now: Instant) -> Option<Held<'a>> {
        if self.recording.is_some() {
            return self.take_record(link, now);
        }
        loop {
            let (line, topic, _) = self.copies.next(&mut self.source)?;
            self.report.read = self.report.read.saturating_add(1);
            let number = self.report.read;
            match line {
                Line::Bytes(payload) => {
                    let head = MessageHead::Common(self.job, topic);
                    return Some(Held { head, payload, number });
                }
                Line::Overlong => self.report.refused.add(number, Refusal::Overlong),
            }
        }
    }

    /// The next message of QoS 1 or 2 that a line describes; those of QoS 0 before it are sent.
    fn take_record(&mut self, link: &mut Link<'_>, mut now: Instant) -> Option<Held<'a>> {
        let recording = self.recording.as_mut()?;
        while !link.is_full() {
            let (number, line) = recording.next(&mut self.source)?;
            let entry = match recording.take(&line, now) {
                Taken::Message(entry) => entry,
                Taken::Early(pause) => {
                    recording.put_back(number, line);
                    if link.is_flushed() && Recording::rest(pause) {
                        now = clock::now();
                        continue;
                    }
                    return None;
                }
                Taken::Blank => continue,
                Taken::Bad(error) => {
                    if recording.is_news() {
                        self.report.bad_lines = self.report.bad_lines.saturating_add(1);
                        self.connector.notify(&Notice::BadLine { number, error: &error });
                    }
                    continue;
                }
            };
            self.report.read = self.report.read.saturating_add(1);
            let has_properties = !entry.properties.as_properties().is_empty();
            if has_properties && !self.session.version().is_v5() && !self.left_out {
                self.left_out = true;
                self.connector.notify(&Notice::PropertiesLeftOut);
            }
            if entry.qos > Qos::AtMostOnce {
                let Line::Bytes(line) = &line else { continue };
                return Some(Held::of_entry(entry, line, number));
            }
            match self.session.publish_once(&entry.publish(), &mut link.output) {
                Err(error) => self.report.refused.add(number, error.into()),
                Ok(()) => {
                    if let Some(delivery) = &mut self.delivery {
                        delivery.unasked(entry.payload.len());
                    }
                }
            }
        }
        None
    }
}

/// Sends a line at QoS 0, where it is not too long for the broker.
fn send_unasked<T: Deref<Target = [u8]>>(
    line: &Line<T>,
    head: &mut Head,
    delivery: Option<&mut Delivery>,
    report: &mut Report,
    output: &mut Vec<u8>,
) {
    report.read = report.read.saturating_add(1);
    match line {
        Line::Bytes(payload) if payload.len() <= head.longest() => {
            head.write(payload, output);
            if let Some(delivery) = delivery {
                delivery.unasked(payload.len());
            }
        }
        Line::Bytes(payload) => {
            let too_large = head.refusal(payload.len());
            report.refused.add(report.read, too_large.into());
        }
        Line::Overlong => report.refused.add(report.read, Refusal::Overlong),
    }
}
