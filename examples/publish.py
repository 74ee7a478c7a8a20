#!/usr/bin/env python3
"""examples/publish.py ROOM MESSAGE: publishes one message to a room, by HTTP.

    examples/publish.py 8 '{"msg_type":"on_off_shelf","goods_id":"g-5","status":"on","goods_name":"Lipstick No. 5"}'

Prints its id and position.  Where trying again may help it does so, with the same id: however often
it asks, the message is published once.  The gateway's internal address is in LIVEGATE_INTERNAL
(http://127.0.0.1:8081), its key, if it has one, in LIVEGATE_INTERNAL_KEY."""
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

INTERNAL = os.environ.get("LIVEGATE_INTERNAL", "http://127.0.0.1:8081")
KEY = os.environ.get("LIVEGATE_INTERNAL_KEY")
PAUSES = (0.2, 0.5, 1, 2, 5, 5, 5)  # seconds between two tries
RETRY = (429, 500, 503)


def publish(room, message):
    """The answer; a ValueError says what is wrong with the message or the caller."""
    url = f"{INTERNAL}/v1/rooms/{urllib.parse.quote(room, safe='')}/messages"
    headers = {"Content-Type": "application/json"}
    if KEY:
        headers["Authorization"] = f"Bearer {KEY}"
    request = urllib.request.Request(url, json.dumps(message).encode(), headers)
    why = "no answer"
    for pause in (*PAUSES, None):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            why = json.load(error)["message"]
            if error.code not in RETRY:
                raise ValueError(why) from None
        except OSError as error:
            why = str(error)
        if pause:
            time.sleep(pause)
    raise TimeoutError(f"given up: {why}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        answer = publish(sys.argv[1], {"id": str(uuid.uuid4()), **json.loads(sys.argv[2])})
    except (ValueError, TypeError, TimeoutError) as error:
        sys.exit(str(error))
    print(answer["id"], answer["term"], answer["seq"])


if __name__ == "__main__":
    main()
