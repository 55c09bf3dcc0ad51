//! The container: from outside (build it, enter it, weigh it, carry it away) and, once inside, made ready.

pub mod archive;
pub mod engine;
pub mod image;
pub mod ready;
pub mod shell;
pub mod size;
