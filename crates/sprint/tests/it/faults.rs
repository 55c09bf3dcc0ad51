//! What machines do to a build: bad downloads, no network, directories that may not be written, odd paths,
//! an odd umask. Each ends with the documented exit code, and nothing is lost.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{Kit, Ran, release as pinned};
use crate::tiny;

/// What the pinned release unpacks to.
fn unpacked() -> String {
    format!("Python-{}", pinned())
}

/// A kit whose pinned release is the stand-in's tarball, served from a directory.
fn release() -> (Kit, PathBuf) {
    let kit = tiny::kit("kit");
    let inside = kit.above().join(unpacked());
    fs::rename(tiny::tree(&kit), &inside).expect("rename");
    let mirror = kit.above().join("mirror/tiny");
    fs::create_dir_all(&mirror).expect("mkdir");
    let tarball = mirror.join("tiny.tar.xz");
    let packed = Command::new("tar")
        .args(["--sort=name", "-cJf"])
        .arg(&tarball)
        .arg("-C")
        .arg(kit.above())
        .arg(unpacked())
        .status()
        .expect("tar runs");
    assert!(packed.success());
    let pins = kit.root.join("pins.toml");
    let text = fs::read_to_string(&pins).expect("read");
    let size = tarball.metadata().expect("tarball").len();
    let sha256 = sprint::hash::of_file(&tarball).expect("hash");
    let mut section = "";
    let mut changed = String::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split(" = ").next().unwrap_or("");
        let new = match (section, key) {
            ("[cpython.release]", "url") => "url = \"file:///nonexistent/tiny.tar.xz\"".to_owned(),
            ("[cpython.release]", "debian_pool") => "debian_pool = \"tiny/tiny.tar.xz\"".to_owned(),
            ("[cpython.release]", "size") => format!("size = {size}"),
            ("[cpython.release]", "sha256") => format!("sha256 = \"{sha256}\""),
            _ => line.to_owned(),
        };
        changed.push_str(&new);
        changed.push('\n');
    }
    fs::write(&pins, changed).expect("write");
    let address = format!("file://{}", kit.above().join("mirror").display());
    (kit.set("SPRINT_SOURCE_MIRROR", &address), tarball)
}

fn downloads(kit: &Kit) -> PathBuf {
    kit.above().join("home/.cache/sprint-kit/downloads")
}

fn built(kit: &Kit) {
    kit.run(&["build"]).expect(0);
    tiny::assert_whole(&tiny::artefacts(&kit.root));
}

#[test]
fn a_truncated_download_is_refused_and_the_whole_one_taken() {
    let (kit, tarball) = release();
    let whole = fs::read(&tarball).expect("read");
    fs::write(&tarball, &whole[..whole.len() / 2]).expect("write");
    let ran = kit.run(&["build"]).expect(6);
    assert!(ran.err.contains("error[wrong-checksum]"), "{}", ran.err);
    assert!(
        !downloads(&kit)
            .join(format!("{}.tar.xz", unpacked()))
            .exists()
    );
    fs::write(&tarball, &whole).expect("write");
    built(&kit);
}

#[test]
fn a_download_that_stopped_halfway_is_taken_up_again() {
    let (kit, tarball) = release();
    let whole = fs::read(&tarball).expect("read");
    fs::create_dir_all(downloads(&kit)).expect("mkdir");
    let part = downloads(&kit).join(format!("{}.tar.part", unpacked()));
    fs::write(part, &whole[..whole.len() / 3]).expect("write");
    built(&kit);
}

#[test]
fn a_corrupted_download_is_refused() {
    let (kit, tarball) = release();
    let whole = fs::read(&tarball).expect("read");
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&tarball, bytes).expect("write");
    let ran = kit.run(&["build"]).expect(6);
    assert!(ran.err.contains("sha256"), "{}", ran.err);
    assert!(
        !kit.root
            .join(format!("build/sources/cpython-{}", pinned()))
            .exists()
    );
    fs::write(&tarball, whole).expect("write");
    built(&kit);
}

#[test]
fn a_substituted_download_is_refused() {
    let (kit, tarball) = release();
    let whole = fs::read(&tarball).expect("read");
    // A login page, and something far larger than the pin.
    for other in [
        b"<html>please log in</html>".to_vec(),
        vec![b'x'; whole.len() + (2 << 20)],
    ] {
        fs::write(&tarball, other).expect("write");
        let ran = kit.run(&["build"]).expect(6);
        assert!(ran.err.contains("is not what was pinned"), "{}", ran.err);
        assert!(ran.err.contains("try:"), "{}", ran.err);
    }
    fs::write(&tarball, whole).expect("write");
    built(&kit);
}

