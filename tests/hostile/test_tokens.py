"""Tokens that are forged, at the door of a real gateway; tests/schema/test_token_forgeries.c has
each of them at the reader."""

import base64
import json
import time

from attacker import JSON_PROTOCOL, TEXT, Attacker, frame, request
from tokens import SECRET, encode, token

NOW = int(time.time())


def unsigned(alg):
    return token(header={"alg": alg}).rsplit(".", 1)[0] + "."


def with_claims_of_another(mine):
    header, claims, signature = mine.split(".")
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return ".".join([header, encode(json.dumps({**claims, "role": "admin"}).encode()), signature])


def headed(secret=SECRET, **more):
    return token(secret=secret, header={"alg": "HS256", **more})


FORGERIES = {
    "empty": "", "a dot": ".", "dots": "...", "no signature": token().rsplit(".", 1)[0],
    "an empty signature": token().rsplit(".", 1)[0] + ".",
    "a wrong key": token(secret=SECRET[::-1]),
    "none": unsigned("none"), "None": unsigned("None"), "NONE": unsigned("NONE"),
    "nOnE": unsigned("nOnE"), "no algorithm": token(header={"typ": "JWT"}),
    "HS512": token(header={"alg": "HS512"}),
    "RS256": token(header={"alg": "RS256"}), "ES256": token(header={"alg": "ES256"}),
    "a number as algorithm": token(header={"alg": 256}), "crit": headed(crit=["exp"]),
    "jwk": headed(jwk={"kty": "oct", "k": encode(SECRET.encode())}),
    "jku": headed(jku="http://127.0.0.1/keys"), "x5u": headed(x5u="http://127.0.0.1/keys"),
    "a file without bytes as kid": headed("", kid="../../../../dev/null"),
    "SQL as kid": headed("x", kid="' union select 'x"),
    "expired": token(seconds=-60), "not yet": token(nbf=NOW + 3600),
    "exp as text": token(exp=str(NOW + 99)),
    "exp beyond all": token(exp=1e300), "exp below zero": token(exp=-1), "exp null": token(exp=None),
    "rooms as text": token(rooms="*"),
    "another's claims": with_claims_of_another(token(sub="7")),
    "trailing": token() + "A", "a line break": token() + "%0A", "padding": token() + "==",
    "2 KB": token(sub="a" * 1500),
}


def test_a_forged_token_gets_nobody_in(guarded):
    for case, forged in FORGERIES.items():
        with Attacker(guarded) as attacker:
            attacker.say(request(f"/?room_id=r1&token={forged}"))

            assert attacker.all_that_comes().startswith(b"HTTP/1.1 401 "), case


def test_a_token_that_does_not_fit_is_too_large(guarded):
    for way in (request("/?token=" + "a" * 65536), request(Authorization="Bearer " + "a" * 65536)):
        with Attacker(guarded) as attacker:
            attacker.say(way)

            assert attacker.all_that_comes().startswith(b"HTTP/1.1 431 ")


def test_a_forged_token_in_a_join_is_unauthorized(guarded):
    for case, forged in FORGERIES.items():
        with Attacker(guarded).open(Sec_WebSocket_Protocol=JSON_PROTOCOL) as attacker:
            attacker.say(frame(TEXT, json.dumps(
                {"msg_type": "join", "room_id": "r1", "token": forged}).encode()))

            assert json.loads(attacker.next_message())["code"] == "unauthorized", case
