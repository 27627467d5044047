#!/usr/bin/env python3
"""Checks the bill of materials against the lock files, and integrity.json against the files.

Usage: check_sbom.py BILL SDK_DIST
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
passed = failed = 0


def check(name, good):
    """Counts one check and names it when it failed."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("failed:", name)


def openssl_sha384(path):
    """The digest of a file by another program than the one that wrote the listing."""
    raw = subprocess.run(["openssl", "dgst", "-sha384", "-binary", str(path)], check=True,
                         capture_output=True).stdout
    return "sha384-" + subprocess.run(["base64", "-w0"], input=raw, check=True,
                                      capture_output=True).stdout.decode()


def main():
    bill = json.loads(pathlib.Path(sys.argv[1]).read_text())
    dist = pathlib.Path(sys.argv[2])
    parts = {(p["name"], p["versionInfo"]) for p in bill["packages"]}
    digests = {c["checksumValue"] for p in bill["packages"] for c in p.get("checksums", [])}

    check("SPDX version", bill["spdxVersion"] == "SPDX-2.3")
    for line in (ROOT / "tools/lib/sources.lock").read_text().splitlines():
        if line.count(" ") == 3 and not line.startswith("#"):
            check(line.split()[0], line.split()[3] in digests)
    lock = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    for path, item in lock.items():
        if "integrity" in item:
            name = item.get("name") or path.split("node_modules/")[-1]
            check(f"{name}@{item['version']}", (name, item["version"]) in parts)
    for library in ("libwebsockets-dev", "libsqlite3-dev"):
        check(library, any(name == library for name, _ in parts))
    identifiers = [p["SPDXID"] for p in bill["packages"]]
    check("identifiers are unique", len(identifiers) == len(set(identifiers)))

    listing = json.loads((dist / "integrity.json").read_text())["files"]
    there = {p.relative_to(dist).as_posix() for p in dist.rglob("*") if p.is_file()}
    check("integrity.json names every file", set(listing) == there - {"integrity.json"})
    for name, entry in listing.items():
        path = dist / name
        check(name, path.is_file() and path.stat().st_size == entry["size"]
              and openssl_sha384(path) == entry["integrity"])

    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
