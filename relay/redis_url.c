#include "relay/redis_url.h"

#include "base/percent.h"
#include "base/span.h"

#include <errno.h>
#include <string.h>

enum { DEFAULT_PORT = 6379 };

/* 0 to `most`. */
static int read_number(struct span text, uint64_t most, uint16_t *number)
{
    uint64_t value = 0;

    if (span_to_u64(text, &value) != 0 || value > most)
        return -EINVAL;

    *number = (uint16_t)value;

    return 0;
}

static int read_credentials(struct redis_url *url, struct span text)
{
    size_t colon = span_find(text, ':');

    if (percent_decode(span_make(text.data, colon), url->user, sizeof url->user) < 0 ||
        percent_decode(span_skip(text, colon + 1), url->password, sizeof url->password) < 0)
        return -EINVAL;

    return 0;
}

static int read_host(struct redis_url *url, struct span text, struct span *rest)
{
    struct span host;

    if (text.size > 0 && text.data[0] == '[') {
        size_t end = span_find(text, ']');

        if (end == text.size)
            return -EINVAL;

        host = span_make(text.data + 1, end - 1);
        *rest = span_skip(text, end + 1);
    } else {
        size_t end = span_find(text, ':');

        host = span_make(text.data, end);
        *rest = span_skip(text, end);
    }

    if (host.size == 0 || host.size >= sizeof url->host)
        return -EINVAL;

    for (size_t i = 0; i < host.size; i++) {
        if (host.data[i] <= ' ' || host.data[i] > '~' || strchr("@/?#[]%\\", host.data[i]))
            return -EINVAL;
    }

    memcpy(url->host, host.data, host.size);

    return 0;
}

static int read_place(struct redis_url *url, struct span text)
{
    size_t slash = span_find(text, '/');
    struct span db = span_skip(text, slash + 1);
    struct span port;

    if (read_host(url, span_make(text.data, slash), &port) != 0)
        return -EINVAL;

    if (port.size > 0 &&
        (port.data[0] != ':' || read_number(span_skip(port, 1), UINT16_MAX, &url->port) != 0))
        return -EINVAL;

    if (db.size > 0 && read_number(db, UINT16_MAX, &url->db) != 0)
        return -EINVAL;

    return url->port > 0 ? 0 : -EINVAL;
}

size_t redis_url_find_place(struct span text)
{
    for (size_t i = text.size; i > 0; i--) {
        if (text.data[i - 1] == '@')
            return i;
    }

    return 0;
}

int redis_url_read(struct redis_url *url, struct span text, uint16_t port)
{
    struct redis_url read = {.port = port};
    size_t at = redis_url_find_place(text);

    if (at > 0 && read_credentials(&read, span_make(text.data, at - 1)) != 0)
        return -EINVAL;

    if (read_place(&read, span_skip(text, at)) != 0)
        return -EINVAL;

    *url = read;

    return 0;
}

int redis_url_parse(struct redis_url *url, const char *text)
{
    static const struct span plain = SPAN_LITERAL("redis://");
    static const struct span secure = SPAN_LITERAL("rediss://");
    bool tls = span_starts_with(span_of(text), secure);
    int error;

    if (!tls && !span_starts_with(span_of(text), plain))
        return -EINVAL;

    error =
        redis_url_read(url, span_skip(span_of(text), tls ? secure.size : plain.size), DEFAULT_PORT);
    if (error == 0)
        url->tls = tls;

    return error;
}
