//! `sprint completions`: a completion script for a shell, or the manual page.

use clap_complete::{Shell, generate};

use super::{Answer, command};
use crate::error::{Error, Result};

/// Arguments of `sprint completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint completions bash > ~/.local/share/bash-completion/completions/sprint
  sprint completions man | man -l -")]
pub struct Args {
    /// Which shell; or `man`
    #[arg(value_enum)]
    shell: Kind,
}

/// What can be made from the command line's description.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    Bash,
    Elvish,
    Fish,
    /// The manual page sprint(1)
    Man,
    Powershell,
    Zsh,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Answer> {
    let shell = match args.shell {
        Kind::Bash => Shell::Bash,
        Kind::Elvish => Shell::Elvish,
        Kind::Fish => Shell::Fish,
        Kind::Man => return man(),
        Kind::Powershell => Shell::PowerShell,
        Kind::Zsh => Shell::Zsh,
    };
    let mut script = Vec::new();
    generate(shell, &mut command(), "sprint", &mut script);
    Ok(Answer::ok(String::from_utf8_lossy(&script).into_owned()))
}

fn man() -> Result<Answer> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command())
        .render(&mut page)
        .map_err(|error| Error::bug(error.to_string()))?;
    Ok(Answer::ok(String::from_utf8_lossy(&page).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_page_names_the_commands() {
        let page = man().expect("renders").text;
        assert!(
            page.starts_with(".ie") && page.contains(".TH sprint 1"),
            "{page}"
        );
        assert!(page.contains("sprint\\-test(1)"), "{page}");
    }
}
