//! The codec on the wire: every packet that MQTT 3.1, 3.1.1 and 5.0 allow or forbid.
//!
//! - `notation`: the short way to write bytes down
//! - `describe`: a packet in one line
//! - `cases`: the table of packets that drives the tests, for other test binaries as well
//! - `verdicts`: each row is what the table says
//! - `mutations`: each row cut short and with each bit turned
//! - `generate`, `round_trips`: packets made up at random
//! - `limits`: the largest fields and packets

mod cases;
mod describe;
mod generate;
mod limits;
mod mutations;
mod notation;
mod round_trips;
mod verdicts;
