//! The `mq` command.

fn main() {}