#[test]
fn a_tarball_that_was_damaged_on_disk_is_fetched_again() {
    let (kit, _tarball) = release();
    built(&kit);
    let kept = downloads(&kit).join(format!("{}.tar.xz", unpacked()));
    let mut bytes = fs::read(&kept).expect("read");
    bytes[100] ^= 1;
    fs::write(&kept, bytes).expect("write");
    fs::remove_dir_all(kit.root.join("build")).expect("remove");
    built(&kit);
}

#[test]
fn no_network_is_said_at_first_and_does_not_matter_later() {
    let (kit, tarball) = release();
    let away = tarball.with_extension("away");
    fs::rename(&tarball, &away).expect("rename");
    let ran = kit.run(&["build"]).expect(3);
    assert!(ran.err.contains("error[no-network]"), "{}", ran.err);
    assert!(ran.err.contains("tried:"), "{}", ran.err);
    fs::rename(&away, &tarball).expect("rename");
    built(&kit);
    // The network goes away; even from nothing but the downloads a build works.
    fs::remove_dir_all(kit.above().join("mirror")).expect("remove");
    built(&kit);
    fs::remove_dir_all(kit.root.join("build")).expect("remove");
    built(&kit);
}

/// Makes everything below `directory` this mode less the write bits.
fn protect(directory: &Path, protected: bool) {
    for path in walk(directory) {
        let mode = path.metadata().expect("metadata").permissions().mode();
        let new = if protected {
            mode & !0o222
        } else {
            mode | 0o200
        };
        fs::set_permissions(&path, PermissionsExt::from_mode(new)).expect("chmod");
    }
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("list") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found.push(directory.to_owned());
    found
}

/// Root may write anywhere, so as root the run is somebody else's.
fn as_nobody(kit: &Kit, args: &[&str]) -> Ran {
    let mut command = kit.command(args);
    if rustix::process::geteuid().is_root() {
        const NOBODY: u32 = 65_534;
        let owner = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY));
        for path in walk(kit.above()) {
            owner(&path).expect("chown");
        }
        let program = kit.above().join("sprint");
        if !program.exists() {
            fs::copy(env!("CARGO_BIN_EXE_sprint"), &program).expect("copy");
        }
        let mut other = Command::new(&program);
        other.args(args).current_dir(&kit.root).env_clear();
        other.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        other.uid(NOBODY).gid(NOBODY);
        command = other;
    }
    Ran::of(command.output().expect("the binary starts"))
}

#[test]
fn a_source_and_a_home_that_are_read_only() {
    let kit = tiny::kit("kit");
    let (tree, home) = (tiny::tree(&kit), kit.above().join("home"));
    protect(&tree, true);
    protect(&home, true);
    let before: Vec<_> = walk(&tree)
        .iter()
        .map(|path| (path.clone(), path.metadata().expect("there").mtime()))
        .collect();
    let source = tree.to_string_lossy().into_owned();
    as_nobody(&kit, &["build", "--source", &source]).expect(0);
    tiny::assert_whole(&tiny::artefacts(&kit.root));
    let after: Vec<_> = walk(&tree)
        .iter()
        .map(|path| (path.clone(), path.metadata().expect("there").mtime()))
        .collect();
    assert_eq!(before, after, "the source was changed");
    protect(&tree, false);
}

#[test]
fn a_release_with_a_home_that_is_read_only_is_kept_in_the_checkout() {
    let (kit, _tarball) = release();
    protect(&kit.above().join("home"), true);
    as_nobody(&kit, &["build"]).expect(0);
    tiny::assert_whole(&tiny::artefacts(&kit.root));
    assert!(
        kit.root
            .join(format!("build/downloads/{}.tar.xz", unpacked()))
            .is_file()
    );
}

#[test]
fn a_checkout_that_is_read_only_is_said_to_be() {
    let kit = tiny::kit("kit");
    let tree = tiny::tree(&kit).to_string_lossy().into_owned();
    protect(&kit.root, true);
    let ran = as_nobody(&kit, &["build", "--source", &tree]).expect(3);
    assert!(ran.err.contains("error[not-permitted]"), "{}", ran.err);
    protect(&kit.root, false);
}

