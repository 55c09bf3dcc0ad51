//! The program itself: on a directory, on a web server that only gives, and where it must refuse. Real S3 and WebDAV
//! servers are in the kit's stage of stores.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const SECRET: &str = "sEcReT";

fn name(letter: char, ending: &str) -> String {
    format!("{}{ending}", letter.to_string().repeat(64))
}

fn command(store: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sprint-store"));
    command.args(["--store", store]).args(args).env_clear();
    command
}

fn run(store: &str, args: &[&str], code: i32) -> String {
    said(&command(store, args).output().expect("starts"), code)
}

fn said(output: &Output, code: i32) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let text = format!("{out}{err}");
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains(SECRET), "{text}");
    text
}

fn pair(name: &str, file: &Path) -> String {
    format!("{name}={}", file.display())
}

#[test]
fn a_directory_is_written_listed_read_and_emptied() {
    let work = tempfile::tempdir().expect("dir");
    let store = format!("file://{}/store", work.path().display());
    assert_eq!(run(&store, &["list"], 0), "");
    let (from, to) = (work.path().join("from"), work.path().join("to"));
    let content = vec![7; 20 << 20];
    fs::write(&from, &content).expect("write");
    let archive = name('a', ".tar.zst");
    let put = pair(&archive, &from);
    assert!(run(&store, &["put", &put], 0).contains("put aaaa"));
    assert!(run(&store, &["put", &put], 0).contains("was there"));
    assert!(run(&store, &["put", "--again", &put], 0).contains("put aaaa"));
    // What is none of a store's is neither shown nor touched.
    fs::write(work.path().join("store/v1/README"), "mine").expect("write");
    let listed = run(&store, &["--json", "list"], 0);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.contains("\"size\":20971520"), "{listed}");
    let get = pair(&archive, &to);
    run(&store, &["get", "--most", "20971520", &get], 0);
    assert!(fs::read(&to).expect("read") == content);
    let refused = run(&store, &["get", "--most", "20971519", &get], 3);
    assert!(refused.contains("store-too-big"), "{refused}");
    run(&store, &["delete", &archive, &name('b', ".json")], 0);
    assert_eq!(run(&store, &["list"], 0), "");
    assert!(work.path().join("store/v1/README").exists());
    assert!(run(&store, &["get", "--most", "9", &get], 0).contains("there is no"));
}

#[test]
fn files_are_sent_in_order_and_the_first_fault_ends_it() {
    let work = tempfile::tempdir().expect("dir");
    let store = format!("file://{}", work.path().display());
    let from = work.path().join("from");
    fs::write(&from, "x").expect("write");
    let missing = pair(&name('a', ".tar.zst"), &work.path().join("missing"));
    let description = pair(&name('a', ".json"), &from);
    run(&store, &["put", &missing, &description], 3);
    assert_eq!(
        run(&store, &["list"], 0),
        "",
        "a description without its content"
    );
}

#[test]
fn names_that_are_none_of_a_stores_are_refused() {
    for wrong in ["../../etc/passwd=/tmp/x", "README=/tmp/x", "no-pair"] {
        run("file:///nowhere", &["get", "--most", "9", wrong], 2);
    }
    run("file:///nowhere", &["delete", "../x"], 2);
}

#[test]
fn a_web_server_is_read_and_cannot_be_written() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let store = format!("http://{}/kit", listener.local_addr().expect("address"));
    let there = name('a', ".json");
    let path = format!("GET /kit/v1/{there} ");
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let count = client.read(&mut request).unwrap_or(0);
            let is_there = request[..count].starts_with(path.as_bytes());
            let (status, body) = if is_there {
                ("200 OK", "text")
            } else {
                ("404 Not Found", "")
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            // A client that goes away is no failure of the server's.
            let _ = client.write_all(answer.as_bytes());
        }
    });
    let work = tempfile::tempdir().expect("dir");
    let (to, other) = (work.path().join("to"), work.path().join("other"));
    let files = [pair(&there, &to), pair(&name('b', ".json"), &other)];
    let said = run(&store, &["get", "--most", "9", &files[0], &files[1]], 0);
    assert!(said.contains("there is no bbbb"), "{said}");
    assert_eq!(fs::read_to_string(&to).expect("read"), "text");
    assert!(!other.exists());
    let refused = run(&store, &["put", &files[0]], 3);
    assert!(refused.contains("store-cannot"), "{refused}");
}

#[test]
fn a_password_is_neither_sent_in_the_open_nor_taken_from_an_open_file() {
    let login = |machine| format!("machine {machine} login ana password {SECRET}");
    let mut open = command("webdav://192.0.2.1/kit", &["list"]);
    open.env("SPRINT_NETRC", login("192.0.2.1"));
    let refused = said(&open.output().expect("starts"), 3);
    assert!(refused.contains("plain-password"), "{refused}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), login("127.0.0.1")).expect("write");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).expect("mode");
    let mut readable = command("webdav://127.0.0.1:9/kit", &["list"]);
    readable.env("NETRC", file.path());
    let refused = said(&readable.output().expect("starts"), 3);
    assert!(refused.contains("chmod 600"), "{refused}");
    let mut keys = command("s3://bucket/kit", &["list"]);
    keys.env("AWS_SHARED_CREDENTIALS_FILE", file.path());
    let refused = said(&keys.output().expect("starts"), 3);
    assert!(refused.contains("credentials-readable"), "{refused}");
}

#[test]
fn a_server_that_says_nothing_costs_no_more_than_was_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let store = format!("webdav://{}/kit", listener.local_addr().expect("address"));
    let begin = std::time::Instant::now();
    let refused = run(&store, &["--seconds", "2", "list"], 3);
    assert!(refused.contains("not done within 2 s"), "{refused}");
    assert!(begin.elapsed().as_secs() < 8, "{:?}", begin.elapsed());
}
