#include "schema/token_header.h"

#include "schema/json_members.h"

/* Those behind `kid` are refused wherever they stand.
 *   constant  name */
#define HEADER_FIELDS(X) \
    X(ALG, "alg")        \
    X(KID, "kid")        \
    X(CRIT, "crit")      \
    X(B64, "b64")        \
    X(JKU, "jku")        \
    X(JWK, "jwk")        \
    X(X5U, "x5u")        \
    X(X5C, "x5c")

enum header_field {
#define X(constant, name) HEADER_##constant,
    HEADER_FIELDS(X)
#undef X
        HEADER_FIELD_COUNT
};

enum token_fault token_header_read(struct token_header *header, struct span json)
{
    static const struct span names[] = {
#define X(constant, name) SPAN_LITERAL(name),
        HEADER_FIELDS(X)
#undef X
    };
    struct json_value fields[HEADER_FIELD_COUNT];
    int size;

    if (json_members_read(json, names, fields, HEADER_FIELD_COUNT) != 0 ||
        fields[HEADER_ALG].type != JSON_STRING)
        return TOKEN_MALFORMED;

    for (size_t i = HEADER_CRIT; i < HEADER_FIELD_COUNT; i++) {
        if (fields[i].type != JSON_NONE)
            return TOKEN_MALFORMED;
    }

    if (token_algorithm_from_name(fields[HEADER_ALG].raw, &header->algorithm) != 0)
        return TOKEN_UNKNOWN_KEY;

    header->id = SPAN_NONE;
    if (fields[HEADER_KID].type == JSON_NONE)
        return TOKEN_GOOD;

    if (fields[HEADER_KID].type != JSON_STRING)
        return TOKEN_MALFORMED;

    size = json_decode(fields[HEADER_KID], header->kid, sizeof header->kid);
    if (size <= 0)
        return size == 0 ? TOKEN_MALFORMED : TOKEN_UNKNOWN_KEY;

    header->id = span_make(header->kid, (size_t)size);

    return TOKEN_GOOD;
}
