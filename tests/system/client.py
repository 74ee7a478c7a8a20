"""A WebSocket client for tests: blocking, strict about what it receives, able to misbehave."""

import json
import socket
import struct
import time

from websockets.client import ClientConnection
from websockets.connection import State
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from waiting import PATIENCE


class Closed(Exception):
    """The connection has ended: `code` and `reason` of the Close frame, None without one."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


class Client:
    def __init__(self, port, path="/", protocols=None, origin=None, headers=(), source=None,
                 receive_buffer=None, tls=None, session=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:  # what its machine takes for it while it does not read
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:  # an ssl.SSLContext, and what another connection of it had: its session
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost",
                                          session=session)
        self._connection = ClientConnection(
            parse_uri(f"ws://127.0.0.1:{port}{path}"), origin=origin, subprotocols=protocols,
            max_size=None,
        )
        request = self._connection.connect()
        for name, value in headers:
            request.headers[name] = value
        self._connection.send_request(request)
        self._flush()
        self._messages = []
        self._pings = 0
        self._opened = False
        self._parts = []
        while not self._opened:
            self._pump(time.monotonic() + PATIENCE)

    @property
    def subprotocol(self):
        return self._connection.subprotocol

    # ---- sending ----

    def send(self, message):
        """Text as it is; anything else as JSON."""
        if not isinstance(message, str):
            message = json.dumps(message, ensure_ascii=False)
        self._connection.send_text(message.encode())
        self._flush()

    def send_binary(self, data):
        self._connection.send_binary(data)
        self._flush()

    def send_parts(self, *parts):
        """One text message in several frames."""
        for index, part in enumerate(parts):
            if index == 0:
                self._connection.send_text(part.encode(), fin=len(parts) == 1)
            else:
                self._connection.send_continuation(part.encode(), fin=index == len(parts) - 1)
        self._flush()

    def send_bytes(self, data):
        """Raw bytes on the socket."""
        self.socket.sendall(data)

    def _flush(self):
        for data in self._connection.data_to_send():
            if data:
                self.socket.sendall(data)

    # ---- receiving ----

    def _pump(self, deadline):
        """Reads once from the socket and sorts what came."""
        self.socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        except socket.timeout:
            raise AssertionError(f"nothing came; before: {self._messages[-5:]}") from None
        if data:
            self._connection.receive_data(data)
        else:
            self._connection.receive_eof()
        for event in self._connection.events_received():
            self._on_event(event)
        try:
            self._flush()
        except OSError:
            pass  # it has closed while we answered
        if not data and not self._messages:
            raise Closed(self._connection.close_code if self.close_frame else None,
                         self._connection.close_reason)

    @property
    def close_frame(self):
        return self._connection.close_rcvd

    def _on_event(self, event):
        if isinstance(event, Response):
            if self._connection.handshake_exc:
                raise self._connection.handshake_exc
            self._opened = True
        elif isinstance(event, Frame):
            if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._parts.append(event.data)
                if event.fin:
                    self._messages.append(b"".join(self._parts))
                    self._parts = []
            elif event.opcode is Opcode.PING:
                self._pings += 1

    def _wait(self, patience):
        """Until a message is there."""
        deadline = time.monotonic() + patience
        while not self._messages:
            self._pump(deadline)

    def receive(self, patience=PATIENCE):
        """The next text message."""
        self._wait(patience)
        return self._messages.pop(0).decode()

    def receive_json(self, patience=PATIENCE):
        message = json.loads(self.receive(patience))
        assert isinstance(message, dict), f"one JSON object a frame, not {message!r}"
        return message

    def expect(self, patience=PATIENCE, **fields):
        """The next message; it must have these fields."""
        message = self.receive_json(patience)
        for name, value in fields.items():
            assert message.get(name) == value, f"{name} should be {value!r} in {message}"
        return message

    def skip_to(self, patience=PATIENCE, **fields):
        """The first message with these fields; what comes before is passed over."""
        deadline = time.monotonic() + patience
        while True:
            message = self.receive_json(max(0.001, deadline - time.monotonic()))
            if all(message.get(name) == value for name, value in fields.items()):
                return message

    def join(self, room, uid=None, name=None, **fields):
        """Joins as S0 does and gives the answer (without the shelf)."""
        message = {"msg_type": "join", "room_id": room, "is_anchor": False, **fields}
        if uid:
            message["from_uid"] = uid
        if name:
            message["from_name"] = name
        self.send(message)
        while True:
            answer = self.receive_json()
            if answer.get("msg_type") == "join" and "message_list" in answer:
                return answer

    def pings_seen(self):
        return self._pings

    def wait_closed(self, patience=PATIENCE):
        """Reads to the end; the Closed."""
        deadline = time.monotonic() + patience
        while True:
            try:
                self._pump(deadline)
                self._messages.clear()
            except Closed as closed:
                return closed

    # ---- leaving ----

    def close(self, code=1000, reason=""):
        """A Close handshake; the code the gateway answers."""
        if self._connection.state is State.OPEN:
            self._connection.send_close(code, reason)
            self._flush()
        closed = self.wait_closed()
        self.socket.close()
        return closed.code

    def hang_up(self):
        """Ends it under whoever reads in another thread."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is over already

    def cut(self):
        """The connection is just gone, without a word (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
