"""The machine-readable contract in schema/: says what the code says.

The golden messages of schema/vectors/ run through the JSON Schema too, and the AsyncAPI description
names what there is."""
import json
import pathlib
import re

import jsonschema
import msgpack
import pytest
import yaml

SCHEMA = pathlib.Path(__file__).parents[2] / "schema"
MESSAGE_SCHEMA = json.loads((SCHEMA / "message.schema.json").read_text())
ASYNCAPI = yaml.safe_load((SCHEMA / "asyncapi.yaml").read_text())


def golden_messages():
    for path in sorted((SCHEMA / "vectors").glob("*.json")):
        yield from json.loads(path.read_text())["vectors"]


def is_for_the_schema(vector):
    """Not what is no object at all, nor what is only said beside the message."""
    return vector.get("field") != "message" and not vector.get("summed")


def payload(vector):
    what, times = vector.get("fill", ["", 0])
    text = vector.get("hex", vector.get("text")).replace("$FILL", what * times)
    return bytes.fromhex(text) if "hex" in vector else text.encode()


def message(vector):
    data = payload(vector)
    is_msgpack = data[0] & 0xF0 == 0x80 or data[0] in (0xDE, 0xDF)
    return msgpack.unpackb(data) if is_msgpack else json.loads(data)


def resolved(document, reference):
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def kinds():
    table = (SCHEMA / "kinds.h").read_text()
    return set(re.findall(r'^ +X\(\w+, "([^"]+)"', table, re.MULTILINE))


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(MESSAGE_SCHEMA)


@pytest.mark.parametrize("vector", filter(is_for_the_schema, golden_messages()), ids=lambda v: v["name"])
def test_the_schema_gives_the_verdict_of_the_code(vector):
    is_good = vector["verdict"] == "ok" or vector.get("beyond_schema", False)

    errors = list(jsonschema.Draft202012Validator(MESSAGE_SCHEMA).iter_errors(message(vector)))

    assert (not errors) == is_good, errors


def test_the_schema_knows_all_kinds():
    known = MESSAGE_SCHEMA["properties"]["msg_type"]["anyOf"][0]["enum"]

    assert set(known) | {"x_*"} == kinds()


def test_every_kind_has_a_good_golden_message():
    assert {v["kind"] for v in golden_messages() if v["verdict"] == "ok"} == kinds()


def test_golden_messages_are_told_apart_by_their_names():
    names = [vector["name"] for vector in golden_messages()]

    assert len(set(names)) == len(names)


def test_asyncapi_refers_to_what_there_is():
    for reference in references(ASYNCAPI):
        if reference.startswith("#/"):
            resolved(ASYNCAPI, reference)
        else:
            assert (SCHEMA / reference).exists()
