"""A sentinel that has been cut off from the others and believes what it last knew: real ones come
to agree too soon for a test."""

import socketserver
import threading


def _array(words):
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%s\r\n" % (len(word), word) for word in (str(w).encode() for w in words))


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].decode())
            self.wfile.write(self.server.answer(words))


class FakeSentinel(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, master_port, epoch):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.port = self.server_address[1]
        self.master_port = master_port
        self.epoch = epoch
        self.asked = 0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer(self, words):
        if words[0] == "HELLO":
            return _array(["server", "redis", "version", "7.0.15", "role", "sentinel"])
        if words[0] == "SUBSCRIBE":
            return b"*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n"
        if words[0] == "SENTINEL":
            if words[1] != "MASTER":
                return _array(["127.0.0.1", self.master_port])
            self.asked += 1
            return _array(["ip", "127.0.0.1", "port", self.master_port, "flags", "master",
                           "config-epoch", self.epoch])
        return b"+PONG\r\n"

    def stop(self):
        self.shutdown()
        self.server_close()
        self._thread.join()
