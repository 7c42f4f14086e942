"""Downloads targets with python-tuf's client, or says why not.

python read.py METADATA_URL TARGETS_URL ROOT STATE DOWNLOADS NAME...

ROOT is trusted when the folder STATE knows nothing yet. Exit code 1 and one line on stderr for a refusal.
"""

import os
import sys

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater


def read(metadata_url, targets_url, root, state, downloads, *names):
    os.makedirs(state, exist_ok=True)
    os.makedirs(downloads, exist_ok=True)
    known = os.path.exists(os.path.join(state, "root.json"))
    with open(root, "rb") as file:
        bootstrap = None if known else file.read()
    updater = Updater(state, metadata_url, downloads, targets_url, bootstrap=bootstrap)
    updater.refresh()
    for name in names:
        target = updater.get_targetinfo(name)
        if target is None:
            sys.exit(f"no target {name}")
        updater.download_target(target)


if __name__ == "__main__":
    try:
        read(*sys.argv[1:])
    except (RepositoryError, DownloadError, ValueError) as refusal:
        sys.exit(f"{type(refusal).__name__}: {refusal}")
