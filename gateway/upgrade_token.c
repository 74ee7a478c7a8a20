#include "gateway/upgrade_token.h"

#define COOKIE "livegate_token"

/* What `found` becomes with one more. */
static struct span one_of(struct span found, struct span more)
{
    return span_is_none(found) ? more : span_make("", 0);
}

/* `separator` stands between pairs NAME=VALUE; a name without a value has an empty one. */
static struct span find_pair(struct span pairs, char separator, const char *name)
{
    struct span found = SPAN_NONE;

    while (!span_is_none(pairs)) {
        struct span value = span_cut(&pairs, separator);

        if (span_is(span_trim(span_cut(&value, '=')), name))
            found = one_of(found, span_is_none(value) ? span_make("", 0) : value);
    }

    return found;
}

static struct span of_query(struct span query)
{
    struct span found = find_pair(query, '&', "token");

    return span_is_none(found) ? find_pair(query, '&', "access_token") : found;
}

/* Other schemes than Bearer are somebody else's matter. */
static struct span of_authorization(struct span value)
{
    struct span scheme = span_cut(&value, ' ');

    if (!span_equal_ignoring_case(scheme, span_of("Bearer")))
        return SPAN_NONE;

    return span_is_none(value) ? span_make("", 0) : span_trim(value);
}

static struct span of_cookie(struct span value)
{
    return span_trim(find_pair(value, ';', COOKIE));
}

static struct span of_headers(struct span lines, const char *header,
                              struct span (*take)(struct span value))
{
    struct span found = SPAN_NONE, name, value;

    while (upgrade_request_next_header(&lines, &name, &value)) {
        struct span token = SPAN_NONE;

        if (span_equal_ignoring_case(name, span_of(header)))
            token = take(value);

        if (!span_is_none(token))
            found = one_of(found, token);
    }

    return found;
}

struct span upgrade_token_find(const struct upgrade_request *request, bool cookies)
{
    struct span found = of_query(request->query);

    if (span_is_none(found))
        found = of_headers(request->headers, "Authorization", of_authorization);

    if (span_is_none(found) && cookies)
        found = of_headers(request->headers, "Cookie", of_cookie);

    return found;
}
