#include "schema/refusal.h"

#include "schema/json.h"

#include <stddef.h>

static const struct refusal_traits refusals[] = {
#define X(constant, code, http, retry, text) [REFUSAL_##constant] = {code, http, retry, text},
    REFUSALS(X)
#undef X
};

static const struct close_traits closes[] = {
#define X(constant, code, retry, text) {CLOSE_##constant, retry, text},
    CLOSE_CODES(X)
#undef X
};

const struct refusal_traits *refusal_traits(enum refusal refusal)
{
    return &refusals[refusal];
}

const struct close_traits *close_traits(uint16_t code)
{
    for (size_t i = 0; i < sizeof closes / sizeof closes[0]; i++) {
        if (closes[i].code == code)
            return &closes[i];
    }

    return NULL;
}

void refusal_write(enum refusal refusal, const char *detail, struct buffer *out)
{
    const struct refusal_traits *traits = refusal_traits(refusal);

    (void)buffer_add_text(out, "{\"code\":\"");
    (void)buffer_add_text(out, traits->code);
    (void)buffer_add_text(out, "\",\"message\":");
    json_write_string(out, span_of(detail ? detail : traits->text));
    (void)buffer_add_char(out, '}');
}
