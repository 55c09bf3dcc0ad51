//! The container: from outside (build it, enter it, weigh it, carry it away) and, once inside, made ready.

pub mod ready;
