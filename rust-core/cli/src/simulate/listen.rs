//! Sockets, signals and the browser: what the simulator wants of the machine it runs on.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::{Command, Stdio};

use airlock_protocol::Code;
use tokio::net::TcpListener;

use crate::exit::Failure;

/// Attempts to find a port that is free on both loopback addresses.
const ATTEMPTS: usize = 8;

/// Listens on loopback, IPv4 and IPv6: `localhost` may mean either, and whoever held the other one would be taken for
/// the simulator. Answers the port, which is free when `port` is 0.
pub(crate) async fn bind(port: u16) -> Result<(u16, Vec<TcpListener>), Failure> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match bind_both(port).await {
            Ok(bound) => return Ok(bound),
            Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
            Err(error) => return Err(cannot_listen(port, &error)),
        }
    }
    Err(last.map_or_else(
        || Failure::new(Code::Internal, "no attempt to listen was made"),
        |error| cannot_listen(port, &error),
    ))
}

/// Returns when the process is asked to end: Ctrl-C or SIGTERM.
pub(crate) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

/// Opens `url` in the user's browser, if the system knows how.
pub(crate) fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    // A machine without a browser is no failure: the address was printed.
    let _ = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}

async fn bind_both(port: u16) -> io::Result<(u16, Vec<TcpListener>)> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = v4.local_addr()?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(v6) => Ok((port, vec![v4, v6])),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        // A machine without IPv6.
        Err(_) => Ok((port, vec![v4])),
    }
}

fn cannot_listen(port: u16, error: &io::Error) -> Failure {
    Failure::usage(format!(
        "cannot listen on port {port} of this machine: {error}; choose another with --port, or 0"
    ))
}
