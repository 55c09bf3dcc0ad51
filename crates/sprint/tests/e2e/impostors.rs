//! Never green without Rust: whatever else answers to the module's name is refused with exit code 5.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::Kit;

/// A C module that Python can import under the name `_base64`.
const C_MODULE: &str = r#"
#include <Python.h>
RUST_DECLARATION
static PyObject *encode(PyObject *self, PyObject *data) { return Py_NewRef(data); }
static PyMethodDef methods[] = { {"standard_b64encode", encode, METH_O, ""}, {NULL, NULL, 0, NULL} };
static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, "_base64", NULL, 0, methods, NULL, NULL, NULL, NULL };
PyMODINIT_FUNC PyInit__base64(void) { RUST_CALL return PyModuleDef_Init(&definition); }
"#;

fn run(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(
        output.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The directory that comes before the built modules on Python's path.
fn shadow(kit: &Kit) -> PathBuf {
    kit.source().join("Lib")
}

/// The file name that this interpreter gives an extension module `_base64`.
fn file_name(kit: &Kit) -> String {
    let makefile = fs::read_to_string(kit.build().join("Makefile")).expect("read");
    let suffix = makefile
        .lines()
        .find_map(|line| line.strip_prefix("EXT_SUFFIX="))
        .expect("EXT_SUFFIX");
    format!("_base64{}", suffix.trim())
}

fn compile(kit: &Kit, source: &str, extra: &[&Path]) -> PathBuf {
    let file = kit.root.join("impostor.c");
    fs::write(&file, source).expect("write");
    let to = shadow(kit).join(file_name(kit));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-g"])
        .arg("-I")
        .arg(kit.source().join("Include"))
        .arg("-I")
        .arg(kit.build());
    cc.arg(&file)
        .args(extra)
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&to);
    run(&mut cc);
    to
}

#[test]
fn a_c_module_with_a_planted_compiler_string() {
    let kit = Kit::built();
    let source = C_MODULE.replace(
        "RUST_DECLARATION",
        "__asm__(\".ident \\\"rustc version 1.95.0 (59807616e 2026-04-14)\\\"\");",
    );
    compile(&kit, &source.replace("RUST_CALL", ""), &[]);
    kit.sprint(&["test", "base64"])
        .expect(5)
        .says("error[not-rust]")
        .says("just build --clean base64");
}

#[test]
fn a_c_module_that_links_a_rust_archive() {
    let kit = Kit::built();
    let rust = kit.root.join("helper.rs");
    fs::write(
        &rust,
        "#[unsafe(no_mangle)] pub extern \"C\" fn helper() -> i32 { 7 }",
    )
    .expect("write");
    let archive = kit.root.join("libhelper.a");
    run(Command::new("rustc")
        .args(["--crate-type", "staticlib", "-g", "--edition", "2024", "-o"])
        .arg(&archive)
        .arg(&rust));
    let source = C_MODULE
        .replace("RUST_DECLARATION", "int helper(void);")
        .replace("RUST_CALL", "if (helper() != 7) return NULL;");
    compile(&kit, &source, &[&archive]);
    kit.sprint(&["test", "base64"])
        .expect(5)
        .says("error[not-rust]");
}

#[test]
fn a_python_module_of_that_name() {
    let kit = Kit::built();
    fs::write(
        shadow(&kit).join("_base64.py"),
        "from binascii import b2a_base64 as standard_b64encode\n",
    )
    .expect("write");
    kit.sprint(&["test", "base64"])
        .expect(5)
        .says("error[not-rust]")
        .says("_base64.py");
}

#[test]
fn the_refusal_is_json_too() {
    let kit = Kit::built();
    fs::write(shadow(&kit).join("_base64.py"), "").expect("write");
    let report = kit.sprint(&["test", "base64", "--json"]).expect(5).json();
    assert_eq!(report["error"]["id"], "not-rust");
}

#[test]
fn a_stale_rust_build_that_shadows_the_new_one() {
    let kit = Kit::built();
    // Yesterday's build of the same crate: genuine Rust, but not what is in the tree now.
    let placed = placed(&kit);
    fs::copy(&placed, shadow(&kit).join(file_name(&kit))).expect("copy");
    let codec = kit.root.join("modules/_base64/codec/src/lib.rs");
    let text = fs::read_to_string(&codec).expect("read");
    fs::write(
        &codec,
        format!("{text}\n/// Today's edit.\npub const EDITED: u8 = 1;\n"),
    )
    .expect("edit");
    let binding = kit.root.join("modules/_base64/src/lib.rs");
    let text = fs::read_to_string(&binding).expect("read");
    fs::write(
        &binding,
        format!("{text}\n#[used]\nstatic EDITED: u8 = base64_codec::EDITED;\n"),
    )
    .expect("edit");
    kit.sprint(&["test", "base64"])
        .expect(5)
        .says("not what this build made");
}

#[test]
fn a_stale_file_in_the_build_itself_is_replaced() {
    let kit = Kit::built();
    let placed = placed(&kit);
    let genuine = fs::read(&placed).expect("read");
    fs::write(&placed, b"stale").expect("write");
    kit.sprint(&["test", "base64", "--", "-m", "test_b64encode"])
        .expect(0)
        .says("PyInit__base64 from rustc");
    // Built at another place, it may differ in the paths it carries, but it is a whole module again.
    assert!(fs::read(&placed).expect("read").len() > genuine.len() / 2);
}

#[test]
fn makes_own_c_module_never_passes_for_the_replacement() {
    let kit = Kit::built();
    // What `make` by hand does: its link to the C module takes the place of ours.
    let library = placed(&kit).parent().expect("a directory").to_owned();
    let name = file_name(&kit).replace("_base64", "_bisect");
    fs::remove_file(library.join(&name)).expect("remove");
    std::os::unix::fs::symlink(format!("../../Modules/{name}"), library.join(&name)).expect("link");
    kit.sprint(&["prove", "bisect"])
        .expect(5)
        .says("other-language");
    kit.sprint(&["test", "bisect"]).expect(0).says("it is Rust");
    kit.sprint(&["test", "bisect", "--baseline"])
        .expect(0)
        .says("this is the C side");
}

fn placed(kit: &Kit) -> PathBuf {
    let directory = fs::read_to_string(kit.build().join("pybuilddir.txt")).expect("read");
    kit.build().join(directory.trim()).join(file_name(kit))
}

#[test]
fn tests_that_never_call_the_module_are_not_green() {
    let kit = Kit::built();
    let directory = kit.root.join("modules/_bisect/tests");
    fs::remove_dir_all(&directory).expect("remove");
    fs::create_dir(&directory).expect("mkdir");
    let idle = "import unittest\nclass T(unittest.TestCase):\n    def test_nothing(self):\n        self.assertTrue(True)\n";
    fs::write(directory.join("test_idle.py"), idle).expect("write");
    let manifest = kit.root.join("modules/_bisect/Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("read");
    fs::write(&manifest, text.replace("\"test_bisect\"", "\"test_heapq\"")).expect("write");
    kit.sprint(&["test", "bisect", "--", "-m", "test_nothing"])
        .expect(5)
        .says("none was seen to call it");
}
