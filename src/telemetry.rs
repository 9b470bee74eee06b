//! What the server tells its operator: lines on standard error, as text or JSON, with fields and not prose.
//!
//! Nothing personal stands in a log: no ids of customers, no texts of theirs, no tokens. Names of spans are constants.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

/// One call, with its method.
pub const RPC: &str = "rpc";

/// From opening the data folder to the first answer.
pub const LOAD: &str = "load";

/// Begins to write the log. A second call in one process changes nothing.
///
/// # Errors
/// Where the filter can't be read.
pub fn start(filter: &str, json: bool) -> Result<(), ParseError> {
    let filter: EnvFilter = filter.parse()?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // Where nobody reads the log any more the server goes on; told on the closed pipe itself, this would end it.
    let lines = lines.log_internal_errors(false);
    // A test may have set its own before.
    let _ = if json { lines.json().try_init().is_ok() } else { lines.try_init().is_ok() };
    Ok(())
}
