//! Servers that stores are kept on: an S3 server that checks signatures, nginx with WebDAV, and a double of GitHub's Actions
//! cache. The stage of stores says where their programs are. Before each stands a proxy that can be slow, or cut a
//! request in the middle.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::kit::repository;

/// In everything that must not be printed.
pub(crate) const SECRET: &str = "sEcReT";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    S3,
    Webdav,
    Actions,
}

/// What the proxy does with archives.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub(crate) enum Manner {
    Honest,
    /// A byte at a time, downwards.
    Slow,
    /// When half of an archive has gone up, the server is killed.
    Dies,
    /// When half of an archive has gone up, nothing more moves.
    Stalls,
}

pub(crate) struct Server {
    pub(crate) kind: Kind,
    /// Where its files are.
    pub(crate) files: PathBuf,
    work: PathBuf,
    port: u16,
    proxy: u16,
    manner: Arc<AtomicU8>,
    process: Arc<Mutex<Option<Child>>>,
}

impl Server {
    /// Starts one that keeps its things below `work`.
    pub(crate) fn start(kind: Kind, work: &Path) -> Self {
        let files = work.join("files");
        fs::create_dir_all(files.join("kit")).expect("mkdir");
        let mut server = Self {
            kind,
            files,
            work: work.to_owned(),
            port: free_port(),
            proxy: 0,
            manner: Arc::new(AtomicU8::new(Manner::Honest as u8)),
            process: Arc::new(Mutex::new(None)),
        };
        server.again();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = listener.local_addr().expect("address").port();
        let (port, manner, process) = (server.port, server.manner.clone(), server.process.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(to) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                pass(client, to, &manner, &process);
            }
        });
        server.proxy = proxy;
        server
    }

    /// Starts it again, after it was killed.
    pub(crate) fn again(&self) {
        let child = self.command().spawn().expect("the server starts");
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(20), "no server");
            std::thread::sleep(Duration::from_millis(20));
        }
        *self.process.lock().expect("lock") = Some(child);
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.manner.store(manner as u8, Ordering::SeqCst);
    }

    fn command(&self) -> Command {
        let port = self.port.to_string();
        let mut command = match self.kind {
            Kind::S3 => {
                let mut command = Command::new(program("SPRINT_TEST_S3_SERVER"));
                command
                    .arg(&self.files)
                    .arg(&port)
                    .env("S3_SERVER_KEY", format!("{SECRET}-id"))
                    .env("S3_SERVER_SECRET", format!("{SECRET}-key"));
                command
            }
            Kind::Webdav => {
                let conf = self.work.join("nginx.conf");
                fs::write(&conf, self.nginx()).expect("write");
                let line = format!("ana:{{PLAIN}}{SECRET}-password\n");
                fs::write(self.work.join("passwd"), line).expect("write");
                let mut command = Command::new("nginx");
                command.arg("-c").arg(conf);
                command
            }
            Kind::Actions => {
                let mut command = Command::new("python3");
                command
                    .arg(repository().join("tests/stores/actions_cache.py"))
                    .arg(&self.files)
                    .arg(&port)
                    .env("ACTIONS_RUNTIME_TOKEN", format!("{SECRET}-token"));
                command
            }
        };
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null());
        command
    }

    fn nginx(&self) -> String {
        let (work, files) = (self.work.display(), self.files.display());
        let temporary: String = ["proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("  {kind}_temp_path {work}/temporary;\n"))
            .collect();
        // Uploads wait on the same file system, so that they are renamed into their places.
        format!(
            "load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;\n\
             user root; daemon off; master_process off; error_log stderr; pid {work}/pid;\nevents {{}}\nhttp {{\n\
             {temporary}  client_body_temp_path {files}/.uploads;\n  client_max_body_size 0; access_log off;\n\
             dav_ext_lock_zone zone=locks:1m;\n  server {{\n    listen 127.0.0.1:{};\n    root {files};\n    location / {{\n\
             auth_basic kit; auth_basic_user_file {work}/passwd;\n dav_methods PUT DELETE MKCOL COPY MOVE;\n\
             dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;\n dav_ext_lock zone=locks; dav_access user:rw;\n    }}\n  }}\n}}\n",
            self.port
        )
    }

    /// Where `sprint` finds the store.
    pub(crate) fn address(&self) -> String {
        let host = format!("127.0.0.1:{}", self.proxy);
        match self.kind {
            Kind::S3 => format!("s3://kit/deep/er?endpoint=http://{host}"),
            Kind::Webdav => format!("webdav://{host}/kit/deep/er"),
            Kind::Actions => "gha:test".to_owned(),
        }
    }

    /// The environment with the right credentials, or with wrong ones.
    pub(crate) fn credentials(&self, right: bool) -> Vec<(&'static str, String)> {
        let secret = |what: &str| match right {
            true => format!("{SECRET}-{what}"),
            false => format!("{SECRET}-wrong-{what}"),
        };
        match self.kind {
            Kind::S3 => vec![
                ("AWS_ACCESS_KEY_ID", format!("{SECRET}-id")),
                ("AWS_SECRET_ACCESS_KEY", secret("key")),
            ],
            Kind::Webdav => {
                let file = self.work.join(format!("netrc-{right}"));
                let line = format!(
                    "machine 127.0.0.1 login ana password {}\n",
                    secret("password")
                );
                fs::write(&file, line).expect("write");
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("mode");
                vec![("NETRC", file.display().to_string())]
            }
            Kind::Actions => vec![
                ("ACTIONS_RUNTIME_TOKEN", secret("token")),
                ("ACTIONS_CACHE_SERVICE_V2", "true".to_owned()),
                (
                    "ACTIONS_RESULTS_URL",
                    format!("http://127.0.0.1:{}/", self.proxy),
                ),
            ],
        }
    }

    /// Files of the store that a reader can see, as the server keeps them.
    pub(crate) fn visible(&self) -> Vec<PathBuf> {
        let directory = self.files.join("kit/deep/er/v1");
        let mut files: Vec<PathBuf> = fs::read_dir(directory)
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("entry").path())
            .filter(|path| !path.to_string_lossy().ends_with(".part"))
            .collect();
        files.sort();
        files
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        kill(&self.process);
    }
}

