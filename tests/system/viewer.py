"""An S0 viewer, as the published live room page behaves."""

import re


def enter(gateway, room, uid, name, path="/"):
    """An S0 viewer: init, then its join and the answer."""
    client = gateway.client(path)
    init = client.expect(msg_type="init")
    assert re.fullmatch(r"[0-9a-f]{20}", init["client_id"])
    client.client_id = init["client_id"]
    client.answer = client.join(room, uid, name, live_id=7, client_id=client.client_id)
    return client
