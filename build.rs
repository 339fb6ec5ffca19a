//! Four things that every start of the program is spared, where the linker can help.
//!
//! **The unwinder is linked into the program**, where Linux has it as a library of its own. The
//! standard library asks for `libgcc_s`, and the loader then opens, maps and relocates one more
//! library at each start: a tenth of what `mq pub -m` takes from start to exit. The same code comes
//! as an archive with every gcc, so a linker script of the asked name names that one instead.
//!
//! **The functions that a start runs lie together**, so that it maps a fifth of the program and not
//! two thirds: `src/bin/mq.order` lists them, `scripts/startup-order` writes it. LLVM's linker,
//! which is rustc's own on most systems, takes the list as a script that puts a section in front of
//! the others; one that does not is asked for nothing, and a name that is nowhere has no effect.
//!
//! **The places that the loader adjusts are told in few bytes**: a bit each instead of 24 bytes, of
//! which it would read 190 KB at each start. Linkers and C libraries know that form since 2022
//! (glibc 2.36); a program linked on an older system has the old form and runs on all.
//!
//! **The file is written, not mapped**, so that the system keeps it in large pieces: a program that
//! was just linked by mapping it starts a twentieth slower than a copy of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// The functions of a start, a pattern a line.
const ORDER: &str = "src/bin/mq.order";

/// The places that the loader adjusts as a bitmap (`DT_RELR`).
const PACKED: &str = "-Wl,-z,pack-relative-relocs";

/// The linker writes the file; those that do so anyway do not know the option.
const WRITTEN: &str = "-Wl,--no-mmap-output-file";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    let of_target = variable("TARGET")?.to_uppercase().replace('-', "_");
    println!("cargo::rerun-if-env-changed=CARGO_TARGET_{of_target}_LINKER");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return Ok(());
    }
    let folder = PathBuf::from(variable("OUT_DIR")?);
    fs::write(folder.join("libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
    println!("cargo::rustc-link-search=native={}", folder.display());
    if variable("PROFILE")? == "release" {
        let script = folder.join("order.ld");
        fs::write(&script, order_script(&fs::read_to_string(ORDER)?))?;
        if probe(&script.to_string_lossy(), &folder)?.is_some() {
            println!("cargo::rustc-link-arg-bin=mq={}", script.display());
        }
        if probe(WRITTEN, &folder)?.is_some() {
            println!("cargo::rustc-link-arg-bin=mq={WRITTEN}");
        }
        // The C library has to know the form, too: what runs here runs where that is no older.
        let is_here = variable("TARGET")? == variable("HOST")?;
        let runs = |program: PathBuf| Command::new(program).status().is_ok_and(|end| end.success());
        if is_here && probe(PACKED, &folder)?.is_some_and(runs) {
            println!("cargo::rustc-link-arg-bin=mq={PACKED}");
        }
    }
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

/// A script for the linker that puts the functions of these patterns in front of all others.
fn order_script(patterns: &str) -> String {
    let mut script = "SECTIONS {\n  .text.first : {\n".to_owned();
    // where the C library enters the program, and leaves it
    for section in ["(.init)", "(.fini)", "crt1.o(.text .text.*)", "crtbegin*.o(.text)"] {
        script.extend(["    *", section, "\n"]);
    }
    script += "    *(.text.main)\n";
    for pattern in patterns.lines() {
        // what is thought to run seldom has a prefix of its own
        script.extend(["    *(.text.", pattern, " .text.unlikely.", pattern, ")\n"]);
    }
    script + "  }\n}\nINSERT BEFORE .text;\n"
}

/// A program that does nothing, linked with this argument; none when the linker does not take it.
fn probe(argument: &str, folder: &Path) -> io::Result<Option<PathBuf>> {
    let (source, program) = (folder.join("probe.rs"), folder.join("probe"));
    fs::write(&source, "fn main() {}\n")?;
    let mut compiler = Command::new(variable("RUSTC")?);
    compiler.arg(&source).arg("-o").arg(&program);
    compiler.args(["--target", &variable("TARGET")?]);
    compiler.arg("-C").arg(format!("link-arg={argument}"));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.arg("-C").arg(format!("linker={linker}"));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    compiler.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    let ended = compiler.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(ended.success().then_some(program))
}
