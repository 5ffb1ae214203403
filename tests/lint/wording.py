"""What must not be written: functions, comments, names that are no one else's business."""

import re

from tree import Skip, c_code, line_comments

NUMBERS = ("base/text.h has readers that notice overflow and rubbish", ("server/base/text.c",))
SIZED = ("it does not know how much room there is: use struct buf or snprintf", ())
SHARED = ("it keeps hidden state between calls", ())

# A function, why not, and where it may be used all the same.
BANNED = {
    **dict.fromkeys(("strcpy", "strcat", "strncpy", "strncat", "stpcpy", "sprintf", "vsprintf",
                     "gets"), SIZED),
    **dict.fromkeys(("strtok", "asctime", "ctime", "gmtime", "localtime", "rand", "srand"), SHARED),
    **dict.fromkeys(("atoi", "atol", "atoll", "atof", "strtol", "strtoll", "strtoul", "strtoull",
                     "strtoimax", "strtoumax"), NUMBERS),
    "alloca": ("it takes from the stack without asking", ()),
    "setjmp": ("it leaves functions without releasing what they hold", ()),
    "longjmp": ("it leaves functions without releasing what they hold", ()),
}
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")

# Where packages come from, where somebody's work tree lies and who wrote what is for nobody's eyes.
UNWANTED = {
    r"deb\.debian\.org|security\.debian\.org|archive\.ubuntu\.com": "a package host",
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|yarnpkg\.com": "a package host",
    r"proxy\.golang\.org|sum\.golang\.org|repo1?\.maven\.\w+|crates\.io": "a package host",
    r"\bdocker\.io/|\bghcr\.io|\bquay\.io": "a package host",
    r"(?<![\w.~/-])/(?:work|root|home/\w+)/": "a path of one machine",
    r"(?i)\b(?:issue|ticket|pull request|PR) ?#?\d+\b": "the number of an issue",
    r"(?i)(?<!user[- ])\bagents\b|\b(?:this|previous) session\b": "how this was written",
    r"(?i)\b(?:clau[d]e|anthropi[c]|chatgp[t]|copilo[t])\b": "how this was written",
}

MAKE_COMMAND = re.compile(r"(?:^\s*(?:\$ )?|[;&|]\s*)make ([a-z][a-z-]*)")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
OWN_PATH = re.compile(
    r"(?<![\w./-])((?:\.ci|client|cmake|docker|scenarios|server|tests)/[\w./-]*\w)")
LITERAL_ERROR = re.compile(r"\bcall_error\([^,;]+,[^,;]+,\s*\d+\s*,")
PLACEHOLDER = re.compile(r"NAME|LAYER")


def banned(tree):
    """No function is called that style.md bans."""
    for path in tree.select(".c", ".h", ".inc"):
        for number, line in enumerate(c_code(tree.text(path)).split("\n"), 1):
            for match in BANNED_CALL.finditer(line):
                why, where = BANNED[match[1]]
                if path not in where:
                    yield f"{path}:{number}: {match[1]}() is banned: {why}"


def comments(tree):
    """Comments stand between /* and */; two slashes are for debugging at home."""
    for path in tree.select(".c", ".h", ".inc"):
        for number in line_comments(tree.text(path)):
            yield f"{path}:{number}: a comment with // (finished comments stand in /* */)"


def words(tree):
    """The project speaks of the project alone."""
    for path in tree.paths:
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            for pattern, what in UNWANTED.items():
                match = re.search(pattern, line)
                if match:
                    yield f"{path}:{number}: \"{match[0]}\" is {what}"


def texts(tree):
    """What the API says when it refuses stands in one table."""
    header, table = "server/api/errors.h", "server/api/errors.c"
    for path in tree.select(".c", under="server/api/"):
        text = tree.text(path)
        for match in LITERAL_ERROR.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{number}: the status and text of an error belong in {header}"
    lines = tree.text(header).split("\n") if header in tree.paths else ()
    for number, line in enumerate(lines, 1):
        match = re.match(r"#define (ERROR_\w+)", line)
        if match and not re.search(rf"\b{match[1]}\b", tree.text(table)):
            yield f"{header}:{number}: {match[1]} has no row in {table}"


def readme(tree):
    """What the Markdown files link to, run and name is there."""
    targets = set()
    if "Makefile" in tree.paths:
        targets = set(re.findall(r"^([a-z-]+):", tree.text("Makefile"), re.MULTILINE))
    for path in tree.select(".md"):
        for number, line, is_code in _markdown_lines(tree.text(path)):
            for target in MAKE_COMMAND.findall(line) if is_code else ():
                if target not in targets:
                    yield f"{path}:{number}: the Makefile has no target {target}"
            folder = path.rpartition("/")[0]
            for name in LINK.findall(line):
                if not (tree.root / folder / name).exists():
                    yield f"{path}:{number}: the link {name} leads nowhere"
            for name in OWN_PATH.findall(line) if is_code else ():
                places = (tree.root / name, tree.root / folder / name)
                if not (PLACEHOLDER.search(name) or any(place.exists() for place in places)):
                    yield f"{path}:{number}: there is no {name}"
    if "README.md" not in tree.paths:
        raise Skip("there is no README.md yet")


def _markdown_lines(text):
    """Yields (number, line, whether it is code); of a line of prose, code in backquotes counts."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        yield number, line, fenced
        if not fenced:
            for code in re.findall(r"`([^`]+)`", line):
                yield number, code, True
