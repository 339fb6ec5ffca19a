//! A file that says who does what, and in which phases: groups of clients, each with options of its
//! own.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use toml_span::Span;
use toml_span::value::{Table, Value};

use super::bench::{Bench, Rate, Scenario};
use super::{Connect, Transport};
use crate::codec::Qos;
use crate::secret::Secret;

/// What such a file says.
#[derive(Debug, Clone)]
pub struct ScenarioFile {
    /// The clients.
    pub groups: Vec<Group>,
    /// How the rates go on, one after the other; none where they stay.
    pub phases: Vec<Phase>,
    /// How long, where that is said and there are no phases.
    pub duration: Option<Duration>,
}

/// Clients that do the same.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they are called.
    pub name: String,
    /// What they do.
    pub bench: Bench,
    /// Where that stands.
    pub place: Place,
}

/// A time with a load of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub duration: Duration,
    /// The share of every rate, at its beginning and at its end.
    pub load: (f64, f64),
}

/// A place in the file, for people: both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The letter in it.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct ScenarioError {
    /// Where.
    pub place: Place,
    /// What.
    pub why: String,
}

/// The most that a phase may raise a rate.
const MOST_LOAD: f64 = 1000.0;

/// The most groups: each has a histogram of its own.
const MOST_GROUPS: usize = 1000;

/// A text that is being read.
struct Reader<'a> {
    text: &'a str,
}

impl ScenarioFile {
    /// Reads the text of a file; what a group does not say is as in `usual`.
    pub fn parse(text: &str, usual: &Bench) -> Result<Self, ScenarioError> {
        let reader = Reader { text };
        let root = toml_span::parse(text).map_err(|error| {
            let why = error.to_string();
            reader.error(error.span, why)
        })?;
        let start = Span::new(0, 0);
        let table = root.as_table().ok_or_else(|| reader.error(start, "not a table".to_owned()))?;
        reader.knows(table, &["duration", "phase", "group"])?;
        let groups = reader.tables(table, "group")?;
        if groups.is_empty() || groups.len() > MOST_GROUPS {
            let why = format!("there is no [[group]], or more than {MOST_GROUPS}: who does what?");
            return Err(reader.error(start, why));
        }
        let groups = groups.into_iter().zip(1..);
        let groups = groups.map(|(group, number)| reader.group(group, number, usual));
        let phases = reader.tables(table, "phase")?.into_iter().zip(1..);
        let phases = phases.map(|(phase, number)| reader.phase(phase, number));
        let file = Self {
            groups: groups.collect::<Result<_, _>>()?,
            phases: phases.collect::<Result<_, _>>()?,
            duration: reader.duration(table, "duration")?,
        };
        if !file.phases.is_empty() {
            if let Some((_, value)) = table.get_key_value("duration") {
                let why = "the phases say how long it takes: leave duration out".to_owned();
                return Err(reader.error(value.span, why));
            }
            for group in &file.groups {
                let stays = matches!(group.bench.scenario, Scenario::Subscribe | Scenario::Connect);
                if group.bench.rate.is_none() && !stays {
                    let why = format!("phases change rates, and group {:?} has none", group.name);
                    return Err(ScenarioError { place: group.place, why });
                }
            }
        }
        Ok(file)
    }
}

impl ScenarioFile {
    /// Lets all groups together do so many things a second, each as many of them as before.
    pub fn send(&mut self, rate: f64) -> Result<(), ScenarioError> {
        let (first, wrong) = (Place { line: 1, column: 1 }, |place, why: &str| {
            let why = format!("--find-max looks for one rate of all groups: {why}");
            Err(ScenarioError { place, why })
        });
        if !self.phases.is_empty() {
            return wrong(first, "leave the phases out, which change it");
        }
        let mut all = 0.0;
        for group in &self.groups {
            match group.bench.rate {
                Some(rate) => all += rate.in_total(group.bench.clients),
                None => return wrong(group.place, "this one has none"),
            }
        }
        for group in &mut self.groups {
            let bench = &mut group.bench;
            bench.rate = bench.rate.map(|own| {
                Rate::InTotal(own.in_total(bench.clients) * rate / f64::max(all, f64::MIN_POSITIVE))
            });
        }
        Ok(())
    }
}

