#include "schema/token_keys.h"

#include "schema/jwk.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define NOT_PEM "not public keys in PEM (-----BEGIN PUBLIC KEY-----)"

struct token_keys {
    atomic_size_t references;
    size_t count;
    struct token_key *keys[TOKEN_KEYS_MAX];
};

void token_keys_release(struct token_keys *keys)
{
    if (!keys || atomic_fetch_sub_explicit(&keys->references, 1, memory_order_acq_rel) != 1)
        return;

    for (size_t i = 0; i < keys->count; i++)
        token_key_free(keys->keys[i]);

    free(keys);
}

struct token_keys *token_keys_new(void)
{
    struct token_keys *keys = calloc(1, sizeof *keys);

    if (keys)
        atomic_init(&keys->references, 1);

    return keys;
}

struct token_keys *token_keys_share(struct token_keys *keys)
{
    atomic_fetch_add_explicit(&keys->references, 1, memory_order_relaxed);

    return keys;
}

/* ---- filling ---- */

static bool same_name(const struct token_key *a, const struct token_key *b)
{
    struct span id = token_key_id(a);

    return !span_is_none(id) && token_key_algorithm(a) == token_key_algorithm(b) &&
           span_equal(id, token_key_id(b));
}

int token_keys_add(struct token_keys *keys, struct token_key *key, const char **why)
{
    if (keys->count == TOKEN_KEYS_MAX) {
        *why = "there are more than 64 keys";
        return -EINVAL;
    }

    for (size_t i = 0; i < keys->count; i++) {
        if (same_name(keys->keys[i], key)) {
            *why = "two keys of one algorithm have the same kid";
            return -EINVAL;
        }
    }

    keys->keys[keys->count++] = key;

    return 0;
}

/* Takes the key whatever the outcome; `rc` says if there is one. */
static int add_made(struct token_keys *keys, int rc, struct token_key *key, const char **why)
{
    if (rc == 0) {
        rc = token_keys_add(keys, key, why);
        if (rc != 0)
            token_key_free(key);
    }

    return rc;
}

int token_keys_add_secret(struct token_keys *keys, struct span secret, const char **why)
{
    struct token_key *key = NULL;
    int rc = token_key_from_secret(&key, SPAN_NONE, secret, why);

    return add_made(keys, rc, key, why);
}

/* Takes a block of PEM.  A block that is not a public key, or encrypted, is an error. */
static int add_block(struct token_keys *keys, const char *name, const char *header, struct span der,
                     const char **why)
{
    const unsigned char *at = (const unsigned char *)der.data;
    EVP_PKEY *public_key = NULL;
    struct token_key *key = NULL;
    int rc;

    if (strcmp(name, PEM_STRING_PUBLIC) == 0 && *header == '\0')
        public_key = d2i_PUBKEY(NULL, &at, (long)der.size);

    if (!public_key) {
        *why = NOT_PEM;
        return -EINVAL;
    }

    rc = token_key_from_public(&key, SPAN_NONE, public_key, why);

    return add_made(keys, rc, key, why);
}

int token_keys_add_pem(struct token_keys *keys, struct span pem, const char **why)
{
    BIO *bio = BIO_new_mem_buf(pem.data ? pem.data : "", (int)pem.size);
    size_t before = keys->count;
    char *name, *header;
    unsigned char *der;
    long size;
    int rc = bio ? 0 : -ENOMEM;

    while (rc == 0 && PEM_read_bio(bio, &name, &header, &der, &size) == 1) {
        rc = add_block(keys, name, header, span_make(der, (size_t)size), why);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }

    if (rc == 0 &&
        (keys->count == before || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)) {
        *why = NOT_PEM;
        rc = -EINVAL;
    }

    ERR_clear_error();
    BIO_free(bio);

    return rc;
}

int token_keys_add_jwks(struct token_keys *keys, struct span json, const char **why)
{
    struct jwk_set set;
    size_t before = keys->count;
    int rc = jwk_set_open(&set, json);

    *why = "not a JWK set: {\"keys\":[…]}";

    while (rc == 0) {
        struct token_key *key = NULL;

        rc = jwk_set_next(&set, &key, why);
        if (rc == 0 && key)
            rc = add_made(keys, 0, key, why);
    }

    if (rc == -ENOENT && keys->count == before) {
        *why = "no key in it is for RS256, ES256, EdDSA or HS256";
        rc = -EINVAL;
    }

    return rc == -ENOENT ? 0 : rc;
}

/* ---- using ---- */

size_t token_keys_count(const struct token_keys *keys)
{
    return keys->count;
}

/* How many are of this algorithm; with `id` (may be SPAN_NONE: of any) of that id only. */
static size_t count_of(const struct token_keys *keys, enum token_algorithm algorithm,
                       struct span id)
{
    size_t count = 0;

    for (size_t i = 0; i < keys->count; i++) {
        if (token_key_algorithm(keys->keys[i]) == algorithm &&
            (span_is_none(id) || span_equal(token_key_id(keys->keys[i]), id)))
            count++;
    }

    return count;
}

const struct token_key *token_keys_next(const struct token_keys *keys,
                                        enum token_algorithm algorithm, struct span kid,
                                        size_t *cursor)
{
    bool named = !span_is_none(kid) && count_of(keys, algorithm, kid) > 0;
    struct span wanted = named ? kid : SPAN_NONE;
    bool any = span_is_none(kid) && count_of(keys, algorithm, SPAN_NONE) == 1;

    while (*cursor < keys->count) {
        const struct token_key *key = keys->keys[(*cursor)++];

        if (token_key_algorithm(key) == algorithm && (any || span_equal(token_key_id(key), wanted)))
            return key;
    }

    return NULL;
}
