"""How much a call across the boundary costs: `python3 measure.py FOLDER_OF_BINDINGS`. Figures: docs/benchmarks.md."""

import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).parent), sys.argv[1]]

import airlock_ffi as ffi  # noqa: E402
from support import Heard  # noqa: E402


def rate(name, count, call):
    start = time.perf_counter()
    for _ in range(count):
        call()
    seconds = time.perf_counter() - start
    print(f"{name:<44} {count / seconds:>10,.0f} a second")


def refused(call):
    try:
        call()
    except ffi.AirlockError.Failed:
        return
    raise AssertionError("not refused")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "index.html").write_text("<h1>embedded</h1>")
    setup = ffi.Setup(
        state_dir=str(folder / "state"),
        embedded=ffi.EmbeddedSource.DIRECTORY(path=str(folder)),
        config_json="nonsense",
        platform=ffi.Platform.ANDROID,
    )
    device = ffi.Airlock(setup, Heard())
    device.shown(device.launch().token)
    rate("a number (app_ready_timeout_ms)", 100_000, device.app_ready_timeout_ms)
    rate("a list of strings (error_codes)", 20_000, ffi.error_codes)
    rate("an error (check without a configuration)", 20_000, lambda: refused(device.check))
    rate("a record, read from disk (current)", 2_000, device.current)
