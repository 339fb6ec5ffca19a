//! The program under the names of mosquitto's: `mosquitto_pub`, `mosquitto_sub`, ...

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::connect::environment;
use super::exit::Exit;
use super::tls::ask_key_password;
use super::{broker, output, publish, request, subscribe};
use crate::mosquitto::{self, Asked};
use crate::options::{AskKeyPassword, Dialect, Tool};

/// The code of everything that is told before a connection, help and version included.
const NOT_RUN: Exit = Exit::Mosquitto(1);

/// Runs what the program is called as, if that is one of mosquitto's names.
pub(super) fn run(program: &OsStr, words: &[OsString]) -> Option<Exit> {
    if let Some(tool) = mosquitto::tool(program) {
        output::speak(Dialect::Mosquitto(tool));
        return Some(client(tool, words));
    }
    let is_broker = Path::new(program).file_stem().is_some_and(|name| name == "mosquitto");
    is_broker.then(|| broker::named::run(words))
}

// Not inlined: every start would take its room on the stack.
#[inline(never)]
fn client(tool: Tool, words: &[OsString]) -> Exit {
    let asked = match mosquitto::parse(tool, words, &environment) {
        Ok(asked) => asked,
        Err(error) => {
            output::mosquitto_usage(&error.text(tool));
            if error.shows_help() {
                output::page(&mosquitto::help(tool));
            }
            return NOT_RUN;
        }
    };
    let ask = Some(ask_key_password as AskKeyPassword);
    let outcome = match asked {
        Asked::Help(text) | Asked::Version(text) => {
            output::page(&text);
            return NOT_RUN;
        }
        Asked::Publish(mut options) => {
            options.connect.tls.ask_key_password = ask;
            publish::run(&options)
        }
        Asked::Subscribe(mut options) => {
            options.connect.tls.ask_key_password = ask;
            subscribe::run(&options)
        }
        Asked::Request(mut options) => {
            options.connect.tls.ask_key_password = ask;
            request::run(&options)
        }
    };
    outcome.unwrap_or_else(|error| {
        output::failure(&error);
        Exit::from(&error)
    })
}
