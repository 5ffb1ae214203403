"""Proves of each lint that it finds what it is there for, and passes what is fine."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from lint import LINTS
from tree import Skip, Tree, c_code

HEADER = "#ifndef BASE_A_H\n#define BASE_A_H\n\nint a(void);\n\n#endif\n"
RUN_STAGES = Path(__file__).resolve().parents[1] / "support/run_stages.sh"
INSTALL = Path(__file__).resolve().parents[2] / "docker/install.sh"

# The lint, a file, what is wrong with it (None: nothing), and its text.
CASES = (
    ("layers", "server/core/x.c", None, '#include "core/x.h"\n#include "base/a.h"\n'),
    ("layers", "server/base/x.c", "must not include", '#include "core/x.h"\n'),
    ("layers", "server/api/x.c", "must not include", '#include "admin/x.h"\n'),
    ("layers", "server/admin/x.c", "must not include", '  #  include "api/x.h"\n'),
    ("layers", "server/store/x.c", "must not include", '#include "http/x.h"\n'),
    ("layers", "server/app/x.c", None, '#include "api/x.h"\n#include "admin/x.h"\n'),
    ("layers", "server/app/x.c", "must not include", '#include "cohere.h"\n'),
    ("layers", "client/src/x.c", "must not include", '#include "base/a.h"\n'),
    ("layers", "scenarios/match/x.c", "must not include", '#include "../../server/base/a.h"\n'),
    ("layers", "server/base/x.c", "no header of ours", '#include "base/gone.h"\n'),
    ("homes", "server/api/x.c", None, "#include <jansson.h>\n"),
    ("homes", "server/core/x.c", "is for", "#include <jansson.h>\n"),
    ("homes", "server/api/x.c", "is for", "#include <civetweb.h>\n"),
    ("homes", "server/api/x.c", "is for", "#include <sqlite3.h>\n"),
    ("homes", "server/admin/x.c", "is for", "#include <curl/curl.h>\n"),
    ("homes", "server/admin/outbound_curl.h", None, "#include <curl/curl.h>\n"),
    ("homes", "server/base/hash.c", "is for", "#include <nettle/sha2.h>\n"),
    ("homes", "server/base/sign.c", "is for", '#include "xxhash.h"\n'),
    ("homes", "server/store/x.c", "is for", "#include <utf8proc.h>\n"),
    ("homes", "server/store/x.c", "is for", "#include <libstemmer.h>\n"),
    ("listed", "server/core/x.c", None, ""),
    ("listed", "server/core/forgotten.c", "no CMakeLists.txt names", ""),
    ("listed", "server/core/x_x.c", "no CMakeLists.txt names", ""),
    ("listed", "tests/unit/core/test_x.c", None, ""),
    ("listed", "tests/unit/core/test_y.c", "does not list SUITE(y)", ""),
    ("listed", "tests/unit/store/suites.h", "mockhere_unit_tests(store)", ""),
    ("banned", "server/base/x.c", None, 'my_strcpy(a); p->rand(); /* gets() */ "atoi(x)";\n'),
    ("banned", "server/base/x.c", "strcpy() is banned", "    strcpy(a, b);\n"),
    ("banned", "server/base/x.c", "sprintf() is banned", "(void)sprintf (a, b);\n"),
    ("banned", "server/base/x.c", "strtol() is banned", "x = strtol(a, b, 10);\n"),
    ("banned", "server/base/text.c", None, "x = strtol(a, b, 10);\n"),
    ("banned", "tests/unit/x.c", "gmtime() is banned", "t = gmtime(&now);\n"),
    ("comments", "server/base/x.c", None, '/* see http://example.com */ x("http://a");\n'),
    ("comments", "server/base/x.c", None, "c = '\"'; /* // */ d = '\\''; /* \" // */\n"),
    ("comments", "server/base/x.c", "a comment with //", "x(); // why\n"),
    ("comments", "server/base/x.c", ":2: a comment", 'x("/* no");\n// y */\n'),
    ("texts", "server/api/x.c", None, "call_error(call, res, ERROR_X, text);\n"),
    ("texts", "server/api/x.c", "belong in", 'call_error(call, r->res, 400,\n  "x");\n'),
    ("texts", "server/api/errors.h", "has no row", '#define ERROR_X 400, "x"\n'),
    ("words", "server/base/x.c", None, '"User-Agent", "network/work/x"\n'),
    ("words", "docker/Dockerfile", "a package host", "RUN curl http://deb." + "debian.org/x\n"),
    ("words", "package-lock.json", "a package host", '"https://registry.' + 'npmjs.org/x"\n'),
    ("words", "notes.md", "a path of one machine", "Look into /wo" + "rk/main for it.\n"),
    ("words", "notes.md", "the number of an issue", "This closes iss" + "ue #12.\n"),
    ("words", "notes.md", "how this was written", "Two agen" + "ts wrote this.\n"),
    ("readme", "README.md", None, "```\nmake build\ntests/run.sh\n  x  # make y\n```\n[x](docker/)\n"),
    ("readme", "README.md", None, "`tests/unit/LAYER/test_NAME.c`, tests/gone.sh\n"),
    ("readme", "README.md", "no target buidl", "```\nmake buidl\n```\n"),
    ("readme", "README.md", "no target instal", "```\n$ cd x && make instal\n```\n"),
    ("readme", "README.md", "no target polish", "Run `make polish`, which will make nothing.\n"),
    ("readme", "README.md", "leads nowhere", "[the tour](server/TOUR.md)\n"),
    ("readme", "README.md", "there is no tests/gone.sh", "```\ntests/gone.sh --fast\n```\n"),
    ("headers", "server/base/x.h", "size_t",
     HEADER.replace("_A_", "_X_").replace("void", "size_t")),
    ("headers", "server/base/x.h", "guard is not BASE_X_H", HEADER),
    ("headers", "server/base/a.h", None, HEADER),
    ("format", "server/base/x.c", None, "int x(void)\n{\n    return 1;\n}\n"),
    ("format", "server/base/x.c", "code should be clang-formatted", "int x( void ) {return 1;}\n"),
    ("shell", "tests/run.sh", None, '#!/bin/sh\nls "$1"\n'),
    ("shell", "tests/run.sh", "SC2086", "#!/bin/sh\nls $1\n"),
    ("shell", ".ci/run", "SC2086", "#!/usr/bin/env bash\nls $1\n"),
    ("cppcheck", "server/base/x.c", None, "int x(void)\n{\n    return 1;\n}\n"),
    ("cppcheck", "server/base/x.c", "zerodiv", 
     "int x(void)\n{\n    int n = 0;\n    return 1 / n;\n}\n"),
    ("tidy", "server/base/x.c", None, "int x(void);\n\nint x(void)\n{\n    return 1;\n}\n"),
    ("tidy", "server/base/x.c", "bugprone", "int x(void);\n\nint x(void)\n{\n    if (1)\n"
     "        return 1;\n    else\n        return 1;\n}\n"),
)

# What is around the file in question.
SAMPLE = {
    **{f"{folder}/x.h": "" for folder in ("server/core", "server/http", "server/api",
                                          "server/admin", "client/include")},
    "client/include/cohere.h": "",
    "server/base/a.h": HEADER,
    "server/core/CMakeLists.txt": "mockhere_layer(core SOURCES x.c)\n",
    "tests/CMakeLists.txt": "mockhere_unit_tests(core)\n",
    "tests/unit/core/suites.h": "SUITE(x)\n",
    "tests/run.sh": "#!/bin/sh\ntrue\n",
    "docker/Dockerfile": "FROM scratch\n",
    "Makefile": "build: x\nx:\n",
    "README.md": "# A sample\n",
    ".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 4\nBreakBeforeBraces: Linux\n"
                     "AllowShortFunctionsOnASingleLine: None\n",
    ".clang-tidy": "Checks: '-*,bugprone-*'\nWarningsAsErrors: '*'\n",
}


class Sample:
    """A small source tree for as long as a test takes."""

    def __init__(self, files):
        self.files = {**SAMPLE, **files}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        for path, text in self.files.items():
            self.write(path, text)
        sources = [path for path in self.files if path.endswith(".c")]
        self.write("build/compile_commands.json", json.dumps([
            {"directory": str(self.root), "file": path, "command": f"cc -std=c17 -c {path}"}
            for path in sources]))
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def lint(self, name):
        return "\n".join(LINTS[name](Tree(self.root, self.root / "build")))


class Lints(unittest.TestCase):
    def test_each_case(self):
        for lint, path, wrong, text in CASES:
            with self.subTest(lint=lint, path=path, text=text), Sample({path: text}) as sample:
                found = sample.lint(lint)
                if wrong is None:
                    self.assertNotIn(path, found)
                else:
                    self.assertIn(wrong, found)
                    self.assertIn(path.rpartition("/")[2], found)

    def test_each_gate_has_a_case_that_fails(self):
        failing = {lint for lint, _, wrong, _ in CASES if wrong}
        self.assertEqual(failing, set(LINTS) - {"sizes"})

    def test_clang_tidy_looks_again_when_a_header_changed(self):
        passing = {"server/base/x.h": "#define X 1\n",
                   "server/base/x.c": '#include "x.h"\nint x(void)\n{\n    return X;\n}\n'}
        with Sample(passing) as sample:
            self.assertEqual(sample.lint("tidy"), "")
            sample.write("server/base/x.h", "#define X 2 * 1 +\n")
            self.assertIn("error", sample.lint("tidy"))

    def test_a_missing_readme_is_skipped_only_after_the_other_files_were_read(self):
        with Sample({"CONTRIBUTING.md": "`make nothing`\n"}) as sample:
            (sample.root / "README.md").unlink()
            found = []
            with self.assertRaises(Skip):
                for complaint in LINTS["readme"](Tree(sample.root, sample.root / "build")):
                    found.append(complaint)
            self.assertEqual(len(found), 1)

    def test_what_git_ignores_is_not_linted(self):
        with Sample({".gitignore": "/scratch.c\n", "scratch.c": "// mine\n"}) as sample:
            subprocess.run(["git", "-C", sample.root, "init", "-q"], check=True)
            self.assertEqual(sample.lint("comments"), "")

    def test_code_without_comments_keeps_its_lines(self):
        self.assertEqual(c_code('a /* "\n */ "b\\"//" // c\nd'), 'a     \n    "     "     \nd')


class Install(unittest.TestCase):
    def run_install(self, list_text, sections, commands):
        """Run a copy of install.sh over `list_text`, where only `commands` (name, script) exist."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "bin").mkdir()
            (root / "packages.txt").write_text(list_text, encoding="utf-8")
            (root / "install.sh").write_bytes(INSTALL.read_bytes())
            for name in ("bash", "cat", "dirname", "env", "grep"):
                (root / "bin" / name).symlink_to(f"/usr/bin/{name}")
            for name, script in commands.items():
                (root / "bin" / name).write_text(f"#!/usr/bin/bash\n{script}\n", encoding="utf-8")
                (root / "bin" / name).chmod(0o755)
            return subprocess.run(
                ["/usr/bin/bash", root / "install.sh", *sections], check=False, text=True,
                capture_output=True, env={**os.environ, "PATH": str(root / "bin")})

    LIST = "[run]\na\nb unless own-b\n[test]\nc\n"
    DEBIAN = {"dpkg-query": "echo -n 'installed:a '", "apt-get": 'echo apt-get "$@"',
              "id": "echo 0"}

    def test_nothing_happens_when_all_is_there(self):
        done = self.run_install(self.LIST, ["run"], {
            **self.DEBIAN, "own-b": "", "apt-get": "exit 9"})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_only_what_is_missing_is_installed(self):
        done = self.run_install(self.LIST, ["run", "test"], self.DEBIAN)
        self.assertEqual(done.returncode, 0)
        self.assertIn("install.sh: installing b c\n", done.stderr)
        self.assertIn("install b c\n", done.stderr)

    def test_without_root_sudo_is_asked(self):
        done = self.run_install(self.LIST, ["run"], {
            **self.DEBIAN, "id": "echo 1000", "sudo": 'echo sudo "$@"'})
        self.assertIn("sudo env DEBIAN_FRONTEND=noninteractive apt-get", done.stderr)

    def test_who_cannot_install_is_told_what_is_missing(self):
        done = self.run_install(self.LIST, ["run"], {**self.DEBIAN, "id": "echo 1000"})
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "no sudo.*apt-get install --no-install-recommends b\n")

    def test_another_system_is_told_the_names(self):
        done = self.run_install(self.LIST, ["run"], {})
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "no Debian.*: a b\n")

    def test_a_failing_apt_get_fails_in_a_sentence(self):
        done = self.run_install(self.LIST, ["run"], {**self.DEBIAN, "apt-get": "exit 100"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("apt-get could not install b", done.stderr)


class RunStages(unittest.TestCase):
    def run_plan(self, plan, ctest, cmake="", **environment):
        """Run a copy of run_stages.sh in which cmake and ctest are the scripts given."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "tests/support").mkdir(parents=True)
            (root / "tests/support/run_stages.sh").write_bytes(RUN_STAGES.read_bytes())
            for name, script in {"cmake": cmake, "ctest": ctest}.items():
                (root / name).write_text(f"#!/usr/bin/bash\n{script}\n", encoding="utf-8")
                (root / name).chmod(0o755)
            (root / "build/release").mkdir(parents=True)
            (root / "build/release/mockhere").write_text("", encoding="utf-8")
            clean = {key: value for key, value in os.environ.items() if key != "CI"}
            return subprocess.run(
                ["/usr/bin/bash", root / "tests/support/run_stages.sh", plan], text=True,
                check=False, capture_output=True,
                env={**clean, "PATH": f"{root}:{clean['PATH']}", **environment})

    @staticmethod
    def report(tests, failures=0, skipped=0):
        """A ctest that writes such a report."""
        return ('while [ "$1" != --output-junit ]; do shift; done\n'
                f'printf \'<testsuite name="x"\\n\\ttests="{tests}"\\n\\tfailures="{failures}"\\n'
                f'\\tdisabled="0"\\n\\tskipped="{skipped}"\\n>\\n\' >"$2"\n'
                f"echo '***Skipped'; exit {1 if failures else 0}")

    def test_results_are_summed_over_the_stages(self):
        done = self.run_plan("test", self.report(5))
        self.assertTrue(done.stdout.endswith("\n11 passed, 0 failed\n"), done.stdout)
        self.assertEqual(done.returncode, 0)

    def test_a_failing_stage_fails_the_run_but_not_the_other_stages(self):
        done = self.run_plan("test", self.report(5, failures=2))
        self.assertTrue(done.stdout.endswith("\n7 passed, 4 failed\n"), done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_a_build_that_fails_counts_as_one_that_failed(self):
        done = self.run_plan("test", self.report(5), cmake='[ "$2" != asan ]')
        self.assertTrue(done.stdout.endswith("\n6 passed, 1 failed\n"), done.stdout)

    def test_a_ctest_that_reports_nothing_has_failed(self):
        done = self.run_plan("check", "echo 'No tests were found'; exit 8")
        self.assertTrue(done.stdout.endswith("\n0 passed, 1 failed\n"), done.stdout)

    def test_what_is_skipped_passes_at_home_and_fails_in_ci(self):
        home = self.run_plan("check", self.report(5, skipped=1))
        self.assertTrue(home.stdout.endswith("\n4 passed, 0 failed\n"), home.stdout)
        in_ci = self.run_plan("check", self.report(5, skipped=1), CI="true")
        self.assertTrue(in_ci.stdout.endswith("\n4 passed, 1 failed\n"), in_ci.stdout)

    def test_an_unknown_plan_is_refused(self):
        self.assertEqual(self.run_plan("everything", "exit 0").returncode, 2)


if __name__ == "__main__":
    unittest.main()
