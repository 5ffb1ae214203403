"""A mockhere of one's own, with its control paths."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from fake_process import ROOT, FakeProcess, executable  # noqa: E402

__all__ = ["ROOT", "Mockhere", "executable"]


class Mockhere(FakeProcess):
    def control(self, method: str, path: str, body: object, world: str = "") -> httpx.Response:
        """Call one of mockhere's own paths, which must succeed."""
        response = httpx.request(method, f"{self.url}{world}/__mockhere/{path}", json=body, timeout=30)
        assert response.is_success, f"{path}: {response.status_code} {response.text}"
        return response
