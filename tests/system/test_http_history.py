"""GET /v1/rooms/{room}/messages: a backend that was away reads what it has missed."""
import pytest

PATH = "/v1/rooms/r1/messages"


def publish(site, count):
    """Positions, as acknowledged."""
    return [(body["term"], body["seq"]) for body in
            (site.publish("r1", {"msg_type": "buy", "id": f"order-{n}", "price": "99.00"})
             for n in range(count))]


def read(gateway, **query):
    status, body = gateway.http(
        "GET", PATH + "?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert status == 200, body
    return body


def test_an_empty_room_has_no_past(site):
    assert read(site.here) == {"room_id": "r1", "term": 0, "seq": 0, "complete": True,
                               "messages": []}


def test_messages_look_as_to_v1_clients(site):
    client = site.there.v1()
    client.enter("r1")
    [(term, seq)] = publish(site, 1)

    body = read(site.there)

    assert body["messages"] == [client.skip_to(msg_type="buy")]
    assert (body["term"], body["seq"], body["complete"]) == (term, seq, True)
    assert "next" not in body


def test_a_long_past_is_read_in_pages(site):
    positions = publish(site, 25)
    query, seen, pages = {"limit": 10}, [], 0

    while query:
        body = read(site.there, **query)
        assert body["complete"] is True
        seen += [(message["term"], message["seq"]) for message in body["messages"]]
        pages += 1
        query = {"limit": 10, "after": body["next"]} if "next" in body else None

    assert seen == positions
    assert pages == 3
    term, seq = positions[20]
    assert len(read(site.here, after=f"{term}:{seq}")["messages"]) == 4


def test_of_large_messages_a_page_holds_fewer(bare_site):
    bare_site.start_redis()
    bare_site.start_gateway().wait_ready()
    positions = []
    message = {"msg_type": "message", "content": "x", "note": "x" * 15000}
    for n in range(200):
        body = bare_site.publish("r1", {**message, "id": f"{n}"})
        positions.append((body["term"], body["seq"]))
    query, seen, pages = {"limit": 256}, [], 0

    while query:
        body = read(bare_site.here, **query)
        seen += [(message["term"], message["seq"]) for message in body["messages"]]
        pages += 1
        query = {"limit": 256, "after": body["next"]} if "next" in body else None

    assert seen == positions
    assert pages == 2


@pytest.mark.parametrize("with_redis", [False, True])
def test_a_past_that_is_gone_is_told(bare_site, with_redis):
    if with_redis:
        bare_site.start_redis()
    bare_site.start_gateway("--history", "10").wait_ready()
    positions = publish(bare_site, 40)

    body = read(bare_site.here, after=f"{positions[0][0]}:{positions[0][1]}")

    assert body["complete"] is False
    seen = [(message["term"], message["seq"]) for message in body["messages"]]
    assert 10 <= len(seen) < 40
    assert seen == positions[-len(seen):]
    assert read(bare_site.here, after=f"{seen[0][0]}:{seen[0][1]}")["complete"] is True


@pytest.mark.parametrize("query", ["after=5", "after=a:1", "after=1:", "after=1:2:3", "limit=0",
                                   "limit=257", "limit=x", "after=9007199254740992:1"])
def test_a_bad_question_is_told(bare_site, query):
    gateway = bare_site.start_gateway().wait_ready()

    status, body = gateway.http("GET", f"{PATH}?{query}")

    assert (status, body["code"]) == (400, "malformed")
    assert query.split("=")[0] in body["message"]


def test_while_redis_is_away_it_is_refused(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway().wait_ready()
    bare_site.redis.kill()

    status, body = gateway.http("GET", PATH)

    assert (status, body["code"]) in [(503, "unavailable"), (503, "timeout")]
