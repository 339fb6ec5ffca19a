//! MQTT at the shell, and the library under it: one protocol core for the clients and the broker.
//!
//! # The map
//!
//! An import goes down this list; rooms of one floor do not import each other.
//!
//! | room | what it is |
//! |---|---|
//! | `bin/mq.rs` | parses, runs, exits |
//! | [`cli`] | the user: one file a command, its options, its words, exit codes; the only place that prints |
//! | [`mosquitto`] | mosquitto's front end: its options, option files and sentences, made into options; its password and ACL files |
//! | [`bench`](mod@bench) | the load model: clients, a schedule, a stop rule, a ledger; measures a broker |
//! | [`options`] | plain structs of every command, and where their values come from |
//! | [`client`] | publishes, subscribes and asks: drives a session over as many connections as it takes |
//! | [`broker`] | the router, queues, retained messages, wills, who may do what; a library of its own |
//! | [`session`] | MQTT's state machines, both ends, without sockets and clocks |
//! | [`net`] | sockets: dialling, proxies, TLS, WebSocket, listening, back-off, the clock |
//! | [`store`] | where what was promised is kept, and when it may be promised |
//! | [`process`] | what belongs to the process: signals, the command behind `--`, files put in place whole |
//! | [`record`] | a message as people and pipes see it: plain, by a format, as JSON Lines; and read again |
//! | [`codec`] | bytes to packets and back |
//! | [`topic`] | names, filters, the subscription tree |
//! | [`text`], [`secret`] | escaping for terminals, tables as texts, what is never shown |
//!
//! `mosquitto` and `bench` never import each other, nor do `client` and `broker`, nor `session`, `net`, `store` and `process`.
//! A test in `tests/house` holds the list.

pub mod bench;
pub mod broker;
pub mod cli;
pub mod client;
pub mod codec;
pub mod mosquitto;
pub mod net;
pub mod options;
pub mod process;
pub mod record;
pub mod secret;
pub mod session;
pub mod store;
pub mod text;
pub mod topic;
