//! The option that says how standard error looks.

/// All commands have it, and it acts before a command is known: see `wants_json`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Telling {
    /// Tell errors and warnings as text, or as JSON with one object a line
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    error_format: Option<String>,
}
