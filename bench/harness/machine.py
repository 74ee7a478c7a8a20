"""Where a measurement was made, and who else was using it."""

import hashlib
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def cores():
    """(core of the server, core of load and Redis): the first two this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[1 if len(allowed) > 1 else 0]


def git(*words):
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT, *words],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip()


def commit():
    """With "-dirty" when something differs from it, other than what the bench itself writes."""
    changed = git("status", "--porcelain", "--", ".", ":!bench/results", ":!docs/performance.md")
    return (git("describe", "--always") or "unknown") + ("-dirty" if changed else "")


def fingerprint(path):
    """Tells one build from another."""
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]


def processor():
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else platform.machine()


def memory_gb():
    kib = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)
    return round(int(kib) / 1024 / 1024)


def describe():
    return {
        "commit": commit(),
        "kernel": f"{platform.system()} {platform.release()}",
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
    }


def busy_seconds(which):
    """What ran on these cores since the machine started: user, nice and system time."""
    ticks = 0
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name in {f"cpu{core}" for core in which}:
            ticks += sum(int(field) for field in fields[:3])
    return ticks / os.sysconf("SC_CLK_TCK")


def seconds_of(pid):
    """User and system time of a process that may be gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_kib(pids):
    total = 0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        total += int(re.search(r"VmRSS:\s+(\d+)", text).group(1))
    return total
