"""Where a reply of Redis ends, for whoever stands in the middle."""

PUSH = b"*3\r\n$7\r\nmessage\r\n"  # a message of a channel, to its subscriber


def reply_end(data, at=0):
    """The offset behind the reply that begins at `at`; None if it has not come whole."""
    left = 1
    while left:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        kind, number = data[at:at + 1], data[at + 1:line_end]
        at = line_end + 2
        left -= 1
        if kind == b"*":
            left += max(0, int(number))
        elif kind == b"%":
            left += 2 * int(number)
        elif kind == b"$" and int(number) >= 0:
            at += int(number) + 2
    return at if at <= len(data) else None
