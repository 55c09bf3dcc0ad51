//! Every command in every document is one that exists: recipes and options are read as the command line
//! would read them, scripts and paths are there.

use std::path::{Path, PathBuf};

use super::tasks::parses;
use crate::tasks::Justfile;

/// A command in a document.
struct Quoted {
    file: PathBuf,
    line: usize,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documents: every Markdown file that people read, not those of fixtures.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("README.md"), "modules/README.md".into()];
    for directory in ["docs", "sprint"] {
        for entry in std::fs::read_dir(root().join(directory)).expect("a directory of documents") {
            let name = entry.expect("an entry").file_name();
            let path = Path::new(directory).join(name);
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Commands: lines of `sh` blocks, lines after `$ ` of other blocks, and `code` that begins like one.
fn commands(file: &Path) -> Vec<Quoted> {
    let text = std::fs::read_to_string(root().join(file)).expect("a document");
    let mut found = Vec::new();
    let mut fence: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let mut add = |text: &str| {
            let text = text.split("  #").next().unwrap_or(text).trim();
            if !text.is_empty() && !text.starts_with('#') {
                found.push(Quoted {
                    file: file.to_owned(),
                    line: index + 1,
                    text: text.to_owned(),
                });
            }
        };
        let trimmed = line.trim();
        if let Some(kind) = trimmed.strip_prefix("```") {
            fence = match fence {
                None => Some(kind.to_owned()),
                Some(_) => None,
            };
        } else if let Some(kind) = &fence {
            match kind.as_str() {
                "sh" => trimmed.split(" && ").for_each(&mut add),
                _ => trimmed.strip_prefix("$ ").into_iter().for_each(&mut add),
            }
        } else {
            for code in trimmed.split('`').skip(1).step_by(2) {
                let first = code.split_whitespace().next().unwrap_or("");
                if ["just", "./scripts/bootstrap.sh"].contains(&first) && code.contains(' ') {
                    add(code);
                }
            }
        }
    }
    found
}

/// What is wrong with a command, if anything.
fn fault(text: &str, recipes: &Justfile) -> Option<String> {
    // Words in capitals stand for something; what they stand for is not there.
    if text.contains('…') {
        return None;
    }
    let Some(words) = shlex::split(text) else {
        return Some("its quotes do not match".to_owned());
    };
    let (program, arguments) = words.split_first()?;
    match program.as_str() {
        "just" => recipe(arguments, recipes),
        "sprint" => parses(arguments).err(),
        "./scripts/bootstrap.sh" | "scripts/bootstrap.sh" => bootstrap(arguments),
        // Programs of the machine: nothing of ours can be wrong with them.
        "git" | "cd" | "export" | "sudo" | "xcode-select" | "cp" | "rsync" | "mkdir" | "nix"
        | "echo" | "tar" => None,
        "cargo" | "python3" => {
            // What is in the fork cannot be looked for where it is not initialised.
            let mut ours = arguments
                .iter()
                .filter(|word| !word.starts_with("cpython/"));
            let missing = ours.find(|word| {
                word.contains('/') && !word.starts_with('-') && !root().join(word).exists()
            });
            missing.map(|path| format!("there is no {path}"))
        }
        script if script.contains('/') => {
            let there = root().join(script).exists();
            (!there).then(|| format!("there is no {script}"))
        }
        other => Some(format!("nobody knows `{other}` here")),
    }
}

fn recipe(arguments: &[String], recipes: &Justfile) -> Option<String> {
    let (name, rest) = arguments.split_first()?;
    if name.starts_with("--") {
        return None;
    }
    let Some(command) = recipes.command(name) else {
        return Some(format!("there is no recipe `{name}`"));
    };
    // A recipe that is only named, without what it wants, is spoken of and not typed.
    if rest.is_empty() {
        return None;
    }
    match command.split_first() {
        Some((program, fixed)) if program == "sprint" => {
            let all: Vec<String> = fixed.iter().chain(rest).cloned().collect();
            parses(&all).err()
        }
        _ => None,
    }
}

fn bootstrap(arguments: &[String]) -> Option<String> {
    let script = std::fs::read_to_string(root().join("scripts/bootstrap.sh")).expect("bootstrap");
    let flags = script
        .lines()
        .find_map(|line| line.strip_prefix("FLAGS='"))
        .expect("the list of flags");
    let known: Vec<&str> = flags.trim_end_matches('\'').split(' ').collect();
    let unknown = arguments
        .iter()
        .find(|word| word.starts_with("--") && !known.contains(&word.as_str()));
    unknown.map(|flag| format!("bootstrap has no {flag}"))
}

#[test]
fn every_command_in_every_document_exists() {
    let recipes = Justfile::load(&root()).expect("the Justfile");
    let mut faults = Vec::new();
    let mut looked = 0;
    for file in documents() {
        for command in commands(&file) {
            looked += 1;
            if let Some(fault) = fault(&command.text, &recipes) {
                faults.push(format!(
                    "{}:{}: `{}`: {fault}",
                    command.file.display(),
                    command.line,
                    command.text
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        looked > 100,
        "{looked} commands found: are they still recognised?"
    );
}

#[test]
fn a_wrong_command_is_a_fault() {
    let recipes = Justfile::load(&root()).expect("the Justfile");
    for text in [
        "just tset-module base64",
        "just tasks --huor",
        "just task begin T01",
        "./scripts/bootstrap.sh --yse",
        "python3 sprint/checks/none.py",
        "./scripts/none.sh",
        "make -j8",
        "just task start 'T01",
    ] {
        assert!(fault(text, &recipes).is_some(), "{text}");
    }
    assert_eq!(
        fault("just test-module base64 -- -v -m test_x", &recipes),
        None
    );
}

/// Links between documents lead to files that are there.
#[test]
fn every_link_leads_somewhere() {
    let mut looked = 0;
    let mut broken = Vec::new();
    for file in documents() {
        let text = std::fs::read_to_string(root().join(&file)).expect("a document");
        let directory = file.parent().unwrap_or(Path::new(""));
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or("");
            let path = target.split('#').next().unwrap_or("");
            if path.is_empty() || target.contains("://") {
                continue;
            }
            looked += 1;
            if !root().join(directory).join(path).exists() {
                broken.push(format!("{}: {target}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(looked > 5, "{looked} links found");
}
