//! The options that say what is told and kept of a broker's work, for tests above all.

use std::path::PathBuf;

use crate::options::{self, Events, Expectation};

/// What is told and kept.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tests")]
pub(super) struct Watch {
    /// Tell what happens as JSON, one object a line, on standard output; with a command on standard
    /// error. --json=publishes tells each message, too
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "events", value_parser = events)]
    json: Option<Events>,
    /// Write every message that is published into this file, as mq sub --json does
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// End with 6 when this was not published, or not with this payload; may come many times
    #[arg(long, value_name = "TOPIC [PAYLOAD]", value_parser = Expectation::parse)]
    expect: Vec<Expectation>,
    /// Begin with the retained messages of this file, which mq sub --retained --json writes
    #[arg(long, value_name = "FILE")]
    retain_file: Option<PathBuf>,
}

fn events(text: &str) -> Result<Events, String> {
    match text {
        "events" => Ok(Events::Passing),
        "publishes" => Ok(Events::Publishes),
        _ => Err("publishes, or nothing: --json".to_owned()),
    }
}

impl Watch {
    /// Adds what was asked for to the options of a broker.
    pub(super) fn fill(self, options: &mut options::Broker) {
        options.retain_file = self.retain_file;
        options.watch =
            options::Watch { events: self.json, record: self.record, expected: self.expect };
    }
}
