"""The boundary itself: listeners that throw and call back, foreign threads, many threads, panics."""

import threading

import airlock_ffi as ffi
from support import Author, Case, Heard, TlsServer


class Listeners(Case):
    def test_a_listener_that_throws_changes_nothing(self):
        author = Author(self)
        author.publish("2.0.0")

        def react(event):
            raise (RuntimeError("boom") if event.is_DOWNLOAD() else ffi.AirlockError.Failed("usage", "mine"))

        heard = Heard(react)
        device = self.device(author.config, heard)
        device.shown(device.launch().token)
        self.assertEqual(device.sync().result, "staged")
        self.assertIn("DOWNLOAD", heard.names())
        self.assertIn("UPDATE_AVAILABLE", heard.names())

    def test_a_listener_may_call_back(self):
        author = Author(self)
        author.publish("2.0.0")
        seen = []

        def react(event):
            seen.append(device.current().bundle.id)
            device.delay_until([])
            if event.is_DOWNLOAD():
                self.fails("locked", device.sync)

        device = self.device(author.config, Heard(react))
        device.shown(device.launch().token)
        self.assertEqual(device.sync().result, "staged")
        self.assertEqual(set(seen), {"builtin"})

    def test_events_come_on_the_thread_that_works(self):
        author = Author(self)
        author.publish("2.0.0")
        heard = Heard()
        device = self.device(author.config, heard)
        device.shown(device.launch().token)
        worker = threading.Thread(target=device.sync)
        worker.start()
        identity = worker.ident
        worker.join()
        self.assertEqual(heard.threads, {identity})


class Threads(Case):
    def test_two_hundred_at_once(self):
        device = self.device()
        token = device.launch().token
        device.shown(token)
        start = threading.Barrier(200)
        failures = []

        def work(number):
            start.wait()
            try:
                calls = [device.current, device.list, device.status, device.next_bundle, device.delay_conditions]
                calls[number % len(calls)]()
                if number % 20 == 0:
                    device.delay_until([ffi.DelayCondition(kind="background", value=str(number))])
                if number % 50 == 1:
                    assert device.ready(token).accepted
            except BaseException as error:  # noqa: BLE001 - counted below
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(200)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual(failures, [])
        self.assertEqual(device.delay_conditions()[0].kind, "background")


class Panics(Case):
    """With the library that has the feature `faults`."""

    def test_a_panic_is_an_error_and_the_next_call_works(self):
        device = self.device()
        token = device.launch().token
        device.shown(token)
        device.delay_until([ffi.DelayCondition(kind="kill", value=None)])
        before = (self.folder / "state/state.a").read_bytes(), (self.folder / "state/state.b").exists()
        for _ in range(3):
            reason = self.fails("internal", device.panic_in_a_transition)
            self.assertIn("a bug on purpose", reason)
            with self.assertRaises(ffi.InternalError):
                device.panic_at_the_edge()
        after = (self.folder / "state/state.a").read_bytes(), (self.folder / "state/state.b").exists()
        self.assertEqual(before, after)
        self.assertTrue(device.ready(token).accepted)
        self.assertEqual(device.delay_conditions()[0].kind, "kill")
        self.fails("config_invalid", device.sync)
        self.assertEqual(device.reload().bundle.id, "builtin")
        self.assertEqual(self.device().launch().bundle.id, "builtin")

    def test_the_same_without_a_panic_changes_nothing_either(self):
        device = self.device()
        token = device.launch().token
        self.assertTrue(device.ready(token).accepted)


class Launches(Case):
    def test_a_launch_never_fails_whatever_lies_in_the_state(self):
        state = self.folder / "state"
        for make in (
            lambda: state.write_text("a file where the store should be"),
            lambda: (state.unlink(), state.mkdir(), (state / "state.a").write_bytes(b"\xff" * 9_000)),
            lambda: ((state / "state.a").unlink(), (state / "state.a").mkdir()),
        ):
            make()
            device = self.device()
            launch = device.launch()
            self.assertEqual((launch.root, launch.bundle.id), (None, "builtin"))
            device.shown(launch.token)
            if state.is_file():
                self.fails("storage_failure", device.ready, launch.token)

    def test_before_the_launch_time_does_not_count(self):
        device = self.device()
        tick = device.tick()
        self.assertEqual((tick.launch, tick.next_ms), (None, None))
        self.assertEqual(device.elapse(60_000).next_ms, None)


class Verdict(ffi.ServerTrust):
    def __init__(self, error=None):
        self.error = error
        self.asked = []

    def verify(self, host, chain):
        self.asked.append((host, [bytes(certificate[:2]) for certificate in chain]))
        if self.error:
            raise self.error


class Trust(Case):
    """The platform's verdict, asked on a thread that Rust made, about a real TLS server."""

    def serve(self):
        return TlsServer(self).url + "/a.zip"

    def ask(self, error):
        url = self.serve()
        trust = Verdict(error)
        device = self.device({"appId": "com.example.app", "allowUnsigned": True}, trust=trust)
        device.launch()
        request = ffi.DownloadRequest(url=url, version="2.0.0")
        with self.assertRaises(ffi.AirlockError.Failed) as raised:
            device.download(request)
        self.assertEqual(trust.asked, [("localhost", [b"\x30\x82"])])
        return raised.exception

    def test_a_trusted_server_is_heard(self):
        error = self.ask(None)
        self.assertNotIn("trusted", error.reason)

    def test_a_distrusted_server_is_not(self):
        error = self.ask(ffi.AirlockError.Failed("download_failed", "its pin is another one"))
        self.assertEqual(error.code, "download_failed")
        self.assertIn("its pin is another one", error.reason)

    def test_a_verdict_that_breaks_is_a_no(self):
        error = self.ask(ValueError("boom"))
        self.assertEqual(error.code, "download_failed")
        self.assertNotIn("boom", error.reason)
