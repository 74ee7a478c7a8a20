#include "schema/token.h"

#include "schema/base64url.h"
#include "schema/json_members.h"
#include "schema/message.h"
#include "schema/room.h"
#include "schema/token_header.h"

#include <stdlib.h>

enum {
    PARTS = 3,
    PART_MAX = BASE64URL_DECODED(TOKEN_MAX_BYTES),
    SIGNATURE_MAX = 1024 /* RSA with 8192 bits */
};

/* What a token is made of, in one piece of memory. */
struct shared_token {
    struct token view; /* first, so that the two pointers convert */
    size_t references;
    char uid[MESSAGE_MAX_UID];
    size_t size;
    char claims[]; /* the decoded payload, which `view` borrows from */
};

/* ---- the signature ---- */

static enum token_fault check_signature(const struct token_keys *keys, struct span head,
                                        struct span text, struct span signature)
{
    char json[PART_MAX];
    struct token_header header;
    const struct token_key *key;
    enum token_fault fault;
    size_t cursor = 0;
    bool tried = false;
    int size = base64url_decode(head, json, sizeof json);

    if (size < 0)
        return TOKEN_MALFORMED;

    fault = token_header_read(&header, span_make(json, (size_t)size));
    if (fault != TOKEN_GOOD)
        return fault;

    while ((key = token_keys_next(keys, header.algorithm, header.id, &cursor))) {
        if (token_key_verifies(key, text, signature))
            return TOKEN_GOOD;
        tried = true;
    }

    return tried ? TOKEN_SIGNATURE : TOKEN_UNKNOWN_KEY;
}

/* ---- the claims ---- */

/*   constant  name */
#define CLAIMS(X)     \
    X(SUB, "sub")     \
    X(NAME, "name")   \
    X(ROLE, "role")   \
    X(ROOMS, "rooms") \
    X(EXP, "exp")     \
    X(NBF, "nbf")     \
    X(AUD, "aud")

enum claim {
#define X(constant, name) CLAIM_##constant,
    CLAIMS(X)
#undef X
        CLAIM_COUNT
};

static const char *const role_names[] = {
#define X(constant, name) [ROLE_##constant] = (name),
    TOKEN_ROLES(X)
#undef X
};

/* A NumericDate: seconds since 1970, perhaps with a fraction, which does not count. */
static bool read_date(struct json_value value, int64_t *seconds)
{
    struct span fraction = value.raw;
    struct span whole = span_cut(&fraction, '.');

    for (size_t i = 0; i < fraction.size; i++) {
        if (fraction.data[i] < '0' || fraction.data[i] > '9')
            return false; /* an exponent */
    }

    return value.type == JSON_NUMBER && span_to_i64(whole, seconds) == 0 &&
           *seconds <= MESSAGE_MAX_INTEGER && *seconds >= -MESSAGE_MAX_INTEGER;
}

static bool has_control_characters(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    }

    return false;
}

static bool read_uid(struct shared_token *token, struct json_value sub)
{
    int size;

    if (sub.type == JSON_NONE)
        return true;

    size = sub.type == JSON_STRING ? json_decode(sub, token->uid, sizeof token->uid) : -1;
    if (size <= 0 || has_control_characters(token->uid, (size_t)size))
        return false;

    token->view.uid = span_make(token->uid, (size_t)size);

    return true;
}

static bool read_name(struct token *token, struct json_value name)
{
    if (name.type == JSON_NONE || (name.type == JSON_STRING && name.raw.size == 0))
        return true;

    token->name = name;

    return name.type == JSON_STRING && json_length(name) <= MESSAGE_MAX_NAME;
}

static bool read_role(struct token *token, struct json_value role)
{
    token->role = ROLE_VIEWER;
    if (role.type == JSON_NONE)
        return true;

    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (role.type == JSON_STRING && span_is(role.raw, role_names[i])) {
            token->role = (enum token_role)i;
            return true;
        }
    }

    return false;
}

/* A room id as text or, as in messages, as an integer. */
static bool is_room(struct json_value item)
{
    if (item.type == JSON_STRING)
        return span_is(item.raw, "*") || room_id_valid(item.raw);

    return item.type == JSON_NUMBER && room_id_valid(item.raw) &&
           span_find(item.raw, '.') == item.raw.size;
}

static bool read_rooms(struct token *token, struct json_value rooms)
{
    struct json_value item;
    size_t at = 0;

    if (rooms.type == JSON_NONE)
        return true;

    if (rooms.type != JSON_ARRAY)
        return false;

    while (json_next_item(rooms.raw, &at, &item)) {
        if (!is_room(item))
            return false;
    }

    token->rooms = rooms.raw;

    return true;
}

