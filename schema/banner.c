#include "schema/banner.h"

#include "schema/json.h"
#include "schema/utf8.h"

#include <errno.h>

const struct banners banners_default = {{
#define X(constant, setting, text) [BANNER_##constant] = (text),
    BANNERS(X)
#undef X
}};

enum placeholder { NAME, OTHERS, COUNT, GOODS, UNKNOWN };

static const char *const placeholders[] = {
    [NAME] = "{name}", [OTHERS] = "{others}", [COUNT] = "{count}", [GOODS] = "{goods}"};

/* Takes the literal text before the first brace off *rest. */
static struct span take_literal(struct span *rest)
{
    struct span literal = span_make(rest->data, span_find(*rest, '{'));

    *rest = span_skip(*rest, literal.size);

    return literal;
}

/* Takes the placeholder off the start of *rest, or of an unknown one the brace. */
static enum placeholder take_placeholder(struct span *rest)
{
    for (int i = 0; i < UNKNOWN; i++) {
        struct span text = span_of(placeholders[i]);

        if (span_starts_with(*rest, text)) {
            *rest = span_skip(*rest, text.size);
            return (enum placeholder)i;
        }
    }
    *rest = span_skip(*rest, 1);

    return UNKNOWN;
}

int banner_check(const char *text)
{
    struct span rest = span_of(text);

    if (!utf8_valid(rest))
        return -EINVAL;

    (void)take_literal(&rest);
    while (rest.size > 0) {
        if (take_placeholder(&rest) == UNKNOWN)
            return -EINVAL;
        (void)take_literal(&rest);
    }

    return 0;
}

void banner_write(const struct banners *banners, enum banner banner,
                  const struct banner_values *values, struct buffer *out)
{
    struct span rest = span_of(banners->texts[banner]);

    for (;;) {
        json_write_content(out, take_literal(&rest));
        if (rest.size == 0)
            return;

        switch (take_placeholder(&rest)) {
        case NAME:
            if (values->name.size > 0)
                (void)buffer_add_span(out, values->name);
            else
                json_write_content(out, span_of(banners->texts[BANNER_GUEST]));
            break;
        case OTHERS:
            (void)buffer_add_u64(out, values->count > 0 ? values->count - 1 : 0);
            break;
        case COUNT:
            (void)buffer_add_u64(out, values->count);
            break;
        case GOODS:
            (void)buffer_add_span(out, values->goods);
            break;
        case UNKNOWN:
            (void)buffer_add_char(out, '{');
            break;
        }
    }
}
