"""What is measured: livegate, the floor, and the peers that Debian or npm ships."""

import dataclasses
import os
import pathlib
import re
import shutil
import string
import subprocess
import urllib.request
from typing import Callable

from .machine import ROOT
from .processes import BenchError, Process, accepts, free_port

PEERS = ROOT / "bench" / "peers"
ROOM = "bench"


@dataclasses.dataclass
class Place:
    """Where a server is started."""

    folder: pathlib.Path
    build: pathlib.Path
    redis_port: int
    cores: set
    options: tuple = ()


@dataclasses.dataclass
class Running:
    process: Process
    port: int  # for viewers
    publish_port: int
    http_port: int = 0

    def pids(self):
        return self.process.pids()

    def stop(self):
        self.process.stop()


@dataclasses.dataclass
class Server:
    name: str
    label: str
    protocol: str  # of bench/protocol.c
    way: str  # of bench/way.c
    start: Callable
    peer: bool = True
    rooms: str = "any"  # it may have; or `one`, or `own`: each client its own
    needs: str = ""  # a program or file
    secure: bool = False  # viewers speak TLS

    def fits(self, options):
        """Can be put under this load of swarm."""
        clients, rooms = options.get("clients", 0), options.get("rooms", 1)
        return {"any": True, "one": rooms == 1, "own": rooms == clients}[self.rooms]


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


# A client of the bench taps for a crowd.
UNLIMITED = ("--messages-per-minute", "0", "--likes-per-minute", "0", "--joins-per-minute", "0",
             "--room-messages-per-minute", "0")


def certificate(folder):
    """The options of a gateway that speaks TLS, with a key on P-256."""
    shown, key = folder / "tls.crt", folder / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", shown], check=True, stdin=subprocess.DEVNULL,
                   capture_output=True)
    return "--tls-cert", shown, "--tls-key", key


def start_secure(place):
    return start_livegate(dataclasses.replace(
        place, options=(*place.options, *certificate(place.folder))))


def start_livegate(place):
    process = Process(
        [place.build / "livegate", "--redis", f"redis://127.0.0.1:{place.redis_port}",
         "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0", "--drain-delay", "0",
         "--drain-seconds", "0", *UNLIMITED, *place.options],
        place.folder / "livegate.log", place.cores)

    def port_of(what):
        found = process.wait_for(
            lambda: re.search(rf"msg=listening for={what} host=\S+ port=(\d+)", process.text()),
            "livegate to listen")
        return int(found.group(1))

    clients, internal = port_of("clients"), port_of("internal")
    process.wait_for(lambda: ready(internal), "livegate to be ready")
    return Running(process, clients, place.redis_port, internal)


def start_floor(how, channel=f"live:{{{ROOM}}}"):
    def start(place):
        port = free_port()
        process = Process([place.build / "bench" / "floor", port, place.redis_port, channel, how],
                          place.folder / "floor.log", place.cores)
        # Asking it to accept would make a viewer of us.
        process.wait_for(lambda: f":{port:04X} " in pathlib.Path("/proc/net/tcp").read_text(),
                         "the floor to listen")
        return Running(process, port, place.redis_port)
    return start


def configured(place, name, **values):
    """A configuration of bench/peers with its $NAMES filled in."""
    text = string.Template((PEERS / name).read_text())
    path = place.folder / name
    path.write_text(text.substitute(REDIS_PORT=place.redis_port, **values))
    return path


def takes(port):
    """Nchan refuses all until it has found Redis."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/pub/hello", b"hello", timeout=5):
            return True
    except OSError:
        return False


def start_nchan(place):
    port = free_port()
    modules = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
    path = configured(place, "nginx.conf", PORT=port, MODULE=modules)
    if os.getuid() == 0:  # its workers must be able to write to the folder
        path.write_text("user root;\n" + path.read_text())
    process = Process(["nginx", "-p", place.folder, "-c", path], place.folder / "nginx.log",
                      place.cores)
    process.wait_for(lambda: takes(port), "nginx to publish")
    return Running(process, port, port)


def start_nats(place):
    port, publish_port = free_port(), free_port()
    path = configured(place, "nats.conf", PORT=port, PUBLISH_PORT=publish_port)
    process = Process(["nats-server", "-c", path], place.folder / "nats.log", place.cores)
    process.wait_for(lambda: accepts(port) and accepts(publish_port), "nats-server to listen")
    return Running(process, port, publish_port)


def start_mosquitto(place):
    port, publish_port = free_port(), free_port()
    path = configured(place, "mosquitto.conf", PORT=port, PUBLISH_PORT=publish_port)
    process = Process(["mosquitto", "-c", path], place.folder / "mosquitto.log", place.cores)
    process.wait_for(lambda: accepts(port) and accepts(publish_port), "mosquitto to listen")
    return Running(process, port, publish_port)


def start_node(script):
    def start(place):
        port = free_port()
        process = Process(["node", PEERS / script, port, place.redis_port],
                          place.folder / "node.log", place.cores)
        process.wait_for(lambda: accepts(port), f"{script} to listen")
        return Running(process, port, place.redis_port)
    return start


ALL = [
    Server("bare", "floor: bare send()", "floor", "publish", start_floor("bare"),
           peer=False, rooms="one"),
    Server("coalesced", "floor: coalesced", "floor", "publish", start_floor("coalesced"),
           peer=False, rooms="one"),
    Server("rooms", "floor: a room for each", "floor", "publish",
           start_floor("rooms", f"live:{{{ROOM}*}}"), peer=False, rooms="own"),
    Server("livegate", "livegate", "live", "publish", start_livegate, peer=False),
    Server("tls", "livegate with TLS", "live", "publish", start_secure, peer=False,
           secure=True),
    Server("nchan", "Nchan + Redis", "nchan", "nchan", start_nchan, needs="nginx"),
    Server("nats", "nats-server", "nats", "nats", start_nats, needs="nats-server"),
    Server("mosquitto", "mosquitto", "mqtt", "mqtt", start_mosquitto, needs="mosquitto"),
    Server("socketio", "Socket.IO + Redis", "socketio", "socketio", start_node("socketio.js"),
           needs="node"),
    Server("ws", "ws + ioredis", "ws", "publish", start_node("ws.js"), needs="node"),
]
BY_NAME = {server.name: server for server in ALL}
GROUPS = {
    "floor": ["bare", "coalesced", "rooms"],
    "peers": [server.name for server in ALL if server.peer],
    "all": [server.name for server in ALL if not server.secure],
}


def named(words):
    """The servers of a list of names and groups, in the order of the table."""
    wanted = {name for word in words for name in GROUPS.get(word, [word])}
    unknown = wanted - set(BY_NAME)
    if unknown:
        raise BenchError(f"no server {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")
    return [server for server in ALL if server.name in wanted]


def missing(server):
    """What must be installed first (script/bootstrap bench), or None."""
    if server.needs and not shutil.which(server.needs):
        return server.needs
    if server.needs == "node" and not (PEERS / "node_modules").exists():
        return "bench/peers/node_modules"
    return None
