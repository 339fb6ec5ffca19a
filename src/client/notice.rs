//! What happens on the way, for whoever wants to tell it.

use super::Error;
use crate::codec::Reason;
use crate::net::Address;

/// Something a person at the keyboard may want to know. Texts of the peer in it are as they
/// came: to be escaped by who prints them.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A packet went out or came in; only with [`super::Settings::debug`].
    Packet(&'a str),
    /// What SUBACK granted; likewise.
    Granted(&'a str),
    /// The broker does not speak version 5: the client goes on with 3.1.1.
    FellBack,
    /// The connection is gone; it is tried again until it works.
    Lost {
        /// The broker.
        address: &'a Address,
        /// Why.
        cause: &'a Error,
    },
    /// The connection is back.
    Back {
        /// The broker.
        address: &'a Address,
        /// Whether the broker still had the session.
        session_present: bool,
    },
    /// The broker takes no more for now (0x97); the refused lines are sent again later.
    QuotaExceeded,
    /// Another client seems to use this client's identifier: they throw each other off.
    TwoClients {
        /// The identifier.
        client_id: &'a str,
    },
    /// One filter of several was refused.
    FilterRefused {
        /// The filter.
        filter: &'a str,
        /// Why.
        reason: Reason,
    },
    /// The broker refused a message for good.
    MessageRefused {
        /// Its number, from 1.
        number: u64,
        /// Why.
        reason: Reason,
    },
    /// The client has failed, but waits for the end of its command.
    Failed {
        /// Why.
        error: &'a Error,
    },
}

/// Where notices go.
pub type Notify<'a> = &'a dyn Fn(&Notice<'_>);
