/* What writes frames, banners and JSON, while its buffer finds no memory. */
#include "gateway/frame.h"
#include "gateway/live_frame.h"
#include "gateway/v1_frame.h"
#include "relay/relay.h"
#include "schema/banner.h"
#include "schema/json.h"
#include "schema/msgpack.h"
#include "tests/support/torture_writers.h"
#include "tests/support/unit.h"

#include <string.h>

static struct entry entry = {.position = {7, 42}, .ts = 1000, .id = SPAN_LITERAL("i"), .total = -1};
static struct message message;
static const struct relayed relayed = {.entry = &entry, .message = &message, .online_num = 3};

static void read_message(const char *json)
{
    assert_int_equal(message_read(&message, span_of(json), NULL), 0);
    assert_int_equal(message_check(&message, NULL), 0);
}

/* ---- the dialect live ---- */

static void write_live_join(struct buffer *out)
{
    read_message("{\"msg_type\":\"join\",\"from_name\":\"Ann\",\"count\":128}");
    live_frame_write(&banners_default, &relayed, false, out);
}

static void write_live_like(struct buffer *out)
{
    read_message("{\"msg_type\":\"like\",\"like_num\":9,\"delta\":2}");
    live_frame_write(&banners_default, &relayed, false, out);
}

static void write_live_chat(struct buffer *out)
{
    read_message("{\"msg_type\":\"message\",\"content\":\"hi\",\"from_name\":\"Ann\"}");
    live_frame_write(&banners_default, &relayed, true, out);
}

static void write_live_buy(struct buffer *out)
{
    read_message("{\"msg_type\":\"buy\",\"from_name\":\"Ann\",\"goods_name\":\"tea\"}");
    live_frame_write(&banners_default, &relayed, false, out);
}

static void write_welcome(struct buffer *out)
{
    const struct live_welcome welcome = {.join = SPAN_LITERAL("{\"from_name\":\"Ann\"}"),
                                         .online_num = 3,
                                         .like_num = 4,
                                         .subscribe_num = 5};

    live_frame_begin_welcome(&banners_default, &welcome, out);
}

/* ---- v1 ---- */

static void write_v1(struct buffer *out)
{
    read_message("{\"msg_type\":\"message\",\"content\":\"hi\",\"from_name\":\"Ann\"}");
    v1_frame_write(span_of("r"), &relayed, out);
}

static void write_v1_packed(struct buffer *out)
{
    read_message("{\"msg_type\":\"message\",\"content\":\"hi\",\"n\":[1.5,-7,true,null,{}]}");
    v1_frame_write_packed(span_of("r"), &relayed, out);
}

static void write_joined(struct buffer *out)
{
    const struct v1_joined joined = {.room = SPAN_LITERAL("r"), .position = {7, 42}};

    v1_frame_write_joined(&joined, out);
}

static void write_degraded(struct buffer *out)
{
    v1_frame_write_degraded(span_of("r"), true, (struct position){7, 42}, out);
}

static void write_dropped(struct buffer *out)
{
    v1_frame_write_dropped(5, out);
}

static void write_ack(struct buffer *out)
{
    v1_frame_write_ack(5, span_of("i"), (struct position){7, 42}, out);
}

static void write_error(struct buffer *out)
{
    v1_frame_write_error(5, REFUSAL_NOT_ALLOWED, NULL, out);
}

static void write_reconnect(struct buffer *out)
{
    v1_frame_write_reconnect(5000, out);
}

/* ---- below and beside ---- */

static void write_frame(struct buffer *out)
{
    frame_write(out, WS_TEXT, span_of("{\"msg_type\":\"pong\"}"));
}

static void write_parts(struct buffer *out)
{
    frame_write_part(out, WS_TEXT, span_of("{\"msg_type\":"), false);
    frame_write_rest(out, span_of("\"pong\"}"));
}

static void write_banner(struct buffer *out)
{
    const struct banner_values values = {
        .name = SPAN_LITERAL("Ann"), .goods = SPAN_LITERAL("tea"), .count = 3};

    banner_write(&banners_default, BANNER_BUY, &values, out);
}

static void write_json(struct buffer *out)
{
    json_write_string(out, span_of("a \"b\" \\ \x01 \n \xe4\xbd\xa0"));
}

static void write_packed(struct buffer *out)
{
    (void)!msgpack_from_json(span_of("{\"a\":[1,-1,1e300,\"x\\u0001\",{\"b\":65536}]}"), out);
}

static void write_unpacked(struct buffer *out)
{
    (void)!msgpack_to_json(
        span_make("\x82\xa1\x61\x93\x01\xff\xcb\x3f\xf8\0\0\0\0\0\0\xa1\x62\xa1\x0a", 19), out);
}

static void what_is_not_written_whole_is_known(void **state)
{
    static const struct torture_writer writers[] = {
        {"a join", write_live_join},
        {"likes", write_live_like},
        {"a message", write_live_chat},
        {"a purchase", write_live_buy},
        {"a welcome", write_welcome},
        {"a message of v1", write_v1},
        {"the same in msgpack", write_v1_packed},
        {"v1_frame_write_joined", write_joined},
        {"v1_frame_write_degraded", write_degraded},
        {"v1_frame_write_dropped", write_dropped},
        {"v1_frame_write_ack", write_ack},
        {"v1_frame_write_error", write_error},
        {"v1_frame_write_reconnect", write_reconnect},
        {"frame_write", write_frame},
        {"frame_write_part", write_parts},
        {"banner_write", write_banner},
        {"json_write_string", write_json},
        {"msgpack_from_json", write_packed},
        {"msgpack_to_json", write_unpacked},
    };

    (void)state;
    torture_writers(writers, sizeof writers / sizeof writers[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_not_written_whole_is_known)};

    return cmocka_run_group_tests_name("frames_memory", tests, NULL, NULL);
}
