"""A report, not a gate: what has grown long, the longest first."""

from tree import c_code

FILE_LINES = 400
HEADER_LINES = 150
FUNCTION_LINES = 50


def sizes(tree):
    """Prints long files and functions; clang-tidy draws the hard line."""
    rows = []
    for path in tree.select(".c", ".h"):
        lines = c_code(tree.text(path)).split("\n")
        if len(lines) > (HEADER_LINES if path.endswith(".h") else FILE_LINES):
            rows.append((len(lines), path))
        rows += [(length, f"{path}:{start}") for start, length in _functions(lines)
                 if length > FUNCTION_LINES]
    for length, where in sorted(rows, reverse=True):
        print(f"{length:5} lines  {where}")
    return []


def _functions(lines):
    """Yields (first line, length) of each body between two braces at the margin."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            yield start, number - start + 1
            start = None
