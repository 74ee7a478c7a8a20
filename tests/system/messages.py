"""Messages that tests of v1 publish, and how they read them back."""

CHAT = {"msg_type": "message", "content": "hi", "from_name": "Shop"}


def on_shelf(goods, status="on"):
    return {"msg_type": "on_off_shelf", "goods_id": goods, "goods_price": 99.5, "status": status}


def publish_chats(site, room, *texts):
    """As a backend; what it was answered."""
    return [site.publish(room, {**CHAT, "content": text}) for text in texts]


def contents(client, count):
    """Of the next chat messages."""
    return [client.skip_to(msg_type="message")["content"] for _ in range(count)]
