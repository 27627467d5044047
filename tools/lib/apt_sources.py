#!/usr/bin/env python3
"""Derives a private apt source list from the machine's own one.

The third-party sources that BidSeal builds (Botan 3, zlib, the QR encoder) stand in the Debian
release after bookworm. This program reads how the machine reaches its Debian mirror, in the
one-line format (sources.list, *.list) as well as in deb822 (*.sources), and prints the same
entries with the type changed to deb-src and the suite to the wanted release. Nothing of the
system is changed, and no host is written down in this project.

With --own it prints the machine's own entries of its release instead (updates and security too):
what a fresh Debian 12 root on the same mirror is made from.

Usage: apt_sources.py [--etc /etc/apt] SUITE
       apt_sources.py [--etc /etc/apt] --own
"""
import argparse
import pathlib
import re
import sys

FULL_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The names under which a Debian 12 machine may list its own release.
OWN_SUITES = {"bookworm", "oldstable", "stable"}


def parse_one_line(text):
    """Yields one dict per `deb [options] URI suite component...` line."""
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        match = re.match(r"^(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$", line)
        if not match:
            continue
        kind, options, uri, suite, components = match.groups()
        entry = {"types": [kind], "uris": [uri], "suites": [suite],
                 "components": components.split(), "signed_by": None}
        for option in (options or "").split():
            name, _, value = option.partition("=")
            if name.lower() == "signed-by":
                entry["signed_by"] = value.replace(",", " ")
        yield entry


def parse_deb822(text):
    """Yields one dict per stanza of a .sources file; continuation lines belong to their field."""
    for stanza in re.split(r"\n\s*\n", text):
        fields, last = {}, None
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t") and last:
                fields[last] += "\n" + line
            elif ":" in line:
                last, _, value = line.partition(":")
                last = last.strip().lower()
                fields[last] = value.strip()
        if "uris" not in fields or fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        yield {"types": fields.get("types", "").split(), "uris": fields["uris"].split(),
               "suites": fields.get("suites", "").split(),
               "components": fields.get("components", "").split(),
               "signed_by": fields.get("signed-by")}


def machine_entries(etc):
    """All enabled entries of the machine, in apt's own order."""
    listing = etc / "sources.list"
    if listing.is_file():
        yield from parse_one_line(listing.read_text(errors="replace"))
    for path in sorted((etc / "sources.list.d").glob("*")):
        if path.suffix == ".list":
            yield from parse_one_line(path.read_text(errors="replace"))
        elif path.suffix == ".sources":
            yield from parse_deb822(path.read_text(errors="replace"))


def signed_by(entry):
    """The keyring for the new suite: Debian's per-release keyrings do not know other releases."""
    value = entry["signed_by"]
    if value and value.strip().startswith("/usr/share/keyrings/debian-archive-"):
        return FULL_KEYRING
    return value


def stanza(kind, uri, suites, key):
    """One deb822 entry."""
    return (f"Types: {kind}\nURIs: {uri}\nSuites: {' '.join(suites)}\nComponents: main\n"
            + (f"Signed-By: {key}\n" if key else ""))


def sources_of(entries, suite):
    """The deb-src entries of another release, one for each mirror of the machine's main archive."""
    seen = {}
    for entry in entries:
        if OWN_SUITES & set(entry["suites"]) and "main" in entry["components"]:
            for uri in entry["uris"]:
                seen.setdefault(uri, stanza("deb-src", uri, [suite], signed_by(entry)))
    return list(seen.values())


def own_of(entries):
    """The machine's own entries of its release."""
    found = []
    for entry in entries:
        suites = [s for s in entry["suites"] if s.split("-")[0].split("/")[0] in OWN_SUITES]
        if suites and "deb" in entry["types"] and "main" in entry["components"]:
            for uri in entry["uris"]:
                found.append(stanza("deb", uri, suites, entry["signed_by"]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--etc", type=pathlib.Path, default=pathlib.Path("/etc/apt"))
    parser.add_argument("--own", action="store_true", help="the machine's own release as it is")
    parser.add_argument("suite", nargs="?")
    arguments = parser.parse_args()
    if arguments.own == bool(arguments.suite):
        parser.error("give either a suite or --own")

    entries = list(machine_entries(arguments.etc))
    found = own_of(entries) if arguments.own else sources_of(entries, arguments.suite)
    if not found:
        sys.exit("apt_sources.py: no Debian 12 (bookworm) main archive among the machine's apt "
                 f"sources in {arguments.etc}; add one and run again")
    print("\n".join(found))


if __name__ == "__main__":
    main()
