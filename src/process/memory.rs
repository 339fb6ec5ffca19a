//! What this process took of memory.

/// The most bytes of memory that were in use at once; `None` where the system does not tell it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_process_takes_memory() {
        let bytes = super::peak_memory().unwrap();
        assert!(bytes > 100_000, "{bytes}");
    }
}