impl Reader<'_> {
    fn error(&self, span: Span, why: String) -> ScenarioError {
        ScenarioError { place: self.place(span), why }
    }

    fn place(&self, span: Span) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        Place { line, column: column.saturating_add(1) }
    }

    /// Nothing stands there that means nothing.
    fn knows(&self, table: &Table<'_>, known: &[&str]) -> Result<(), ScenarioError> {
        let unknown = table.keys().filter(|key| !known.contains(&key.name.as_ref()));
        match unknown.min_by_key(|key| key.span.start) {
            None => Ok(()),
            Some(key) => {
                let why = format!("{:?} means nothing here: use {}", key.name, known.join(", "));
                Err(self.error(key.span, why))
            }
        }
    }

    /// The tables of a name that may come many times.
    fn tables<'t, 'de>(
        &self,
        table: &'t Table<'de>,
        name: &str,
    ) -> Result<Vec<&'t Table<'de>>, ScenarioError> {
        let Some(value) = table.get(name) else { return Ok(Vec::new()) };
        let wrong = |span| self.error(span, format!("write [[{name}]], with two brackets"));
        let array = value.as_array().ok_or_else(|| wrong(value.span))?;
        array.iter().map(|one| one.as_table().ok_or_else(|| wrong(one.span))).collect()
    }

    /// What stands under a name, if it is what is wanted.
    fn get<T>(
        &self,
        table: &Table<'_>,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value<'_>) -> Option<T>,
    ) -> Result<Option<T>, ScenarioError> {
        let Some(value) = table.get(name) else { return Ok(None) };
        let wrong = || self.error(value.span, format!("{name} is to be {wanted}"));
        read(value).map(Some).ok_or_else(wrong)
    }

    fn text(&self, table: &Table<'_>, name: &str) -> Result<Option<String>, ScenarioError> {
        self.get(table, name, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// A whole number from 1 on.
    fn whole<T: TryFrom<i64>>(
        &self,
        table: &Table<'_>,
        name: &str,
    ) -> Result<Option<T>, ScenarioError> {
        self.get(table, name, "a whole number from 1 on", |value| {
            T::try_from(value.as_integer().filter(|number| *number > 0)?).ok()
        })
    }

    fn float(&self, table: &Table<'_>, name: &str) -> Result<Option<f64>, ScenarioError> {
        let wanted = format!("a number from 0 to {MOST_LOAD}");
        self.get(table, name, &wanted, |value| {
            let number = number_text(value)?.parse().ok();
            number.filter(|number| (0.0..=MOST_LOAD).contains(number))
        })
    }

    fn duration(&self, table: &Table<'_>, name: &str) -> Result<Option<Duration>, ScenarioError> {
        self.get(table, name, "a time in quotes, like \"30s\"", |value| {
            let time = humantime::parse_duration(value.as_str()?).ok();
            time.filter(|time| !time.is_zero() && *time <= super::LONGEST_TIME)
        })
    }

    /// A number, or a text that says the same as on the command line.
    fn parsed<T: FromStr<Err = &'static str>>(
        &self,
        table: &Table<'_>,
        name: &str,
    ) -> Result<Option<T>, ScenarioError> {
        let Some(value) = table.get(name) else { return Ok(None) };
        let text = value.as_str().map(str::to_owned).or_else(|| number_text(value));
        let parsed = text.ok_or("not a number or a text").and_then(|text| text.parse());
        parsed.map(Some).map_err(|why| self.error(value.span, format!("{name}: {why}")))
    }

    fn group(
        &self,
        table: &Table<'_>,
        number: usize,
        usual: &Bench,
    ) -> Result<Group, ScenarioError> {
        self.knows(
            table,
            &[
                "name",
                "scenario",
                "clients",
                "topic",
                "qos",
                "size",
                "message",
                "rate",
                "schedule",
                "inflight",
                "count",
                "version",
                "url",
                "username",
                "password",
                "id",
                "keepalive",
            ],
        )?;
        let of_name = |text: &str| Scenario::ALL.into_iter().find(|one| one.name() == text);
        let names = || Scenario::ALL.map(Scenario::name).join(", ");
        let scenario = self.get(table, "scenario", &format!("one of {}", names()), |value| {
            of_name(value.as_str()?)
        })?;
        let qos = self.get(table, "qos", "0, 1 or 2", |value| {
            Qos::from_bits(u8::try_from(value.as_integer()?).ok()?)
        })?;
        let bench = Bench {
            connect: self.connect(table, &usual.connect)?,
            scenario: scenario.unwrap_or(usual.scenario),
            clients: self.whole(table, "clients")?.unwrap_or(usual.clients),
            topic: self.text(table, "topic")?.or_else(|| usual.topic.clone()),
            qos: qos.or(usual.qos),
            size: self.parsed(table, "size")?.unwrap_or(usual.size),
            payload: self.text(table, "message")?.or_else(|| usual.payload.clone()),
            rate: self.parsed(table, "rate")?.or(usual.rate),
            pace: self.parsed(table, "schedule")?.unwrap_or(usual.pace),
            inflight: self.whole(table, "inflight")?.or(usual.inflight),
            count: self.whole(table, "count")?.or(usual.count),
            ..usual.clone()
        };
        let first = table.keys().map(|key| key.span).min_by_key(|span| span.start);
        let place = self.place(first.unwrap_or_default());
        let name = self.text(table, "name")?.unwrap_or_else(|| number.to_string());
        Ok(Group { name, bench, place })
    }

    fn connect(&self, table: &Table<'_>, usual: &Connect) -> Result<Connect, ScenarioError> {
        let mut connect = usual.clone();
        let version = self.get(table, "version", "\"5\", \"3.1.1\" or \"3.1\"", |value| {
            Connect::version_of(value.as_str()?)
        })?;
        connect.version = version.or(connect.version);
        if let Some(url) = self.text(table, "url")? {
            connect.transport = Transport { urls: vec![Secret::new(url)], ..connect.transport };
            (connect.hosts, connect.port, connect.unix) = (Vec::new(), None, None);
        }
        connect.username = self.text(table, "username")?.or(connect.username);
        connect.password = self.text(table, "password")?.map(Secret::new).or(connect.password);
        if let Some(id) = self.text(table, "id")? {
            (connect.client_id, connect.id_prefix) = (Some(id), None);
        }
        connect.keep_alive = self.whole(table, "keepalive")?.or(connect.keep_alive);
        Ok(connect)
    }

    fn phase(&self, table: &Table<'_>, number: usize) -> Result<Phase, ScenarioError> {
        self.knows(table, &["name", "duration", "load", "from"])?;
        let Some(duration) = self.duration(table, "duration")? else {
            let first = table.keys().map(|key| key.span).min_by_key(|span| span.start);
            let why = "a phase has a duration, like duration = \"30s\"".to_owned();
            return Err(self.error(first.unwrap_or_default(), why));
        };
        let load = self.float(table, "load")?.unwrap_or(1.0);
        let from = self.float(table, "from")?.unwrap_or(load);
        let name = self.text(table, "name")?.unwrap_or_else(|| number.to_string());
        Ok(Phase { name, duration, load: (from, load) })
    }
}

