"""How the executable starts and ends."""

import subprocess

import httpx
from server import executable


def test_prints_one_line_when_ready_and_answers(start_mockhere):
    server = start_mockhere()
    assert server.url.startswith("http://127.0.0.1:")
    assert f"mockhere: ready at {server.url}\n" in server.log_text()
    assert httpx.get(f"{server.url}/__mockhere/health").status_code == 200


def test_ends_with_0_on_sigterm(start_mockhere):
    assert start_mockhere().stop() == 0


def test_ends_when_stdin_closes_if_told(start_mockhere):
    server = start_mockhere("--exit-with-stdin")
    server.process.stdin.close()
    assert server.wait() == 0


def test_outlives_stdin_otherwise(start_mockhere):
    server = start_mockhere()
    server.process.stdin.close()
    assert httpx.get(f"{server.url}/__mockhere/health").status_code == 200


def test_unknown_option_is_wrong_usage():
    done = subprocess.run([executable(), "serve", "--no-such-option"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr
