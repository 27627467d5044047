#!/usr/bin/env python3
"""Writes the bill of materials (SPDX 2.3, JSON): every third-party part that BidSeal is built from.

The parts are read from the files that pin them: tools/lib/sources.lock (compiled in),
tools/lib/node.lock and web/package-lock.json (npm), and dpkg (Debian libraries that are linked or
whose headers are compiled in). The date is that of the last commit, so that the same tree gives the
same file.

Usage: sbom.py OUTPUT
"""
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LICENSES = {"botan3": "BSD-2-Clause", "zlib": "Zlib", "qr-code-generator": "MIT"}
DEBIAN_LIBRARIES = {"libsqlite3-dev": "blessing", "libsystemd-dev": "LGPL-2.1-or-later",
                    "libwebsockets-dev": "MIT",
                    "nlohmann-json3-dev": "MIT"}


def command(*words):
    """The output of a command, or an empty string where it fails."""
    result = subprocess.run(words, cwd=ROOT, text=True, capture_output=True, check=False,
                            env={**os.environ, "TZ": "UTC"})
    return result.stdout.strip() if result.returncode == 0 else ""


def identifier(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(words)).strip("-")


def package(kind, name, version, license_id, checksum=None, reference=None):
    """One SPDX package entry."""
    entry = {
        "SPDXID": identifier(kind, name, version),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": license_id or "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }
    if checksum:
        entry["checksums"] = [{"algorithm": checksum[0], "checksumValue": checksum[1]}]
    if reference:
        entry["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                  "referenceLocator": reference}]
    return entry


def from_sources_lock():
    for line in (ROOT / "tools/lib/sources.lock").read_text().splitlines():
        fields = line.split()
        if len(fields) != 4 or line.startswith("#"):
            continue
        name, _, archive, digest = fields
        version = re.sub(r"\.orig\.tar\..*$", "", archive).split("_", 1)[1]
        yield package("source", name, version, LICENSES.get(name), ("SHA256", digest),
                      f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch=source")


def integrity_checksum(integrity):
    """SPDX's form of an npm integrity string."""
    algorithm, _, value = integrity.split()[0].partition("-")
    return algorithm.upper(), base64.b64decode(value).hex()


def npm_reference(name, version):
    return f"pkg:npm/{name.replace('@', '%40')}@{version}"


def from_npm():
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    for path, item in sorted(lock["packages"].items()):
        if "integrity" not in item:
            continue
        name = item.get("name") or path.split("node_modules/")[-1]
        yield package("npm", name, item["version"], item.get("license"),
                      integrity_checksum(item["integrity"]), npm_reference(name, item["version"]))
    for line in (ROOT / "tools/lib/node.lock").read_text().splitlines():
        if line and not line.startswith("#"):
            name, version, integrity = line.split()
            yield package("npm", name, version, None, integrity_checksum(integrity),
                          npm_reference(name, version))


def from_debian():
    for name, license_id in DEBIAN_LIBRARIES.items():
        version = command("dpkg-query", "-W", "-f=${Version}", name)
        if version:
            yield package("debian", name, version, license_id, None,
                          f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}")


def main():
    output = pathlib.Path(sys.argv[1])
    seen, parts = set(), []
    for part in [*from_sources_lock(), *from_npm(), *from_debian()]:
        if part["SPDXID"] not in seen:
            seen.add(part["SPDXID"])
            parts.append(part)
    commit = command("git", "rev-parse", "HEAD") or "unversioned"
    created = command("git", "show", "-s", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
                      "HEAD") or "1970-01-01T00:00:00Z"
    product = package("product", "bidseal", commit, "Apache-2.0")
    listing = json.dumps(parts, sort_keys=True).encode()
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "bidseal",
        "documentNamespace": "urn:bidseal:sbom:" + hashlib.sha256(commit.encode() + listing).hexdigest(),
        "creationInfo": {"created": created, "creators": ["Tool: bidseal-sbom"]},
        "packages": [product, *parts],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
             "relatedSpdxElement": product["SPDXID"]},
            *({"spdxElementId": product["SPDXID"], "relationshipType": "DEPENDS_ON",
               "relatedSpdxElement": part["SPDXID"]} for part in parts),
        ],
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(document, indent=1) + "\n")
    print(f"bill of materials: {len(parts)} parts in {output.name}")


if __name__ == "__main__":
    main()
