//! Standard input as lines: read by a thread in big chunks, cut without copying.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::record::End;

/// Bytes of one read.
const CHUNK: usize = 64 * 1024;

/// A chunk with less in it is copied to its size: its lines keep it in memory until they are
/// acknowledged.
const SMALL: usize = CHUNK / 4;

/// Chunks that wait to be cut; then the thread waits, and who writes the lines.
const WAITING: usize = 2;

/// A longer line cannot be a message.
const LONGEST: usize = crate::codec::MAX_PACKET_SIZE as usize;

/// Chunks of the input, in order, from a thread of their own.
#[derive(Debug)]
pub(super) struct Chunks {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
}

impl Chunks {
    /// Starts to read standard input. The thread ends with the input, with the reader, or with
    /// the process.
    pub(super) fn of_stdin() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let run = move || read(&mut io::stdin().lock(), is_readable, &sender);
        std::thread::Builder::new().name("input".to_owned()).spawn(run)?;
        Ok(Self { receiver })
    }

    /// The next chunk; `None` at the end of the input. Cancelling it loses nothing.
    pub(super) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        self.receiver.recv().await
    }
}

/// Whether standard input can be read without waiting; waits for it when told to.
fn is_readable(wait: bool) -> bool {
    #[cfg(unix)]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdin = rustix::stdio::stdin();
        let mut watched = [PollFd::new(&stdin, PollFlags::IN)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        matches!(poll(&mut watched, if wait { None } else { Some(&at_once) }), Ok(1..))
    }
    #[cfg(not(unix))]
    {
        let _ = wait;
        false
    }
}

/// Reads until the end. Small reads that follow one another at once go on as one chunk; the
/// moment the input is dry, what came goes on.
fn read(
    input: &mut impl Read,
    is_readable: impl Fn(bool) -> bool,
    sender: &mpsc::Sender<io::Result<Bytes>>,
) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let (filled, end) = fill(input, &is_readable, &mut buffer);
        if filled > 0 {
            let chunk = if filled < SMALL {
                Bytes::copy_from_slice(buffer.get(..filled).unwrap_or_default())
            } else {
                buffer.truncate(filled);
                Bytes::from(std::mem::replace(&mut buffer, vec![0; CHUNK]))
            };
            if sender.blocking_send(Ok(chunk)).is_err() {
                return;
            }
        }
        match end {
            None => {}
            Some(Ok(())) => return,
            Some(Err(error)) => {
                // Nobody listens any more: nobody to be told.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        }
    }
}

/// Fills the buffer with what is there, waiting only for the first bytes. The end of the input
/// or its failure comes second.
fn fill(
    input: &mut impl Read,
    is_readable: impl Fn(bool) -> bool,
    buffer: &mut [u8],
) -> (usize, Option<io::Result<()>>) {
    let mut filled = 0_usize;
    while let Some(space) = buffer.get_mut(filled..).filter(|space| !space.is_empty()) {
        match input.read(space) {
            Ok(0) => return (filled, Some(Ok(()))),
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Somebody made the descriptor non-blocking.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && cfg!(unix) => {
                is_readable(filled == 0);
            }
            Err(error) => return (filled, Some(Err(error))),
        }
        if filled > 0 && !is_readable(false) {
            break;
        }
    }
    (filled, None)
}

/// Where in standard input the reader is; an error when it is no file, which cannot be read again.
pub fn stdin_position() -> io::Result<u64> {
    stdin_file()?.stream_position()
}

/// Goes back to a place in standard input, which was read to its end.
pub(super) fn rewind_stdin(position: u64) -> io::Result<()> {
    stdin_file()?.seek(SeekFrom::Start(position)).map(drop)
}

/// Bytes of standard input that are still to be read, if it is a file.
pub fn stdin_rest() -> Option<u64> {
    let mut file = stdin_file().ok()?;
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some(metadata.len().saturating_sub(file.stream_position().ok()?))
}

/// A descriptor of our own, with the same place in the file.
fn stdin_file() -> io::Result<File> {
    #[cfg(unix)]
    let descriptor = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let descriptor =
        std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?;
    Ok(descriptor.into())
}

/// Cuts chunks at newlines, or at another byte.
#[derive(Debug, Default)]
pub(super) struct Lines {
    end: End,
    chunk: Bytes,
    /// Where in the chunk the next line begins.
    at: usize,
    /// Bytes that came, those of the chunk with them.
    fed: u64,
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    /// A line that was joined from chunks, while it is looked at.
    joined: Vec<u8>,
    /// The line that began is too long for a message; what came of it is forgotten.
    overlong: bool,
    /// The input is at its end.
    ended: bool,
}

/// A line as it lies in memory.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// In the chunk.
    Whole { start: usize, end: usize },
    /// In `joined`.
    Joined,
    /// Longer than a packet; not kept.
    Overlong,
}

/// A line without what ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<T> {
    /// Its bytes.
    Bytes(T),
    /// It is too long for a message.
    Overlong,
}

impl Lines {
    /// Nothing is read yet; lines end with `end`.
    pub(super) fn new(end: End) -> Self {
        Self { end, ..Self::default() }
    }

