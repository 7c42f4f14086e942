//! `airlock serve`: a folder as a static web server, with what resumable and conditional downloads need.

mod etag;
mod range;
mod site;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use airlock_protocol::Code;
use axum::Router;
use axum::routing::any;
use axum::serve::ListenerExt as _;
use clap::Args;
use serde_json::json;
use tokio::sync::watch;

use crate::exit::Failure;
use crate::output::{Output, STRONG};
use site::Site;

const AFTER_HELP: &str = "\
Examples:
  airlock serve repository                    on http://127.0.0.1:8080/
  airlock serve repository --port 0 --json    on any free port; prints {\"url\":…} when it listens
  airlock serve repository --host 0.0.0.0     reachable from a phone in the same network

For trying things out and for tests. It knows ranges, If-Range and strong ETags, lists no folders and \
never leaves DIR. In production any web server, object store or CDN will do: a repository is plain files.

Exit codes: 0 stopped with Ctrl-C, 2 no such folder, or the address is taken.";

/// How long open downloads may go on after Ctrl-C.
const GRACE: Duration = Duration::from_secs(3);

/// Serve a folder over HTTP, on this machine only by default
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ServeArgs {
    /// The folder, usually a project's repository
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: std::net::IpAddr,
    /// The port to listen on; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
}

/// Serves until it is told to stop.
pub(crate) fn run(args: &ServeArgs, output: &Output) -> Result<(), Failure> {
    let root = args
        .folder
        .canonicalize()
        .ok()
        .filter(|root| root.is_dir())
        .ok_or_else(|| Failure::usage(format!("{} is not a folder", args.folder.display())))?;
    let address = SocketAddr::new(args.host, args.port);
    let taken = |error| {
        Failure::usage(format!(
            "cannot listen on {address}: {error}; choose another --port"
        ))
    };
    let listener = TcpListener::bind(address).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    listener.set_nonblocking(true).map_err(taken)?;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::Internal, format!("starting the server: {error}")))?;
    let served = runtime.block_on(async {
        // Before the address is known to anyone, so that no signal comes too early.
        let stop = stop_signal()?;
        announce(args, address, output);
        serve(listener, Site::new(root, *output), stop).await
    });
    served.map_err(|error| Failure::new(Code::Internal, format!("serving: {error}")))?;
    output.say("Stopped.");
    Ok(())
}

fn announce(args: &ServeArgs, address: SocketAddr, output: &Output) {
    let url = format!("http://{address}/");
    if !args.host.is_loopback() {
        output.warn("this address can be reached from the network, over plain HTTP");
    }
    output.say(format_args!(
        "Serving {} on {STRONG}{url}{STRONG:#} (Ctrl-C stops)",
        args.folder.display()
    ));
    output.result(&json!({ "url": url }));
}

async fn serve(
    listener: TcpListener,
    site: Site,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // An answer's head and its body are two writes: else the second one waits for the first one's acknowledgement, 40 ms.
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        let _best_effort = stream.set_nodelay(true);
    });
    let app = Router::new()
        .fallback(any(site::answer))
        .with_state(Arc::new(site));
    let (stopping, mut stopped) = watch::channel(());
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop.await;
        let _ = stopping.send(());
    });
    let grace_is_over = async move {
        let _ = stopped.changed().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served,
        () = grace_is_over => Ok(()),
    }
}

/// Completes on Ctrl-C or the polite signal of a process manager. Listens from the moment of the call.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
    })
}
