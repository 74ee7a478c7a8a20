"""A process of a test's own, with its output in a file."""

import os
import signal
import subprocess


class Process:
    def __init__(self, argv, output, env=None):
        self.output = output
        self._file = open(output, "ab")
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._file, stderr=self._file, env=env
        )

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process.poll() is None

    def text(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def send_signal(self, number):
        self._process.send_signal(number)

    def wait(self, timeout=20):
        """The exit status, once it ends."""
        try:
            return self._process.wait(timeout)
        finally:
            self._file.close()

    def kill(self):
        """kill -9, and gone."""
        if self.running():
            # a stopped process dies of it too
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()
