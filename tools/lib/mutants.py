#!/usr/bin/env python3
"""Checks that the tests notice broken code.

Each tests/mutants/*.patch breaks the project in one way. Its first lines say

    # target: test_bid
    # expect-red: name of the doctest case that must fail (doctest's wildcards allowed)
    # why: one line

The patches are applied one after another to a copy of the tree in the build folder; the target is
built there, natively, and the named test must pass before and fail after. A mutant that does not
build, or that no test notices, is a failure.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(os.environ["BIDSEAL_ROOT"])
WORK = pathlib.Path(os.environ["BIDSEAL_BUILD"]) / "mutants"
TREE, BUILD = WORK / "tree", WORK / "build"
JOBS = os.environ.get("BIDSEAL_JOBS", "2")


def run(*command, **options):
    """Runs a command quietly; the result holds its output as text."""
    return subprocess.run(list(map(str, command)), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, **options)


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
    link = TREE / ".deps"
    if not link.is_symlink():
        link.symlink_to(ROOT / ".deps")


def header(patch, name):
    """The value of a "# name: value" line at the top of a patch."""
    match = re.search(rf"^# {name}: *(.+)$", patch.read_text().split("\n--- ", 1)[0], re.MULTILINE)
    return match.group(1).strip() if match else None


def build(target):
    if not (BUILD / "build.ninja").exists():
        result = run("cmake", "-S", TREE, "--preset", "native", "-B", BUILD,
                     "-DBIDSEAL_WERROR=OFF")
        if result.returncode:
            sys.exit(result.stdout)
    return run("ninja", "-C", BUILD, "-j", JOBS, target)


def test(target, case):
    """True when the case ran and passed, False when it ran and failed, None when none ran."""
    result = run(BUILD / "tests" / target, f"--test-case={case.replace(',', chr(92) + ',')}")
    ran = re.search(r"test cases: +(\d+)", result.stdout)
    if ran and int(ran.group(1)) == 0:
        return None
    return result.returncode == 0


def judge(patch, green):
    """What became of one mutant: (good, word)."""
    target, case = header(patch, "target"), header(patch, "expect-red")
    if not target or not case:
        return False, "says no target or no expect-red"
    if (target, case) not in green:
        result = build(target)
        if result.returncode:
            return False, "the unchanged tree does not build"
        if test(target, case) is not True:
            return False, f"no test '{case}' that passes on the unchanged tree"
        green.add((target, case))
    applied = run("patch", "-p1", "--no-backup-if-mismatch", "-i", patch, cwd=TREE)
    if applied.returncode:
        copy_tree()
        return False, "the patch does not apply"
    try:
        if build(target).returncode:
            return False, "does not build"
        return (True, "noticed") if test(target, case) is False else (False, "NOT NOTICED")
    finally:
        copy_tree()


def main():
    patches = sorted((ROOT / "tests/mutants").glob("*.patch"))
    if not patches:
        sys.exit("tests/mutants has no patches")
    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    green, bad = set(), 0
    print(f"{'mutant':40} {'test':28} result")
    for patch in patches:
        good, word = judge(patch, green)
        bad += not good
        print(f"{patch.stem:40} {header(patch, 'expect-red') or '-':28} {word}", flush=True)
    print(f"{len(patches) - bad} of {len(patches)} mutants noticed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
