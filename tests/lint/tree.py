"""The files that the lints look at, and C text taken apart."""

import os
import re
import subprocess
from pathlib import Path

C_TOKEN = re.compile(
    r"""(?P<block>/\*.*?\*/)
      | (?P<line>//(?:\\\n|[^\n])*)
      | (?P<string>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')""",
    re.VERBOSE | re.DOTALL,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)

# Where an #include in quotes is looked for, after the folder of the file itself.
INCLUDE_PATH = ("server", "client/include", "client", "scenarios", "tests", "")


class Skip(Exception):
    """There is nothing yet that this lint could look at."""


class Tree:
    """A source tree at `root`, and the build folder `build` in which lints may keep notes."""

    def __init__(self, root, build):
        self.root = Path(root).resolve()
        self.build = Path(build).resolve()
        self.paths = sorted(self._list())
        self._texts = {}

    def _list(self):
        listing = subprocess.run(
            ["git", "-C", self.root, "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"],
            capture_output=True, text=True, check=False)
        if listing.returncode == 0:
            names = [name for name in listing.stdout.split("\0") if name]
        else:
            found = (p.relative_to(self.root) for p in self.root.rglob("*"))
            names = [p.as_posix() for p in found if p.parts[0] not in (".git", "build")]
        return {name for name in names if (self.root / name).is_file()}

    def select(self, *suffixes, under=""):
        """The paths below the folder `under` that end in one of `suffixes`."""
        return [p for p in self.paths if p.endswith(suffixes) and p.startswith(under)]

    def text(self, path):
        """The file's text; that of a binary file, or of one that has just gone, is empty."""
        if path not in self._texts:
            file = self.root / path
            data = file.read_bytes() if file.exists() else b""
            self._texts[path] = "" if b"\0" in data else data.decode("utf-8", "replace")
        return self._texts[path]

    def includes(self, path):
        """Yields (line number, quote or '<', name) of each #include."""
        text = self.text(path)
        for match in INCLUDE.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, match[1], match[2]

    def find_header(self, path, name):
        """The path of what `path` includes as "name"; None if no file of ours is called so."""
        for folder in (str(Path(path).parent), *INCLUDE_PATH):
            candidate = os.path.normpath(Path(folder, name))
            if candidate in self.paths:
                return candidate
        return None


def c_code(text):
    """The text with all comments and the insides of strings blanked, lines as they were."""
    def blank(match):
        if match["string"]:
            return match[0][0] + " " * (len(match[0]) - 2) + match[0][-1]
        return re.sub(r"[^\n]", " ", match[0])
    return C_TOKEN.sub(blank, text)


def line_comments(text):
    """Yields the line number of each comment that begins with two slashes."""
    for match in C_TOKEN.finditer(text):
        if match["line"]:
            yield text.count("\n", 0, match.start()) + 1
