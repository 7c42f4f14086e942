"""What the tests share: devices in temporary folders, an author with the real `airlock`, a server on loopback."""

import functools
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

import airlock_ffi as ffi

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "ffi"


class Heard(ffi.EventSink):
    """Remembers events; `react` may call back or raise."""

    def __init__(self, react=None):
        self.events = []
        self.threads = set()
        self.react = react

    def on_event(self, event, delivery):
        self.events.append((event, delivery))
        self.threads.add(threading.get_ident())
        if self.react:
            self.react(event)

    def names(self):
        return [type(event).__name__.rpartition(".")[2] for event, _ in self.events]


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "www").mkdir()
        (self.folder / "www/index.html").write_text("<h1>embedded</h1>")

    def setup(self, config, native_version="1.4.0", app_id=None):
        return ffi.Setup(
            state_dir=str(self.folder / "state"),
            embedded=ffi.EmbeddedSource.DIRECTORY(path=str(self.folder / "www")),
            config_json=config if isinstance(config, str) else json.dumps(config),
            platform=ffi.Platform.ANDROID,
            native_version=native_version,
            app_id=app_id,
        )

    def device(self, config=None, sink=None, trust=None, store=None, identity=None, conditions=None, **more):
        """A process that has just started."""
        config = {"appId": "com.example.app"} if config is None else config
        return ffi.Airlock(self.setup(config, **more), sink or Heard(), trust, store, identity, conditions)

    def fails(self, code, call, *arguments):
        with self.assertRaises(ffi.AirlockError.Failed) as raised:
            call(*arguments)
        self.assertEqual(raised.exception.code, code, raised.exception.reason)
        return raised.exception.reason


def openssl(*arguments, feed=None):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, input=feed).stdout


EC_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class TlsServer:
    """Answers "not found" to all, over real TLS as localhost; remembers who showed which certificate."""

    def __init__(self, case, clients=None):
        key, certificate = case.folder / "server.key", case.folder / "server.pem"
        openssl("req", "-x509", *EC_KEY, "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", certificate)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if clients:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(clients)
        self.shown = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listener.getsockname()[1]}"
        case.addCleanup(self.listener.close)
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as stream:
                    stream.recv(4_096)
                    self.shown.append(stream.getpeercert(binary_form=True))
                    stream.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            except OSError:
                pass


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Author:
    """A project with keys, and its repository on a web server."""

    def __init__(self, case):
        self.folder = case.folder / "author"
        self.folder.mkdir()
        self.write("one")
        self.run("init", "--app-id", "com.example.app", "--no-passphrase")
        repository = str(self.folder / "repository")
        handler = functools.partial(Quiet, directory=repository)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        case.addCleanup(thread.join)
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)
        section = json.loads((self.folder / "capacitor.airlock.json").read_text())
        section |= {
            "updateUrl": f"http://127.0.0.1:{self.server.server_port}",
            "allowInsecureLoopback": True,
            "autoUpdate": "always",
        }
        self.config = {"appId": section.pop("appId"), "plugins": {"Airlock": section}}

    def write(self, text):
        (self.folder / "dist/assets").mkdir(parents=True, exist_ok=True)
        (self.folder / "dist/index.html").write_text(f"<h1>{text}</h1>")
        (self.folder / "dist/assets/app.js").write_bytes(os.urandom(200_000))

    def publish(self, version):
        self.write(version)
        self.run("publish", "dist", "--version", version)

    def run(self, *arguments):
        done = subprocess.run(
            [os.environ["AIRLOCK"], *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise AssertionError(f"airlock {' '.join(arguments)}: {done.stderr}")
        return done.stdout