#[test]
fn paths_with_blanks_and_letters_of_all_kinds() {
    let kit = tiny::kit("my kit für CPython (2)");
    let tree = tiny::tree(&kit).to_string_lossy().into_owned();
    kit.run(&["build", "--source", &tree]).expect(0);
    tiny::assert_whole(&tiny::artefacts(&kit.root));
}

#[test]
fn paths_that_cpython_cannot_take_are_refused_before_anything_is_done() {
    for name in ["ana's kit", "kit \"2\"", "kit$HOME", "kit:2", "kit#2"] {
        let kit = tiny::kit(name);
        let tree = tiny::tree(&kit).to_string_lossy().into_owned();
        let ran = kit.run(&["build", "--source", &tree]).expect(3);
        assert!(
            ran.err.contains("error[path-unusable]"),
            "{name}: {}",
            ran.err
        );
        assert!(tiny::artefacts(&kit.root).is_empty());
    }
}

#[test]
fn an_umask_of_077_gives_the_same_files() {
    let kit = tiny::kit("kit");
    let tree = tiny::tree(&kit).to_string_lossy().into_owned();
    kit.run(&["build", "--source", &tree]).expect(0);
    let wanted = tiny::artefacts(&kit.root);
    fs::remove_dir_all(kit.root.join("build")).expect("remove");
    let inner = kit.command(&[]);
    let program = inner.get_program().to_owned();
    let mut outer = Command::new("sh");
    outer
        .args(["-c", "umask 077; exec \"$@\"", "sh"])
        .arg(program)
        .args(["build", "--source", &tree])
        .current_dir(&kit.root)
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    Ran::of(outer.output().expect("sh runs")).expect(0);
    assert!(tiny::artefacts(&kit.root) == wanted);
}

#[test]
fn two_at_once_one_waits_and_one_is_told() {
    let kit = tiny::kit("kit");
    let tree = tiny::tree(&kit).to_string_lossy().into_owned();
    let args = ["build", "--source", tree.as_str()];
    let mut first = kit
        .command(&args)
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("starts");
    tiny::wait_for(&kit.root, "configure.log");
    let told = kit
        .run(&["build", "--source", &tree, "--no-wait"])
        .expect(7);
    assert!(told.err.contains("error[busy]"), "{}", told.err);
    let waited = kit.run(&args).expect(0);
    assert!(waited.err.contains("waiting for it"), "{}", waited.err);
    assert!(waited.out.contains("up to date"), "{}", waited.out);
    assert!(first.wait().expect("ends").success());
    tiny::assert_whole(&tiny::artefacts(&kit.root));
}

/// Run by the slow stage, which mounts a file system of a few megabytes and makes it TMPDIR.
#[test]
#[ignore = "needs a small file system: tests/stages/40-faults.sh"]
fn a_full_disk_is_said_and_the_build_goes_on_when_there_is_room() {
    let kit = tiny::kit("kit");
    let small = kit.above();
    let free = |at: &Path| {
        let data = rustix::fs::statvfs(at).expect("statvfs");
        data.f_bavail * data.f_frsize
    };
    assert!(free(small) < 64 << 20, "TMPDIR is no small file system");
    let tree = tiny::tree(&kit).to_string_lossy().into_owned();
    let args = ["build", "--source", tree.as_str()];
    kit.run(&args).expect(0);
    let wanted = tiny::artefacts(&kit.root);
    fs::remove_dir_all(kit.root.join("build")).expect("remove");
    let filler = small.join("filler");
    // With more room each time, so that it is full at another moment.
    let mut refused = 0;
    for left in [0_u64, 8, 24, 64, 120] {
        fs::write(&filler, b"").expect("write");
        let bytes = free(small).saturating_sub(left * 1024);
        fs::write(&filler, vec![0; usize::try_from(bytes).expect("small")]).expect("fill");
        let ran = kit.run(&args);
        if ran.code != Some(0) {
            refused += 1;
            assert_eq!(ran.code, Some(3), "{}", ran.err);
            assert!(ran.err.contains("free some space"), "{}", ran.err);
        }
    }
    assert!(refused > 0, "the disk was never full");
    fs::remove_file(&filler).expect("remove");
    kit.run(&args).expect(0);
    let got = tiny::artefacts(&kit.root);
    tiny::assert_whole(&got);
    assert!(got == wanted);
}
