#include "tests/fuzz/crowd.h"

#include "schema/message.h"
#include "schema/msgpack.h"
#include "tests/fuzz/claim.h"

#include <string.h>

enum { MAX_JSON = 1 << 24 };

static bool is_init(const struct message *message)
{
    return message->fields[FIELD_MSG_TYPE].type == JSON_STRING &&
           span_is(message->fields[FIELD_MSG_TYPE].raw, "init");
}

static void check_object(const struct listener *listener, const struct message *message)
{
    uint32_t secrets = FIELD_BIT(TOKEN);

    if (!listener->asks)
        secrets |= FIELD_BIT(ACK);
    if (!is_init(message))
        secrets |= FIELD_BIT(CLIENT_ID);

    claim((message->written & secrets) == 0);
}

static void check_json(const struct listener *listener, struct span text)
{
    struct message message;
    enum json_type type;

    claim(utf8_valid(text));
    if (listener->dialect == DIALECT_PLAIN && (json_check(text, &type) != 0 || type != JSON_OBJECT))
        return;

    /* what is typed as plain text may look like an object */
    if (message_read(&message, text, NULL) == 0) {
        if (listener->dialect != DIALECT_PLAIN)
            check_object(listener, &message);
    } else {
        claim(listener->dialect == DIALECT_PLAIN);
    }
}

/* A number that no double holds: infinity (schema/msgpack.h), which is not read back. */
static bool has_infinity(struct span packed)
{
    return memmem(packed.data, packed.size, "\xcb\x7f\xf0\0\0\0\0\0\0", 9) ||
           memmem(packed.data, packed.size, "\xcb\xff\xf0\0\0\0\0\0\0", 9);
}

static void on_message(struct stage_reader *base, enum ws_opcode opcode, struct span message)
{
    const struct listener *listener = (struct listener *)base;
    struct buffer json;

    claim((opcode == WS_BINARY) == (listener->dialect == DIALECT_V1_MSGPACK));
    if (opcode == WS_TEXT) {
        check_json(listener, message);
        return;
    }

    buffer_init(&json, MAX_JSON);
    if (msgpack_to_json(message, &json) == 0)
        check_json(listener, buffer_span(&json));
    else
        claim(has_infinity(message));
    buffer_dispose(&json);
}

static void on_end(struct stage_reader *base)
{
    struct listener *listener = (struct listener *)base;

    listener->ws = NULL;
}

void listener_connect(struct listener *listener, struct stage *stage, enum dialect_id dialect)
{
    static const struct {
        const char *target, *protocol;
    } ways[DIALECT_COUNT] = {
        [DIALECT_LIVE] = {"/?room_id=" CROWD_ROOM, ""},
        [DIALECT_LIVE_DATA] = {"/?room_id=" CROWD_ROOM, "protocol1"},
        [DIALECT_PLAIN] = {"/?room_id=" CROWD_ROOM "&dialect=plain", ""},
        [DIALECT_V1] = {"/?room_id=" CROWD_ROOM, "livegate.v1.json"},
        [DIALECT_V1_MSGPACK] = {"/?room_id=" CROWD_ROOM, "livegate.v1.msgpack"},
    };

    listener->base = (struct stage_reader){.on_message = on_message, .on_end = on_end};
    listener->dialect = dialect;
    listener->ws =
        stage_connect(stage, ways[dialect].target, ways[dialect].protocol, &listener->base);
    claim(listener->ws != NULL);
}

void crowd_connect(struct crowd *crowd, struct stage *stage)
{
    *crowd = (struct crowd){.listeners = {{.asks = false}}};
    for (int i = 0; i < DIALECT_COUNT; i++)
        listener_connect(&crowd->listeners[i], stage, (enum dialect_id)i);
}

void crowd_check(const struct crowd *crowd)
{
    for (int i = 0; i < DIALECT_COUNT; i++)
        claim(crowd->listeners[i].ws && !crowd->listeners[i].ws->closing);
}
