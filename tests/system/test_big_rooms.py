"""Rooms with many viewers: who comes and goes is told by one for several."""

from viewer import enter


def test_of_many_who_come_at_once_one_speaks_for_all(bare_site):
    gateway = bare_site.start_gateway("--big-room", "2", "--tick", "500ms")
    viewers = [enter(gateway, "r1", f"u{i}", f"Viewer {i}") for i in range(3)]

    viewers += [enter(gateway, "r1", f"u{i}", f"Viewer {i}") for i in range(3, 20)]
    spoken_for, online = 0, 0
    while online < 20:
        seen = viewers[0].skip_to(msg_type="join")
        spoken_for += seen.get("count", 1)
        online = seen["online_num"]
        if seen.get("count", 1) > 1:
            assert seen["msg_content"] == f"{seen['from_name']} 等 {seen['count']} 人进入直播间"

    assert spoken_for == 19, "all but the viewer itself"
    assert viewers[-1].answer["online_num"] == 20


def test_a_client_cannot_speak_for_others(bare_site):
    gateway = bare_site.start_gateway()
    ann = enter(gateway, "r1", "u1", "Ann")
    bob = gateway.client()

    bob.join("r1", "u2", "Bob", count=1000, online_num=5000, msg_content="all are here")

    seen = ann.expect(msg_type="join", online_num=2, msg_content="Bob 进入直播间")
    assert "count" not in seen