    /// More input; what came before is used up.
    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.fed = self.fed.saturating_add(length(chunk.len()));
        (self.chunk, self.at) = (chunk, 0);
    }

    /// Bytes of the input that were given out, and what was between them.
    pub(super) fn position(&self) -> u64 {
        let rest = self.chunk.len().saturating_sub(self.at).saturating_add(self.partial.len());
        self.fed.saturating_sub(length(rest))
    }

    /// No more input: what is left is the last line.
    pub(super) const fn finish(&mut self) {
        self.ended = true;
    }

    /// Whether the input is at its end and all lines are given out.
    pub(super) fn is_finished(&self) -> bool {
        self.ended && self.at >= self.chunk.len() && self.partial.is_empty() && !self.overlong
    }

    /// The next line, looked at where it is; `None` when more input is needed.
    pub(super) fn next(&mut self) -> Option<Line<&[u8]>> {
        Some(match self.find()? {
            Found::Whole { start, end } => Line::Bytes(self.chunk.get(start..end)?),
            Found::Joined => Line::Bytes(&self.joined),
            Found::Overlong => Line::Overlong,
        })
    }

    /// The next line, to be kept.
    pub(super) fn next_shared(&mut self) -> Option<Line<Bytes>> {
        Some(match self.find()? {
            Found::Whole { start, end } => Line::Bytes(self.chunk.slice(start..end)),
            Found::Joined => Line::Bytes(Bytes::from(std::mem::take(&mut self.joined))),
            Found::Overlong => Line::Overlong,
        })
    }

    #[inline]
    fn find(&mut self) -> Option<Found> {
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let Some(length) = memchr::memchr(self.end.byte(), rest) else {
            return self.find_no_newline();
        };
        let (start, end) = (self.at, self.at.saturating_add(length));
        self.at = end.saturating_add(1);
        if self.partial.is_empty() && !self.overlong {
            return Some(Found::Whole { start, end });
        }
        self.join(start, end);
        Some(self.complete())
    }

    /// The chunk has no newline left: what remains begins a line, or is the last one.
    #[cold]
    fn find_no_newline(&mut self) -> Option<Found> {
        let (start, end) = (self.at, self.chunk.len());
        self.join(start, end);
        (self.chunk, self.at) = (Bytes::new(), 0);
        let last = self.ended && (self.overlong || !self.partial.is_empty());
        last.then(|| self.complete())
    }

    fn join(&mut self, start: usize, end: usize) {
        let more = self.chunk.get(start..end).unwrap_or_default();
        if self.partial.len().saturating_add(more.len()) > LONGEST {
            (self.partial, self.overlong) = (Vec::new(), true);
        }
        if !self.overlong {
            self.partial.extend_from_slice(more);
        }
    }

    fn complete(&mut self) -> Found {
        if std::mem::take(&mut self.overlong) {
            return Found::Overlong;
        }
        self.joined = std::mem::take(&mut self.partial);
        Found::Joined
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut looked_at, mut kept) = (Vec::new(), Vec::new());
        for shared in [false, true] {
            let mut lines = Lines::default();
            let mut take = |lines: &mut Lines| {
                if shared {
                    while let Some(Line::Bytes(line)) = lines.next_shared() {
                        kept.push(line.to_vec());
                    }
                } else {
                    while let Some(Line::Bytes(line)) = lines.next() {
                        looked_at.push(line.to_vec());
                    }
                }
            };
            for chunk in chunks {
                lines.feed(Bytes::copy_from_slice(chunk));
                take(&mut lines);
                assert!(!lines.is_finished());
            }
            lines.finish();
            take(&mut lines);
            assert!(lines.is_finished());
            assert_eq!(lines.position(), length(chunks.concat().len()));
        }
        assert_eq!(looked_at, kept);
        kept
    }

    #[test]
    fn lines_are_cut_wherever_the_chunks_end() {
        let input = b"one\n\ntwo\r\n\0three\n\nlast";
        let want: [&[u8]; 6] = [b"one", b"", b"two\r", b"\0three", b"", b"last"];
        assert_eq!(cut(&[input]), want);
        for size in 1..input.len() {
            assert_eq!(cut(&input.chunks(size).collect::<Vec<_>>()), want, "{size}");
        }
    }

    #[test]
    fn a_newline_at_the_end_begins_no_line() {
        assert_eq!(cut(&[b"a\n"]), [b"a"]);
        assert_eq!(cut(&[b"\n", b"\n"]), [b"", b""]);
        assert!(cut(&[]).is_empty());
    }

    #[test]
    fn small_reads_become_one_chunk_while_there_is_more() {
        let (sender, mut receiver) = mpsc::channel(9);
        let parts = std::cell::Cell::new(0);
        let has_more = |_| {
            parts.set(parts.get() + 1);
            parts.get() % 3 != 0
        };
        let mut input =
            b"abcdefgh".chunks(1).fold(Box::new(io::empty()) as Box<dyn Read>, |before, part| {
                Box::new(before.chain(part))
            });
        read(&mut input, has_more, &sender);
        drop(sender);
        let mut chunks = Vec::new();
        while let Some(chunk) = receiver.blocking_recv() {
            chunks.push(chunk.unwrap());
        }
        assert_eq!(chunks.concat(), b"abcdefgh");
        assert_eq!(chunks[0], "abc");
    }
}
