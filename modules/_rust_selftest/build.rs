//! macOS needs to be told that the interpreter provides the symbols; elsewhere this does nothing.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
