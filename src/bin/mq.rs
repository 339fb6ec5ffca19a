//! MQTT at the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = mq::cli::run(std::env::args_os());
    // The first process of a container does not die by signals of its own.
    let is_first = std::process::id() == 1;
    if let Some(signal) = exit.signal().filter(|_| !is_first) {
        // The shell is to see the death by signal; where that is not possible, its code.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    ExitCode::from(exit.code())
}
