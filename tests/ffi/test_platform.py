"""What only the platform can do, done by Python: a secure store, and a client certificate whose key stays outside."""

import re
import threading

import airlock_ffi as ffi
from support import EC_KEY, Author, Case, TlsServer, openssl

LOCKED = ffi.AirlockError.Failed("storage_failure", "the keychain is locked")


class Store(ffi.SecureStore):
    """`error` is raised by everything, as by a locked device."""

    def __init__(self, value=None, error=None):
        self.values = {} if value is None else {"device-id": value}
        self.error = error
        self.calls = []
        self.threads = set()

    def called(self, name):
        self.calls.append(name)
        self.threads.add(threading.get_ident())
        if self.error:
            raise self.error

    def read(self, key):
        self.called("read")
        return self.values.get(key)

    def write(self, key, value):
        self.called("write")
        self.values[key] = bytes(value)

    def remove(self, key):
        self.called("remove")
        self.values.pop(key, None)


class SecureStores(Case):
    def state_id(self):
        """The id in whichever slot is newer: both have it once it has been written twice."""
        texts = [path.read_bytes() for path in sorted((self.folder / "state").glob("state.?"))]
        found = [re.search(rb'"deviceId":"([^"]*)".*"launches":([0-9]+)', text) for text in texts]
        return {match[1] for match in found if match}

    def synced(self, store):
        author = Author(self)
        author.publish("2.0.0")
        device = self.device(author.config, store=store)
        device.launch()
        self.assertEqual(store.calls, [], "a launch asks no secure store")
        self.assertEqual(device.sync().result, "staged")
        return device

    def test_the_device_is_known_again_by_what_the_store_kept(self):
        kept = b"0123456789abcdef0123456789abcdef"
        store = Store(kept)
        device = self.synced(store)
        self.assertEqual(device.sync().result, "staged")
        self.assertIn(kept, self.state_id())
        self.assertNotIn("write", store.calls)

    def test_an_empty_store_and_one_that_lies_get_the_id_of_the_state(self):
        for number, value in enumerate([None, b"", b"not an id", b"\xff" * 32]):
            with self.subTest(value=value):
                case = SecureStores("state_id")
                case.setUp()
                self.addCleanup(case.doCleanups)
                store = Store(value)
                case.synced(store)
                self.assertEqual({store.values["device-id"]}, case.state_id())

    def test_a_store_that_throws_stops_nothing_and_is_asked_again(self):
        for error in (LOCKED, ValueError("boom")):
            with self.subTest(error=error):
                case = SecureStores("state_id")
                case.setUp()
                self.addCleanup(case.doCleanups)
                store = Store(error=error)
                device = case.synced(store)
                self.assertEqual(set(store.calls), {"read"}, "nothing is concluded from it")
                store.error = None
                self.assertEqual(device.sync().result, "staged")
                self.assertEqual({store.values["device-id"]}, case.state_id())


class Identity(ffi.ClientIdentity):
    """Signs with openssl, as a Keystore would with a key that nobody gets to see."""

    def __init__(self, case):
        folder = case.folder
        self.key, self.authority = folder / "client.key", folder / "authority.pem"
        request, certificate = folder / "client.csr", folder / "client.pem"
        ca = ("-keyout", folder / "authority.key", "-out", self.authority)
        openssl("req", "-x509", *EC_KEY, "-subj", "/CN=operator", "-days", "2", *ca)
        openssl("req", "-new", *EC_KEY, "-subj", "/CN=device", "-keyout", self.key, "-out", request)
        issuer = ("-CA", self.authority, "-CAkey", folder / "authority.key", "-CAcreateserial")
        openssl("x509", "-req", "-in", request, *issuer, "-days", "2", "-out", certificate)
        self.own = openssl("x509", "-in", certificate, "-outform", "DER")
        self.errors = {}
        self.threads = set()

    def called(self, name):
        self.threads.add(threading.get_ident())
        if error := self.errors.get(name):
            raise error

    def certificates(self):
        self.called("certificates")
        return [self.own]

    def schemes(self):
        self.called("schemes")
        return [ffi.SignatureScheme.ECDSA_P256_SHA256]

    def sign(self, scheme, message):
        self.called("sign")
        assert scheme == ffi.SignatureScheme.ECDSA_P256_SHA256
        return openssl("dgst", "-sha256", "-sign", self.key, feed=bytes(message))


class Trusting(ffi.ServerTrust):
    def verify(self, host, chain):
        pass


class ClientIdentities(Case):
    def setUp(self):
        super().setUp()
        self.identity = Identity(self)
        self.server = TlsServer(self, clients=self.identity.authority)

    def process(self, identity, update_url=None):
        config = {"appId": "com.example.app", "allowUnsigned": True, "updateUrl": update_url or self.server.url}
        device = self.device(config, trust=Trusting(), identity=identity)
        device.launch()
        return device

    def ask(self, device):
        with self.assertRaises(ffi.AirlockError.Failed) as raised:
            device.download(ffi.DownloadRequest(url=self.server.url + "/a.zip", version="2.0.0"))
        return raised.exception

    def test_a_server_that_demands_a_certificate_is_shown_it(self):
        self.ask(self.process(self.identity))
        self.assertEqual(self.server.shown, [self.identity.own])
        self.assertNotIn(threading.get_ident(), self.identity.threads, "the network has threads of its own")

    def test_without_it_and_from_another_server_than_updateUrl_nothing_is_shown(self):
        error = self.ask(self.process(None))
        self.assertEqual((error.code, self.server.shown), ("download_failed", []))
        self.ask(self.process(self.identity, "https://localhost:1"))
        self.assertEqual((self.server.shown, self.identity.threads), ([], set()))

    def test_a_key_that_throws_fails_this_try_and_not_the_next(self):
        for name in ("certificates", "schemes", "sign"):
            for error in (LOCKED, ValueError("boom")):
                with self.subTest(name=name, error=error):
                    device = self.process(self.identity)
                    self.identity.errors = {name: error}
                    failed = self.ask(device)
                    self.assertEqual(failed.code, "download_failed")
                    self.assertIn("the client certificate cannot be used", failed.reason)
                    self.assertEqual("the keychain is locked" in failed.reason, error is LOCKED)
                    self.assertNotIn("boom", failed.reason)
                    self.assertEqual(self.server.shown, [])
                    self.identity.errors = {}
                    self.ask(device)
                    self.assertEqual(self.server.shown, [self.identity.own])
                    self.server.shown.clear()
