#!/usr/bin/env python3
"""Refuses includes and imports that point in a wrong direction.

docs/architecture.md shows the directions. This program reads the #include lines of all C++ files and
the imports of all TypeScript and Vue files, and names each line that breaks a rule below. It also wants
the tests that documents name to exist.

Usage: check.py [--self-test]
"""
import pathlib
import posixpath
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Which modules of the core a module may include.
MODULES = {
    "base": set(),
    "protocol": {"base"},
    "zip": {"base"},
    "crypto": {"base"},
    "qr": {"base"},
    "bid": {"base", "protocol", "zip", "crypto"},
    "seal": {"base", "protocol", "zip", "crypto"},
    "cosign": {"base", "protocol", "crypto"},
    "session": {"base", "protocol", "crypto", "qr"},
}
# The generated error codes are part of the Error type, so they are open to every module.
OPEN_HEADERS = {"bidseal/protocol/error_codes.h", "bidseal/protocol/error_texts.h"}

# Third-party headers and the only places that may include them.
THIRD_PARTY = [
    (r"botan/", ("shared/src/crypto/", "shared/src/cosign/", "tools/testca/", "tools/softukey/",
                 "tests/unit/crypto/", "tests/unit/cosign/",
                 "tests/unit/testca/", "tests/unit/softukey/", "tests/bench/")),
    (r"(zlib|zconf)\.h$", ("shared/src/zip/", "tests/unit/zip/", "tests/bench/")),
    (r"nlohmann/", ("shared/src/protocol/",)),
    (r"qrcodegen\.hpp$", ("shared/src/qr/", "tests/unit/qr/")),
    (r"libwebsockets\.h$", ("bridge/local/transport", "bridge/cloud/transport")),
    (r"sqlite3\.h$", ("bridge/cloud/store/",)),
    (r"emscripten(/|\.h$)", ("wasm/", "tests/bench/")),
    (r"doctest/", ("tests/",)),
    (r"p11-kit/", ("bridge/ukey/pkcs11/", "tests/worker/")),
    (r"systemd/", ("bridge/tray/",)),
    (r"(dlfcn|windows)\.h$", ("bridge/os/", "tests/worker/libs/")),
]

# Vendors' libraries are loaded in the worker process alone: what loads them, and who may name it.
LOADING = re.compile(r"bridge/(os/dynamic_library\.h|ukey/(skf|pkcs11)/)")
LOADING_PLACES = ("bridge/os/", "bridge/ukey/skf/", "bridge/ukey/pkcs11/", "bridge/worker/serve.cpp",
                  "tools/skf/", "tools/softukey/", "tools/testca/", "tests/ukey/", "tests/worker/",
                  "tests/bench/")
# The worker is small: neither cryptography nor JSON, and the operating system through bridge/os.
WORKER_PLACES = ("bridge/os/", "bridge/ukey/skf/", "bridge/ukey/pkcs11/", "bridge/worker/serve.",
                 "bridge/worker/main.cpp", "bridge/worker/codec.", "bridge/ukey/raw.h",
                 "bridge/ukey/event_queue.", "bridge/ukey/profile.", "bridge/ukey/room.h")
WORKER_MODULES = re.compile(r"bidseal/(?!base/|protocol/error_codes\.h)")
SYSTEM_HEADERS = re.compile(r"^(unistd\.h|fcntl\.h|poll\.h|pthread\.h|signal\.h|csignal|sys/.*"
                            r"|netinet/.*|linux/.*)$")

# The core gets files, sockets, threads and clocks from its callers.
CORE_SYSTEM_HEADERS = re.compile(
    r"^(fstream|filesystem|iostream|thread|mutex|shared_mutex|condition_variable|future|atomic"
    r"|stop_token|random|csignal|ctime|time\.h|stdio\.h|unistd\.h|fcntl\.h|dlfcn\.h|pthread\.h"
    r"|sys/.*|netinet/.*|arpa/.*|linux/.*|poll\.h)$")
