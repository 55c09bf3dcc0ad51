//! A small program, compiled and run: what is installed may still not work together.
//!
//! The one for Linux starts a child the way CPython's subprocess does. An old qemu fails that with
//! status 127 (python/cpython#129204), and then every test that starts Python again fails with it. So
//! qemu is asked what it does, not which version it is.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::{Search, Toolchain};
use crate::atomic;
use crate::build::Inputs;
use crate::error::{IoContext, Result};
use crate::exec::{self, CommandLine};
use crate::finding::Finding;
use crate::target::Runner;

/// Prints the width of a pointer and the status of a child that closes its files and runs `true`.
const LINUX: &str = r#"#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

int main(void)
{
    char *arguments[] = {"sh", "-c", "exit 0", NULL};
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0;
    if (posix_spawn_file_actions_init(&actions) != 0
        || posix_spawn_file_actions_addclosefrom_np(&actions, 3) != 0)
        return 1;
    int error = posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environment);
    if (error == 0 && waitpid(child, &status, 0) != child)
        return 2;
    printf("%d %d\n", (int)(sizeof(void *) * 8), error ? error : WEXITSTATUS(status));
    return 0;
}
"#;

/// Prints the width of a pointer; WASI has no children.
const WASI: &str = r#"#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *text = malloc(16);
    if (text == NULL)
        return 1;
    snprintf(text, 16, "%d 0", (int)(sizeof(void *) * 8));
    puts(text);
    free(text);
    return 0;
}
"#;

/// `None` if it works. Done once for each set of programs: the answer is kept under `build/`.
pub(super) fn compile_and_run(
    search: &Search<'_>,
    toolchain: &Toolchain,
) -> Result<Option<Finding>> {
    let triple = search.target.triple;
    let directory = search.root.join("build/.toolchains");
    let stamp = directory.join(format!("{triple}.ok"));
    let mut inputs = Inputs::new()
        .with("runner", identity(&toolchain.runner)?)
        .with("cc", toolchain.compilers.cc.join(" "));
    inputs.absorb("toolchain", &toolchain.inputs);
    let key = inputs.digest();
    if fs::read_to_string(&stamp).is_ok_and(|present| present == key) {
        return Ok(None);
    }
    // Parallel runs may try at the same time.
    let name = format!("{triple}-{}", std::process::id());
    let source = directory.join(format!("{name}.c"));
    let program = directory.join(format!("{name}.out"));
    let text = match search.cross.runner {
        Runner::Qemu(_) => LINUX,
        Runner::Wasmtime => WASI,
    };
    atomic::write(&source, text.as_bytes())?;
    let finding = attempt(search, toolchain, &source, &program);
    for file in [&source, &program] {
        // Where the compiler failed there is no program.
        let _ = fs::remove_file(file);
    }
    let finding = finding?;
    if finding.is_none() {
        atomic::write(&stamp, key.as_bytes())?;
    }
    Ok(finding)
}

fn attempt(
    search: &Search<'_>,
    toolchain: &Toolchain,
    source: &Path,
    program: &Path,
) -> Result<Option<Finding>> {
    let compilers = &toolchain.compilers;
    let triple = search.target.triple;
    let mut words = compilers.cc.iter().cloned();
    let compile = CommandLine::new(words.next().unwrap_or_default(), search.root)
        .args(words)
        .args([
            source.to_string_lossy(),
            "-o".into(),
            program.to_string_lossy(),
        ]);
    let output = exec::output(&compile, search.host.env())?;
    if !output.status.success() {
        return Ok(Some(Finding::problem(
            "cross-compiler-broken",
            format!(
                "{} cannot compile and link a small program: {}",
                compilers.name,
                first_line(&output.stderr)
            ),
            format!("a working compiler and C library for {triple}"),
            search.apt(|package| !package.starts_with("libstd-rust-dev")),
        )));
    }
    let program = program.to_string_lossy();
    let run = CommandLine::new(toolchain.runner.to_string_lossy(), search.root);
    let run = match search.cross.runner {
        Runner::Qemu(_) => run.args(["-L".into(), compilers.sysroot.to_string_lossy(), program]),
        Runner::Wasmtime => run.args(["run".into(), program]),
    };
    Ok(judge(
        search,
        toolchain,
        &exec::output(&run, search.host.env())?,
    ))
}

fn judge(search: &Search<'_>, toolchain: &Toolchain, output: &Output) -> Option<Finding> {
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let width = search.target.pointer_width.to_string();
    let runner = toolchain.runner.display();
    match printed.split_once(' ') {
        Some((seen, "0")) if seen == width && output.status.success() => None,
        Some((seen, status)) if seen == width && output.status.success() => Some(Finding::problem(
            "qemu-old",
            format!("a child of a program under {runner} ended with status {status}"),
            "a qemu that can start children as CPython does (python/cpython#129204)",
            "install qemu-user of a newer suite, or use the devcontainer",
        )),
        _ => Some(Finding::problem(
            "runner-broken",
            format!(
                "a small program for {} under {runner}: {}, {}",
                search.target.triple,
                output.status,
                first_line(&output.stderr)
            ),
            format!("the answer `{width} 0`"),
            search.apt(|package| package.starts_with("qemu") || package.starts_with("libc")),
        )),
    }
}

/// Path, size and time: enough to notice another version of a program.
fn identity(program: &Path) -> Result<String> {
    let data = program.metadata().on("look at", program)?;
    let modified = data.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |since| since.as_nanos());
    Ok(format!("{} {} {modified}", program.display(), data.len()))
}

fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.next().unwrap_or_default().trim().to_owned()
}
