"""README's first page and the programs in examples/ do what they say.

The commands of the README run as they stand, but for the ports."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from flaky_proxy import FlakyProxy
from process import Process
from redis_server import free_port
from waiting import wait_until

TOP = pathlib.Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|js|json)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def block(language, word):
    """The one block of a language with this word in it."""
    found = [code for its, code in BLOCKS if its == language and word in code]
    assert len(found) == 1, (word, found)
    return found[0]


def with_ports(code, site):
    ports = {"8080": site.here.port, "8081": site.here.internal_port}
    if site.redis:
        ports["6379"] = site.redis.port
        code = code.replace("redis-cli ", f"redis-cli -p {site.redis.port} ")
    return re.sub("|".join(ports), lambda port: str(ports[port[0]]), code)


def run(code, site):
    done = subprocess.run(["sh", "-c", with_ports(code, site)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Terminal:
    """The README's viewer, as if somebody sat in front of it."""

    def __init__(self, site, folder):
        self._output = folder / "terminal"
        self._keys, keys = os.pipe()[::-1]
        with open(self._output, "wb") as output:
            self._viewer = subprocess.Popen(
                ["sh", "-c", "exec " + with_ports(block("sh", "-m websockets"), site)],
                stdin=keys, stdout=output, stderr=output)
        os.close(keys)
        self.wait_for('"message_list"')

    def text(self):
        return self._output.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, words):
        wait_until(lambda: words in self.text(), f"{words} on the screen")

    def type(self, line):
        os.write(self._keys, line.encode())

    def end(self):
        os.close(self._keys)
        self._viewer.kill()
        self._viewer.wait()


@pytest.fixture(params=["memory", "redis"])
def shop(tmp_path, request):
    from conftest import Site

    made = Site(tmp_path, request.param)
    if request.param == "redis":
        made.start_redis()
    made.start_gateway().wait_ready()
    yield made
    made.end()


@pytest.fixture
def terminal(shop, tmp_path):
    made = Terminal(shop, tmp_path)
    yield made
    made.end()


def test_a_backend_and_a_viewer_exchange_messages(shop, terminal):
    said = re.findall(r"^```json\n(.*)\n```", README, re.MULTILINE)

    answer = run(block("sh", "curl"), shop)
    terminal.wait_for("< " + said[0])
    terminal.type(said[1] + "\n")

    assert re.fullmatch(r'{"id":"\d+-1","term":\d+,"seq":1}', answer)
    terminal.wait_for("< " + said[1])


@pytest.mark.parametrize("shop", ["redis"], indirect=True)
def test_redis_cli_reaches_the_viewer(shop, terminal):
    run(block("sh", "FCALL"), shop)
    terminal.wait_for('"msg_content":"Ann 购买了 Lipstick No. 5"')

    run(block("sh", "PUBLISH"), shop)
    terminal.wait_for("Back in five minutes")


def test_the_options_it_names_start_gateways_that_share_a_room(bare_site):
    lines = [code for language, code in BLOCKS if language == "sh" and "--redis" in code]
    bare_site.start_redis()
    for line in lines:
        options = line.split()[1:]
        assert line.startswith("script/server ")
        names = [option.removeprefix("--") for option in options if option.startswith("--")]
        assert set(names) <= {"redis", "listen", "internal-listen"}
        bare_site.start_gateway().wait_ready()

    viewer = bare_site.there.client("/?room_id=8")
    viewer.skip_to(msg_type="join")
    bare_site.publish("8", {"msg_type": "message", "content": "across"})

    assert len(lines) == 2
    assert viewer.skip_to(msg_type="message")["content"] == "across"


# ---- JavaScript, where there is a node with WebSocket ----


