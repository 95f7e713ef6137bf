"""Servers that do not answer as agreed: each gives an error with a cause and a fix, and leaves no file."""

import hashlib
import json
import socket

import pytest

from museum_addon.client.http import BackendClient, Timeouts
from museum_addon.core.errors import (
    BackendError,
    InvalidRequest,
    OnlineAccessDenied,
    Refused,
    Unauthorised,
    UnexpectedAnswer,
    Unreachable,
)
from museum_addon.core.jobs import ResultFile

from .conftest import reply

TOKEN = "a-token-that-nobody-may-see"
CONTENT = b"x" * 100_000
FILE = ResultFile("model.glb", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "model/gltf-binary")
QUICK = Timeouts(connect=1.0, read=0.3, answer=1.0, events=0.3)


def client(server, **options):
    made = BackendClient(server.url, TOKEN, timeouts=QUICK, **options)
    return made


def failure(kind, call):
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert error.message.endswith(".") and error.fix.endswith("."), error
    assert TOKEN not in str(error) and TOKEN not in repr(error)
    return error


def test_a_web_page_instead_of_json(faulty):
    server = faulty(lambda h: reply(h, 200, b"<html>Log in</html>", "text/html"))
    assert "web page" in failure(UnexpectedAnswer, client(server).health).message


def test_a_list_instead_of_an_object(faulty):
    server = faulty(lambda h: reply(h, 200, b"[]", "application/json"))
    failure(UnexpectedAnswer, client(server).engines)


def test_another_protocol(faulty):
    body = json.dumps({"protocol": 99, "version": "9"}).encode()
    server = faulty(lambda h: reply(h, 200, body, "application/json"))
    assert "same version" in failure(UnexpectedAnswer, client(server).health).fix


def test_an_error_without_explanation(faulty):
    server = faulty(lambda h: reply(h, 500, b"Internal Server Error", "text/plain"))
    assert "500" in failure(UnexpectedAnswer, client(server).health).message


def test_a_problem_is_told_in_the_backends_words(faulty):
    problem = json.dumps({"title": "No", "detail": "The prompt is empty.", "fix": "Write one."}).encode()
    server = faulty(lambda h: reply(h, 422, problem, "application/problem+json"))
    error = failure(Refused, lambda: client(server).job("1"))
    assert (error.message, error.fix, error.status) == ("The prompt is empty.", "Write one.", 422)


def test_a_refused_token(faulty):
    server = faulty(lambda h: reply(h, 401, b"", "text/plain"))
    failure(Unauthorised, client(server).engines)


def test_a_server_that_hangs(faulty):
    server = faulty(lambda h: server.release.wait())
    assert "stopped answering" in failure(Unreachable, client(server).health).message


def test_a_server_that_drips(faulty):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not server.release.wait(0.05):
            handler.wfile.write(b" ")

    server = faulty(drip)
    failure(Unreachable, client(server).health)


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = BackendClient(f"http://127.0.0.1:{port}", TOKEN, timeouts=QUICK)
    assert "Nothing is listening" in failure(Unreachable, gone.health).message


def test_an_unknown_name():
    lost = BackendClient("https://no-such-host.invalid", TOKEN, timeouts=QUICK)
    lost._session.trust_env = False  # a proxy of this network would answer instead
    assert "no-such-host.invalid" in failure(Unreachable, lost.health).message


def test_a_server_without_tls(faulty):
    server = faulty(lambda h: reply(h, 200, b"{}", "application/json"))
    secure = BackendClient(server.url.replace("http:", "https:"), TOKEN, timeouts=QUICK)
    assert "TLS" in failure(Unreachable, secure.health).message


def test_a_redirect_is_not_followed_and_its_secrets_are_not_shown(faulty):
    other = faulty(lambda h: reply(h, 200, b"{}", "application/json"))
    location = f"{other.url}/login?secret=1"
    server = faulty(lambda h: reply(h, 302, b"", "text/html", Location=location))
    assert "secret" not in failure(UnexpectedAnswer, client(server).health).message
    assert other.asked == []


