#!/usr/bin/env python3
"""Checks that the tests notice broken code.

Each tests/mutants/*.patch breaks the project in one way. Its first lines say

    # target: test_bid
    # expect-red: name of the doctest case that must fail (doctest's wildcards allowed)
    # why: one line: what an attacker gains without the check

or, where the test is no doctest case, the programs to build and a command that must fail:

    # target: bidseal-bridge bidseal_softukey
    # run: node --test --test-name-pattern="a name" tests/bridge/door.test.mjs

The patches are applied one after another to one copy of the tree in the build folder and taken back
again; only what changed is built there, natively, at -O1. The named test must pass before and fail
after. A mutant that does not build, or that no test notices, is a failure. Arguments: mutants whose
names contain one of them (all without arguments).
"""
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(os.environ["BIDSEAL_ROOT"])
WORK = pathlib.Path(os.environ["BIDSEAL_BUILD"]) / "mutants"
TREE, BUILD = WORK / "tree", WORK / "native"
JOBS = os.environ.get("BIDSEAL_JOBS", "2")
TEST_SECONDS = 240


def run(*command, **options):
    """Runs a command quietly; the result holds its output as text."""
    return subprocess.run(list(map(str, command)), text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False, **options)


def run_test(*command, **options):
    """Runs a test for TEST_SECONDS at most; what it started ends with it."""
    with subprocess.Popen(list(map(str, command)), text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, start_new_session=True, **options) as process:
        try:
            output, _ = process.communicate(timeout=TEST_SECONDS)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    return subprocess.CompletedProcess(command, process.returncode, output)


def copy_tree():
    """Brings the copy in line with the tree, touching only files that differ (quick rebuilds)."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True).stdout.decode().split("\0")
    wanted = {name for name in listing if name and (ROOT / name).is_file()}
    for name in wanted:
        source, copy = ROOT / name, TREE / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            shutil.copymode(source, copy)
    for path in TREE.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.relative_to(TREE).as_posix() not in wanted:
            path.unlink()
    for name in (".deps", "node_modules"):
        link = TREE / name
        if (ROOT / name).exists() and not link.is_symlink():
            link.symlink_to(ROOT / name)


class Mutant:
    """One patch and what its first lines say."""

    def __init__(self, path):
        self.path, self.name = path, path.stem
        text = path.read_text()
        top = text.split("--- a/", 1)[0]

        def header(name):
            match = re.search(rf"^# {name}: *(.+)$", top, re.MULTILINE)
            return match.group(1).strip() if match else ""

        self.targets = header("target").split()
        self.case, self.command = header("expect-red"), header("run")
        self.files = re.findall(r"^--- a/(\S+)", text, re.MULTILINE)
        self.complete = bool(self.targets and header("why") and
                             bool(self.case) != bool(self.command) and self.files)

    def test_key(self):
        return (tuple(self.targets), self.case, self.command)

    def patch(self, *options):
        return run("patch", "-p1", "--no-backup-if-mismatch", *options, "-i", self.path,
                   cwd=TREE).returncode == 0


def build(targets):
    if not (BUILD / "build.ninja").exists():
        result = run("cmake", "-S", TREE, "--preset", "native", "-B", BUILD,
                     "-DBIDSEAL_WERROR=OFF", "-DBIDSEAL_NATIVE_LEVEL=-O1", "-DBIDSEAL_JOIN=OFF")
        if result.returncode:
            sys.exit(result.stdout)
    result = run("ninja", "-C", BUILD, "-j", JOBS, *targets)
    if result.returncode:
        (WORK / "build.log").write_text(result.stdout)
    return result.returncode == 0


def test(mutant):
    """True when the test ran and passed, False when it ran and failed, None when none ran."""
    environment = dict(os.environ, BIDSEAL_ROOT=str(TREE), BIDSEAL_BUILD=str(WORK))
    try:
        if mutant.command:
            result = run_test("bash", "-c", mutant.command, cwd=TREE, env=environment)
        else:
            case = mutant.case.replace(",", "\\,")
            result = run_test(BUILD / "tests" / mutant.targets[0], f"--test-case={case}", cwd=TREE)
            ran = re.search(r"test cases: +(\d+)", result.stdout)
            if ran and int(ran.group(1)) == 0:
                return None
    except subprocess.TimeoutExpired:
        return False
    (WORK / "test.log").write_text(result.stdout)
    return result.returncode == 0


def prepare(mutants):
    """Builds the unchanged programs of mutants that share them and runs each test once. Gives the
    tests that pass; None when the build fails."""
    if not build(mutants[0].targets):
        return None
    green = set()
    for mutant in mutants:
        if mutant.test_key() not in green and test(mutant) is True:
            green.add(mutant.test_key())
    return green


def judge(mutant, green):
    """What became of one mutant: (good, word)."""
    if green is None:
        return False, "the unchanged tree does not build"
    if mutant.test_key() not in green:
        return False, "no such test that passes on the unchanged tree"
    if not mutant.patch("--dry-run"):
        return False, "the patch does not apply"
    mutant.patch()
    try:
        if not build(mutant.targets):
            return False, "does not build"
        return (True, "noticed") if test(mutant) is False else (False, "NOT NOTICED")
    finally:
        if not mutant.patch("--reverse"):
            copy_tree()


def main():
    mutants = [Mutant(path) for path in (ROOT / "tests/mutants").glob("*.patch")]
    if len(sys.argv) > 1:
        mutants = [m for m in mutants if any(word in m.name for word in sys.argv[1:])]
    if not mutants:
        sys.exit("no such mutants in tests/mutants")
    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    # Same programs and same file together: the least to rebuild from one to the next.
    mutants.sort(key=lambda m: (m.targets, m.files, m.name))
    bad, began = 0, time.monotonic()
    print(f"{'mutant':44} {'seconds':>7}  result")
    for _, group in itertools.groupby(mutants, key=lambda m: m.targets):
        group = list(group)
        whole = [mutant for mutant in group if mutant.complete]
        green = prepare(whole) if whole else set()
        for mutant in group:
            start = time.monotonic()
            good, word = judge(mutant, green) if mutant.complete else (
                False, "its first lines lack target, why, or one of expect-red and run")
            bad += not good
            print(f"{mutant.name:44} {time.monotonic() - start:7.0f}  {word}", flush=True)
            if not good and mutant.complete:
                print(f"    expected to fail: {mutant.case or mutant.command}", flush=True)
    print(f"{len(mutants) - bad} of {len(mutants)} mutants noticed in "
          f"{time.monotonic() - began:.0f} s")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
