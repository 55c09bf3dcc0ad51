use super::*;

fn shell(script: &str, directory: &Path) -> CommandLine {
    CommandLine::new("sh", directory).args(["-c", script])
}

fn inherited() -> BTreeMap<String, String> {
    [("PATH", "/usr/bin:/bin"), ("CARGO_TARGET_DIR", "/trap")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .into()
}

#[test]
fn a_command_can_be_pasted() {
    let line = CommandLine::new("make", Path::new("/a dir"))
        .args(["-j2"])
        .env("X", "1 2");
    assert_eq!(line.paste(), "(cd '/a dir' && X='1 2' make -j2)");
    // What is in a log can be read by others.
    let line = line.env("X_PASSWORD", "secret");
    assert!(!line.paste().contains("secret"), "{}", line.paste());
}

#[test]
fn output_lands_in_the_log_and_traps_are_not_inherited() {
    let directory = tempfile::tempdir().expect("dir");
    let log = directory.path().join("log");
    let (interrupt, abandoned) = (Interrupt::default(), AtomicBool::new(false));
    let stop = Stop {
        interrupt: &interrupt,
        abandoned: &abandoned,
    };
    let lines = Mutex::new(Vec::new());
    let line = shell(
        "echo out; echo err >&2; echo \"<$CARGO_TARGET_DIR>\"; exit 3",
        directory.path(),
    );
    let seen = |text: &str| lines.lock().expect("not poisoned").push(text.to_owned());
    let finished = run(&line, &inherited(), &log, &stop, &seen).expect("runs");
    assert_eq!(finished.status.code(), Some(3));
    let mut lines = lines.into_inner().expect("not poisoned");
    lines.sort();
    assert_eq!(lines, ["<>", "err", "out"]);
    assert!(
        std::fs::read_to_string(&log)
            .expect("log")
            .contains("$ (cd ")
    );
}

#[test]
fn an_abandoned_program_ends_with_its_children() {
    let directory = tempfile::tempdir().expect("dir");
    let (interrupt, abandoned) = (Interrupt::default(), AtomicBool::new(true));
    let stop = Stop {
        interrupt: &interrupt,
        abandoned: &abandoned,
    };
    let line = shell("sleep 60 & sleep 60", directory.path());
    let finished = run(
        &line,
        &inherited(),
        &directory.path().join("log"),
        &stop,
        &|_| {},
    )
    .expect("runs");
    assert!(!finished.status.success());
}

#[test]
fn an_answer_that_does_not_come_is_an_error_and_the_program_is_ended() {
    let directory = tempfile::tempdir().expect("dir");
    let started = Instant::now();
    for script in [
        "echo $$ >pid; exec sleep 60",
        // Its child holds its output open.
        "echo $$ >pid; sleep 60 & exit 0",
    ] {
        let limit = Duration::from_millis(300);
        let error = output_within(&shell(script, directory.path()), &inherited(), limit)
            .expect_err("no answer");
        assert_eq!(error.id(), "no-answer");
        let pid = std::fs::read_to_string(directory.path().join("pid")).expect("pid");
        let pid = pid
            .trim()
            .parse()
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let there = rustix::process::test_kill_process(pid.expect("a number"));
        assert_eq!(there, Err(rustix::io::Errno::SRCH));
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_answer_larger_than_a_pipe_is_read_whole() {
    let directory = tempfile::tempdir().expect("dir");
    let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 3";
    let output = output(&shell(script, directory.path()), &inherited()).expect("runs");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        (output.stdout.len(), output.stderr.len()),
        (300_000, 300_000)
    );
}

#[test]
fn a_missing_program_is_a_setup_problem() {
    let directory = tempfile::tempdir().expect("dir");
    let line = CommandLine::new("no-such-program-here", directory.path());
    assert_eq!(
        output(&line, &inherited()).expect_err("missing").id(),
        "cannot-start"
    );
}
