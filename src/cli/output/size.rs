//! How large a terminal is.

/// What a terminal has that does not tell its size: rows and columns.
pub(super) const USUAL: (u16, u16) = (24, 80);

/// Text is set for no fewer columns, however narrow the terminal is.
pub(super) const LEAST: usize = 24;

/// Lines of more columns than this are hard to read.
pub(super) const MOST: usize = 100;

/// Rows and columns.
#[cfg(unix)]
pub(super) fn of(terminal: &impl std::os::fd::AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Rows and columns.
#[cfg(not(unix))]
pub(super) fn of<T>(_: &T) -> Option<(u16, u16)> {
    None
}
