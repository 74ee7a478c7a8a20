#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    END_ROOM = 96,    /* kept free for what closes a line: suppressed, lost, truncated */
    MAX_VALUE = 1000, /* bytes of one value, escaped */
    MAX_CHARACTER = 6 /* bytes of one character, escaped */
};

static const char *const level_names[] = {
    [LEVEL_ERROR] = "error", [LEVEL_WARN] = "warn", [LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug"};

static _Atomic int log_fd = STDERR_FILENO;
static _Atomic int log_format = LOG_FORMAT_TEXT;
static _Atomic int log_level = LEVEL_INFO;
static _Atomic uint64_t lost_lines;

struct line {
    char text[LOG_MAX_LINE];
    size_t size;
    size_t end; /* `size` stays below, what goes beyond is left out */
    bool full;
    bool json;
};

void log_init(enum log_level level, enum log_format format, int fd)
{
    atomic_store_explicit(&log_fd, fd, memory_order_relaxed);
    atomic_store_explicit(&log_format, (int)format, memory_order_relaxed);
    log_set_level(level);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level, memory_order_relaxed);
}

const char *log_errno_text(int error)
{
    const char *text = strerrordesc_np(error < 0 ? -error : error);

    return text ? text : "unknown error";
}

bool log_limit_passes(struct log_limit *limit, uint64_t n, uint64_t interval_ms,
                      uint64_t *suppressed)
{
    uint64_t now = clock_now();
    uint64_t ends = atomic_load(&limit->ends);

    if (now >= ends && atomic_compare_exchange_strong(&limit->ends, &ends, now + interval_ms))
        atomic_store(&limit->passed, 0);

    if (atomic_fetch_add(&limit->passed, 1) >= n) {
        atomic_fetch_add(&limit->suppressed, 1);
        return false;
    }

    *suppressed = atomic_exchange(&limit->suppressed, 0);

    return true;
}

/* ---- putting a line together ---- */

static void put(struct line *line, const char *text, size_t size)
{
    if (line->full || size > line->end - line->size) {
        line->full = true;
        return;
    }

    memcpy(line->text + line->size, text, size);
    line->size += size;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* The character that s begins with and its length; 0 for bytes that are none (RFC 3629). */
static size_t character(struct span s, uint32_t *code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    const unsigned char *bytes = (const unsigned char *)s.data;

    for (size_t form = 0; form < 4; form++) {
        size_t size = form + 1;

        if ((bytes[0] & forms[form].mask) != forms[form].lead)
            continue;

        if (size > s.size)
            return 0;

        *code = bytes[0] & (unsigned char)~forms[form].mask;
        for (size_t i = 1; i < size; i++) {
            if ((bytes[i] & 0xc0) != 0x80)
                return 0;

            *code = *code << 6 | (bytes[i] & 0x3f);
        }

        if (*code < forms[form].least || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
            return 0;

        return size;
    }

    return 0;
}

/* Would the character act on a terminal or viewer instead of being shown? */
static bool acts(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0, 0x1f},        /* controls */
        {0x7f, 0x9f},     /* delete, more controls */
        {0x200b, 0x200f}, /* no width; directions */
        {0x2028, 0x202e}, /* line ends; directions */
        {0x2060, 0x2069}, /* no width; directions */
        {0xfeff, 0xfeff}, /* byte order */
        {0xfff9, 0xfffb}, /* annotations */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }

    return false;
}

static void put_character(struct line *line, uint32_t code, struct span as_is)
{
    char escape[16];

    if (code == '"' || code == '\\') {
        put(line, "\\", 1);
        put(line, as_is.data, as_is.size);
    } else if (code == '\n') {
        put(line, "\\n", 2);
    } else if (acts(code)) {
        (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)code);
        put_text(line, escape);
    } else {
        put(line, as_is.data, as_is.size);
    }
}

