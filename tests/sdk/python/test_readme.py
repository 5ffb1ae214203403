"""The examples of README.md are run as they stand, but for the address."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from server import ROOT, Mockhere

ADDRESS = "http://127.0.0.1:8080"
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLES = [(language, code) for language, code in BLOCKS if ADDRESS in code]


def run(mockhere: Mockhere, language: str, code: str) -> str:
    program = [sys.executable, "-c"] if language == "python" else ["bash", "-euo", "pipefail", "-c"]
    ran = subprocess.run(
        [*program, code.replace(ADDRESS, mockhere.url)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(("language", "code"), EXAMPLES)
def test_an_example_runs(mockhere: Mockhere, language: str, code: str) -> None:
    assert run(mockhere, language, code).strip()


def test_the_overlap_is_refused_with_the_text_that_the_readme_shows(mockhere: Mockhere) -> None:
    [code] = [code for language, code in EXAMPLES if language == "sh" and "collision" in code]
    [shown] = re.findall(r"^(string '.*')$", README, re.MULTILINE)
    assert shown in run(mockhere, "sh", code)


def test_there_is_an_example_of_each_kind() -> None:
    assert {language for language, _ in EXAMPLES} == {"sh", "python"}
