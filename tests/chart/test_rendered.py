"""What the chart makes of values: good objects of Kubernetes, safe as they come."""

import pytest

from tools import CHART, CI, complaints_of_types, helm, one, render, template, with_values

IDS = [file.stem.removesuffix("-values") for file in CI]


def pod(objects):
    return one(objects, "Deployment")["spec"]["template"]["spec"]


def container(objects):
    return pod(objects)["containers"][0]


def config(objects):
    """The lines of livegate.conf."""
    return one(objects, "ConfigMap", "livegate")["data"]["livegate.conf"].splitlines()


@pytest.mark.parametrize("file", CI, ids=IDS)
def test_lint_finds_nothing(file):
    said = helm("lint", "--strict", CHART, *with_values(file)).stdout

    assert "[ERROR]" not in said and "[WARNING]" not in said


def test_every_object_is_of_the_types_of_kubernetes():
    objects = [made for file in CI for made in render(*with_values(file))] + render()

    kinds = {made["kind"] for made in objects}

    assert complaints_of_types(objects) == []
    assert kinds == {"ConfigMap", "Secret", "Deployment", "Service", "ServiceAccount", "Pod",
                     "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy", "HTTPRoute",
                     "Ingress", "PodMonitor", "PrometheusRule"}


@pytest.mark.parametrize("field, value", [("readinessProb", {}), ("image", 7)])
def test_the_types_would_show_a_wrong_field(field, value):
    deployment = one(render(), "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0][field] = value

    assert complaints_of_types([deployment])


@pytest.mark.parametrize("setting, named", [
    ("replicaCount=-1", "replicaCount"),
    ("replicas=2", "replicas"),
    ("redis.ulr=redis://x", "ulr"),
    ("config.max-mesage=8KB", "max-mesage"),
    ("config.history=many", "history"),
    ("config.log-level=loud", "log-level"),
    ("config.listen=:9090", "listen"),
    ("config.listen=127.0.0.1:8080", "listen"),
    ("config.internal-listen=[::1]:8081", "internal-listen"),
    ("config.workers=0", "workers"),
    ("config.max-rooms=10001", "max-rooms"),
    ("config.drain-seconds=601", "drain-seconds"),
    ("config.max-message=63", "max-message"),
    ("redis.url=redis:6379", "url"),
    ("config.redis=redis://x", "redis"),
    ("image.digest=latest", "digest"),
    ("metrics.podMonitor.enable=true", "enable"),
    ("service.type=ExternalName", "type"),
])
def test_a_wrong_value_is_refused_by_name(setting, named):
    done = template("--set", setting, check=False)

    assert done.returncode != 0
    assert named in done.stderr


@pytest.mark.parametrize("settings, why", [
    (["redis.url="], "replicaCount"),
    (["redis.url=", "replicaCount=1", "autoscaling.enabled=true"], "autoscaling"),
    (["redis.url=", "replicaCount=1", "config.workers=2"], "workers"),
    (["httpRoute.enabled=true"], "parentRefs"),
    (["ingress.enabled=true"], "hosts"),
    (["autoscaling.enabled=true", "autoscaling.targetCPU=0"], "target"),
    (["tokens.existingSecret=x", "config.open-access=true"], "open-access"),
    (["config.token-audience=shop"], "token-audience"),
    (["config.single-session=true"], "single-session"),
    (["autoscaling.enabled=true", "autoscaling.minReplicas=11"], "minReplicas"),
    (["maxSurge=0"], "maxSurge"),
    (["maxSurge=0%"], "maxSurge"),
])
def test_values_that_do_not_go_together_are_refused_with_the_reason(settings, why):
    done = template("--set", ",".join(settings), check=False)

    assert done.returncode != 0
    assert why in done.stderr


@pytest.mark.parametrize("settings, keys", [
    ("tokens.secretKey=", ["token-secret"]),
    ("tokens.secretKey=hs256", ["hs256"]),
    ("tokens.jwksKey=jwks.json", ["jwks.json"]),
    ("tokens.publicKeyKey=public.pem", ["public.pem"]),
    ("tokens.secretKey=hs256,tokens.jwksKey=jwks.json", ["hs256", "jwks.json"]),
])
def test_only_keys_that_are_named_have_to_be_in_the_secret_of_tokens(settings, keys):
    """A pod waits for ever for one that is not there."""
    objects = render("--set", f"tokens.existingSecret=t,{settings}")

    [tokens] = [volume for volume in pod(objects)["volumes"] if volume["name"] == "tokens"]
    used = [row["value"].rpartition("/")[2] for row in container(objects)["env"] if "TOKEN" in row["name"]]

    assert [item["key"] for item in tokens["secret"]["items"]] == keys == used


def test_keys_for_tokens_may_come_by_a_variable_too():
    variable = "extraEnv[0].name=LIVEGATE_TOKEN_JWKS,extraEnv[0].value=/etc/keys/jwks.json"

    assert "single-session = true" in config(render("--set", f"{variable},config.single-session=true"))


@pytest.mark.parametrize("setting, line", [
    ("config.listen=[::]:8080", "listen = [::]:8080"),
    ("config.internal-listen=0.0.0.0:8081", "internal-listen = 0.0.0.0:8081"),
    ("config.workers=64", "workers = 64"),
    ("config.drain-seconds=600", "drain-seconds = 600"),
    ("config.max-message=16384", "max-message = 16384"),
    ("config.memory-limit=1099511627776", "memory-limit = 1099511627776"),
])
def test_what_is_just_within_its_range_is_taken(setting, line):
    assert line in config(render("--set", setting))


def test_one_gateway_without_redis_is_never_two_at_a_time():
    objects = render("--set", "redis.url=,replicaCount=1")

    assert one(objects, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert "env" not in container(objects)


def test_a_rolling_update_takes_nothing_away_before_there_is_more():
    spec = one(render(), "Deployment")["spec"]

    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": "100%"}
    assert spec["minReadySeconds"] > 0


def test_an_autoscaler_takes_one_gateway_away_each_five_minutes():
    """Which LivegateGatewaysGone takes for calm, by alerts_test.yaml."""
    scaler = one(render("--set", "autoscaling.enabled=true"), "HorizontalPodAutoscaler")["spec"]

    assert scaler["behavior"]["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 300}]


@pytest.mark.parametrize("settings, seconds", [
    ("replicaCount=2", 40),
    ("preStopSeconds=5", 45),
    ("config.drain-delay=10,config.drain-seconds=1m", 85),
    ("config.drain-delay=1500ms,config.drain-seconds=2m", 137),
    ("config.drain-delay=0,config.drain-seconds=0", 15),
    ("config.drain-delay=null,config.drain-seconds=null", 40),
])
def test_a_gateway_is_given_the_time_to_drain(settings, seconds):
    assert pod(render("--set", settings))["terminationGracePeriodSeconds"] == seconds


def test_nobody_has_open_access_unless_it_is_said():
    assert "open-access = false" in config(render())
    assert "open-access = true" in config(render("--set", "config.open-access=true"))


def test_every_kind_of_value_becomes_a_line_that_livegate_reads():
    lines = config(render("--set", "config.history=1000000,config.leave-grace=15,config.region=null",
                          "--set", "config.allowed-origins={https://a.example,https://b.example}"))

    assert {"history = 1000000", "leave-grace = 15"} <= set(lines)
    assert "allowed-origins = https://a.example,https://b.example" in lines
    assert not any(line.startswith("region") for line in lines)


def test_the_url_of_redis_is_in_a_secret_only():
    objects = render("--set", "redis.url=redis://me:pass-word@redis:6379")

    holders = [made["kind"] for made in objects if "pass-word" in str(made)]

    assert holders == ["Secret"]


def test_a_changed_setting_replaces_the_pods_and_nothing_else_does():
    def annotations(*words):
        return one(render(*words), "Deployment")["spec"]["template"]["metadata"]["annotations"]

    assert annotations("--set", "config.history=5") != annotations()
    assert annotations("--set", "redis.url=redis://other:6379") != annotations()
    assert annotations("--set", "service.port=81") == annotations()


@pytest.mark.parametrize("file", CI, ids=IDS)
def test_every_pod_fits_the_restricted_standard(file):
    objects = render(*with_values(file))
    pods = [pod(objects), one(objects, "Pod")["spec"]]

    for spec in pods:
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for used in spec["containers"]:
            rights = used["securityContext"]
            assert rights["allowPrivilegeEscalation"] is False
            assert rights["readOnlyRootFilesystem"] is True
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert used["resources"]["requests"] and used["resources"]["limits"]["memory"]
        assert all({"configMap", "secret"} & set(volume) for volume in spec["volumes"])


def test_probes_ask_the_internal_port():
    used = container(render())

    asked = {name: used[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}

    assert {name: probe["path"] for name, probe in asked.items()} == {
        "startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    assert {probe["port"] for probe in asked.values()} == {"internal"}


def test_a_probe_may_be_left_out():
    assert "startupProbe" not in container(render("--set", "probes.startup=null"))


def test_the_internal_port_is_behind_no_route_and_no_balancer():
    objects = render(*with_values(CHART / "ci/everything-values.yaml"))
    clients, internal = [one(objects, "Service", end) for end in ("live-gate", "-internal")]

    assert [port["targetPort"] for port in clients["spec"]["ports"]] == ["clients"]
    assert internal["spec"]["clusterIP"] == "None"
    assert "timeouts" not in one(objects, "HTTPRoute")["spec"]["rules"][0]
    assert one(objects, "HTTPRoute")["spec"]["rules"][0]["backendRefs"][0]["name"] == "live-gate"


def test_the_pod_of_helm_test_is_let_in_as_a_viewer_and_nowhere_else():
    objects = render(*with_values(CHART / "ci/everything-values.yaml"))
    clients, internal = one(objects, "NetworkPolicy")["spec"]["ingress"]

    peers = [peer["podSelector"]["matchLabels"] for peer in clients["from"] if "podSelector" in peer]

    assert peers == [one(objects, "Pod")["metadata"]["labels"]]
    assert internal["from"] == [{"podSelector": {"matchLabels": {"app": "shop"}}}]
    everybody = one(render("--set", "networkPolicy.enabled=true"), "NetworkPolicy")["spec"]["ingress"][0]
    assert "from" not in everybody


def test_the_pod_of_helm_test_gets_no_secret_it_does_not_need():
    spec = one(render(*with_values(CHART / "ci/everything-values.yaml")), "Pod")["spec"]

    volumes = {volume["name"] for volume in spec["volumes"]}
    mounts = {mount["name"] for mount in spec["containers"][0]["volumeMounts"]}

    assert volumes == mounts == {"test", "redis", "redis-ca", "sentinels", "tokens"}


@pytest.mark.parametrize("settings, protocol", [
    ("tls.existingSecret=", "kubernetes.io/ws"),
    ("tls.existingSecret=t", "kubernetes.io/wss"),
])
def test_the_service_says_what_gateways_speak(settings, protocol):
    [port] = one(render("--set", settings), "Service", "gate")["spec"]["ports"]

    assert port["appProtocol"] == protocol


def notes(*words):
    return helm("install", "live", CHART, "--namespace", "shop", "--dry-run=client", *words).stdout


def test_the_notes_say_what_viewers_may_do():
    assert "may watch, and not send" in notes()
    assert "OPEN ACCESS" in notes("--set", "config.open-access=true")
    assert "need a token" in notes("--set", "tokens.existingSecret=t")
    assert "NO REDIS" in notes("--set", "redis.url=,replicaCount=1")
    assert "-c 'ws://" in notes() and "-c 'wss://" in notes("--set", "tls.existingSecret=t")