/// A number as a text.
fn number_text(value: &Value<'_>) -> Option<String> {
    let whole = value.as_integer().map(|number| number.to_string());
    whole.or_else(|| value.as_float().map(|number| number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Pace, Size};

    fn usual() -> Bench {
        Bench {
            connect: Connect::default(),
            scenario: Scenario::EndToEnd,
            clients: 10,
            topic: None,
            qos: None,
            size: Size::Fixed(256),
            payload: None,
            rate: None,
            pace: Pace::Constant,
            until_steady: false,
            inflight: None,
            duration: None,
            count: None,
            on_error: super::super::OnError::GoOn,
            share: None,
            start: None,
            broker: None,
            tls_resume: false,
        }
    }

    #[test]
    fn groups_and_phases_are_read_and_the_rest_is_as_usual() {
        let text = "[[phase]]\nname = \"up\"\nduration = \"2s\"\nfrom = 0\nload = 0.5\n\
             [[phase]]\nduration = \"1m\"\n\
             [[group]]\nname = \"a\"\nscenario = \"publish\"\nclients = 3\nrate = \"10/client\"\n\
             size = \"64..128\"\nqos = 2\nschedule = \"poisson\"\nversion = \"3.1.1\"\n\
             [[group]]\nrate = 2.5\nurl = \"mqtt://h:1\"\n";
        let file = ScenarioFile::parse(text, &usual()).unwrap();
        let phases: Vec<_> =
            file.phases.iter().map(|one| (one.name.as_str(), one.duration, one.load)).collect();
        let (up, flat) = (Duration::from_secs(2), Duration::from_mins(1));
        assert_eq!(phases, [("up", up, (0.0, 0.5)), ("2", flat, (1.0, 1.0))]);
        let [first, second] = file.groups.as_slice() else { panic!("{file:?}") };
        assert_eq!((first.name.as_str(), first.bench.clients), ("a", 3));
        assert_eq!(first.bench.rate, Some(Rate::OfEach(10.0)));
        assert_eq!((first.bench.size, first.bench.pace), (Size::Range(64, 128), Pace::Poisson));
        assert_eq!((second.name.as_str(), second.bench.rate), ("2", Some(Rate::InTotal(2.5))));
        assert_eq!((second.bench.clients, second.bench.connect.transport.urls.len()), (10, 1));
        assert_eq!(second.place, Place { line: 18, column: 1 });
    }

    #[test]
    fn whatever_a_file_says_a_mistake_has_a_place_in_it() {
        let good = include_str!("../../scripts/load.toml");
        assert!(ScenarioFile::parse(good, &usual()).is_ok());
        let mut random = fastrand::Rng::with_seed(6);
        let strange =
            ["[", "]", "\"", "'", "=", "{", "}", "\n", "\0", "\u{e9}", "-1", "1e999", "nan"];
        let mut mistakes = 0;
        for _ in 0..2000 {
            let mut text: Vec<char> = good.chars().collect();
            for _ in 0..random.usize(1..4) {
                let (at, length) = (random.usize(..text.len()), random.usize(..12));
                let end = text.len().min(at + length);
                let new: Vec<char> = match random.usize(..3) {
                    0 => Vec::new(),
                    1 => random.choice(strange).unwrap_or_default().chars().collect(),
                    _ => {
                        let from = random.usize(..text.len());
                        text[from..text.len().min(from + length)].to_vec()
                    }
                };
                text.splice(at..end, new);
            }
            let text: String = text.into_iter().collect();
            let Err(error) = ScenarioFile::parse(&text, &usual()) else { continue };
            mistakes += 1;
            let Place { line, column } = error.place;
            let lines: Vec<&str> = text.split('\n').collect();
            let length = lines.get(line.wrapping_sub(1)).map(|line| line.chars().count());
            // What is missing stands behind the last letter.
            let is_there = length.is_some_and(|length| (1..=length + 1).contains(&column));
            assert!(is_there && !error.why.is_empty(), "{error} in {text}");
        }
        assert!(mistakes > 500, "{mistakes}");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, place, told) in [
            ("", "1:1", "there is no [[group]]"),
            ("[[group]]\nclient = 3\n", "2:1", "\"client\" means nothing here"),
            ("[[group]]\nclients = 0\n", "2:11", "a whole number from 1 on"),
            ("[[group]]\n  qos = 3\n", "2:9", "0, 1 or 2"),
            ("[[group]]\nscenario = \"x\"\n", "2:13", "one of e2e, publish"),
            ("[[group]]\nrate = \"x\"\n", "2:9", "not a number of messages"),
            ("[[group]]\nclients = \n", "2:11", ""),
            ("[group]\n", "1:1", "with two brackets"),
            ("phases = 1\n[[group]]\n", "1:1", "\"phases\" means nothing here"),
            ("duration = 5\n[[group]]\n", "1:12", "a time in quotes"),
            ("[[phase]]\nload = 1\n[[group]]\nrate = 1", "2:1", "a phase has a duration"),
            ("[[phase]]\nduration = \"1s\"\n[[group]]\nqos = 0", "4:1", "has none"),
            ("duration = \"1s\"\n[[phase]]\nduration = \"1s\"\n[[group]]\nrate = 1", "1:13", "out"),
        ] {
            let error = ScenarioFile::parse(text, &usual()).unwrap_err();
            assert!(error.why.contains(told), "{text}: {error}");
            // Where a table without keys begins is not known.
            if !text.starts_with("[group]") {
                assert_eq!(error.place.to_string(), place, "{text}: {error}");
            }
        }
    }
}
