//! The broker under mosquitto's name: its command line, its log, its exit codes.

use std::ffi::OsString;
use std::sync::Arc;

use super::background::{self, Side};
use super::mosquitto_log::MosquittoLog;
use super::place::PidFile;
use super::plan::{Plan, Read};
use super::reload;
use crate::broker::{Bound, Limits, OnFull, Policy};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::mosquitto::broker_words::{self, BrokerAsked, BrokerWords, BrokerWrong};
use crate::mosquitto::config_file::{ConfigError, Defaults};
use crate::mosquitto::{At, FileError, LIKE};
use crate::options;
use crate::options::log::{Kind, Types};
use crate::process::{Hangups, Signals, Supervisor, become_user, is_superuser};

/// Wrong words, a configuration that is wrong, and `--help`.
const WRONG: Exit = Exit::Mosquitto(3);

/// A file of users or rules that cannot be read.
const UNREADABLE: Exit = Exit::Mosquitto(13);

/// It cannot serve.
const FAILED: Exit = Exit::Mosquitto(1);

/// Whom the superuser becomes without another name, as far as there is such a user.
const USUAL_USERS: [&str; 2] = ["mosquitto", "nobody"];

/// Runs the words behind the program's name.
// Not inlined: every start would take its room on the stack.
#[inline(never)]
pub(in crate::cli) fn run(words: &[OsString]) -> Exit {
    match broker_words::parse(words) {
        Ok(BrokerAsked::Serve(asked)) => start(&asked),
        Ok(BrokerAsked::Help) => {
            output::page(&broker_words::help());
            WRONG
        }
        Ok(BrokerAsked::Version) => {
            output::page(&broker_words::version());
            Exit::Done
        }
        Err(BrokerWrong::Said(text)) => {
            MosquittoLog::default().say(Kind::Error, &text);
            WRONG
        }
        Err(BrokerWrong::Unknown(text)) => {
            output::plain(&text);
            output::page(&broker_words::help());
            WRONG
        }
    }
}

fn start(asked: &BrokerWords) -> Exit {
    if asked.in_background && !asked.tests_config {
        match background::divide() {
            Ok(Side::Broker) => {}
            Ok(Side::Caller(exit)) => return exit,
            Err(error) => {
                MosquittoLog::default().say(Kind::Error, &format!("Error: {error:#}"));
                return FAILED;
            }
        }
    }
    let mut ports = asked.ports.iter().copied();
    let options = options::Broker {
        port: ports.next(),
        more_ports: ports.collect(),
        ports_give_way: true,
        on_full: OnFull::Drop,
        background: asked.in_background,
        ..options::Broker::default()
    };
    let key_log = asked.key_log.clone();
    let defaults = Defaults { limits: Limits::mosquitto(), policy: Policy::mosquitto(), key_log };
    let plan = match &asked.config {
        Some(path) => Plan::of_file(options, path.clone(), defaults),
        None => Plan::plain(options, &defaults),
    };
    let read = match plan.read() {
        Ok(read) => read,
        Err(error) => {
            let log = MosquittoLog::default();
            say_wrong(&log, &error);
            return exit_of(&error);
        }
    };
    let log = match MosquittoLog::open(asked_of_log(asked, &read.options.log)) {
        Ok(log) => log,
        Err(error) => {
            MosquittoLog::default().say(Kind::Error, &format!("Error: {error:#}"));
            return FAILED;
        }
    };
    for warning in &read.warnings {
        log.say(Kind::Warning, &format!("Warning: {warning}."));
    }
    if asked.tests_config {
        log.say(Kind::Information, "Configuration file is OK.");
        return Exit::Done;
    }
    match crate::client::block_on(serve(asked, plan, read, &log)) {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(error)) => {
            log.say(Kind::Error, &format!("Error: {error:#}"));
            FAILED
        }
        Err(error) => {
            log.say(Kind::Error, &format!("Error: {error}"));
            FAILED
        }
    }
}

/// What a file says of the log, and the command line.
fn asked_of_log(asked: &BrokerWords, said: &options::Log) -> options::Log {
    let types = match (asked.logs_nothing, asked.logs_all) {
        (true, _) => Types::NONE,
        (false, true) => Types::ALL,
        (false, false) => said.types,
    };
    options::Log { types, ..said.clone() }
}

