#include "gateway/upgrade.h"

#include "gateway/upgrade_request.h"
#include "gateway/upgrade_token.h"
#include "schema/refusal.h"

#include <errno.h>

enum { BODY_MAX = 512 };

/* The headers that matter; all others are skipped.
 *   constant   name */
#define HEADERS(X)                            \
    X(HOST, "Host")                           \
    X(UPGRADE, "Upgrade")                     \
    X(CONNECTION, "Connection")               \
    X(ORIGIN, "Origin")                       \
    X(CONTENT_LENGTH, "Content-Length")       \
    X(TRANSFER_ENCODING, "Transfer-Encoding") \
    X(KEY, "Sec-WebSocket-Key")               \
    X(VERSION, "Sec-WebSocket-Version")       \
    X(PROTOCOL, "Sec-WebSocket-Protocol")     \
    X(FORWARDED_FOR, "X-Forwarded-For")

enum header {
#define X(constant, name) HEADER_##constant,
    HEADERS(X)
#undef X
        HEADER_COUNT
};

struct headers {
    size_t count[HEADER_COUNT];
    struct span last[HEADER_COUNT];
    bool upgrade_has_websocket;
    bool connection_has_upgrade;
    const char *protocol; /* the first one offered that is known */
    struct forwarded forwarded;
};

static enum header header_of(struct span name)
{
    static const struct span names[] = {
#define X(constant, name) SPAN_LITERAL(name),
        HEADERS(X)
#undef X
    };
    size_t i = 0;

    while (i < HEADER_COUNT && !span_equal_ignoring_case(names[i], name))
        i++;

    return (enum header)i;
}

/* Is `word` one of the elements of a comma-separated list?  (RFC 9110 5.6.1) */
static bool list_has(struct span list, const char *word)
{
    bool found = false;

    while (!found && !span_is_none(list))
        found = span_equal_ignoring_case(span_trim(span_cut(&list, ',')), span_of(word));

    return found;
}

/* Names of subprotocols are compared byte for byte (RFC 6455 11.5). */
static const char *known(const char *const *names, struct span name)
{
    while (names && *names && !span_is(name, *names))
        names++;

    return names ? *names : NULL;
}

/* What is offered but unknown, even nonsense, must not cost the connection: nothing is echoed. */
static const char *first_known(const struct upgrade_policy *policy, struct span offered)
{
    const char *protocol = NULL;

    while (!protocol && !span_is_none(offered))
        protocol = known(policy->protocols, span_trim(span_cut(&offered, ',')));

    return protocol;
}

static void read_headers(struct headers *headers, const struct upgrade_policy *policy,
                         struct span lines)
{
    struct span name;
    struct span value;

    while (upgrade_request_next_header(&lines, &name, &value)) {
        enum header header = header_of(name);

        if (header == HEADER_COUNT)
            continue;

        headers->count[header]++;
        headers->last[header] = value;

        if (header == HEADER_UPGRADE)
            headers->upgrade_has_websocket |= list_has(value, "websocket");
        else if (header == HEADER_CONNECTION)
            headers->connection_has_upgrade |= list_has(value, "upgrade");
        else if (header == HEADER_PROTOCOL && !headers->protocol)
            headers->protocol = first_known(policy, value);
        else if (header == HEADER_FORWARDED_FOR && policy->trusted)
            forwarded_read(&headers->forwarded, policy->trusted, value);
    }
}

/* 16 random bytes in base64; what they are is nobody's business. */
static bool is_key(struct span key)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    if (key.size != sizeof((struct upgrade *)NULL)->key)
        return false;

    for (size_t i = 0; i < key.size - 2; i++) {
        if (!memchr(base64, key.data[i], sizeof base64 - 1))
            return false;
    }

    return span_ends_with(key, span_of("=="));
}

static bool origin_allowed(const struct upgrade_policy *policy, const struct headers *headers)
{
    const char *const *origin = policy->origins;

    if (!origin || headers->count[HEADER_ORIGIN] == 0)
        return true;

    while (*origin && !span_equal_ignoring_case(span_of(*origin), headers->last[HEADER_ORIGIN]))
        origin++;

    return *origin != NULL;
}

