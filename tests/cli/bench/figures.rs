//! Files and pages that figures go to.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mq::net::clock;
use rustix::process::Signal;

use super::{Serving, bench, is_in_the_middle};
use crate::secured::serve;
use crate::support::PATIENCE;
use crate::support::mq::{Running, run, start};
use crate::support::scratch::Scratch;
use crate::support::service::free_port;

#[test]
fn each_second_is_a_line_for_spreadsheets() {
    let serving = Serving::start("bench-csv");
    let scratch = Scratch::new("bench-csv-file");
    let file = scratch.path().join("f.csv");
    let words = format!("--rate 100 --duration 2100ms -p PORT --csv {}", file.display());
    bench(&words, &serving.port).exits(0);
    let text = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert!(rows.len() >= 3, "{text}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
    let column = |name: &str| rows[0].iter().position(|one| *one == name).unwrap();
    let sum = |name: &str| {
        rows[1..].iter().map(|row| row[column(name)].parse::<u64>().unwrap()).sum::<u64>()
    };
    assert!((190..=210).contains(&sum("published")), "{text}");
    assert_eq!(sum("errors"), 0);
    assert_eq!(rows[1][column("connections")], "10");
    assert!(rows[1][column("p99_ms")].parse::<f64>().unwrap() > 0.0, "{text}");
    assert!(rows[1][column("own_memory")].parse::<u64>().unwrap() > 100_000, "{text}");
}

#[test]
fn the_distribution_is_one_that_hdrhistograms_tools_read() {
    let scratch = Scratch::new("bench-hgrm");
    let file = scratch.path().join("f.hgrm");
    let words = format!("--embedded --count 5000 --hgrm {}", file.display());
    bench(&words, "").exits(0);
    let text = fs::read_to_string(&file).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]);
    assert_eq!(lines.next(), Some(""));
    let rows: Vec<Vec<f64>> = lines
        .by_ref()
        .take_while(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect())
        .collect();
    assert!(rows.len() > 10, "{text}");
    assert!(rows.is_sorted_by(|one, next| one[0] <= next[0] && one[2] <= next[2]), "{text}");
    assert_eq!(rows.last().unwrap()[1..], [1.0, 5000.0], "{text}");
    assert!(
        text.contains("#[Max     = ") && text.contains("Total count    =         5000]"),
        "{text}"
    );
}

#[test]
fn the_page_has_all_it_needs_in_it() {
    let serving = Serving::start("bench-html");
    let scratch = Scratch::new("bench-html-file");
    let file = scratch.path().join("f.html");
    let words = format!("--rate 200 --duration 2100ms -p PORT --html {}", file.display());
    bench(&words, &serving.port).exits(0);
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
    assert!(page.trim_end().ends_with("</html>"), "{page}");
    for title in ["Latency by percentile, e2e", "Latency over time", "Rate over time"] {
        assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}: {page}");
        assert!(page.contains(&format!("role=\"img\" aria-label=\"{title}\"")), "{title}");
    }
    assert!(page.contains("prefers-color-scheme:dark"), "{page}");
    for outside in ["http://", "https://", "<script", "<link", "url(", "@import", "src="] {
        assert!(!page.contains(outside), "{outside}: {page}");
    }
    for name in ["svg", "h1", "h2", "table", "div", "style", "polyline", "title"] {
        let (open, close) = (format!("<{name}"), format!("</{name}>"));
        let opened = page.matches(&open).count();
        assert!(opened > 0 && opened == page.matches(&close).count(), "{name}: {page}");
    }
    assert_eq!(page.matches("<polyline").count(), 2 + 3 + 3, "{page}");
    assert!(!page.contains("NaN") && !page.contains("inf,"), "{page}");
}

