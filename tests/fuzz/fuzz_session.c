/* Any bytes as what happens to a worker's clients, two bytes for each thing, after one that says
 * how the worker is set: they come, join, talk, stall, leave and are cut off, messages arrive,
 * the broker is lost and found, time passes.  Counts and links hold after each, all that are told
 * something are told it in order and once, and in the end nobody lacks anything and nothing is
 * left. */
#include "base/metrics.h"
#include "gateway/session.h"
#include "schema/msgpack.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/cut_broker.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reader.h"
#include "tests/fuzz/stage.h"

#include <inttypes.h>
#include <stdio.h>

enum { CLIENTS = 5, MAX_OPS = 400, MAX_TEXT = 256, GRACE_MS = 500 };

struct scene {
    struct stage stage;
    struct reader clients[CLIENTS];
    struct numbers numbers[READER_ROOMS];
};

/* The scene and its client that an op is about, and what else the op says. */
struct op {
    struct scene *scene;
    struct reader *client;
    unsigned is;
};

static const char *room_name(const struct op *op)
{
    return reader_rooms[op->is % READER_ROOMS];
}

/* ---- clients ---- */

static void connect_it(const struct op *op)
{
    static const struct {
        const char *query, *protocol;
    } ways[DIALECT_COUNT] = {[DIALECT_LIVE] = {"", ""},
                             [DIALECT_LIVE_DATA] = {"", "protocol1"},
                             [DIALECT_PLAIN] = {"&dialect=plain", ""},
                             [DIALECT_V1] = {"", "livegate.v1.json"},
                             [DIALECT_V1_MSGPACK] = {"", "livegate.v1.msgpack"}};
    enum dialect_id dialect = op->is % DIALECT_COUNT;
    char target[MAX_TEXT];

    if (op->client->ws)
        return;

    (void)snprintf(target, sizeof target, "/?x%s%s%s", op->is & 64 ? "&room_id=" : "",
                   op->is & 64 ? reader_rooms[(op->is >> 3) % READER_ROOMS] : "",
                   ways[dialect].query);
    reader_init(op->client, dialect, op->scene->numbers);
    op->client->ws =
        stage_connect(&op->scene->stage, target, ways[dialect].protocol, &op->client->base);
    claim(op->client->ws != NULL);
}

/* In one piece, or in two. */
static void say(const struct op *op, const char *text)
{
    struct ws *ws = op->client->ws;
    struct span bytes = span_of(text);
    enum ws_opcode opcode = WS_TEXT;
    struct buffer packed;

    if (!ws)
        return;

    buffer_init(&packed, MAX_TEXT * 2);
    if (op->client->dialect == DIALECT_V1_MSGPACK) {
        claim(msgpack_from_json(bytes, &packed) == 0);
        bytes = buffer_span(&packed);
        opcode = WS_BINARY;
    }

    if (op->is & 128) {
        stage_say(ws, opcode, span_make(bytes.data, bytes.size / 2), false);
        bytes = span_skip(bytes, bytes.size / 2);
    }
    stage_say(ws, opcode, bytes, true);
    buffer_dispose(&packed);
}

/* It can ask for an answer: of v1, and no other message is begun. */
static bool can_ask(const struct reader *client)
{
    return client->ws && !client->ws->closing && !client->ws->message.pieces &&
           (client->dialect == DIALECT_V1 || client->dialect == DIALECT_V1_MSGPACK);
}

/* A command; with an `ack` if it can be answered. */
static void command(const struct op *op, const char *members)
{
    char text[MAX_TEXT];
    int ack = can_ask(op->client) ? reader_next_ack(op->client) : -1;

    if (ack >= 0)
        (void)snprintf(text, sizeof text, "{%s,\"ack\":%d}", members, ack);
    else
        (void)snprintf(text, sizeof text, "{%s}", members);
    say(op, text);
}

/* As one of three viewers or as itself; in v1 perhaps from a position it may have had. */
static void join(const struct op *op)
{
    const struct told *told = &op->client->rooms[op->is % READER_ROOMS];
    char members[MAX_TEXT], uid[64] = "", place[64] = "";

    if (op->is & 16)
        (void)snprintf(uid, sizeof uid, ",\"from_uid\":\"u%u\"", op->is >> 2 & 3);
    if (told->placed && told->term > 0 && op->is & 32)
        (void)snprintf(place, sizeof place, ",\"term\":%" PRId64 ",\"seq\":%" PRId64, told->term,
                       op->is & 64 ? told->seq : told->seq / 2);

    (void)snprintf(members, sizeof members, "\"msg_type\":\"join\",\"room_id\":\"%s\"%s%s",
                   room_name(op), uid, place);
    command(op, members);
}

static void leave(const struct op *op)
{
    char members[MAX_TEXT];

    (void)snprintf(members, sizeof members, "\"msg_type\":\"leave\",\"room_id\":\"%s\"",
                   room_name(op));
    command(op, op->is & 64 ? "\"type\":\"logout\"" : members);
}

static void talk(const struct op *op)
{
    static const char *const kinds[] = {
        "\"msg_type\":\"message\",\"content\":\"x\"",
        "\"msg_type\":\"like\",\"count\":3",
        "\"msg_type\":\"subscribe\"",
        "\"data\":\"x\"",
        "\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"",
        "\"msg_type\":\"message\",\"content\":\"x\",\"id\":\"i\"",
        "\"msg_type\":\"x_a\",\"room_id\":\"a\"",
        "\"msg_type\":\"nonsense\""};

    command(op, kinds[op->is % (sizeof kinds / sizeof *kinds)]);
}

