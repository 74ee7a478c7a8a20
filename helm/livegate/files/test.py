"""helm test: joins a room as a viewer, publishes to it through Redis, and waits for the message.

Needs nothing but Python.  What to speak to comes from the environment: GATEWAY (host:port), GATEWAY_TLS
(it speaks TLS, under whatever name), REDIS_FILE (with the URL; none: only joins), REDIS_CA_FILE,
SENTINEL_AUTH_FILE, PREFIX, TOKEN or TOKEN_SECRET_FILE, AUDIENCE."""
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import sys
import time
import urllib.parse

ROOM = "helm-test"
PATIENCE = 20.0


def read(name):
    path = os.environ.get(name)
    if not path:
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token():
    """The one that was given, or an own one of HS256."""
    given, secret = os.environ.get("TOKEN", ""), read("TOKEN_SECRET_FILE")
    if given or not secret:
        return given
    claims = {"sub": ROOM, "rooms": [ROOM], "exp": int(time.time()) + 300}
    if os.environ.get("AUDIENCE"):
        claims["aud"] = os.environ["AUDIENCE"]
    head = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(claims).encode())
    return head + "." + b64(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())


class Viewer:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), PATIENCE)
        if os.environ.get("GATEWAY_TLS"):  # its certificate is for the name that viewers use
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket)
        query = {"room_id": ROOM, **({"token": token()} if token() else {})}
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((
            f"GET /?{urllib.parse.urlencode(query)} HTTP/1.1\r\nHost: {address}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        self._file = self._socket.makefile("rb")
        status = self._file.readline().decode().strip()
        while self._file.readline().strip():
            pass
        if " 101 " not in status:
            sys.exit(f"the gateway refuses the viewer: {status}")

    def receive(self):
        """The next text frame, as JSON."""
        while True:
            first, size = self._file.read(2)
            if size > 125:
                form = ">H" if size == 126 else ">Q"
                size = struct.unpack(form, self._file.read(struct.calcsize(form)))[0]
            body = self._file.read(size)
            if first & 15 == 8:
                sys.exit(f"the gateway closes: {struct.unpack('>H', body[:2])[0]} {body[2:].decode()}")
            if first & 15 == 1:
                return json.loads(body)

    def wait_for(self, **fields):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self.receive()
            if all(message.get(name) == value for name, value in fields.items()):
                return message
        return sys.exit(f"the viewer waits in vain for {fields}")


class Redis:
    """The link to a Redis, or to a sentinel."""

    def __init__(self, place, tls, user, password, db=""):
        self._socket = socket.create_connection(place, PATIENCE)
        if tls:
            context = ssl.create_default_context(cafile=os.environ.get("REDIS_CA_FILE") or None)
            self._socket = context.wrap_socket(self._socket, server_hostname=place[0])
        self._file = self._socket.makefile("rb")
        if user or password:
            self.ask("AUTH", user or "default", password)
        if db not in ("", "0"):
            self.ask("SELECT", db)

    def ask(self, *words):
        parts = [word.encode() for word in words]
        self._socket.sendall(b"*%d\r\n" % len(parts) +
                             b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self._answer()

    def _answer(self):
        line = self._file.readline().decode().strip()
        kind, rest = line[:1], line[1:]
        if kind == "-" or not kind:
            sys.exit(f"Redis: {rest or 'hangs up'}")
        if kind == "$":
            return self._file.read(int(rest) + 2)[:-2].decode() if int(rest) >= 0 else None
        if kind == "*":
            return [self._answer() for _ in range(int(rest))] if int(rest) >= 0 else None
        return rest


class Url:
    """As livegate reads it: redis://[user[:password]@]host[:port][/db], or with several places
    sentinel://[user[:password]@]host[:port][,host[:port]...]/master[/db]; rediss and sentinels for TLS."""

    def __init__(self, text):
        scheme, _, rest = text.partition("://")
        credentials, _, rest = rest.rpartition("@")
        places, _, self.db = rest.partition("/")
        self.tls = scheme in ("rediss", "sentinels")
        self.auth = [urllib.parse.unquote(word) for word in credentials.partition(":")[::2]]
        self.master, port = "", 6379
        if scheme.startswith("sentinel"):
            (self.master, _, self.db), port = self.db.partition("/"), 26379
        self.places = [self._place(place, port) for place in places.split(",")]

    @staticmethod
    def _place(text, port):
        host, _, after = text[1:].partition("]") if text.startswith("[") else text.partition(":")
        return host, int(after.strip(":") or port)

    def sentinel_auth(self):
        """Of their own, `[user:]password`, or what Redis is told."""
        own = read("SENTINEL_AUTH_FILE")
        user, colon, password = own.partition(":")
        return ([user, password] if colon else ["", own]) if own else self.auth


def connect(text):
    """To the server of a URL of livegate's, or the master that its sentinels name."""
    url = Url(text)
    for place in url.places:
        try:
            if url.master:
                asked = Redis(place, url.tls, *url.sentinel_auth())
                named = asked.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", url.master)
                if not named:
                    raise OSError(f"knows no master {url.master}")
                place = named[0], int(named[1])
            return Redis(place, url.tls, *url.auth, url.db)
        except OSError as error:
            print(f"{place[0]}:{place[1]}: {error}")
    return sys.exit("no Redis answers")


def main():
    viewer = Viewer(os.environ["GATEWAY"])
    viewer.wait_for(msg_type="join")
    print("joined")
    url = read("REDIS_FILE")
    if not url:
        print("no Redis to publish through: done")
        return
    words = f"helm test {time.time()}"
    message = json.dumps({"msg_type": "message", "from_name": "helm", "content": words})
    position = connect(url).ask("FCALL", "livegate_publish", "1",
                                f"{os.environ.get('PREFIX') or 'live'}:{{{ROOM}}}", message)
    print("published", *position)
    viewer.wait_for(msg_type="message", content=words)
    print("received: done")


if __name__ == "__main__":
    main()