#[test]
fn prometheus_finds_figures_while_it_runs() {
    let serving = Serving::start("bench-metrics");
    let words = ["bench", "-p", &serving.port, "--rate", "200", "--duration", "1h", "-t", "t"];
    let running = start(words.into_iter().chain(["--metrics", "127.0.0.1:0"]));
    let address = place_of_metrics(&running);
    is_in_the_middle(&serving);
    running.wait_until_it_printed("   1s  10 connected");
    let page = get(&address, "/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    for line in [
        "# TYPE mq_bench_published_total counter",
        "mq_bench_connections 10",
        "mq_bench_latency_seconds{scope=\"e2e\",quantile=\"0.99\"} 0.",
        "mq_bench_own_memory_bytes ",
    ] {
        assert!(page.contains(&format!("\n{line}")), "{line}: {page}");
    }
    assert!(get(&address, "/").starts_with("HTTP/1.1 404 "));
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
    assert!(TcpStream::connect(&address).is_err(), "it is served while it runs");
}

#[test]
fn prometheus_finds_who_resumed_and_who_went_elsewhere() {
    let site = serve(&["--tls"]);
    let dead = format!("127.0.0.1:{}", free_port());
    let live = format!("127.0.0.1:{}", site.port("mqtts"));
    let words = ["bench", "churn", "-h", &dead, "-h", &live, "--cafile", &site.made("ca.crt")];
    let more = "--tls-resume --clients 2 --rate 20 --duration 1h --metrics 127.0.0.1:0";
    let running = start(words.into_iter().chain(more.split(' ')));
    let address = place_of_metrics(&running);
    let reason = format!(
        "elsewhere_total{{reason=\"mqtts://{dead}: no connection: {dead} refused the connection\"}}"
    );
    let page = page_with(&address, |page| {
        counter(page, "resumed_total") > 0 && counter(page, &reason) > 0
    });
    let of = |name: &str| counter(&page, name);
    assert_eq!(of("handshakes_total"), of("connected_total"), "{page}");
    assert!(of("resumed_total") < of("handshakes_total"), "{page}");
    assert!(of(&reason) < of("connected_total"), "{page}");
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
}

/// Where a run says that its figures are.
#[track_caller]
pub(super) fn place_of_metrics(running: &Running) -> String {
    running.wait_until_it_says("/metrics\n");
    let said = running.said();
    said.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned()
}

/// The page of figures, once this holds of it.
#[track_caller]
pub(super) fn page_with(address: &str, holds: impl Fn(&str) -> bool) -> String {
    let deadline = clock::now() + PATIENCE;
    loop {
        let page = get(address, "/metrics");
        if holds(&page) {
            return page;
        }
        assert!(clock::now() < deadline, "{page}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// A counter of that page; 0 where it is not there.
pub(super) fn counter(page: &str, name: &str) -> u64 {
    let begin = format!("mq_bench_{name} ");
    let value = page.lines().find_map(|line| line.strip_prefix(&begin));
    value.map_or(0, |value| value.parse().unwrap())
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_full_disk_behind_a_file_leaves_the_report() {
    let serving = Serving::start("bench-full");
    for option in ["--csv", "--hgrm", "--html"] {
        let words = format!("--count 100 -p PORT {option} /dev/full");
        let finished = bench(&words, &serving.port).exits(1).says("cannot write /dev/full");
        let text = String::from_utf8(finished.stdout).unwrap();
        assert!(text.contains("Received") && text.contains("e2e"), "{option}: {text}");
        // What a gate says is worse.
        let words = ["bench", "--count", "100", "-p", &serving.port, option, "/dev/full"];
        run(words.into_iter().chain(["--fail-if", "lost == 0"])).exits(6);
    }
    let words = "--count 100 -p PORT --csv /nowhere/at/all.csv";
    let finished = bench(words, &serving.port).exits(1).says("/nowhere/at/all.csv");
    assert!(finished.stdout.is_empty(), "nothing was started: {finished:?}");
    bench("--count 9 -p PORT --metrics nonsense", &serving.port).exits(2).says("--metrics");
    let words = format!("--count 9 -p PORT --metrics {}", serving.port);
    bench(&words, &serving.port).exits(1).says("in use");
}