static enum upgrade_verdict judge_headers(const struct upgrade_policy *policy,
                                          const struct headers *headers)
{
    const size_t *count = headers->count;

    /* A body after an upgrade request would be read as frames: even an empty one is refused. */
    if (count[HEADER_HOST] != 1 || count[HEADER_ORIGIN] > 1 || count[HEADER_CONTENT_LENGTH] > 0 ||
        count[HEADER_TRANSFER_ENCODING] > 0)
        return UPGRADE_BAD_REQUEST;

    if (!headers->upgrade_has_websocket || count[HEADER_VERSION] != 1 ||
        !span_is(headers->last[HEADER_VERSION], "13"))
        return UPGRADE_REQUIRED;

    if (!headers->connection_has_upgrade || count[HEADER_KEY] != 1 ||
        !is_key(headers->last[HEADER_KEY]))
        return UPGRADE_BAD_REQUEST;

    return origin_allowed(policy, headers) ? UPGRADE_ACCEPTED : UPGRADE_FORBIDDEN;
}

static enum upgrade_verdict read_query(struct span query, struct upgrade *upgrade)
{
    static const struct {
        const char *name;
        size_t offset;
        size_t capacity;
        enum upgrade_verdict too_long;
    } known_ones[] = {
#define FIELD(member) offsetof(struct upgrade, member), sizeof((struct upgrade *)NULL)->member
        {"dialect", FIELD(dialect), UPGRADE_BAD_REQUEST},
        {"room_id", FIELD(room), UPGRADE_NOT_FOUND},
        {"from_uid", FIELD(uid), UPGRADE_BAD_REQUEST},
#undef FIELD
    };
    bool seen[sizeof known_ones / sizeof *known_ones] = {false};

    while (!span_is_none(query)) {
        struct span value = span_cut(&query, '&');
        struct span name = span_cut(&value, '=');

        for (size_t i = 0; i < sizeof seen; i++) {
            int size;

            if (!span_is(name, known_ones[i].name))
                continue;

            size = upgrade_request_decode(value, true, (char *)upgrade + known_ones[i].offset,
                                          known_ones[i].capacity);
            if (size < 0)
                return size == -ENOBUFS ? known_ones[i].too_long : UPGRADE_BAD_REQUEST;

            if (seen[i]) /* which one would count? */
                return UPGRADE_BAD_REQUEST;

            seen[i] = true;
        }
    }

    return UPGRADE_ACCEPTED;
}

/* Any path will do; /rooms/{id} names a room unless the query has. */
static enum upgrade_verdict read_path(struct span path, struct upgrade *upgrade)
{
    const struct span rooms = SPAN_LITERAL("/rooms/");
    struct span id = span_skip(path, rooms.size);
    int size = upgrade_request_decode(path, false, upgrade->path, sizeof upgrade->path);

    if (size < 0 && size != -ENOBUFS)
        return UPGRADE_BAD_REQUEST;

    if (upgrade->room[0] != '\0' || !span_starts_with(path, rooms) || id.size == 0 ||
        span_find(id, '/') < id.size)
        return UPGRADE_ACCEPTED;

    size = upgrade_request_decode(id, false, upgrade->room, sizeof upgrade->room);

    return size < 0 ? UPGRADE_NOT_FOUND : UPGRADE_ACCEPTED;
}

static enum upgrade_verdict read_target(const struct upgrade_policy *policy,
                                        const struct upgrade_request *request,
                                        struct upgrade *upgrade)
{
    enum upgrade_verdict verdict = read_query(request->query, upgrade);

    if (verdict == UPGRADE_ACCEPTED)
        verdict = read_path(request->path, upgrade);

    if (verdict != UPGRADE_ACCEPTED)
        return verdict;

    if (upgrade->dialect[0] != '\0' && policy->dialects &&
        !known(policy->dialects, span_of(upgrade->dialect)))
        return UPGRADE_BAD_REQUEST;

    if (upgrade->room[0] != '\0' && !room_id_valid(span_of(upgrade->room)))
        return UPGRADE_NOT_FOUND;

    return UPGRADE_ACCEPTED;
}

