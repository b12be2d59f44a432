#!/usr/bin/env python3
"""Sums test results.

  trx ROLE SKIPS DIRECTORY      what failed or was skipped, then "N passed, N failed"
  trx --all-ran SKIPS DIRECTORY fails when a test was skipped in every run whose results are below DIRECTORY

A skipped test counts as failed, unless a row of SKIPS allows it: role, pattern of the test's name, "#" and the reason.
A row of role "never" is for tests that no run of ours can run.
"""

import fnmatch
import pathlib
import sys
import xml.etree.ElementTree as xml

SPACE = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"


def allowed_skips(file, *roles):
    patterns = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        words, _, reason = line.partition("#")
        if not words.strip():
            continue
        of_role, pattern = words.split(None, 1)
        pattern = pattern.strip()
        if not reason.strip() or of_role not in ("root", "user", "never"):
            raise SystemExit(f"{file}:{number}: role (root, user, never), pattern, # and the reason")
        if of_role in roles:
            patterns.append(pattern)
    return patterns


def results(directory):
    for file in sorted(directory.rglob("*.trx")):
        yield from xml.parse(file).getroot().iter(SPACE + "UnitTestResult")


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def all_ran(skips, directory):
    seen, ran = set(), set()
    for result in results(directory):
        name = result.get("testName")
        seen.add(name)
        if result.get("outcome") != "NotExecuted":
            ran.add(name)
    patterns = allowed_skips(skips, "never")
    missing = sorted(name for name in seen - ran if not matches(name, patterns))
    print("\n".join(missing) or f"each of {len(seen)} tests ran, or never can")
    return 1 if missing or not seen else 0


def count(role, skips, directory):
    patterns = allowed_skips(skips, role, "never")
    passed, failed = 0, 0
    for result in results(directory):
        name, outcome = result.get("testName"), result.get("outcome")
        if outcome == "Passed":
            passed += 1
        elif outcome == "NotExecuted" and matches(name, patterns):
            print(f"      skipped, as listed: {name}")
        else:
            failed += 1
            print(f"FAIL {outcome}: {name}")
            message = result.find(f".//{SPACE}Message")
            if message is not None and message.text:
                print("\n".join("  " + line for line in message.text.splitlines()[:12]))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    what, skips, directory = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    sys.exit(all_ran(skips, directory) if what == "--all-ran" else count(what, skips, directory))
