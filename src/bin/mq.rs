//! MQTT at the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = mq::cli::run(std::env::args_os());
    if let Some(signal) = exit.signal() {
        // The shell is to see the death by signal; where that is not possible, its code.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    ExitCode::from(exit.code())
}