enum upgrade_verdict upgrade_judge(const struct upgrade_policy *policy, struct span request,
                                   struct upgrade *upgrade, size_t *used)
{
    struct upgrade_request head;
    struct headers headers = {.protocol = NULL};
    size_t max = policy->max_bytes > 0 ? policy->max_bytes : UPGRADE_MAX_BYTES;
    enum upgrade_verdict verdict;
    int error = upgrade_request_read(&head, request);

    if (error == -EAGAIN)
        return request.size < max ? UPGRADE_INCOMPLETE : UPGRADE_TOO_LARGE;

    if (error == 0 && head.size > max)
        return UPGRADE_TOO_LARGE;

    if (error != 0 || !span_is(head.version, "HTTP/1.1"))
        return UPGRADE_BAD_REQUEST;

    if (!span_is(head.method, "GET"))
        return UPGRADE_METHOD;

    if (!span_starts_with(head.path, span_of("/")))
        return UPGRADE_BAD_REQUEST;

    read_headers(&headers, policy, head.headers);
    verdict = judge_headers(policy, &headers);
    if (verdict != UPGRADE_ACCEPTED)
        return verdict;

    *upgrade = (struct upgrade){.forwarded = headers.forwarded};
    *used = head.size;
    memcpy(upgrade->key, headers.last[HEADER_KEY].data, sizeof upgrade->key);
    upgrade->shown = upgrade_token_find(&head, policy->cookies);
    if (headers.protocol)
        (void)strncpy(upgrade->protocol, headers.protocol, UPGRADE_MAX_PROTOCOL);

    return read_target(policy, &head, upgrade);
}

struct response {
    enum upgrade_verdict verdict;
    enum refusal refusal;
    const char *status;
    const char *headers;
    const char *detail; /* NULL: the refusal's own text */
};

static const struct response *response_of(enum upgrade_verdict verdict)
{
    static const struct response responses[] = {
        {UPGRADE_BAD_REQUEST, REFUSAL_MALFORMED, "400 Bad Request", "", "a malformed request"},
        {UPGRADE_UNAUTHORIZED, REFUSAL_UNAUTHORIZED, "401 Unauthorized",
         "WWW-Authenticate: Bearer\r\n", NULL},
        {UPGRADE_FORBIDDEN, REFUSAL_NOT_ALLOWED, "403 Forbidden", "", "not from this origin"},
        {UPGRADE_NOT_FOUND, REFUSAL_NOT_FOUND, "404 Not Found", "", "not the id of a room"},
        {UPGRADE_METHOD, REFUSAL_METHOD, "405 Method Not Allowed", "Allow: GET\r\n", NULL},
        {UPGRADE_TIMEOUT, REFUSAL_TIMEOUT, "408 Request Timeout", "", "the request took too long"},
        {UPGRADE_REQUIRED, REFUSAL_UPGRADE, "426 Upgrade Required",
         "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", NULL},
        {UPGRADE_TOO_MANY, REFUSAL_TOO_MANY, "429 Too Many Requests", "Retry-After: 10\r\n",
         "too many connections from this address"},
        {UPGRADE_TOO_LARGE, REFUSAL_TOO_BIG, "431 Request Header Fields Too Large", "",
         "the request is too big"},
        {UPGRADE_UNAVAILABLE, REFUSAL_UNAVAILABLE, "503 Service Unavailable", "Retry-After: 1\r\n",
         "too many connections, try again"},
    };
    const size_t count = sizeof responses / sizeof *responses;
    size_t i = 0;

    while (i < count - 1 && responses[i].verdict != verdict)
        i++;

    return &responses[i];
}

void upgrade_write_refusal(enum upgrade_verdict verdict, struct buffer *out)
{
    const struct response *response = response_of(verdict);
    struct buffer body;

    buffer_init(&body, BODY_MAX);
    refusal_write(response->refusal, response->detail, &body);

    if (buffer_status(&body) != 0)
        buffer_truncate(&body, 0); /* the status alone says enough */

    /* An Upgrade header must be named in Connection (RFC 9110 7.8). */
    (void)buffer_printf(out,
                        "HTTP/1.1 %s\r\n"
                        "Connection: close%s\r\n"
                        "%s"
                        "Content-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        response->status, verdict == UPGRADE_REQUIRED ? ", Upgrade" : "",
                        response->headers, body.size);
    (void)buffer_add_span(out, buffer_span(&body));
    buffer_dispose(&body);
}
