//! Messages on standard output: one write for all that came, and none that stops the client.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::mpsc as blocking;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;

#[cfg(unix)]
use super::descriptor::{AT_ONCE, Reader, is_writable};
use super::descriptor::{Kind, write_all};
use super::topics::Topics;
use super::watch::Watch;
use crate::client::Sink;
use crate::codec::Publish;
use crate::net::clock;
use crate::options::Show;
use crate::record::{Escape, Layout, Message, Moment, Plain};

/// A buffer above this is not kept.
const KEEP: usize = 256 * 1024;

/// Standard output for messages.
#[derive(Debug)]
pub(in crate::cli) struct Stdout {
    file: File,
    kind: Kind,
    layout: Layout,
    escape: Escape,
    /// How topics look, where somebody looks at them.
    topics: Option<Topics>,
    /// Whether the layout needs to know when a message came.
    is_timed: bool,
    /// When the messages of the buffer came: one reading of the clock for all of them.
    received: Moment,
    view: View,
    /// Messages that are not written; empty while the writer has them.
    buffer: Vec<u8>,
    writer: Option<Writer>,
    /// The writer has a buffer.
    away: bool,
    /// Whether the reader is still there.
    #[cfg(unix)]
    reader: Reader,
    /// Each message is written when it comes: packets are told between them.
    at_once: bool,
}

/// What is shown of the messages.
#[derive(Debug)]
enum View {
    /// Each.
    Messages,
    /// How many came since the last beat.
    Rate(u64),
    /// The last of each topic.
    Watch(Box<Watch>),
}

/// A thread that writes what might make it wait.
#[derive(Debug)]
struct Writer {
    full: blocking::Sender<Vec<u8>>,
    empty: mpsc::UnboundedReceiver<(Vec<u8>, io::Result<()>)>,
}

impl Stdout {
    /// `file` is standard output.
    pub(super) fn new(file: File, layout: Layout, show: Show, broker: &str) -> Self {
        let kind = Kind::of(&file);
        let mut buffer = Vec::new();
        let view = match show {
            Show::Messages => View::Messages,
            Show::Rate => View::Rate(0),
            Show::Watch { .. } => {
                let watch = Watch::new(broker, kind == Kind::Terminal);
                watch.begin(&mut buffer);
                View::Watch(Box::new(watch))
            }
        };
        Self {
            file,
            kind,
            escape: if kind == Kind::Terminal { Escape::Terminal } else { Escape::Exact },
            topics: None,
            is_timed: layout.needs_time(),
            layout,
            received: Moment::default(),
            view,
            buffer,
            writer: None,
            away: false,
            #[cfg(unix)]
            reader: Reader::default(),
            at_once: false,
        }
    }

    /// From now on topics are shown in a column of their own, perhaps coloured, where a terminal
    /// shows them at all.
    pub(super) fn with_topics(mut self, is_coloured: bool) -> Self {
        if self.kind == Kind::Terminal && matches!(self.view, View::Messages) {
            self.topics = Topics::of(&self.layout, is_coloured);
        }
        self
    }

    /// From now on each message is written when it comes, however long that takes.
    pub(super) fn at_once(self, at_once: bool) -> Self {
        Self { at_once, ..self }
    }

    /// Adds a message to the buffer.
    fn print(&mut self, topic: &str, message: &Publish<'_>) {
        if self.is_timed && self.buffer.is_empty() {
            self.received = Moment::at(clock::wall());
        }
        let message = Message { topic, publish: message, received: &self.received };
        if let (Some(topics), Layout::Plain(plain)) = (&mut self.topics, &self.layout) {
            if self.buffer.is_empty() {
                topics.measure(&self.file);
            }
            return topics.write(*plain, &message, &mut self.buffer);
        }
        if let Err(what) = self.layout.write(&message, self.escape, &mut self.buffer) {
            super::unprintable(&what);
        }
    }

    /// Adds a message to the buffer, at its topic's place.
    fn place(&mut self, topic: &str, message: &Publish<'_>) {
        let at = self.buffer.len();
        self.print(topic, message);
        let View::Watch(watch) = &mut self.view else { return };
        if at == 0 {
            watch.measure(&self.file);
        }
        if self.buffer.len() > at {
            watch.place(topic, at, &mut self.buffer);
        }
    }

    /// Whether the buffer can be written without waiting.
    fn is_ready(&self) -> bool {
        match self.kind {
            Kind::File => true,
            Kind::Terminal => false,
            #[cfg(unix)]
            Kind::Pipe => self.buffer.len() <= AT_ONCE && is_writable(&self.file, false),
            #[cfg(not(unix))]
            Kind::Pipe => false,
        }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let writer = match &self.writer {
            Some(writer) => writer,
            None => self.writer.insert(Writer::start(self.file.try_clone()?)?),
        };
        let buffer = std::mem::take(&mut self.buffer);
        writer.full.send(buffer).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.away = true;
        Ok(())
    }
}

impl Sink for Stdout {
    fn take(&mut self, topic: &str, message: &Publish<'_>) {
        match &mut self.view {
            View::Messages => self.print(topic, message),
            View::Rate(count) => *count = count.saturating_add(1),
            View::Watch(_) => self.place(topic, message),
        }
        if self.at_once && write_all(&self.file, &self.buffer).is_ok() {
            // What could not be written stays, and fails again where it is waited for.
            self.buffer.clear();
        }
    }

    fn beat(&self) -> Option<Duration> {
        matches!(self.view, View::Rate(_)).then_some(Duration::from_secs(1))
    }

    fn tick(&mut self) {
        if let View::Rate(count) = &mut self.view {
            if let Layout::Plain(Plain { time: true, .. }) = self.layout {
                Moment::at(clock::wall()).write_local(&mut self.buffer);
                self.buffer.push(b' ');
            }
            // Writing to a vector cannot fail.
            let _ = writeln!(self.buffer, "{} msgs/s", std::mem::take(count));
        }
    }

    fn is_flushed(&self) -> bool {
        self.buffer.is_empty() && !self.away
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.away {
            if self.buffer.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if self.is_ready() {
                let outcome = write_all(&self.file, &self.buffer);
                self.buffer.clear();
                self.buffer.shrink_to(KEEP);
                return Poll::Ready(outcome);
            }
            if let Err(error) = self.hand_over() {
                return Poll::Ready(Err(error));
            }
        }
        let Some(writer) = &mut self.writer else { return Poll::Ready(Ok(())) };
        let Poll::Ready(back) = writer.empty.poll_recv(context) else { return Poll::Pending };
        self.away = false;
        let Some((buffer, outcome)) = back else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        self.buffer = buffer;
        self.buffer.clear();
        self.buffer.shrink_to(KEEP);
        Poll::Ready(outcome)
    }

    #[cfg(unix)]
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.kind == Kind::Pipe {
            self.reader.poll_gone(&self.file, context)
        } else {
            Poll::Pending
        }
    }
}

impl Writer {
    fn start(file: File) -> io::Result<Self> {
        let (full, to_write) = blocking::channel::<Vec<u8>>();
        let (written, empty) = mpsc::unbounded_channel();
        std::thread::Builder::new().name("output".to_owned()).spawn(move || {
            while let Ok(buffer) = to_write.recv() {
                let outcome = write_all(&file, &buffer);
                if written.send((buffer, outcome)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { full, empty })
    }
}
