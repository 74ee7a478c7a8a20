"""What the chart makes, run by podman in place of a kubelet."""

import importlib.util
import json

import yaml

from engine import ROOT
from waiting import wait_until

_spec = importlib.util.spec_from_file_location("chart_tools", ROOT / "tests/chart/tools.py")
chart = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(chart)


def playable(objects):
    """The objects as podman 4.3 can take them.  It mounts secrets without decoding them, so they are
    ConfigMaps here; and it makes of a probe a curl inside the container, where there is none."""
    for made in objects:
        if made["kind"] == "Secret":
            made |= {"kind": "ConfigMap", "data": made.pop("stringData")}
        spec = made["spec"]["template"]["spec"] if made["kind"] == "Deployment" else made.get("spec", {})
        for container in spec.get("containers", []):
            container.pop("livenessProbe", None)
        for volume in spec.get("volumes", []):
            if "secret" in volume:
                secret = volume.pop("secret")
                volume["configMap"] = {"name": secret["secretName"], "items": secret["items"]}
    return sorted(objects, key=lambda made: made["kind"] in ("Deployment", "Pod"))


class Play:
    def __init__(self, engine, folder, network, objects):
        self.engine = engine
        self.file = folder / f"{objects[-1]['metadata']['name']}.yaml"
        self.volumes = [made["metadata"]["name"] for made in objects if made["kind"] != "Deployment"]
        self.file.write_text(yaml.safe_dump_all(playable(objects)))
        self.end()  # what a run that was interrupted has left
        engine.run("play", "kube", "--network", network, self.file)

    def address(self, pod):
        """Of a pod in its network."""
        infra = self.engine.ask("pod", "inspect", pod, "--format", "{{.InfraContainerID}}")
        networks = json.loads(self.engine.ask("inspect", infra, "--format", "{{json .NetworkSettings.Networks}}"))
        return next(iter(networks.values()))["IPAddress"]

    def wait_ended(self, container):
        wait_until(lambda: self.engine.ask("inspect", container, "--format", "{{.State.Status}}")
                   in ("exited", "stopped"), f"{container} to end", patience=60)
        logs = self.engine.run("logs", container)
        status = self.engine.ask("inspect", container, "--format", "{{.State.ExitCode}}")
        return int(status), logs.stdout + logs.stderr

    def end(self):
        self.engine.run("play", "kube", "--down", self.file, check=False)
        self.engine.run("volume", "rm", "--force", *self.volumes, check=False)