/// What is wrong with a configuration, and where, in two lines.
fn say_wrong(log: &MosquittoLog, error: &anyhow::Error) {
    let Some(wrong) = error.downcast_ref::<ConfigError>() else {
        log.say(Kind::Error, &format!("Error: {error:#}"));
        return;
    };
    let FileError { path, at } = wrong.file();
    let path = path.display();
    match at {
        At::Line(number, why) => {
            log.say(Kind::Error, &format!("Error: {why}."));
            log.say(Kind::Error, &format!("Error found at {path}:{number}."));
        }
        At::Whole(why) => log.say(Kind::Error, &format!("Error: {path}: {why}.")),
        At::File(error) => log.say(Kind::Error, &format!("Error: Unable to open {path}: {error}.")),
    }
}

fn exit_of(error: &anyhow::Error) -> Exit {
    match error.downcast_ref::<ConfigError>() {
        Some(ConfigError::Named { file: FileError { at: At::File(_), .. }, .. }) => UNREADABLE,
        Some(ConfigError::Secured(_)) | None => FAILED,
        Some(_) => WRONG,
    }
}

async fn serve(
    asked: &BrokerWords,
    plan: Plan,
    read: Read,
    log: &MosquittoLog,
) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let hangups = Hangups::new()?;
    let served = reload::Served::of(&read);
    let Read { options, broker, .. } = read;
    log.say(Kind::Information, &format!("mosquitto version {LIKE} starting"));
    match plan.file() {
        Some(path) => {
            log.say(Kind::Information, &format!("Config loaded from {}.", path.display()));
        }
        None => log.say(Kind::Information, "Using default config."),
    }
    if options.configured.as_ref().is_some_and(|configured| configured.listeners.is_empty()) {
        log.say(
            Kind::Information,
            "Starting in local only mode. Connections will only be possible from clients running \
             on this machine.",
        );
    }
    for place in served.places() {
        log.say(Kind::Information, &format!("Opening listen socket at {place}."));
    }
    let bound = Bound::bind(broker).await?;
    let _pid_file = options.pid_file.as_deref().map(PidFile::put).transpose()?;
    if is_superuser() {
        drop_privileges(options.user.as_deref(), log)?;
    }
    let ports = bound.ports();
    log.say(Kind::Information, &format!("mosquitto version {LIKE} running"));
    if options.background {
        background::leave()?;
    }
    let (plan, commands) = (Arc::new(plan), bound.commands());
    log.publish_by(commands.clone());
    let end = async {
        tokio::select! {
            never = reload::follow(&plan, &served, &commands, hangups, Named { asked, log }) => {
                match never {}
            }
            _ = signals.first() => {}
        }
    };
    bound.serve(Some(log.observer(ports)), Supervisor::watch("serving", end)).await;
    log.say(Kind::Information, &format!("mosquitto version {LIKE} terminating"));
    Ok(())
}

/// Tells in mosquitto's words what comes of reading its files again.
struct Named<'a> {
    asked: &'a BrokerWords,
    log: &'a MosquittoLog,
}

impl reload::Reader for Named<'_> {
    fn begins(&self) {
        self.log.say(Kind::Information, "Reloading config.");
    }

    fn take(&self, said: Option<&options::Log>) -> anyhow::Result<()> {
        match said {
            Some(said) => self.log.take(&asked_of_log(self.asked, said)),
            None => self.log.reopen(),
        }
    }

    fn keeps_log(&self, why: &anyhow::Error) {
        self.log.say(Kind::Error, &format!("Error: {why:#}"));
    }

    fn done(&self, warnings: &[String]) {
        for text in warnings {
            self.log.say(Kind::Warning, &format!("Warning: {text}."));
        }
    }

    fn failed(&self, why: &anyhow::Error) {
        say_wrong(self.log, why);
        self.log.say(Kind::Error, "Error: The configuration in force is kept.");
    }
}

/// The superuser does not serve, unless that is said.
fn drop_privileges(user: Option<&str>, log: &MosquittoLog) -> anyhow::Result<()> {
    if let Some(name) = user {
        if name == "root" {
            let text = "Warning: Mosquitto should not be run as root/administrator.";
            log.say(Kind::Warning, text);
        }
        return Ok(become_user(name)?);
    }
    let mut last = Ok(());
    for name in USUAL_USERS {
        last = become_user(name);
        if last.is_ok() {
            break;
        }
    }
    Ok(last?)
}
