//! One page of text over HTTP/1.1, as those who watch a program ask for it: answered, and closed.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::http::MAX_HEAD;
use super::{Listener, Stream, accept_pause};

/// Who asks has so long for the question, the answer and the goodbye: on any network a few bytes
/// need no more, and a visitor who says nothing must not keep the place of another.
const PATIENCE: Duration = Duration::from_secs(5);

/// Visitors at once. A scraper or two come every few seconds; the rest wait to be accepted.
const VISITORS: usize = 16;

/// Bytes behind the question that are thrown away before the connection is closed: closed over
/// unread bytes, the system would take the answer back.
const LEFTOVER: usize = 64 * 1024;

/// Bytes read at once: most questions are shorter.
const CHUNK: usize = 1024;

/// Fields of a question; a browser sends about 20.
const MAX_FIELDS: usize = 64;

/// A page, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Where it is found, from the first `/` on.
    pub path: &'static str,
    /// Its type, as in `Content-Type`.
    pub content_type: &'static str,
}

impl Page {
    /// Prometheus' text format, version 0.0.4, where scrapers look for it.
    pub const METRICS: Self =
        Self { path: "/metrics", content_type: "text/plain; version=0.0.4; charset=utf-8" };
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// The page.
    Page,
    /// What the page would be like.
    HeadOnly,
    /// Another page.
    NotFound,
    /// To do something to it.
    NotAllowed,
    /// That is not HTTP.
    Bad,
    /// It goes on and on.
    TooLong,
}

impl Question {
    /// What is asked by these bytes; `None` while they are not whole.
    fn parse(bytes: &[u8], page: Page) -> Option<Self> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return None,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Some(Self::TooLong);
            }
            Err(_) => return Some(Self::Bad),
        }
        let path = request.path.unwrap_or_default();
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        Some(match request.method {
            _ if path != page.path => Self::NotFound,
            Some("GET") => Self::Page,
            Some("HEAD") => Self::HeadOnly,
            _ => Self::NotAllowed,
        })
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Page | Self::HeadOnly => "200 OK",
            Self::NotFound => "404 Not Found",
            Self::NotAllowed => "405 Method Not Allowed",
            Self::Bad => "400 Bad Request",
            Self::TooLong => "431 Request Header Fields Too Large",
        }
    }
}

/// Answers whoever comes with the page that `make` makes for each; does so for as long as it is
/// polled, and never ends. Nothing that a visitor does ends it or makes it wait.
///
/// No thread and no task is started. Dropped, it closes all its connections but not the listener.
pub async fn serve_page<Made>(listener: &Listener, page: Page, make: impl Fn() -> Made)
where
    Made: Future<Output = String>,
{
    let mut visitors = Vec::new();
    let mut failures = 0_u32;
    loop {
        let arrived = poll_fn(|context| {
            advance(&mut visitors, context);
            if visitors.len() < VISITORS { listener.poll_accept(context) } else { Poll::Pending }
        });
        match arrived.await {
            Ok((stream, _)) => {
                failures = 0;
                let visit = visit(stream, page, &make);
                visitors.push(Box::pin(async {
                    // Who is too slow, or goes, gets no answer; there is nobody to tell.
                    let _ = tokio::time::timeout(PATIENCE, visit).await;
                }));
            }
            Err(_) => {
                failures = failures.saturating_add(1);
                tokio::time::sleep(accept_pause(failures)).await;
            }
        }
    }
}

/// Lets all visitors go on; those who are done go.
fn advance<Visit>(visitors: &mut Vec<Pin<Box<Visit>>>, context: &mut Context<'_>)
where
    Visit: Future<Output = ()>,
{
    visitors.retain_mut(|visitor| visitor.as_mut().poll(context).is_pending());
}

/// One question, one answer.
async fn visit<Made>(mut stream: Stream, page: Page, make: impl Fn() -> Made) -> io::Result<()>
where
    Made: Future<Output = String>,
{
    let mut bytes = Vec::new();
    let question = loop {
        if read(&mut stream, &mut bytes).await? == 0 {
            return Ok(());
        }
        if let Some(question) = Question::parse(&bytes, page) {
            break question;
        }
    };
    let text = match question {
        Question::Page | Question::HeadOnly => make().await,
        Question::NotFound => format!("There is one page here: {}\n", page.path),
        other => format!("{}\n", other.status()),
    };
    stream.write_all(answer(question, page, &text).as_bytes()).await?;
    stream.flush().await?;
    stream.shutdown().await?;
    bytes.clear();
    while bytes.len() < LEFTOVER && read(&mut stream, &mut bytes).await? > 0 {}
    Ok(())
}

async fn read(stream: &mut Stream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut chunk = [0; CHUNK];
    let read = stream.read(&mut chunk).await?;
    bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
    Ok(read)
}

fn answer(question: Question, page: Page, text: &str) -> String {
    let is_page = matches!(question, Question::Page | Question::HeadOnly);
    let kind = if is_page { page.content_type } else { "text/plain; charset=utf-8" };
    let allow = if question == Question::NotAllowed { "Allow: GET, HEAD\r\n" } else { "" };
    let body = if question == Question::HeadOnly { "" } else { text };
    format!(
        "HTTP/1.1 {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{allow}Cache-Control: \
         no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        question.status(),
        text.len()
    )
}

#[cfg(test)]
mod tests;
