//! Peak resident memory of this process, from Linux's `/proc`; elsewhere nothing is known.

/// Starts to count anew.
pub fn reset_peak() {
    // Not Linux, or not allowed: then the peak is that since the start.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Bytes.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
