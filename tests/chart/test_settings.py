"""livegate takes what the chart gives it: its file, its variables, its arguments."""

import os
import re
import runpy
import subprocess

import pytest
import yaml

from gateway import BINARY
from tools import CHART, CI, ROOT, one, render, run, with_values

# What the Secrets hold, by the volume they are mounted as.
TEXTS = {
    "redis": "redis://me:secret@redis:6379\n",
    "sentinels": "another-secret\n",
    "internal": "a-key-for-backends\n",
    "tokens": "0123456789abcdef0123456789abcdef\n",
}
JWKS = ('{"keys":[{"kty":"oct","kid":"1","alg":"HS256",'
        '"k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}')


def mount(spec, folder):
    """The files that a pod with these volumes would see, below a folder."""
    for volume in spec["volumes"]:
        if volume["name"] == "tls":
            make_pair(folder / "etc/livegate-secrets/tls", *volume["secret"]["items"])
            continue
        for item in volume.get("secret", {}).get("items", []):
            file = folder / "etc/livegate-secrets" / volume["name"] / item["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".json":
                file.write_text(JWKS)
            elif file.suffix in (".pem", ".crt"):
                make_keys(file, certificate=volume["name"] == "redis-ca")
            else:
                file.write_text(TEXTS[volume["name"]])


def make_pair(folder, certificate, key):
    folder.mkdir(parents=True)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
        "-keyout", folder / key["path"], "-out", folder / certificate["path"])


def make_keys(file, certificate):
    key = file.parent / "private"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
        "-keyout", key, "-out", file)
    if not certificate:
        run("openssl", "rsa", "-in", key, "-pubout", "-out", file)


@pytest.mark.parametrize("file", CI, ids=lambda file: file.stem.removesuffix("-values"))
def test_livegate_takes_the_settings(file, tmp_path):
    def here(text):
        return text.replace("/etc/livegate", f"{tmp_path}/etc/livegate")

    objects = render(*with_values(file))
    deployment = one(objects, "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    used = spec["containers"][0]
    [config] = [made for made in objects if made["kind"] == "ConfigMap"
                and made["metadata"]["name"] == deployment["metadata"]["name"]]
    mount(spec, tmp_path)
    (tmp_path / "etc/livegate").mkdir()
    (tmp_path / "etc/livegate/livegate.conf").write_text(config["data"]["livegate.conf"])
    variables = {row["name"]: here(row["value"]) for row in used.get("env", [])}

    done = subprocess.run([BINARY, *map(here, used["args"]), "--print-config"],
                          env={**os.environ, **variables}, capture_output=True, text=True,
                          timeout=20, check=False)

    assert done.returncode == 0, done.stderr
    assert re.search(r"^listen = :8080$", done.stdout, re.MULTILINE)


def test_every_setting_has_one_place_in_the_values():
    chart = runpy.run_path(str(ROOT / "script/chart"))
    printed = subprocess.run([BINARY, "--help-markdown"], capture_output=True, text=True, check=True).stdout
    settings = {line.split("`")[1] for line in printed.splitlines()
                if line.startswith("| `") and "Only on the command line" not in line}
    under_config = set(yaml.safe_load((CHART / "values.yaml").read_text())["config"])

    assert under_config | set(chart["ELSEWHERE"]) == settings
    assert not under_config & set(chart["ELSEWHERE"])