def node_with_websocket():
    for options in ([], ["--experimental-websocket", "--no-warnings"]):
        node = ["node", *options]
        asks = [*node, "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]
        if shutil.which("node") and subprocess.run(asks, capture_output=True, check=False).returncode == 0:
            return node
    pytest.skip("no node with WebSocket")


@pytest.fixture
def script(shop, tmp_path):
    """Starts JavaScript; gives its output as a function."""
    started = []

    def start(code):
        file = tmp_path / "page.js"
        file.write_text(with_ports(code, shop), encoding="utf-8")
        started.append(Process([*node_with_websocket(), str(file)], tmp_path / "page.log"))
        return started[-1].text

    yield start
    for process in started:
        process.kill()


def test_the_page_of_the_readme_joins_and_shows(shop, script):
    shown = script(block("js", "msg_content"))
    wait_until(lambda: "join Ann 进入直播间" in shown(), "its own join")

    run(block("sh", "curl"), shop)

    wait_until(lambda: "message Welcome!" in shown(), "the message")


# As much of a browser as examples/viewer.html needs.  It prints what each element shows, and does
# what `when` holds for it.
BROWSER = """
const when = {}, elements = {};
function say(words) { console.log(words); when[words]?.(); }
class Element {
    constructor(id) { this.id = id; this.children = []; }
    set textContent(text) { this.text = text; if (this.id) say(`${this.id}: ${text}`); }
    append(child) { this.replaceChildren(...this.children, child); }
    replaceChildren(...children) {
        this.children = children;
        say(`${this.id}: [${children.map(child => child.text).join("|")}]`);
    }
}
const document = {
    getElementById: id => elements[id] ??= new Element(id),
    createElement: () => new Element(),
};
const location = { search: "?room=8&name=Li" };
"""
USER = """
when["likes: 3"] = () => {
    element("like").onclick();
    element("text").value = "me too";
    element("say").onsubmit({ preventDefault: () => {} });
};
"""


def test_the_example_page_shows_chat_likes_and_shelf(shop, script):
    page = (TOP / "examples/viewer.html").read_text(encoding="utf-8")
    code = re.search(r"<script>\n(.*)</script>", page, re.DOTALL).group(1)
    lip = {"msg_type": "on_off_shelf", "goods_id": "g-5", "status": "on", "goods_name": "Lipstick"}
    shop.publish("8", {"msg_type": "message", "content": "before"})
    shown = script(BROWSER + code + USER)
    wait_until(lambda: "chat: [游客: before]" in shown(), "what was said before")
    wait_until(lambda: "online: 1" in shown(), "itself to be counted")

    for message in (lip, {"msg_type": "like", "count": 3}):
        shop.publish("8", message)

    wait_until(lambda: "shelf: [Lipstick ]" in shown(), "the shelf")
    wait_until(lambda: "chat: [游客: before|Li: me too]" in shown(), "its own words")
    wait_until(lambda: "likes: 4" in shown(), "its own like")
    shop.publish("8", {**lip, "status": "off"})
    wait_until(lambda: shown().count("shelf: []") == 2, "the empty shelf")


# ---- examples/publish.py ----


def publish_py(port, room, message):
    return subprocess.Popen(
        [sys.executable, TOP / "examples/publish.py", room, message], text=True,
        env={**os.environ, "LIVEGATE_INTERNAL": f"http://127.0.0.1:{port}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_publish_py_reaches_the_viewers_and_prints_the_position(shop):
    viewer = shop.here.client("/?room_id=8")
    viewer.skip_to(msg_type="join")

    publisher = publish_py(shop.here.internal_port, "8", '{"msg_type":"buy","id":"order-7"}')
    printed, _ = publisher.communicate(timeout=60)

    assert re.fullmatch(r"order-7 \d+ 1\n", printed)
    assert viewer.skip_to(msg_type="buy")["id"] == "order-7"


@pytest.mark.parametrize("message, named", [('{"msg_type":"message"}', "content"), ("Welcome!", "")])
def test_publish_py_says_what_is_wrong_with_a_message(shop, message, named):
    publisher = publish_py(shop.here.internal_port, "8", message)

    _, told = publisher.communicate(timeout=60)

    assert publisher.returncode == 1
    assert named in told
    assert len(told.splitlines()) == 1


def test_publish_py_tries_again_until_the_gateway_is_there(bare_site):
    port = free_port()
    publisher = publish_py(port, "8", '{"msg_type":"message","content":"patience"}')

    bare_site.start_gateway("--internal-listen", f"127.0.0.1:{port}")

    printed, told = publisher.communicate(timeout=60)
    assert publisher.returncode == 0, told
    assert printed.endswith(" 1\n")


def test_the_v1_client_goes_on_where_it_was(shop, script):
    proxy = FlakyProxy(shop.here.port)
    shown = script(block("js", "livegate.v1.json").replace("8080", str(proxy.port)))
    wait_until(lambda: "joined false" in shown(), "the page to join")
    shop.publish("8", {"msg_type": "message", "content": "one"})
    wait_until(lambda: "message one" in shown(), "a message")

    proxy.refuse()
    shop.publish("8", {"msg_type": "message", "content": "two"})
    proxy.accept()
    wait_until(lambda: "message two" in shown(), "what was missed")
    shop.publish("8", {"msg_type": "message", "content": "three"})
    wait_until(lambda: "message three" in shown(), "the next")

    lines = [line for line in shown().splitlines() if line.startswith(("message", "joined"))]
    assert lines == ["joined false", "message one", "joined true", "message two", "message three"]
    proxy.stop()
