//! What a process takes of the machine, as Linux tells it.

use std::fs;
use std::io;
use std::time::Duration;

/// Ticks of a second in `/proc/PID/stat`: of all that Linux runs on and this is compiled for
/// (`USER_HZ`, proc(5)).
const TICKS: u64 = 100;

/// The words of `/proc/PID/stat` behind the program's name: 11 stand before the two that count
/// the ticks spent in the program and in the system.
const BEFORE_TICKS: usize = 11;

/// What a process took so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The processors' time of all its threads, to a hundredth of a second.
    pub processor: Duration,
    /// Bytes of memory that it has.
    pub memory: u64,
    /// The most bytes of memory that it had at once.
    pub peak: u64,
}

impl Usage {
    /// That of the process with this number, or of this one. An error when there is no such
    /// process, or the system does not tell.
    pub fn of(process: Option<u32>) -> io::Result<Self> {
        let stat = read(process, "stat")?;
        let status = read(process, "status")?;
        let unknown = || io::Error::from(io::ErrorKind::InvalidData);
        let processor = processor(&stat).ok_or_else(unknown)?;
        // A process that has ended, and that nobody has buried, has no memory.
        let bytes = |name| memory(&status, name).unwrap_or(0);
        Ok(Self { processor, memory: bytes("VmRSS:"), peak: bytes("VmHWM:") })
    }
}

/// How long this thread was ready to go on, and had no processor to do so; `None` where the
/// system does not tell it.
pub fn waited_for_processor() -> Option<Duration> {
    waited(&fs::read_to_string("/proc/thread-self/schedstat").ok()?)
}

fn read(process: Option<u32>, file: &str) -> io::Result<String> {
    let whose = process.map_or_else(|| "self".to_owned(), |number| number.to_string());
    // The program's name need not be UTF-8.
    let bytes = fs::read(format!("/proc/{whose}/{file}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn processor(stat: &str) -> Option<Duration> {
    // A program's name may have a parenthesis in it.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace().skip(BEFORE_TICKS);
    let mut ticks = || words.next()?.parse::<u64>().ok();
    let ticks = ticks()?.saturating_add(ticks()?);
    Some(Duration::from_millis(ticks.saturating_mul(1000 / TICKS)))
}

fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

fn waited(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_takes_memory_and_another_that_is_gone_is_told() {
        let own = Usage::of(None).unwrap();
        assert!(own.memory > 100_000 && own.peak >= own.memory, "{own:?}");
        let same = Usage::of(Some(std::process::id())).unwrap();
        assert!(same.processor >= own.processor, "{same:?}");
        let gone = Usage::of(Some(u32::MAX)).unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
        assert!(waited_for_processor().is_some());
    }

    #[test]
    fn what_the_system_writes_is_found_whatever_the_programs_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 99 0 0 0 123 45 0 0 20 0 1 0 5 6 7";
        assert_eq!(processor(stat), Some(Duration::from_millis(1680)));
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(memory(status, "VmRSS:"), Some(1024 * 1024));
        assert_eq!(memory(status, "VmSwap:"), None);
        assert_eq!(waited("12 345 6\n"), Some(Duration::from_nanos(345)));
        for nothing in ["", "7 (a", "7 (a) S 1 2", "7 (a) S 1 7 7 0 -1 4194560 99 0 0 0 x y"] {
            assert_eq!(processor(nothing), None, "{nothing}");
        }
    }
}
