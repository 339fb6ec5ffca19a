//! Where figures go beside standard output: files, and a page over HTTP.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::{csv, hgrm, html, metrics};
use crate::bench::{Plan, Report, Second};
use crate::cli::output::{self, Lines};
use crate::net::{ListenAddress, Listener, Page, serve_page};

/// Seconds that are kept for plots and comparisons: those of a day. What a longer run adds is
/// counted, and not drawn.
const KEPT: usize = 86_400;

/// Where the figures are to go.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Figures")]
pub(super) struct Wanted {
    /// Write a line a second to this file, for spreadsheets; of several runs the first column says
    /// which
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write how latencies are distributed to this file, as the tools of `HdrHistogram` plot it; of
    /// several runs one file each, f.hgrm becoming f.A1.hgrm
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
    /// Write the report with plots to this file, as one page for browsers; of several runs one file
    /// each
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Serve figures at this address while it runs, for Prometheus: PORT, or ADDRESS:PORT
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<ListenAddress>,
}

/// A file, and where it is.
#[derive(Debug)]
struct Target<T> {
    path: PathBuf,
    to: T,
}

/// All that figures go to.
#[derive(Debug)]
pub(super) struct Outputs {
    csv: Option<Target<Lines>>,
    hgrm: Option<Target<File>>,
    html: Option<Target<File>>,
    page: Option<Served>,
    /// Where the files of each run go.
    wanted: (Option<PathBuf>, Option<PathBuf>),
    keeps: bool,
    seconds: Vec<Second>,
    /// What could not be written.
    lost: Vec<String>,
}

/// A page that is served while the run goes on.
#[derive(Debug)]
struct Served {
    text: Arc<Mutex<String>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Outputs {
    /// Opens the files, so that one that cannot be written is told before anything is measured,
    /// and serves the page. `keeps` when there are several runs, whose seconds are wanted
    /// afterwards.
    pub(super) async fn open(wanted: &Wanted, keeps: bool) -> anyhow::Result<Self> {
        let csv = wanted.csv.as_deref().map(create).transpose()?;
        let csv = csv.map(|Target { path, to }| {
            let lines = Lines::to(to).context("cannot start a thread")?;
            lines.put(csv::head());
            anyhow::Ok(Target { path, to: lines })
        });
        let mut outputs = Self {
            csv: csv.transpose()?,
            hgrm: None,
            html: None,
            page: match &wanted.metrics {
                Some(address) => Some(serve(address).await?),
                None => None,
            },
            wanted: (wanted.hgrm.clone(), wanted.html.clone()),
            keeps: keeps || wanted.html.is_some(),
            seconds: Vec::new(),
            lost: Vec::new(),
        };
        if !keeps {
            outputs.begin(None)?;
        }
        Ok(outputs)
    }

    /// Opens the files of a run; `run` names it where there are several.
    pub(super) fn begin(&mut self, run: Option<&str>) -> anyhow::Result<()> {
        let (hgrm, html) = &self.wanted;
        let open = |path: &Option<PathBuf>| {
            let path = path.as_deref().map(|path| named(path, run));
            path.as_deref().map(create).transpose()
        };
        (self.hgrm, self.html) = (open(hgrm)?, open(html)?);
        Ok(())
    }

    /// Writes the files of a run that is over.
    pub(super) fn run_is_over(&mut self, report: &Report, broker: &str, warnings: &[String]) {
        if let Some(Target { path, mut to }) = self.hgrm.take() {
            self.check(&path, to.write_all(hgrm::text(report).as_bytes()));
        }
        if let Some(Target { path, mut to }) = self.html.take() {
            let page = html::page(report, &self.seconds, broker, warnings);
            self.check(&path, to.write_all(page.as_bytes()));
        }
    }

    fn check(&mut self, path: &Path, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            self.lost.push(format!(
                "cannot write {}: {error}; what is missing there stands in the report alone",
                path.display()
            ));
        }
    }

    /// A second is over; `run` names the run where there are several.
    pub(super) fn second(&mut self, second: &Second, plan: &Plan, run: &str) {
        if let Some(csv) = &self.csv {
            csv.to.put(csv::line(second, run));
        }
        if let Some(page) = &self.page {
            *page.text.lock().unwrap_or_else(PoisonError::into_inner) = metrics::page(second, plan);
        }
        if self.keeps && self.seconds.len() < KEPT {
            self.seconds.push(second.clone());
        }
    }

    /// The seconds that were kept since this was asked last.
    pub(super) fn take_seconds(&mut self) -> Vec<Second> {
        std::mem::take(&mut self.seconds)
    }

    /// These are the seconds to be told of the run.
    pub(super) fn keep_seconds(&mut self, seconds: Vec<Second>) {
        self.seconds = seconds;
    }

    /// Ends all files. What could not be written is told; whether there was such.
    pub(super) fn end(mut self) -> bool {
        if let Some(Target { path, to }) = self.csv.take() {
            self.check(&path, to.finish());
        }
        for what in &self.lost {
            output::error(what);
        }
        !self.lost.is_empty()
    }
}

/// The file of one of several runs: `f.html` becomes `f.A1.html`.
fn named(path: &Path, run: Option<&str>) -> PathBuf {
    let (Some(run), Some(stem)) = (run, path.file_stem()) else { return path.to_owned() };
    let mut name = stem.to_owned();
    for part in [Some(run.as_ref()), path.extension()].into_iter().flatten() {
        name.push(".");
        name.push(part);
    }
    path.with_file_name(name)
}

fn create(path: &Path) -> anyhow::Result<Target<File>> {
    let to = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Target { path: path.to_owned(), to })
}

async fn serve(address: &ListenAddress) -> anyhow::Result<Served> {
    let listener = Listener::bind(address).await.context("cannot serve metrics")?;
    let text = Arc::new(Mutex::new(metrics::nothing()));
    let shown = Arc::clone(&text);
    output::note(&format!("metrics are at http://{}{}", listener.address(), Page::METRICS.path));
    let task = tokio::spawn(async move {
        let make = || {
            let text = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            std::future::ready(text)
        };
        serve_page(&listener, Page::METRICS, make).await;
    });
    Ok(Served { text, task })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_a_file_of_its_own() {
        let of = |path: &str| named(Path::new(path), Some("B2")).display().to_string();
        assert_eq!(of("a.b/f.html"), "a.b/f.B2.html");
        assert_eq!(of("f"), "f.B2");
        assert_eq!(of("f.x.hgrm"), "f.x.B2.hgrm");
        assert_eq!(named(Path::new("f.html"), None), Path::new("f.html"));
    }
}
