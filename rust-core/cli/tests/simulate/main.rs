//! `airlock simulate` as a process: the real binary, driven over HTTP and WebSocket the way a browser drives it.
//! What only a browser can show (the control page, a real app) is in tests/e2e.

mod guard;
mod http;
mod page;
mod phone;
mod process;
mod update;