static void put_quoted(struct line *line, struct span value)
{
    size_t end = line->size + MAX_VALUE;

    put(line, "\"", 1);
    while (value.size > 0) {
        uint32_t code = 0xfffd; /* in place of what is none */
        size_t size = character(value, &code);

        if (line->size + MAX_CHARACTER > end) {
            put(line, "...", 3);
            break;
        }

        if (size > 0)
            put_character(line, code, span_make(value.data, size));
        else
            put(line, "\xef\xbf\xbd", 3);

        value = span_skip(value, size > 0 ? size : 1);
    }

    put(line, "\"", 1);
}

/* Can the value stand in a text line without quotes? */
static bool plain(struct span value)
{
    if (value.size == 0 || value.size > MAX_VALUE)
        return false;

    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];

        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\')
            return false;
    }

    return true;
}

static void put_value(struct line *line, const struct log_field *field)
{
    char number[24];

    switch (field->type) {
    case LOG_FIELD_TEXT:
        if (!line->json && plain(field->text))
            put(line, field->text.data, field->text.size);
        else
            put_quoted(line, field->text);
        break;

    case LOG_FIELD_INT:
        (void)snprintf(number, sizeof number, "%" PRId64, field->number);
        put_text(line, number);
        break;

    case LOG_FIELD_UINT:
        (void)snprintf(number, sizeof number, "%" PRIu64, field->natural);
        put_text(line, number);
        break;

    case LOG_FIELD_BOOL:
        put_text(line, field->truth ? "true" : "false");
        break;

    case LOG_FIELD_END:
        break;
    }
}

/* All of the field, or nothing when it does not fit. */
static void put_field(struct line *line, const struct log_field *field)
{
    size_t before = line->size;
    bool first = before == 0;

    if (line->json) {
        put_text(line, first ? "{\"" : ",\"");
        put_text(line, field->key);
        put_text(line, "\":");
    } else {
        put_text(line, first ? "" : " ");
        put_text(line, field->key);
        put_text(line, "=");
    }

    put_value(line, field);
    if (line->full)
        line->size = before;
}

static const char *timestamp(char *out, size_t size)
{
    uint64_t ms = clock_wall_ms();
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc = {0};
    char date[32] = "";

    (void)gmtime_r(&seconds, &utc);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out, size, "%s.%03uZ", date, (unsigned)(ms % 1000));

    return out;
}

/* One write; when it fails, this line and those `lost` before it are for the next to tell. */
static void write_line(const struct line *line, uint64_t lost)
{
    int fd = atomic_load_explicit(&log_fd, memory_order_relaxed);
    ssize_t n;

    do
        n = write(fd, line->text, line->size);
    while (n < 0 && errno == EINTR);

    if (n != (ssize_t)line->size)
        atomic_fetch_add(&lost_lines, lost + 1);
}

void log_write(enum log_level level, uint64_t suppressed, const char *message,
               const struct log_field *fields)
{
    int keep_errno = errno;
    char ts[48];
    uint64_t lost = atomic_exchange(&lost_lines, 0);
    const struct log_field head[] = {LOG_TEXT("ts", timestamp(ts, sizeof ts)),
                                     LOG_TEXT("level", level_names[level]),
                                     LOG_TEXT("msg", message)};
    const struct log_field tail[] = {LOG_UINT("suppressed", suppressed), LOG_UINT("lost", lost)};
    bool truncated;
    struct line line;

    line.size = 0;
    line.end = sizeof line.text - END_ROOM;
    line.full = false;
    line.json = atomic_load_explicit(&log_format, memory_order_relaxed) == LOG_FORMAT_JSON;

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        put_field(&line, &head[i]);

    for (; fields->type != LOG_FIELD_END; fields++)
        put_field(&line, fields);

    truncated = line.full;
    line.full = false;
    line.end = sizeof line.text;
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) {
        if (tail[i].natural > 0)
            put_field(&line, &tail[i]);
    }

    if (truncated)
        put_field(&line, &(const struct log_field)LOG_BOOL("truncated", true));

    put_text(&line, line.json ? "}\n" : "\n");
    write_line(&line, lost);
    errno = keep_errno;
}
