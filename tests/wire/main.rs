//! The protocol on the wire: every packet that MQTT 3.1, 3.1.1 and 5.0 allow or forbid.
//!
//! - `notation`: the short way to write bytes down
//! - `describe`: a packet in one line
//! - `cases`: the table of packets that drives the tests, for other test binaries as well
//! - `verdicts`: each row is what the table says
//! - `mutations`: each row cut short and with each bit turned
//! - `generate`, `round_trips`: packets made up at random
//! - `limits`: the largest fields and packets
//! - `peer`, `broker`: the same packets and the rules between them, at a broker over sockets

mod broker;
mod cases;
mod describe;
mod generate;
mod limits;
mod mutations;
mod notation;
mod peer;
mod round_trips;
mod verdicts;
