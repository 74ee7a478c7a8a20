/* Any bytes as a JWK set and as a file of PEM: no crash, and a set that is good has keys. */
#include "schema/token_keys.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>

static void check(int rc, const struct token_keys *keys, const char *why)
{
    struct span id = SPAN_NONE;
    size_t cursor = 0;

    if (rc != 0 && (rc != -EINVAL || !why))
        abort();

    if (rc == 0 && token_keys_count(keys) == 0)
        abort();

    for (int i = 0; i < TOKEN_ALGORITHM_COUNT; i++, cursor = 0) {
        const struct token_key *key = token_keys_next(keys, (enum token_algorithm)i, id, &cursor);

        if (key && token_key_verifies(key, span_of("text"), span_of("signature")))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct token_keys *of_json = token_keys_new(), *of_pem = token_keys_new();
    const char *why = NULL;
    int rc;

    if (!of_json || !of_pem)
        abort();

    rc = token_keys_add_jwks(of_json, span_make(data, size), &why);
    check(rc, of_json, why);
    rc = token_keys_add_pem(of_pem, span_make(data, size), &why);
    check(rc, of_pem, why);
    token_keys_release(of_json);
    token_keys_release(of_pem);

    return 0;
}
