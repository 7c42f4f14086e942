"""Writes TUF repositories with python-tuf's metadata API, one folder each.

python write.py FOLDER

In each: root.json (where trust starts), metadata/, targets/, and expect.json: {"found": {name: content},
"refused": [name], "reference": whether python-tuf's own client reads these keys}.
"""

import hashlib
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.signer import CryptoSigner, Signature, Signer, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

EXPIRES = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)
PEM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private(kind):
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else ed25519.Ed25519PrivateKey.generate()


def signer(kind):
    """A key of the kind, written as python-tuf writes it today."""
    return CryptoSigner(private(kind))


class OldSigner(Signer):
    """A key under the description that older or other tools gave it."""

    def __init__(self, kind, keytype, scheme, encoding, form):
        key = private(kind)
        data = key.public_key().public_bytes(encoding, form)
        text = data.decode() if encoding is Encoding.PEM else data.hex()
        key_id = hashlib.sha256(f"{keytype} {text}".encode()).hexdigest()
        # Two fields that only old repositories have.
        fields = {"keyid_hash_algorithms": ["sha256", "sha512"]}
        self.key = SSlibKey(key_id, keytype, scheme, {"public": text, "private": ""}, fields)
        self.signer = CryptoSigner(key)

    @property
    def public_key(self):
        return self.key

    @classmethod
    def from_priv_key_uri(cls, *_):
        raise NotImplementedError

    def sign(self, payload):
        return Signature(self.key.keyid, self.signer.sign(payload).signature)