def test_the_token_is_sent_as_a_bearer_token_and_shown_nowhere(faulty):
    server = faulty(lambda h: reply(h, 200, b'{"engines": []}', "application/json"))
    asking = client(server)
    assert asking.engines() == ()
    assert server.asked[0][2]["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in repr(asking) + repr(vars(asking)) + str(asking._session.headers)


def test_a_proxy_is_not_asked_for_this_machine(faulty, monkeypatch):
    proxy = faulty(lambda h: reply(h, 502, b"", "text/plain"))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server = faulty(lambda h: reply(h, 200, b'{"engines": []}', "application/json"))
    client(server).engines()
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(lambda h: reply(h, 200, b"y" * len(CONTENT), "a/b"), UnexpectedAnswer, id="wrong checksum"),
        pytest.param(lambda h: reply(h, 200, CONTENT + b"more", "a/b"), UnexpectedAnswer, id="more than declared"),
        pytest.param(lambda h: reply(h, 200, CONTENT[:-1], "a/b"), Unreachable, id="less than declared"),
        pytest.param(
            lambda h: (reply(h, 200, CONTENT[:500], "a/b", Content_Length=str(len(CONTENT))), h.connection.shutdown(2)),
            Unreachable,
            id="closed in the middle",
        ),
        pytest.param(lambda h: reply(h, 500, b"", "text/plain"), UnexpectedAnswer, id="error 500"),
    ],
)
def test_a_bad_download_leaves_nothing(faulty, tmp_path, answer, kind):
    server = faulty(answer)
    failure(kind, lambda: client(server).download("job", FILE, tmp_path / "results" / FILE.name))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_download_that_stalls_leaves_nothing(faulty, tmp_path):
    def stall(handler):
        reply(handler, 200, CONTENT[:500], "a/b", Content_Length=str(len(CONTENT)))
        server.release.wait()

    server = faulty(stall)
    failure(Unreachable, lambda: client(server).download("job", FILE, tmp_path / FILE.name))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_claims_ten_gigabytes_is_not_even_asked_for(faulty, tmp_path):
    server = faulty(lambda h: reply(h, 200, b"", "a/b"))
    huge = ResultFile("model.glb", FILE.sha256, 10 * 10**9, "model/gltf-binary")
    assert "10.0 GB" in failure(UnexpectedAnswer, lambda: client(server).download("job", huge, tmp_path / "x")).message
    assert server.asked == []


def test_a_full_disk(faulty, tmp_path, monkeypatch):
    server = faulty(lambda h: reply(h, 200, CONTENT, "a/b"))
    import shutil

    full = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr("museum_addon.client.downloads.shutil.disk_usage", lambda folder: full)
    assert "disk" in failure(BackendError, lambda: client(server).download("job", FILE, tmp_path / "x")).message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../evil", "a/b", "C:evil", ".hidden", "nul.txt", "", "a\\b", "trailing."])
def test_a_name_that_leads_elsewhere_is_refused(faulty, tmp_path, name):
    server = faulty(lambda h: reply(h, 200, CONTENT, "a/b"))
    odd = ResultFile(name, FILE.sha256, FILE.size, FILE.media_type)
    failure(UnexpectedAnswer, lambda: client(server).download("job", odd, tmp_path / "x"))
    assert server.asked == []


def test_a_file_that_is_there_already_is_not_fetched_again(faulty, tmp_path):
    server = faulty(lambda h: reply(h, 200, CONTENT, "a/b"))
    target = tmp_path / FILE.name
    client(server).download("job", FILE, target)
    client(server).download("job", FILE, target)
    assert target.read_bytes() == CONTENT and len(server.asked) == 1


def test_an_upload_that_arrives_changed_is_noticed(faulty, tmp_path):
    server = faulty(lambda h: reply(h, 201, b'{"id": "0000", "size": 1}', "application/json"))
    (tmp_path / "photo.png").write_bytes(CONTENT)
    failure(UnexpectedAnswer, lambda: client(server).upload(tmp_path / "photo.png"))


def test_an_event_stream_that_never_ends_an_event(faulty):
    def flood(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"data: " + b"x" * 65536)

    server = faulty(flood)
    failure(UnexpectedAnswer, lambda: list(client(server).events()))


def test_a_page_instead_of_events(faulty):
    server = faulty(lambda h: reply(h, 200, b"<html>", "text/html"))
    failure(UnexpectedAnswer, client(server).events)


@pytest.mark.parametrize("url", ["", "ftp://x", "museum", "http://", "http://h:99999", "http://user:pw@host", "http://h?q=1"])
def test_an_address_that_is_none(url):
    failure(InvalidRequest, lambda: BackendClient(url, TOKEN))


def test_a_token_does_not_travel_unencrypted():
    failure(InvalidRequest, lambda: BackendClient("http://museum.example.org", TOKEN))
    assert BackendClient("http://museum.example.org", TOKEN, allow_plain_http=True).address.host == "museum.example.org"


def test_a_token_with_a_line_end_is_refused_without_being_shown():
    failure(InvalidRequest, lambda: BackendClient("http://127.0.0.1:1", TOKEN + "\nX: y"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1.2.3"])
def test_this_machine_is_always_allowed(host):
    assert BackendClient(f"http://{host}:1", TOKEN, online_access=False).address.loopback


@pytest.mark.parametrize("host", ["museum.example.org", "192.168.0.2", "localhost.example.org"])
def test_other_machines_need_online_access(host):
    error = failure(OnlineAccessDenied, lambda: BackendClient(f"https://{host}", TOKEN, online_access=False))
    assert "Allow Online Access" in error.fix
