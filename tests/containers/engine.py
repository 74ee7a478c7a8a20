"""Podman with a configuration and a storage of our own, so that nothing on the machine changes.

It works as root in a sandbox too: with runc, with limits below the sandbox's, and with base images
that are made of Debian's packages where no registry can be reached.  What is built stays in
build-containers/ and makes the next run quick."""

import os
import pathlib
import resource
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / "build-containers"
BASE = "docker.io/library/debian:bookworm-slim"
IMAGE = "localhost/livegate:test"

# Not above what this machine lets us have.
LIMITS = {name: min(10000, resource.getrlimit(what)[1] if resource.getrlimit(what)[1] > 0 else 10000)
          for name, what in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC))}

CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile={nofile}:{nofile}", "nproc={nproc}:{nproc}"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{home}/networks"
"""
STORAGE_CONF = """
[storage]
driver = "overlay"
graphroot = "{home}/storage"
runroot = "{home}/run"
"""
# What the Debian project's slim image leaves out as well.
LEFT_OUT = ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale",
            "usr/share/info", "var/log/apt"]


class Unusable(Exception):
    """Containers cannot run here, and why."""


class Engine:
    def __init__(self):
        HOME.mkdir(exist_ok=True)
        for name, text in ("containers.conf", CONTAINERS_CONF), ("storage.conf", STORAGE_CONF):
            (HOME / name).write_text(text.format(home=HOME, **LIMITS))
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(HOME / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(HOME / "storage.conf"),
        }

    def run(self, *words, check=True, timeout=60, **more):
        """`podman WORDS`; what it printed and how it ended."""
        done = subprocess.run(["podman", *map(str, words)], env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, check=False, **more)
        if check:
            assert done.returncode == 0, f"podman {words}\n{done.stdout}{done.stderr}"
        return done

    def ask(self, *words, **more):
        return self.run(*words, **more).stdout.strip()

    def has(self, image):
        return self.run("image", "exists", image, check=False).returncode == 0

    # ---- can it be used? ----

    def examine(self):
        """Unusable, unless a container with a network runs here.  The base image is there then."""
        for program in "podman", "runc", "debootstrap":
            if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"):
                raise Unusable(f"{program} is not installed: script/bootstrap containers")
        if os.geteuid() != 0:
            raise Unusable("only root may do this (podman with runc, debootstrap)")
        self.make_base()
        done = self.run("run", "--rm", "--network", "podman", BASE, "true", check=False)
        if done.returncode != 0:
            raise Unusable(f"a container does not run here: {done.stderr.strip()}")

    # ---- images ----

    def make_base(self):
        """Debian's slim image: the real one, or where no registry answers, one like it."""
        if self.has(BASE):
            return
        if self.run("pull", "--quiet", BASE, check=False, timeout=300).returncode == 0:
            return
        tree = HOME / "base"
        shutil.rmtree(tree, ignore_errors=True)
        mirror = debian_mirror()
        done = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", tree, mirror],
                              capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise Unusable(f"neither a registry nor {mirror} answers: {done.stdout[-500:]}")
        for folder in LEFT_OUT:
            shutil.rmtree(tree / folder, ignore_errors=True)
            (tree / folder).mkdir()
        (tree / "etc/apt/apt.conf.d/90transport").write_text(transport())
        archive = HOME / "base.tar"
        subprocess.run(["tar", "-C", tree, "-cf", archive, "."], check=True)
        self.run("import", "--quiet", archive, BASE, timeout=300)
        shutil.rmtree(tree)
        archive.unlink()

    def build(self, image, *options, recipe=None):
        """Builds the project's Dockerfile, or `recipe`, with the base image that is there."""
        words = ["build", "--quiet", "--format", "docker", "--network", "host", "--pull=never",
                 "--tag", image, *options]
        if recipe:
            file = HOME / "Dockerfile"
            file.write_text(recipe)
            words += ["--file", file, HOME / "networks"]
            (HOME / "networks").mkdir(exist_ok=True)
        else:
            words += ["--file", ROOT / "Dockerfile", ROOT]
        self.run(*words, timeout=1500)
        return image


def debian_mirror():
    """Where this machine gets its Debian from."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"],
        capture_output=True, text=True, check=True).stdout
    for line in targets.splitlines():
        uri, _, codename = line.partition(" ")
        if codename == "bookworm":
            return uri
    raise Unusable("no mirror of Debian 12 among apt's sources")


def transport():
    """How apt reaches its mirror from here."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in dump.splitlines()
                     if line.startswith(("Acquire::http::Proxy", "Acquire::https::Proxy"))) + "\n"