class Repository:
    def __init__(self, folder, consistent):
        self.folder, self.consistent = folder, consistent
        self.root = Root(expires=EXPIRES, consistent_snapshot=consistent)
        self.roles = {"targets": Targets(expires=EXPIRES)}
        self.signers = {}
        self.contents = {}

    def keys(self, role, signers, threshold=1):
        self.signers[role] = signers
        for key_id in list(self.root.roles[role].keyids):
            self.root.revoke_key(key_id, role)
        for each in signers:
            self.root.add_key(each.public_key, role)
        self.root.roles[role].threshold = threshold

    def delegate(self, parent, name, signers, threshold=1, terminating=False, **scope):
        delegator = self.roles[parent]
        if delegator.delegations is None:
            delegator.delegations = Delegations({}, {})
        keys = {each.public_key.keyid: each.public_key for each in signers}
        role = DelegatedRole(name, list(keys), threshold, terminating, **scope)
        delegator.delegations.roles[name] = role
        delegator.delegations.keys.update(keys)
        self.roles.setdefault(name, Targets(expires=EXPIRES))
        self.signers[name] = signers

    def add(self, role, name, content):
        data = content.encode()
        file = TargetFile.from_data(name, data, ["sha256", "sha512"])
        self.roles[role].targets[name] = file
        head, _, base = name.rpartition("/")
        hashes = list(file.hashes.values()) if self.consistent else []
        for prefix in [f"{each}." for each in hashes] or [""]:
            self.put("targets", os.path.join(head, prefix + base), data)

    def put(self, *path_and_data):
        *path, data = path_and_data
        path = os.path.join(self.folder, *path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def sign(self, signed, signers):
        metadata = Metadata(signed)
        for each in {each.public_key.keyid: each for each in signers}.values():
            metadata.sign(each, append=True)
        return metadata.to_bytes(JSONSerializer())

    def publish_root(self, previous=()):
        """Signs the root with its own keys and those before; the first one is where trust starts."""
        data = self.sign(self.root, [*self.signers["root"], *previous])
        self.put("metadata", f"{self.root.version}.root.json", data)
        if self.root.version == 1:
            self.put("root.json", data)

    def rotate_root(self, signers, threshold):
        previous = self.signers["root"]
        self.keys("root", signers, threshold)
        self.root.version += 1
        self.publish_root(previous)

    def publish(self, found, refused, reference=True):
        snapshot = Snapshot(expires=EXPIRES, meta={})
        for role, targets in self.roles.items():
            data = self.sign(targets, self.signers[role])
            self.put_versioned(role, 1, data)
            snapshot.meta[f"{role}.json"] = MetaFile.from_data(1, data, ["sha256"])
        data = self.sign(snapshot, self.signers["snapshot"])
        self.put_versioned("snapshot", 1, data)
        timestamp = Timestamp(expires=EXPIRES, snapshot_meta=MetaFile.from_data(1, data, ["sha512"]))
        self.put("metadata", "timestamp.json", self.sign(timestamp, self.signers["timestamp"]))
        expect = {"found": found, "refused": refused, "reference": reference}
        self.put("expect.json", json.dumps(expect).encode())

    def put_versioned(self, role, version, data):
        file = f"{quote(role, '')}.json"
        self.put("metadata", f"{version}.{file}" if self.consistent else file, data)


def graph(folder, consistent):
    """Every key type, roots rotated three times, nested delegations, thresholds, bins by hash prefix."""
    repository = Repository(folder, consistent)
    one, two, three = signer("ed25519"), signer("ecdsa"), signer("rsa")
    repository.keys("root", [one, two, three], 2)
    repository.keys("timestamp", [signer("ecdsa")])
    repository.keys("snapshot", [signer("rsa")])
    repository.keys("targets", [signer("ed25519"), signer("rsa")], 2)
    repository.publish_root()
    repository.rotate_root([two, three], 2)
    repository.rotate_root([two, signer("ed25519")], 1)
    repository.rotate_root([signer("rsa"), signer("ecdsa"), signer("ed25519")], 3)

    editors = [signer("ecdsa"), signer("ed25519"), signer("rsa")]
    repository.delegate("targets", "docs", editors, 2, paths=["docs/*", "docs/*/*"])
    repository.delegate("docs", "docs-a-to-m", [signer("ed25519")], paths=["docs/[a-m]*.md"])
    repository.delegate("docs", "deep/docs", [signer("rsa")], terminating=True, paths=["docs/deep/*"])
    repository.delegate("targets", "late", [signer("ed25519")], paths=["docs/*", "docs/deep/*", "late/?.txt"])
    repository.delegate("targets", "bins", [signer("ecdsa")], paths=["files/*"])
    for digit in "0123456789abcdef":
        prefixes = [digit + other for other in "0123456789abcdef"]
        repository.delegate("bins", f"bin-{digit}", [signer("ed25519")], path_hash_prefixes=prefixes)

    found = {"top.txt": "top", "docs/intro.md": "a to m", "docs/zebra.md": "docs", "late/x.txt": "late"}
    repository.add("targets", "top.txt", "top")
    # Two roles speak for docs/intro.md; in the plain layout the file of the first one stays.
    repository.add("late", "docs/intro.md", "late, and too late")
    repository.add("docs-a-to-m", "docs/intro.md", "a to m")
    repository.add("docs", "docs/zebra.md", "docs")
    repository.add("late", "late/x.txt", "late")
    for name in ["files/one.bin", "files/two.bin", "files/three.bin"]:
        digit = hashlib.sha256(name.encode()).hexdigest()[0]
        repository.add(f"bin-{digit}", name, name)
        found[name] = name
    # Not delegated; past a terminating delegation; in the wrong bin; nowhere.
    repository.add("docs-a-to-m", "docs/omega.md", "outside of [a-m]")
    repository.add("late", "docs/deep/x", "behind a terminating delegation")
    wrong = "f" if hashlib.sha256(b"files/wrong").hexdigest()[0] != "f" else "0"
    repository.add(f"bin-{wrong}", "files/wrong", "wrong bin")
    repository.add("late", "late/xx.txt", "two letters")
    refused = ["docs/omega.md", "docs/deep/x", "files/wrong", "late/xx.txt", "nowhere.txt"]
    repository.publish(found, refused)


def old_keys(folder):
    """Keys in every encoding that repositories have used; python-tuf itself no longer reads all of them."""
    repository = Repository(folder, True)
    p256 = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256")
    point = (Encoding.X962, PublicFormat.UncompressedPoint)
    raw = (Encoding.Raw, PublicFormat.Raw)
    pss = ("rsa", "rsassa-pss-sha256")
    keys = [
        OldSigner("ecdsa", *p256, *point),
        OldSigner("ecdsa", *p256, *PEM),
        OldSigner("ecdsa", "ecdsa", "ecdsa-sha2-nistp256", *point),
        OldSigner("ed25519", "ed25519", "ed25519", *PEM),
        OldSigner("ed25519", "ed25519", "ed25519", *raw),
        OldSigner("rsa", *pss, Encoding.PEM, PublicFormat.PKCS1),
        OldSigner("rsa", *pss, *PEM),
    ]
    for role in ["root", "timestamp", "snapshot", "targets"]:
        repository.keys(role, keys, len(keys))
    repository.publish_root()
    repository.add("targets", "x", "signed by seven")
    repository.publish({"x": "signed by seven"}, ["y"], reference=False)


if __name__ == "__main__":
    place = sys.argv[1]
    graph(os.path.join(place, "consistent"), True)
    graph(os.path.join(place, "plain"), False)
    old_keys(os.path.join(place, "old-keys"))