static bool is_text(struct json_value value, const char *text)
{
    char decoded[PART_MAX];
    int size = value.type == JSON_STRING ? json_decode(value, decoded, sizeof decoded) : -1;

    return size >= 0 && span_is(span_make(decoded, (size_t)size), text);
}

/* A text or an array of texts. */
static enum token_fault judge_audience(struct json_value aud, const char *audience)
{
    struct json_value item;
    size_t at = 0;

    if (!audience || is_text(aud, audience))
        return TOKEN_GOOD;

    if (aud.type == JSON_ARRAY) {
        while (json_next_item(aud.raw, &at, &item)) {
            if (is_text(item, audience))
                return TOKEN_GOOD;
        }
    }

    return TOKEN_AUDIENCE;
}

static enum token_fault judge_claims(struct shared_token *token, const struct token_rules *rules)
{
    static const struct span names[] = {
#define X(constant, name) SPAN_LITERAL(name),
        CLAIMS(X)
#undef X
    };
    struct json_value claims[CLAIM_COUNT];
    struct token *view = &token->view;
    int64_t not_before = 0;

    if (json_members_read(span_make(token->claims, token->size), names, claims, CLAIM_COUNT) != 0)
        return TOKEN_MALFORMED;

    if (!read_date(claims[CLAIM_EXP], &view->expires_s) ||
        (claims[CLAIM_NBF].type != JSON_NONE && !read_date(claims[CLAIM_NBF], &not_before)) ||
        !read_uid(token, claims[CLAIM_SUB]) || !read_name(view, claims[CLAIM_NAME]) ||
        !read_role(view, claims[CLAIM_ROLE]) || !read_rooms(view, claims[CLAIM_ROOMS]))
        return TOKEN_CLAIM;

    if (view->expires_s + TOKEN_LEEWAY_S <= rules->now_s)
        return TOKEN_EXPIRED;

    if (claims[CLAIM_NBF].type != JSON_NONE && not_before - TOKEN_LEEWAY_S > rules->now_s)
        return TOKEN_EARLY;

    return judge_audience(claims[CLAIM_AUD], rules->audience);
}

/* ---- tokens ---- */

void token_release(struct token *token)
{
    struct shared_token *shared = (struct shared_token *)token;

    if (shared && --shared->references == 0)
        free(shared);
}

struct token *token_share(struct token *token)
{
    ((struct shared_token *)token)->references++;

    return token;
}

static enum token_fault read_claims(struct token **token, struct span payload,
                                    const struct token_rules *rules)
{
    size_t capacity = BASE64URL_DECODED(payload.size);
    struct shared_token *made = calloc(1, sizeof *made + capacity);
    enum token_fault fault = TOKEN_MALFORMED;
    int size;

    if (!made)
        return TOKEN_NO_MEMORY;

    made->references = 1;
    size = base64url_decode(payload, made->claims, capacity);
    if (size >= 0) {
        made->size = (size_t)size;
        fault = judge_claims(made, rules);
    }

    if (fault == TOKEN_GOOD)
        *token = &made->view;
    else
        free(made);

    return fault;
}

enum token_fault token_verify(struct token **token, struct span text, const struct token_keys *keys,
                              const struct token_rules *rules)
{
    unsigned char signature[SIGNATURE_MAX];
    struct span rest = text, parts[PARTS];
    enum token_fault fault;
    size_t n_signed;
    int size;

    if (text.size == 0 || text.size > TOKEN_MAX_BYTES)
        return TOKEN_MALFORMED;

    for (size_t i = 0; i < PARTS; i++)
        parts[i] = span_cut(&rest, '.');

    if (!span_is_none(rest) || span_is_none(parts[2]))
        return TOKEN_MALFORMED;

    size = base64url_decode(parts[2], signature, sizeof signature);
    if (size < 0)
        return TOKEN_MALFORMED;

    n_signed = parts[0].size + 1 + parts[1].size;
    fault = check_signature(keys, parts[0], span_make(text.data, n_signed),
                            span_make(signature, (size_t)size));

    return fault == TOKEN_GOOD ? read_claims(token, parts[1], rules) : fault;
}

bool token_opens(const struct token *token, struct span room)
{
    struct json_value item;
    size_t at = 0;

    if (span_is_none(token->rooms))
        return false;

    while (json_next_item(token->rooms, &at, &item)) {
        if (span_is(item.raw, "*") || span_equal(item.raw, room))
            return true;
    }

    return false;
}

const char *token_fault_text(enum token_fault fault)
{
    static const char *const texts[] = {
#define X(constant, label, text) [TOKEN_##constant] = (text),
        TOKEN_FAULTS(X)
#undef X
    };

    return texts[fault];
}
