//! `sprint new-module`: from a name to a module whose tests are green.

use super::{Answer, Context};
use crate::error::Result;
use crate::new_module;
use crate::pins::Pins;
use crate::source;

/// Arguments of `sprint new-module`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint new-module spam                    a module _spam of your own
  sprint new-module heapq --replaces heapq  a module _rust_heapq that grows beside CPython's _heapq

A module that replaces one starts beside it, so that everything stays green while it grows: tests/bind.py
puts each function it already has in the place of CPython's. When it has them all, rename it and set
`replaces = true` in its Cargo.toml (modules/_bisect is such a module).")]
pub struct Args {
    /// What you will type in `just test-module NAME`; Python imports _NAME
    name: String,
    /// The C module of CPython that it is to replace
    #[arg(long, value_name = "MODULE")]
    replaces: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let pins = Pins::load(&context.root)?;
    let glance = source::glance(&context.root, &pins)?;
    let tree = glance.present.then_some(glance.root.as_path());
    let names = new_module::check(&args.name, args.replaces.as_deref(), tree)?;
    let written = new_module::make(&context.root, &names)?;
    let mut text: String = written.iter().map(|path| format!("  {path}\n")).collect();
    if let Some(replaced) = &names.replaced
        && replaced.test.is_none()
    {
        text.push_str(&format!(
            "no test file of CPython is named after {}: name the right ones in its Cargo.toml\n",
            replaced.c_module
        ));
    }
    text.push_str(&format!("next: just test-module {}\n", names.name));
    Ok(Answer::ok(text))
}
