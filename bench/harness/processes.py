"""Processes of the bench: on one core, ended by their id, with their output in a file."""

import os
import pathlib
import random
import resource
import socket
import subprocess
import time


class BenchError(Exception):
    """A run that cannot be counted; the text says why."""


def free_port():
    """Below the ports that the system gives to connections."""
    while True:
        port = random.randrange(15000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise BenchError(f"waited in vain for {what}")
        time.sleep(0.02)
    return found


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def prepare(cores):
    """In the child: on these cores, with as many open files as may be."""
    def run():
        os.sched_setaffinity(0, cores)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return run


class Process:
    def __init__(self, argv, log, cores, cwd=None):
        self.log = pathlib.Path(log)
        self._file = open(log, "ab")
        self._process = subprocess.Popen(
            [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=self._file,
            stderr=self._file, cwd=cwd, preexec_fn=prepare(cores))
        self.pid = self._process.pid

    def running(self):
        return self._process.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def pids(self):
        """Itself and its children, for servers that work in several processes."""
        try:
            children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            children = ""
        return [self.pid, *map(int, children.split())]

    def wait_for(self, condition, what):
        def settled():
            if not self.running():
                raise BenchError(f"{what} in vain: {self.text()[-1000:]}")
            return condition()
        return wait_until(settled, what)

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._file.close()

    def stop(self):
        """Asks it to end; takes no longer than a few seconds."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._file.close()


class Redis:
    def __init__(self, folder, core):
        self._folder, self._core = folder, core
        for _ in range(10):  # another process may take the port first
            self.port = free_port()
            self.start()
            if self.info("server", "process_id") == str(self.pid):
                return
            self._process.kill()
        raise BenchError("redis-server does not start")

    def start(self):
        self._process = Process(
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--tcp-backlog", "4096"],
            self._folder / "redis.log", {self._core}, cwd=self._folder)
        wait_until(lambda: accepts(self.port) or not self._process.running(), "redis-server")

    @property
    def pid(self):
        return self._process.pid

    def ask(self, *words):
        """The answer as redis-cli prints it."""
        done = subprocess.run(["redis-cli", "-p", str(self.port), "--raw", *words],
                              capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def info(self, section, name):
        for line in self.ask("INFO", section).splitlines():
            if line.startswith(f"{name}:"):
                return line.partition(":")[2].strip()
        return ""

    def kill(self):
        self._process.kill()

    def stop(self):
        self._process.stop()
