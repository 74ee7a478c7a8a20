"""Tokens as a shop's backend makes them, with the standard library."""

import base64
import hashlib
import hmac
import json
import time

SECRET = "a-secret-of-at-least-32-bytes-for-tests"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(secret=SECRET, header=None, seconds=3600, **claims):
    claims = {"rooms": ["*"], "exp": int(time.time()) + seconds, **claims}
    text = ".".join(encode(json.dumps(part).encode())
                    for part in (header or {"alg": "HS256", "typ": "JWT"}, claims))
    return text + "." + encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))
