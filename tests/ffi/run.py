"""Runs the tests of this folder against generated bindings: `python3 run.py FOLDER_OF_BINDINGS`.

Ends with a line like libtest's, which `cargo xtask test ffi` counts.
"""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).parent), sys.argv[1]]

tests = unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent))
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
good = result.testsRun - bad
word = "FAILED" if bad or not good else "ok"
print(f"test result: {word}. {good} passed; {bad} failed; {len(result.skipped)} ignored; 0 measured; 0 filtered out")
sys.exit(word != "ok")
