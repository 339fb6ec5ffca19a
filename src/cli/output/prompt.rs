//! Questions at the terminal.

use crate::secret::Secret;
use crate::text::escape_line;

/// Asks for a secret at the terminal that the process belongs to, whatever its standard input is,
/// and does not show what is typed; `None` where there is no terminal, or nobody answers.
pub(in crate::cli) fn ask(question: &str) -> Option<Secret> {
    super::stderr::keep_order();
    let question = escape_line(question);
    rpassword::prompt_password(question).ok().map(|answer| Secret::new(answer.into_bytes()))
}