/// The program that a variable of the stage names.
pub(crate) fn program(variable: &str) -> PathBuf {
    PathBuf::from(std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set")))
}

fn kill(process: &Mutex<Option<Child>>) {
    if let Some(mut child) = process.lock().expect("lock").take() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("address").port()
}

/// Passes bytes in both directions, each in a thread of its own.
fn pass(
    client: TcpStream,
    server: TcpStream,
    manner: &Arc<AtomicU8>,
    process: &Arc<Mutex<Option<Child>>>,
) {
    let (mut up_from, mut up_to) = (
        client.try_clone().expect("clone"),
        server.try_clone().expect("clone"),
    );
    let (mut down_from, mut down_to) = (server, client);
    let slow = Arc::new(AtomicU8::new(0));
    let (slows, manner, process) = (slow.clone(), manner.clone(), process.clone());
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        let mut sent = 0;
        while let Ok(count @ 1..) = up_from.read(&mut buffer) {
            let bytes = &buffer[..count];
            let is = |wanted: Manner| manner.load(Ordering::SeqCst) == wanted as u8;
            let archive = contains(bytes, b".tar.zst");
            slows.store(
                u8::from(archive && contains(bytes, b"GET ") && is(Manner::Slow)),
                Ordering::SeqCst,
            );
            // Of an archive that is sent, what comes after its first megabyte.
            sent += count;
            if sent > 1 << 20 && is(Manner::Dies) {
                kill(&process);
                break;
            }
            if sent > 1 << 20 && is(Manner::Stalls) {
                std::thread::sleep(Duration::from_secs(60));
                break;
            }
            if up_to.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = up_to.shutdown(std::net::Shutdown::Both);
    });
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = down_from.read(&mut buffer) {
            let written = match slow.load(Ordering::SeqCst) {
                0 => down_to.write_all(&buffer[..count]),
                _ => buffer[..count].iter().try_for_each(|byte| {
                    std::thread::sleep(Duration::from_millis(100));
                    down_to.write_all(std::slice::from_ref(byte))
                }),
            };
            if written.is_err() {
                break;
            }
        }
        let _ = down_to.shutdown(std::net::Shutdown::Both);
    });
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
