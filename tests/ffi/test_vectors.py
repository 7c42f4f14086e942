"""The vectors that Kotlin and Swift can run as well: tests/vectors/ffi."""

import json

import airlock_ffi as ffi
from support import VECTORS, Case, Heard


def snake(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def plain(value):
    """A record as JSON says it, names in the way of the vectors."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "__dict__"):
        return {key: plain(item) for key, item in vars(value).items()}
    return value


def field(answer, path):
    for name in path.split("."):
        answer = getattr(answer, snake(name))
    return answer


class Vectors(Case):
    def test_setups_warn_and_refuse_as_the_vectors_say(self):
        vectors = json.loads((VECTORS / "setups.json").read_text())
        self.assertGreater(len(vectors), 5)
        for vector in vectors:
            with self.subTest(vector["name"]):
                device = self.device(
                    vector["configJson"], native_version=vector["nativeVersion"], app_id=vector["appId"]
                )
                warnings = device.warnings()
                self.assertEqual(len(warnings), len(vector["warnings"]), warnings)
                for warning, word in zip(warnings, vector["warnings"]):
                    self.assertIn(word, warning)
                if "appReadyTimeoutMs" in vector:
                    self.assertEqual(device.app_ready_timeout_ms(), vector["appReadyTimeoutMs"])
                self.assertIsNone(device.launch().root)
                self.fails(vector["syncFails"], device.sync)

    def test_a_fresh_device_answers_as_the_vectors_say(self):
        device = self.device()
        device.shown(device.launch().token)
        for vector in json.loads((VECTORS / "fresh-device.json").read_text())["calls"]:
            with self.subTest(str(vector)):
                self.step(device, vector)

    def step(self, device, vector):
        call = getattr(device, snake(vector["call"]))
        arguments = self.arguments(vector)
        if "fails" in vector:
            self.fails(vector["fails"], call, *arguments)
            return
        answer = call(*arguments)
        expected = vector["answers"]
        if isinstance(expected, dict):
            for path, value in expected.items():
                self.assertEqual(field(answer, path), value, path)
        else:
            self.assertEqual(plain(answer), expected)

    @staticmethod
    def arguments(vector):
        match vector:
            case {"call": "crash", "token": token}:
                return [token, None]
            case {"call": "reset", "to": to}:
                return [ffi.ResetTo.EMBEDDED if to == "embedded" else ffi.ResetTo.LAST_SUCCESSFUL]
            case {"conditions": conditions}:
                return [[ffi.DelayCondition(kind=one["kind"], value=one.get("value")) for one in conditions]]
            case {"url": url, "version": version}:
                return [ffi.DownloadRequest(url=url, version=version)]
        return [vector[name] for name in ("id", "token", "ms") if name in vector]

    def test_the_codes_are_the_ones_of_the_page_of_errors(self):
        codes = ffi.error_codes()
        self.assertEqual(len(codes), len(set(codes)))
        page = (VECTORS.parent.parent.parent / "docs/errors.md").read_text()
        for code in codes:
            self.assertIn(f"`{code}`", page)


class Embedded(Case):
    def test_a_bundle_in_an_apk_is_found_and_one_that_is_not_there_stops_no_launch(self):
        import zipfile

        apk = self.folder / "base.apk"
        with zipfile.ZipFile(apk, "w") as written:
            written.writestr("assets/public/index.html", "<h1>embedded</h1>")
        for paths in ([str(apk)], [str(apk), "/nowhere/split.apk"], ["/nowhere/base.apk"], []):
            setup = self.setup({"appId": "com.example.app"})
            setup.embedded = ffi.EmbeddedSource.APK(paths=paths)
            device = ffi.Airlock(setup, Heard())
            self.assertEqual(device.launch().bundle.version, "1.4.0")
            self.assertEqual([bundle.id for bundle in device.list()], ["builtin"])
