//! Links the unwinder into the program, where Linux has it as a library of its own.
//!
//! The standard library asks for `libgcc_s`, and the loader then opens, maps and relocates one more
//! library at each start: a tenth of what `mq pub -m` takes from start to exit. The same code comes
//! as an archive with every gcc, so a linker script of the asked name names that one instead.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
        fs::write(Path::new(&folder).join("libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
        println!("cargo::rustc-link-search=native={folder}");
    }
    Ok(())
}
