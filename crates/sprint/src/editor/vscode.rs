//! The content of VS Code's files. Paths are absolute: rust-analyzer resolves relative ones differently from clangd,
//! and the files are this checkout's alone (git ignores them).

use std::path::Path;

use serde_json::{Map, Value, json};

use super::Tools;
use super::files::OURS;
use crate::build::BuildPlan;
use crate::exec::CommandLine;
use crate::module::DIRECTORY;
use crate::profile::Profile;
use crate::source::{Kind, Lane};

/// Prints the stack of the Python program that is being debugged, on its stderr.
const PYTHON_STACK: &str =
    "command alias pystack expression -- (void)_Py_DumpTraceback(2, PyThreadState_Get())";
/// A container does not permit what lldb does to switch it off, and then starts nothing at all.
const KEEP_ASLR: &str = "settings set target.disable-aslr false";

/// `settings.json`.
pub(super) fn settings(
    root: &Path,
    plan: &BuildPlan,
    cargo: &CommandLine,
    tools: &Tools,
) -> Map<String, Value> {
    let mut projects = vec![
        root.join("Cargo.toml"),
        root.join(DIRECTORY).join("Cargo.toml"),
    ];
    if plan.source.lane == Lane::InTree {
        projects.push(plan.source.root.join("Cargo.toml"));
    }
    // The same interpreter for the editor's checks as for the build; colours and the like are the editor's business.
    let environment: Map<String, Value> = cargo
        .env
        .iter()
        .filter(|(name, _)| !name.starts_with("CARGO_T"))
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    let mut settings = Map::new();
    let mut set = |key: &str, value: Value| settings.insert(key.to_owned(), value);
    set("rust-analyzer.linkedProjects", json!(projects));
    // One of its own, or it waits for every build in the terminal and the build for it.
    set(
        "rust-analyzer.cargo.targetDir",
        json!(root.join("build/rust-analyzer")),
    );
    set("rust-analyzer.cargo.extraEnv", Value::Object(environment));
    set(
        "clangd.arguments",
        json!([
            format!("--compile-commands-dir={}", plan.directory.display()),
            "--header-insertion=never"
        ]),
    );
    set("C_Cpp.intelliSenseEngine", json!("disabled"));
    set("python.defaultInterpreterPath", json!(plan.python()));
    // Tens of thousands of files that nobody edits.
    set(
        "files.watcherExclude",
        json!({ "**/build/**": true, "**/target/**": true }),
    );
    for (key, tool) in [
        ("clangd.path", &tools.clangd),
        ("rust-analyzer.server.path", &tools.rust_analyzer),
        ("lldb-dap.executable-path", &tools.lldb_dap),
    ] {
        if let Some(path) = tool {
            set(key, json!(path));
        }
    }
    settings
}

/// `launch.json`: lldb starts the interpreter, and stops in its C as in the modules' Rust.
pub(super) fn launch(root: &Path, plan: &BuildPlan, tools: &Tools) -> Vec<Value> {
    let mut found = vec![session(
        root,
        plan,
        tools,
        "this Python file (Python, C and Rust)",
        vec!["${file}".to_owned()],
    )];
    for module in &plan.modules {
        let Some(tests) = &module.conformance else {
            continue;
        };
        let tests = tests.to_string_lossy().into_owned();
        let arguments = ["-m", "test", "-v", "--testdir", tests.as_str()].map(str::to_owned);
        let title = format!("{}'s own tests (Python, C and Rust)", module.name);
        found.push(session(root, plan, tools, &title, arguments.to_vec()));
    }
    found
}

fn session(
    root: &Path,
    plan: &BuildPlan,
    tools: &Tools,
    title: &str,
    arguments: Vec<String>,
) -> Value {
    let mut session = json!({
        "name": format!("{OURS}{title}"),
        "request": "launch",
        "program": plan.program(),
        "args": arguments,
        "cwd": root,
        "initCommands": [KEEP_ASLR, PYTHON_STACK],
        "preLaunchTask": format!("{OURS}build"),
    });
    // Two adapters for the same lldb, with the same keys but for the environment's.
    let environment = plan.profile.runtime_env();
    if tools.lldb_dap.is_some() {
        let pairs: Vec<String> = environment
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        session["type"] = json!("lldb-dap");
        session["env"] = json!(pairs);
    } else {
        let pairs: Map<String, Value> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        session["type"] = json!("lldb");
        session["env"] = Value::Object(pairs);
    }
    session
}

/// `tasks.json`: the recipes that are typed most.
pub(super) fn tasks(root: &Path, plan: &BuildPlan) -> Vec<Value> {
    let program = root.join("scripts/sprint");
    let build = build_options(plan);
    let task = |title: String, arguments: Vec<String>, more: Value| {
        let mut task = json!({
            "label": format!("{OURS}{title}"),
            "type": "process",
            "command": program,
            "args": arguments,
            "problemMatcher": ["$rustc"],
        });
        if let (Some(task), Value::Object(more)) = (task.as_object_mut(), more) {
            task.extend(more);
        }
        task
    };
    let words = |words: &[&str]| -> Vec<String> {
        let fixed = words.iter().map(|word| (*word).to_owned());
        fixed.chain(build.iter().cloned()).collect()
    };
    let mut found = vec![task(
        "build".to_owned(),
        words(&["build"]),
        json!({ "group": "build" }),
    )];
    for module in &plan.modules {
        let name = module.name.as_str();
        found.push(task(
            format!("test {name}"),
            words(&["test", name]),
            json!({ "group": "test" }),
        ));
        found.push(task(
            format!("watch {name}"),
            words(&["watch", name]),
            json!({ "isBackground": true, "problemMatcher": [] }),
        ));
    }
    let plain = |word: &str| vec![word.to_owned()];
    found.push(task(
        "tasks".to_owned(),
        plain("tasks"),
        json!({ "problemMatcher": [] }),
    ));
    found.push(task(
        "doctor".to_owned(),
        plain("doctor"),
        json!({ "problemMatcher": [] }),
    ));
    found.push(task(
        "settings".to_owned(),
        words(&["settings"]),
        json!({ "problemMatcher": [] }),
    ));
    found
}

/// What has to be typed for this very build.
fn build_options(plan: &BuildPlan) -> Vec<String> {
    let mut options = vec![];
    if plan.profile != Profile::default() {
        options.extend(["--profile".to_owned(), plan.profile.name().to_owned()]);
    }
    match plan.source.kind {
        // Whatever `just source` chooses.
        Kind::Release | Kind::Fork => {}
        Kind::Path => options.extend([
            "--source".to_owned(),
            plan.source.root.to_string_lossy().into_owned(),
        ]),
    }
    options
}