static void ping(const struct op *op)
{
    if (op->is & 1)
        say(op, op->client->dialect == DIALECT_V1_MSGPACK ? "{\"msg_type\":\"ping\"}"
                                                          : "0123456789abcdEFping");
    else
        say(op, "{\"msg_type\":\"ping\"}");
}

static void begin_message(const struct op *op)
{
    if (op->client->ws)
        stage_say(op->client->ws, WS_TEXT, span_make("{\"a\":\"\xe5\xb0", 7), false);
}

static void fill_socket(const struct op *op)
{
    if (op->client->ws) {
        op->client->ws->full = true;
        op->client->ws->broken = (op->is & 3) == 3;
    }
}

static void drain_socket(const struct op *op)
{
    if (op->client->ws)
        stage_drain(op->client->ws);
}

static void hang_up(const struct op *op)
{
    static const uint16_t codes[] = {0, 1000, 1001, 1005};

    if (op->client->ws)
        stage_hang_up(&op->scene->stage, op->client->ws, codes[op->is & 3],
                      op->is & 4 ? "interrupted" : "");
}

static void send_away(const struct op *op)
{
    if (op->client->ws)
        session_close(op->client->ws->session, op->is & 1 ? CLOSE_RESTART : CLOSE_POLICY);
}

/* ---- messages ---- */

static void on_taken(void *arg, const struct broker_status *status,
                     const struct broker_published *published)
{
    bool *taken = arg;

    (void)published;
    if (taken)
        *taken = status->refusal == REFUSAL_NONE;
}

/* A backend says something, or several things at once. */
static void publish(const struct op *op)
{
    static const char *const others[] = {
        "{\"msg_type\":\"buy\",\"goods_name\":\"g\"}", "{\"msg_type\":\"like\",\"count\":5}",
        "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\",\"version\":2}",
        "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"off\"}"};
    struct numbers *numbers = &op->scene->numbers[op->is % READER_ROOMS];
    struct relay_publish request = {.room = span_of(room_name(op))};
    unsigned times = op->is & 128 ? op->is >> 2 & 31 : 1;
    char text[MAX_TEXT];

    if ((op->is & 192) == 64) {
        request.message = span_of(others[op->is >> 2 & 3]);
        relay_publish(op->scene->stage.relay, &request, on_taken, NULL);
        return;
    }

    for (; times > 0 && numbers->last + 1 < READER_NUMBERS; times--) {
        numbers->last++;
        (void)snprintf(text, sizeof text,
                       "{\"msg_type\":\"message\",\"room_id\":\"%s\",\"content\":\"%u\"}",
                       room_name(op), numbers->last);
        request.message = span_of(text);
        relay_publish(op->scene->stage.relay, &request, on_taken, &numbers->taken[numbers->last]);
    }
}

/* ---- the broker, the time ---- */

static void lose_link(const struct op *op)
{
    cut_broker_cut(op->scene->stage.broker, op->is & 1);
}

static void find_link(const struct op *op)
{
    cut_broker_mend(op->scene->stage.broker);
}

static void pass_time(const struct op *op)
{
    stage_pass(&op->scene->stage, op->is * op->is / 16 + 1);
}

static void turn(const struct op *op)
{
    for (unsigned i = 0; i <= op->is % 4; i++)
        stage_step(&op->scene->stage);
}

/* ---- the whole ---- */

static void (*const ops[])(const struct op *op) = {
    connect_it, join,      leave,   talk,    ping,      begin_message, fill_socket, drain_socket,
    hang_up,    send_away, publish, publish, lose_link, find_link,     pass_time,   turn};

static void follow(struct scene *scene)
{
    stage_check(&scene->stage);
    for (size_t i = 0; i < CLIENTS; i++)
        reader_follow_session(&scene->clients[i]);
}

/* Whoever is still there has all there is. */
static void make_good(struct scene *scene)
{
    cut_broker_mend(scene->stage.broker);
    for (size_t i = 0; i < CLIENTS; i++) {
        if (scene->clients[i].ws)
            stage_drain(scene->clients[i].ws);
    }
    stage_settle(&scene->stage);
    stage_pass(&scene->stage, GRACE_MS * 4);
    stage_settle(&scene->stage);
    follow(scene);

    for (size_t i = 0; i < CLIENTS; i++) {
        if (scene->clients[i].ws)
            reader_check_complete(&scene->clients[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scene scene;
    unsigned set = size > 0 ? data[0] : 0;
    struct stage_settings settings = {.impatient = set & 1,
                                      .room_log = set & 2 ? 16 : 0,
                                      .memory_limit = set & 4 ? 32768 : 0,
                                      .leave_grace_ms = set & 8 ? GRACE_MS : 0};

    if (set & 16) {
        for (size_t i = 0; i < ALLOWED_COUNT; i++)
            settings.allowances.rates[i] = (struct bucket_rate){60, 3000};
    }

    scene = (struct scene){.stage = {.loop = NULL}};
    stage_start(&scene.stage, &settings);
    for (size_t i = 0; i < CLIENTS; i++)
        reader_init(&scene.clients[i], DIALECT_LIVE, scene.numbers);

    for (size_t at = 1; at + 1 < size && at < 2 * MAX_OPS; at += 2) {
        const struct op op = {&scene, &scene.clients[(data[at] >> 4) % CLIENTS], data[at + 1]};

        ops[data[at] & 15](&op);
        follow(&scene);
    }

    make_good(&scene);
    stage_stop(&scene.stage);

    return 0;
}
