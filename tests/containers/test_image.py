"""The image: what is in it, and how it runs."""

import json
import re

from engine import BASE, ROOT

MB = 1000 * 1000


def configuration(engine, image):
    return json.loads(engine.ask("image", "inspect", "--format", "{{json .Config}}", image))


def size(engine, image):
    return int(engine.ask("image", "inspect", "--format", "{{.Size}}", image))


def version():
    return re.search(r"project\(livegate VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]


def test_it_is_small(engine, image):
    above = size(engine, image) - size(engine, BASE)

    print(f"{above / MB:.1f} MB above the base")
    assert above < 60 * MB


def test_it_says_what_it_is(engine, image):
    labels = configuration(engine, image)["Labels"]

    named = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    assert named["title"] == "livegate"
    assert named["licenses"] == "Apache-2.0"
    assert named["version"] == version()
    assert named["base.name"] == BASE
    assert {"description", "revision", "created", "base.digest"} <= set(named)


def test_its_labels_name_the_base_the_revision_and_the_date(engine):
    """Of the Dockerfile without what takes time.  Not from the cache, in which old podman looks for
    labels without regard to the arguments they are made of."""
    recipe = re.sub(r"^(RUN|COPY) (.*\\\n)*.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    arguments = {"DEBIAN_DIGEST": engine.ask("image", "inspect", "--format", "{{.Digest}}", BASE),
                 "REVISION": "abc", "CREATED": "2026-01-01T00:00:00Z"}
    options = [f"--build-arg={name}={value}" for name, value in arguments.items()]

    made = engine.build("localhost/livegate:labels", "--no-cache", *options, recipe=recipe)

    labels = configuration(engine, made)["Labels"]
    named = [labels[f"org.opencontainers.image.{name}"] for name in ("base.digest", "revision", "created")]
    assert named == list(arguments.values())
    assert labels["org.opencontainers.image.base.name"] == BASE


def test_no_shell_is_needed_to_start_probe_or_stop_it(engine, image):
    made = configuration(engine, image)
    health = json.loads(engine.ask("image", "inspect", "--format", "{{json .HealthCheck}}", image))

    assert made["Entrypoint"] == ["/usr/local/bin/livegate"]
    assert health["Test"] == ["CMD", "/usr/local/bin/livegate", "healthcheck"]
    assert made["StopSignal"] == "SIGTERM"
    assert made["User"] == "65532:65532"


def test_the_program_is_of_the_same_version(engine, image):
    assert engine.ask("run", "--rm", image, "--version").split()[1] == version()


def test_no_compiler_and_no_package_list_is_left_in_it(engine, image):
    listed = engine.ask("run", "--rm", "--entrypoint", "/bin/sh", image, "-c",
                        "ls /var/lib/apt/lists /usr/bin/gcc /usr/bin/cc /src 2>&1; true")

    assert "_Packages" not in listed
    assert listed.count("No such file or directory") == 3


def test_it_serves_viewers_with_nothing_writable_and_no_rights(start):
    gateway = start("--open-access").wait_ready()
    ann, bob = [gateway.client("/?room_id=8") for _ in range(2)]

    ann.send({"msg_type": "message", "content": "hello"})

    assert bob.skip_to(msg_type="message")["content"] == "hello"
    process = gateway.process()
    assert process["Uid"].split() == ["65532"] * 4
    assert int(process["CapEff"], 16) == int(process["CapBnd"], 16) == 0
    assert process["NoNewPrivs"] == "1"


def test_without_open_access_viewers_of_a_container_only_watch(start):
    gateway = start().wait_ready()

    assert 'clients="may only watch"' in gateway.log()


def test_it_ends_with_0_when_told_to_stop(start):
    gateway = start("--drain-delay", "0", "--drain-seconds", "0").wait_ready()
    viewer = gateway.client("/?room_id=8")
    viewer.skip_to(msg_type="join")

    assert gateway.stop() == 0

    assert viewer.wait_closed().code == 1012


def test_the_health_check_follows_readiness(start):
    ready = start().wait_ready()
    lost = start(environment={"LIVEGATE_REDIS": "redis://127.0.0.1:1"})

    assert ready.health()
    assert not lost.health()


def test_a_bad_setting_ends_it_with_2_and_one_line(engine, image):
    done = engine.run("run", "--rm", "--no-healthcheck", "--env=LIVEGATE_HISTORY=many", image,
                      check=False)

    assert done.returncode == 2
    assert "LIVEGATE_HISTORY" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_name_server_that_is_dead_or_knows_less_is_not_the_last_word(engine, start, neighbours):
    network, server = neighbours
    for servers in (["127.0.0.9", server], [server, "127.0.0.9"]):
        gateway = start("--redis", "redis://redis:6379", network=network, servers=servers)

        gateway.wait_ready()