CORE_CALLS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)\b|\bgetenv\s*\(|\bstd::time\s*\(")

# Folders of the project and the folders whose headers they may include by path.
FOLDERS = {
    "shared": {"shared"},
    "wasm": {"shared", "wasm"},
    "bridge": {"shared", "bridge"},
    "tools": {"shared", "bridge", "tools"},
    "tests": {"shared", "bridge", "tools", "wasm", "tests"},
}

# Packages of web/ and the packages of ours that they may import.
PACKAGES = {"sdk": set(), "tender": {"@bidseal/sdk"}, "phone": {"@bidseal/sdk"}}
PAGE_LIBRARIES = re.compile(r"^(vue|vue-i18n|vue-router|element-plus|@element-plus/.*)$")


def module_of(path):
    """The core's module that a file belongs to, or None."""
    match = re.match(r"shared/(?:src|include/bidseal)/([a-z]+)/", path)
    return match.group(1) if match else None


def include_problem(path, header):
    """What is wrong with `path` including `header`, or None."""
    for pattern, places in THIRD_PARTY:
        if re.match(pattern, header) and not path.startswith(places):
            return f"{header} may be included only in {', '.join(places)}"

    top = path.split("/", 1)[0]
    module = module_of(path)
    target = re.match(r"bidseal/([a-z]+)/", header)
    if target and module and header not in OPEN_HEADERS:
        wanted = target.group(1)
        if module not in MODULES:
            return f"module {module} is not listed in {pathlib.Path(__file__).name}"
        if wanted != module and wanted not in MODULES[module]:
            return f"module {module} may not use module {wanted}"
    if module and CORE_SYSTEM_HEADERS.match(header):
        return f"the core may not include <{header}>: its callers bring files, threads and clocks"
    if header.startswith(".."):
        header = posixpath.normpath(posixpath.join(posixpath.dirname(path), header))

    named = re.match(r"(shared|wasm|bridge|tools|tests)/", header)
    if named and named.group(1) not in FOLDERS.get(top, set()):
        return f"{top}/ may not use {named.group(1)}/"
    if path.startswith("bridge/tray/") and header.startswith(("bidseal/", "bridge/")) and not header.startswith("bridge/tray/"):
        return "the icon in the tray stands alone"
    if header.startswith("bridge/tray/") and not path.startswith("bridge/tray/"):
        return "nothing uses the icon in the tray"
    if (re.match(r"bridge/(local|cloud)/", header)
            and path.startswith(("bridge/ukey/", "bridge/worker/", "bridge/os/"))):
        return f"{path.rsplit('/', 1)[0]} may not use the servers above it"
    return worker_problem(path, header)


def worker_problem(path, header):
    """What is wrong with an include as to the worker process, or None."""
    if LOADING.match(header) and not path.startswith(LOADING_PLACES):
        return "vendors' libraries are loaded in the worker process alone"
    if path.startswith(WORKER_PLACES) and WORKER_MODULES.match(header):
        return "the worker does without cryptography and JSON"
    if path.startswith(("bridge/ukey/", "bridge/worker/")) and SYSTEM_HEADERS.match(header):
        return f"<{header}> belongs to bridge/os"
    return None


def line_problem(path, line):
    """What is wrong with one line of a C++ file, or None."""
    include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
    if include:
        return include_problem(path, include.group(1))
    if module_of(path) and not line.lstrip().startswith("//"):
        call = CORE_CALLS.search(line)
        if call:
            return f"the core may not call {call.group(0)}: its callers tell the time"
    return None


def import_problem(path, name):
    """What is wrong with a file of web/ importing `name`, or None."""
    parts = path.split("/")
    package = parts[1]
    if parts[0] != "web" or package not in PACKAGES:
        return None
    if name.startswith("."):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if not target.startswith(f"web/{package}/"):
            return f"package {package} reaches out of its folder: {name}"
    if name.startswith("@bidseal/"):
        ours = "/".join(name.split("/")[:2])
        if ours not in PACKAGES[package]:
            return f"package {package} may not import {name}"
    if package == "sdk" and PAGE_LIBRARIES.match(name):
        return f"the SDK may not import {name}: it serves pages of every kind"
    return None


IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]""")


def problems_in(path, text):
    """All (line number, problem) of one file."""
    for number, line in enumerate(text.splitlines(), 1):
        if path.endswith((".h", ".cpp")):
            found = [line_problem(path, line)]
        else:
            found = [import_problem(path, name) for name in IMPORT.findall(line)]
        for problem in found:
            if problem:
                yield number, problem


NAMED_TESTS = re.compile(r"`(tests/[^`]+)`:((?:,? “[^”]+”)+)")


def documented_tests(text, read):
    """Names each test that a document mentions as `file`: “name”, “name” and that does not exist.

    `read` gives the text of a file of the project, or None.
    """
    for path, names in NAMED_TESTS.findall(text):
        source = read(path)
        for name in re.findall("“([^”]+)”", names):
            if source is None or name not in source:
                yield f"there is no test “{name}” in {path}"


def self_test():
    """Each wrong line below must be refused, each right one accepted."""
    wrong = [
        ("shared/src/base/a.cpp", '#include "bidseal/crypto/sm3.h"'),
        ("shared/src/crypto/a.cpp", '#include "bidseal/bid/writer.h"'),
        ("shared/src/zip/a.cpp", '#include "bidseal/protocol/json.h"'),
        ("shared/include/bidseal/crypto/a.h", "#include <fstream>"),
        ("shared/src/bid/a.cpp", "#include <botan/sm2.h>"),
        ("shared/src/bid/a.cpp", "#include <zlib.h>"),
        ("shared/src/bid/a.cpp", "    auto now = std::chrono::system_clock::now();"),
        ("shared/src/crypto/a.cpp", "#include <emscripten.h>"),
        ("shared/src/crypto/a.cpp", '#include "bridge/ukey/token.h"'),
        ("bridge/local/dispatcher.cpp", "#include <libwebsockets.h>"),
        ("bridge/cloud/cosign/a.cpp", "#include <libwebsockets.h>"),
        ("bridge/cloud/cosign/a.cpp", "#include <sqlite3.h>"),
        ("bridge/ukey/skf/a.cpp", '#include "bridge/local/base/log.h"'),
        ("bridge/local/a.cpp", '#include "tools/cli/keys.h"'),
        ("bridge/local/a.cpp", "#include <botan/rng.h>"),
        ("bridge/local/a.cpp", '#include "../../tools/cli/keys.h"'),
        ("bridge/local/a.cpp", "#include <dlfcn.h>"),
        ("bridge/local/a.cpp", '#include "bridge/os/dynamic_library.h"'),
        ("bridge/local/a.cpp", '#include "bridge/ukey/skf/raw_driver.h"'),
        ("bridge/worker/client.cpp", '#include "bridge/ukey/pkcs11/raw_driver.h"'),
        ("bridge/worker/client.cpp", "#include <sys/wait.h>"),
        ("bridge/worker/serve.cpp", '#include "bidseal/crypto/sm2.h"'),
        ("bridge/ukey/skf/a.cpp", '#include "bidseal/protocol/json.h"'),
        ("bridge/ukey/driver.cpp", "#include <p11-kit/pkcs11.h>"),
        ("bridge/local/a.cpp", "#include <systemd/sd-bus.h>"),
        ("bridge/local/a.cpp", '#include "bridge/tray/item.h"'),
        ("bridge/tray/a.cpp", '#include "bridge/local/options.h"'),
        ("tools/cli/a.cpp", '#include "bridge/ukey/skf/raw_driver.h"'),
        ("tools/cli/a.cpp", "#include <nlohmann/json.hpp>"),
        ("web/sdk/src/a.ts", "import { ref } from 'vue';"),
        ("web/sdk/src/a.ts", "import x from '../../tender/src/x';"),
        ("web/tender/src/a.ts", "import x from '../../sdk/src/x';"),
        ("web/tender/src/a.vue", "const x = await import('@bidseal/phone');"),
    ]
    right = [
        ("shared/src/base/error.cpp", '#include "bidseal/protocol/error_codes.h"'),
        ("shared/src/bid/a.cpp", '#include "bidseal/crypto/sm3.h"'),
        ("shared/src/crypto/sm2.cpp", "#include <botan/sm2.h>"),
        ("shared/src/zip/a.cpp", "#include <zlib.h>"),
        ("shared/src/bid/a.cpp", "// std::chrono::system_clock is the caller's matter"),
        ("bridge/local/transport/server.cpp", "#include <libwebsockets.h>"),
        ("bridge/local/a.cpp", '#include "bridge/ukey/token.h"'),
        ("bridge/worker/serve.cpp", '#include "bridge/ukey/skf/raw_driver.h"'),
        ("bridge/worker/client.cpp", '#include "bridge/os/child.h"'),
        ("bridge/tray/a.cpp", "#include <systemd/sd-bus.h>"),
        ("bridge/tray/a.cpp", '#include "bridge/tray/item.h"'),
        ("bridge/ukey/driver.cpp", '#include "bidseal/crypto/sm2.h"'),
        ("tests/unit/kernels/a.cpp", '#include "../../../shared/src/crypto/kernels/x.h"'),
        ("web/tender/src/a.ts", "import { pack } from '@bidseal/sdk';"),
        ("web/sdk/src/a.ts", "import { x } from './generated/messages';"),
        ("tests/sdk/a.test.ts", "import { x } from '../bridge/x.mjs';"),
    ]
    bad = [f"accepted: {path}: {line}" for path, line in wrong if not list(problems_in(path, line))]
    bad += [f"refused: {path}: {line}" for path, line in right if list(problems_in(path, line))]
    document = "`tests/a.mjs`: “one”, “two”; `tests/b.mjs`: “three”"
    if list(documented_tests(document, {"tests/a.mjs": "one two", "tests/b.mjs": "three"}.get)):
        bad.append("refused: tests that there are")
    if len(list(documented_tests(document, {"tests/a.mjs": "one"}.get))) != 2:
        bad.append("accepted: tests that there are not")
    for text in bad:
        print("self-test:", text)
    return len(wrong) + len(right) + 2 - len(bad), len(bad)


def text_of(path):
    """The text of a file of the project, or None."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def check_tree():
    """Checks all files that git knows, or would know once they are added."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout.splitlines()
    passed = failed = 0
    for path in sorted(set(listing)):
        if not path.endswith((".h", ".cpp", ".ts", ".vue", ".mts")) or not (ROOT / path).is_file():
            continue
        found = list(problems_in(path, (ROOT / path).read_text(encoding="utf-8")))
        for number, problem in found:
            print(f"{path}:{number}: {problem}")
        passed, failed = passed + (not found), failed + bool(found)
    for path in sorted(name for name in listing if name.endswith(".md")):
        found = list(documented_tests((ROOT / path).read_text(encoding="utf-8"), text_of))
        for problem in found:
            print(f"{path}: {problem}")
        passed, failed = passed + (not found), failed + bool(found)
    return passed, failed


def main():
    passed, failed = self_test() if "--self-test" in sys.argv[1:] else check_tree()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
