//! HTTP: which request goes where, after the guard has let it in.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use serde_json::json;

use super::bridge::{self, MAX_MESSAGE_BYTES};
use super::control;
use super::guard::{Area, Origins, Verdict};
use super::inject::{Boot, document_start, inject};
use super::phone::Phone;
use super::static_files::{self, Wanted, is_navigation, wanted};

/// What every request can reach.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) phone: Arc<Phone>,
    pub(crate) origins: Arc<Origins>,
    /// The text of Capacitor's native-bridge.js.
    pub(crate) native_bridge: Arc<str>,
}

/// All routes behind the guard.
pub(crate) fn routes(site: Site) -> Router {
    Router::new()
        .route("/__airlock/bridge", get(open_bridge))
        .route("/__airlock/events", get(open_events))
        .route("/__airlock/state", get(state))
        .route("/__airlock/actions/{key}", post(press))
        .route("/__airlock", get(async || Redirect::permanent("/__airlock/")))
        .route("/__airlock/", get(async || control::asset("")))
        .route(
            "/__airlock/{asset}",
            get(async |Path(name): Path<String>| control::asset(&name)),
        )
        .fallback(any(app))
        .layer(from_fn_with_state(site.clone(), guard))
        .with_state(site)
}

/// Lets in what may come in, and gives every answer the headers that keep it from being cached, framed or sniffed.
async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let area = area(request.uri());
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut response = match site.origins.judge(area, target, request.headers()) {
        Verdict::Pass => next.run(request).await,
        Verdict::Redirect(url) => Redirect::temporary(&url).into_response(),
        Verdict::Refuse(reason) => {
            let body = json!({ "error": { "code": "usage", "message": reason } });
            control::answer(StatusCode::FORBIDDEN, &body)
        }
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    set(header::CACHE_CONTROL, "no-store".into());
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff".into());
    set(
        header::CONTENT_SECURITY_POLICY,
        content_security_policy(area, &site.origins),
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin".into(),
    );
    response
}

fn area(uri: &Uri) -> Area {
    match uri.path() {
        "/__airlock/bridge" => Area::Bridge,
        "/__airlock" => Area::Control,
        path if path.starts_with("/__airlock/") => Area::Control,
        _ => Area::App,
    }
}

/// The app keeps its own policy; only the control page may frame it, and nobody may frame the control page.
fn content_security_policy(area: Area, origins: &Origins) -> String {
    match area {
        Area::App | Area::Bridge => format!("frame-ancestors 'self' {}", origins.control()),
        Area::Control => format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {}; \
             frame-src {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            origins.control().replacen("http", "ws", 1),
            origins.app(),
        ),
    }
}

/// The app: documents get the launch of this moment, files come from its bundle.
async fn app(State(site): State<Site>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().to_owned();
    match wanted(&path) {
        Wanted::Nothing => static_files::nothing(),
        Wanted::Document(file) if is_navigation(request.headers()) => navigate(&site, &path, file).await,
        Wanted::Document(file) => match running(&site).await {
            Some(launch) => match static_files::document(&launch.root, file).await {
                Some(html) => static_files::html(StatusCode::OK, html),
                None => StatusCode::NOT_FOUND.into_response(),
            },
            None => asleep(),
        },
        Wanted::File => match running(&site).await {
            Some(launch) => static_files::file(&launch.root, request).await,
            None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// A page of the current launch: from here on its foreground time counts.
async fn navigate(site: &Site, path: &str, file: &str) -> Response {
    let phone = Arc::clone(&site.phone);
    let Some(launch) = blocking(move || phone.page_asked_for()).await.flatten() else {
        return asleep();
    };
    site.phone.timeline.record("page", json!({ "path": path }));
    let Some(html) = static_files::document(&launch.root, file).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let boot = Boot {
        token: launch.token,
        server_url: site.origins.app(),
        bridge_url: site.origins.bridge_url(),
    };
    let script = document_start(&boot, &site.native_bridge);
    static_files::html(StatusCode::OK, inject(&html, &script))
}

/// What a tab shows while the app's process does not run.
fn asleep() -> Response {
    static_files::html(
        StatusCode::SERVICE_UNAVAILABLE,
        include_bytes!("assets/asleep.html").to_vec(),
    )
}

async fn running(site: &Site) -> Option<airlock_engine::Launch> {
    let phone = Arc::clone(&site.phone);
    blocking(move || phone.launch()).await.flatten()
}

async fn state(State(site): State<Site>) -> Response {
    let origin = site.origins.app();
    match blocking(move || control::state_with_events(&site.phone, &origin)).await {
        Some(Ok(state)) => control::answer(StatusCode::OK, &state),
        Some(Err(error)) => control::failure(&error),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn press(State(site): State<Site>, Path(key): Path<String>) -> Response {
    match blocking(move || control::press(&site.phone, &key)).await {
        Some(Some(Ok(done))) => control::answer(StatusCode::OK, &done),
        Some(Some(Err(error))) => control::failure(&error),
        Some(None) => StatusCode::NOT_FOUND.into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn open_bridge(State(site): State<Site>, request: Request) -> Response {
    upgrade(request, async move |socket| {
        bridge::serve(socket, site.phone).await
    })
    .await
}

async fn open_events(State(site): State<Site>, request: Request) -> Response {
    let origin: Arc<str> = site.origins.app().into();
    upgrade(request, async move |socket| {
        control::follow(socket, site.phone, origin).await
    })
    .await
}

async fn upgrade<F, Fut>(request: axum::http::Request<Body>, serve: F) -> Response
where
    F: FnOnce(axum::extract::ws::WebSocket) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade.max_message_size(MAX_MESSAGE_BYTES).on_upgrade(serve),
        Err(rejection) => rejection.into_response(),
    }
}

/// Runs engine work off the async threads. `None` if it panicked, which would be a bug.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
