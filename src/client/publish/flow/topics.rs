//! Messages for several topics, and whether anybody is subscribed to them.

use super::Publisher;
use crate::client::lines::Line;
use crate::client::link::Link;
use crate::client::publish::later::Held;
use crate::client::publish::{Job, Refusal, Report};
use crate::codec::Reason;
use crate::session::Message as _;

impl Publisher<'_> {
    /// QoS 0, to several topics.
    pub(super) fn fill_each_topic(&mut self, link: &mut Link<'_>) {
        let paced = !self.source.delay().is_zero();
        while !link.is_full() {
            let Some((line, _, at)) = self.copies.next(&mut self.source) else { return };
            let Some(head) = self.heads.get_mut(at) else { return };
            self.report.read = self.report.read.saturating_add(1);
            match line {
                Line::Bytes(payload) if payload.len() <= head.longest() => {
                    head.write(&payload, &mut link.output);
                }
                Line::Bytes(payload) => {
                    let too_large = head.refusal(payload.len());
                    self.report.refuse(self.report.read, too_large.into());
                }
                Line::Overlong => self.report.refuse(self.report.read, Refusal::Overlong),
            }
            if paced && !self.copies.is_within() {
                self.next_at = None;
                return;
            }
        }
    }

    /// The broker took a message: counts it where nobody is subscribed, if that is wanted.
    pub(super) fn heard(job: &Job, report: &mut Report, held: &Held<'_>, reason: Reason) {
        if job.require_subscriber && reason == Reason::NoMatchingSubscribers {
            report.unheard(held.number, held.publish().topic);
        }
    }
}
