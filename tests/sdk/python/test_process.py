"""How the executable starts and ends."""

import json
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import cohere
import httpx
import pytest
from conftest import DATA, KEY, train_model, upload
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


@pytest.mark.parametrize("name", ["report.json", "report.txt"])
@pytest.mark.parametrize("way", ["sigterm", "stdin"])
def test_writes_a_report_when_it_ends(start_mockhere, tmp_path, name, way):
    (tmp_path / "reports").mkdir()
    report = tmp_path / "reports" / name
    server = start_mockhere("--exit-with-stdin", "--exit-report", str(report))
    httpx.get(f"{server.url}/nowhere?api_key=canary")
    assert not report.exists()
    if way == "stdin":
        server.process.stdin.close()
        assert server.wait() == 0
    else:
        assert server.stop() == 0
    text = report.read_text()
    assert "nobody serves GET /nowhere" in text and "canary" not in text
    if name.endswith(".json"):
        assert json.loads(text)["worlds"][0]["world"] == "default"
    assert [path.name for path in report.parent.iterdir()] == [name]


def test_ends_with_0_even_if_the_report_cannot_be_written(start_mockhere, tmp_path):
    server = start_mockhere("--exit-report", str(tmp_path / "missing" / "report.json"))
    assert server.stop() == 0
    assert "--exit-report: cannot write" in server.log_text()


def test_a_waiting_verification_ends_with_the_server(start_mockhere):
    server = start_mockhere()
    body = {"pattern": {"url": "/never"}, "within_ms": 60000}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.post, f"{server.url}/__mockhere/verify", json=body, timeout=60)
        httpx.get(f"{server.url}/__mockhere/health")
        assert server.stop() == 0
        try:
            assert answer.result().status_code == 422
        except httpx.TransportError:
            pass  # it came when the server had stopped listening


def test_unknown_option_is_wrong_usage():
    done = subprocess.run([executable(), "serve", "--no-such-option"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr


@pytest.mark.parametrize("option", [("--clock", "noon"), ("--clock", "scaled:0"), ("--lifecycle", "quick")])
def test_wrong_value_is_wrong_usage(option):
    done = subprocess.run([executable(), "serve", *option], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert option[0] in done.stderr and option[1] in done.stderr


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_data_outlives_the_process(start_mockhere, way):
    server = start_mockhere()
    co = cohere.Client(KEY, base_url=server.url)
    dataset = upload(co, DATA / "rerank_train.jsonl", DATA / "rerank_eval.jsonl")
    model = train_model(co, "m", dataset.id)
    request = {"model": f"{model.id}-ft", "query": "My tandem creaks", "documents": ["pump", "creaks and knocks"]}
    ranking = co.rerank(**request).results
    getattr(server, way)()

    server = start_mockhere(again=server)
    co = cohere.Client(KEY, base_url=server.url)
    assert [item.id for item in co.datasets.list().datasets] == [dataset.id]
    assert co.finetuning.get_finetuned_model(model.id).finetuned_model == model
    assert co.rerank(**request).results == ranking
    # The link names another port by now.
    assert httpx.get(co.datasets.get(dataset.id).dataset.dataset_parts[0].url).content.startswith(b"Obj\x01")


def test_refused_upload_is_told_so_however_large_it_is(co):
    with pytest.raises(cohere.BadRequestError) as raised:
        co.datasets.create(name="n", data=("big.jsonl", b" " * 50_000_000), type="rerank-finetune-input")
    assert raised.value.body["message"] == "The dataset type is invalid."


def test_upload_that_breaks_off_leaves_nothing(co, mockhere, world):
    head = (
        f"POST {world}/v1/datasets?name=n&type=embed-input HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="data"; filename="a.jsonl"\r\n\r\n{"text": "a"}\n'
    )
    address = httpx.URL(mockhere.url)
    with socket.create_connection((address.host, address.port)) as conn:
        conn.sendall(head.encode())
    assert co.datasets.list().datasets == []
    assert co.datasets.get_usage().organization_usage == 0
