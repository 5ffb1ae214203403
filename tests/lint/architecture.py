"""Who may include what, and whether the build knows every file."""

import re
from pathlib import Path

# A folder, and the folders besides itself whose headers it may include. Only the server's layers
# are in one row, as each may include all that is below it. What is in no row may include anything.
LAYERS = {
    "server/base/": (),
    "server/core/": ("server/base/",),
    "server/store/": ("server/core/", "server/base/"),
    "server/http/": ("server/core/", "server/base/"),
    "server/ui/": ("server/http/", "server/base/"),
    "server/api/": ("server/store/", "server/http/", "server/core/", "server/base/"),
    "server/stubs/": ("server/http/", "server/core/", "server/base/", "scenarios/match/"),
    "server/admin/": ("server/stubs/", "server/store/", "server/http/", "server/core/",
                      "server/base/", "scenarios/match/"),
    "server/app/": ("server/", "scenarios/player/"),
    "client/": (),
    "scenarios/match/": (),
    "scenarios/player/": ("scenarios/match/", "client/"),
}

# The header of an outside library, and the only places that may include it.
HOMES = {
    "civetweb.h": ("server/http/", "tests/bench/"),
    "sqlite3.h": ("server/store/", "tests/unit/store/", "tests/support/failing_libraries.c"),
    "pcre2.h": ("scenarios/match/",),
    "curl/": ("client/", "server/admin/outbound_curl.h", "tests/"),
    "nettle/": ("server/base/sign.c",),
    "xxhash.h": ("server/base/hash.c",),
    "utf8proc.h": ("server/core/",),
    "libstemmer.h": ("server/core/",),
    "jansson.h": ("server/api/", "server/admin/", "server/stubs/", "server/http/json_body.", "client/",
                  "scenarios/", "tests/"),
    "check.h": ("tests/",),
}


def layers(tree):
    """Includes run downward only."""
    for path in tree.select(".c", ".h", ".inc"):
        own = next((layer for layer in LAYERS if path.startswith(layer)), None)
        if own is None:
            continue
        for line, quote, name in tree.includes(path):
            if quote == "<":
                continue
            header = tree.find_header(path, name)
            if header is None:
                yield f'{path}:{line}: no header of ours is called "{name}"'
            elif not header.startswith((own, *LAYERS[own])):
                yield f'{path}:{line}: {own} must not include "{name}", which is not below it'


def homes(tree):
    """Each outside library has one home."""
    for path in tree.select(".c", ".h", ".inc"):
        for line, _, name in tree.includes(path):
            library = next((key for key in HOMES if name.startswith(key)), None)
            if library and not path.startswith(HOMES[library]):
                yield f"{path}:{line}: {name} is for {' and '.join(HOMES[library])} only"


def listed(tree):
    """The build knows every source and every suite of tests."""
    for path in tree.select(".c", under="server/") + tree.select(".c", under="client/src/"):
        lists = [f"{parent.as_posix()}/CMakeLists.txt" for parent in Path(path).parents]
        name = re.compile(rf"[\s/(]{re.escape(Path(path).name)}[\s)]")
        if not any(p in tree.paths and name.search(tree.text(p)) for p in lists):
            yield f"{path}:1: no CMakeLists.txt names this file"
    for path in tree.select(".c", under="tests/unit/"):
        suite = re.fullmatch(r"tests/unit/(\w+)/test_(\w+)\.c", path)
        if suite and f"SUITE({suite[2]})\n" not in _text(tree, f"tests/unit/{suite[1]}/suites.h"):
            yield f"{path}:1: tests/unit/{suite[1]}/suites.h does not list SUITE({suite[2]})"
    for path in tree.select("/suites.h", under="tests/unit/"):
        layer = path.split("/")[2]
        if not re.search(rf"mockhere_unit_tests\({layer}\b", _text(tree, "tests/CMakeLists.txt")):
            yield f"{path}:1: tests/CMakeLists.txt does not call mockhere_unit_tests({layer})"


def _text(tree, path):
    return tree.text(path) if path in tree.paths else ""
