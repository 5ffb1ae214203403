"""The lints that are other people's programs."""

import hashlib
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tree import Skip

SUPPRESSIONS = Path(__file__).resolve().parent / "cppcheck.txt"


def _run(tree, *command):
    """Returns None if the command succeeds, else what it printed."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=tree.root, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError:
        return f"{command[0]} is not installed"
    return None if done.returncode == 0 else done.stdout.strip() or f"{command[0]} failed"


def _run_each(tree, commands):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(lambda command: _run(tree, *command), commands))


def headers(tree):
    """Each header compiles alone, and its guard is named after its path."""
    paths = [p for p in tree.select(".h") if Path(p).name != "suites.h"]
    compiler = os.environ.get("CC", "cc")
    folders = [f"-I{folder}" for folder in ("server", "client/include", "client", "scenarios",
                                            "tests", "tests/unit")]
    yield from _run_each(tree, ((compiler, "-fsyntax-only", "-std=c17", "-Wall", "-Wextra",
                                 "-Wpedantic", "-Werror", "-D_DEFAULT_SOURCE", *folders, "-include",
                                 path, "-x", "c", "/dev/null") for path in paths))
    for path in paths:
        if path.startswith("server/"):
            guard = re.sub(r"\W", "_", path.removeprefix("server/")).upper()
            if f"#ifndef {guard}\n#define {guard}\n" not in tree.text(path):
                yield f"{path}:1: the include guard is not {guard}"


def layout(tree):
    """clang-format would change nothing."""
    paths = tree.select(".c", ".h")
    half = (len(paths) + 1) // 2
    yield from _run_each(tree, (("clang-format", "--dry-run", "-Werror", *part)
                                for part in (paths[:half], paths[half:]) if part))


def shell(tree):
    """shellcheck finds nothing in our scripts."""
    scripts = [p for p in tree.paths
               if p.endswith(".sh") or re.match(r"#!.*\b(ba)?sh\b", tree.text(p)[:80])]
    if scripts:
        yield from filter(None, [_run(tree, "shellcheck", *scripts)])


def cppcheck(tree):
    """cppcheck finds nothing but what cppcheck.txt excuses."""
    notes = tree.build / "lint/cppcheck"
    notes.mkdir(parents=True, exist_ok=True)
    found = _run(tree, "cppcheck", "--enable=warning,style,performance,portability", "--std=c17",
                 "--inline-suppr", f"--suppressions-list={SUPPRESSIONS}", "--error-exitcode=1",
                 "--quiet", f"-j{os.cpu_count()}", f"--cppcheck-build-dir={notes}",
                 f"--project={_commands(tree)}")
    if found:
        yield found


def tidy(tree):
    """clang-tidy finds nothing; a file that it passed is looked at again only when it changes."""
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    settings = version + b"".join(tree.text(p).encode() for p in tree.select(".clang-tidy"))
    jobs = []
    for entry in json.loads(_commands(tree).read_text()):
        file = Path(entry["directory"], entry["file"]).resolve()
        path = file.relative_to(tree.root).as_posix() if file.is_relative_to(tree.root) else None
        if path in tree.paths:
            jobs.append((path, _digest(tree, path, settings + entry["command"].encode())))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(lambda job: _tidy_one(tree, *job), dict(jobs).items()))


def _commands(tree):
    commands = tree.build / "compile_commands.json"
    if not commands.exists():
        raise Skip(f"{commands} is not there: configure a build first")
    return commands


def _tidy_one(tree, path, digest):
    stamp = tree.build / "lint/tidy" / f"{path}.passed"
    if stamp.exists() and stamp.read_text() == digest:
        return None
    found = _run(tree, "clang-tidy", "--quiet", "-p", tree.build, path)
    if found is None:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)
    return found


def _digest(tree, path, settings):
    """A hash of what clang-tidy's opinion of `path` depends on, but for the system's headers."""
    digest = hashlib.sha256(settings)
    seen, left = {path}, [path]
    while left:
        current = left.pop()
        digest.update(current.encode() + tree.text(current).encode())
        for _, quote, name in tree.includes(current):
            header = tree.find_header(current, name) if quote == '"' else None
            if header and header not in seen:
                seen.add(header)
                left.append(header)
    return digest.hexdigest()
