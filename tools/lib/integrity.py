#!/usr/bin/env python3
"""Writes integrity.json beside a package's files: for each file its size and the Subresource
Integrity string (sha384) that a page may put beside the address from which it loads the file.

Usage: integrity.py FOLDER
"""
import base64
import hashlib
import json
import pathlib
import sys

NAME = "integrity.json"


def describe(path):
    """Size and integrity string of one file."""
    content = path.read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")
    return {"size": len(content), "integrity": f"sha384-{digest}"}


def main():
    folder = pathlib.Path(sys.argv[1])
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    if not files:
        sys.exit(f"integrity.py: {folder} has no files")
    listing = {path.relative_to(folder).as_posix(): describe(path) for path in files}
    (folder / NAME).write_text(json.dumps({"files": listing}, indent=2) + "\n")


if __name__ == "__main__":
    main()
