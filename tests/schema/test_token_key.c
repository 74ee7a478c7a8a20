#include "schema/token_key.h"

#include "schema/base64url.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <openssl/evp.h>

#define HEADER "{\"alg\":\"any\"}"
#define CLAIMS "{}"

static const char *why;

/* Takes `pair`: a verifier from its public half (it is the same object to OpenSSL). */
static struct token_key *public_key(EVP_PKEY *pair)
{
    struct token_key *key = NULL;

    assert_int_equal(EVP_PKEY_up_ref(pair), 1);
    assert_int_equal(token_key_from_public(&key, SPAN_NONE, pair, &why), 0);

    return key;
}

/* Does `key` take this token's signature, with one of its bits changed unless `bit` is -1? */
static bool takes(const struct token_key *key, const char *token, int bit)
{
    unsigned char signature[1024];
    const char *dot = strrchr(token, '.');
    int size = base64url_decode(span_of(dot + 1), signature, sizeof signature);

    assert_true(size > 0);
    if (bit >= 0)
        signature[bit / 8 % size] ^= (unsigned char)(1 << bit % 8);

    return token_key_verifies(key, span_make(token, (size_t)(dot - token)),
                              span_make(signature, (size_t)size));
}

static void algorithms_are_known_by_their_exact_names(void **state)
{
    static const char *const others[] = {"",      "none",   "None",  "NONE",  "nOnE", "hs256",
                                         "HS384", "HS256 ", "ES384", "EDDSA", "PS256"};
    enum token_algorithm algorithm;

    assert_int_equal(token_algorithm_from_name(span_of("EdDSA"), &algorithm), 0);
    assert_int_equal(algorithm, TOKEN_EDDSA);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(token_algorithm_from_name(span_of(others[i]), &algorithm), -ENOENT);
    (void)state;
}

static void each_type_of_key_verifies_its_own_signatures_and_no_other(void **state)
{
    static const struct {
        const char *type;
        enum token_algorithm algorithm;
    } types[] = {{"RSA", TOKEN_RS256}, {"EC", TOKEN_ES256}, {"ED25519", TOKEN_EDDSA}};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        EVP_PKEY *ours = mint_key(types[i].type, NULL), *other = mint_key(types[i].type, NULL);
        struct token_key *key = public_key(ours);
        struct buffer out;

        buffer_init(&out, 4096);
        assert_int_equal(token_key_algorithm(key), types[i].algorithm);
        assert_true(takes(key, mint_with_key(&out, HEADER, CLAIMS, ours), -1));
        for (int bit = 0; bit < 512; bit += 61)
            assert_false(takes(key, buffer_text(&out), bit));
        assert_false(takes(key, mint_with_key(&out, HEADER, CLAIMS, other), -1));
        assert_false(takes(key, mint(&out, CLAIMS), -1));

        buffer_dispose(&out);
        token_key_free(key);
        EVP_PKEY_free(ours);
        EVP_PKEY_free(other);
    }
    (void)state;
}

static void a_secret_verifies_its_own_signatures_and_no_other(void **state)
{
    static const char secret[] = MINT_SECRET;
    struct token_key *key = NULL;
    struct buffer out;

    buffer_init(&out, 4096);
    assert_int_equal(token_key_from_secret(&key, span_of("k1"), span_of(secret), &why), 0);

    assert_true(span_is(token_key_id(key), "k1"));
    assert_true(takes(key, mint(&out, CLAIMS), -1));
    for (int bit = 0; bit < 256; bit++)
        assert_false(takes(key, buffer_text(&out), bit));
    assert_false(takes(key, mint_with_secret(&out, HEADER, CLAIMS, span_of(secret + 1)), -1));
    assert_false(token_key_verifies(key, span_of("a"), SPAN_NONE));

    buffer_dispose(&out);
    token_key_free(key);
    (void)state;
}

static void weak_keys_are_refused(void **state)
{
    static const char *const weak[][2] = {
        {"RSA", "1024"}, {"EC", "P-384"}, {"EC", "secp256k1"}, {"X25519", NULL}, {"ED448", NULL}};
    struct token_key *key = NULL;

    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        why = NULL;
        assert_int_equal(
            token_key_from_public(&key, SPAN_NONE, mint_key(weak[i][0], weak[i][1]), &why),
            -EINVAL);
        assert_non_null(why);
    }

    assert_int_equal(
        token_key_from_secret(&key, SPAN_NONE, span_of("31-bytes-are-not-enough-secret."), &why),
        -EINVAL);
    assert_non_null(why);
    (void)state;
}

static void without_memory_there_is_no_key(void **state)
{
    EVP_PKEY *pair = mint_key("ED25519", NULL);
    struct token_key *key = NULL;
    int rc_secret, rc_public;

    fail_malloc_after(0);
    rc_secret = token_key_from_secret(&key, SPAN_NONE, span_of(MINT_SECRET), &why);
    rc_public = token_key_from_public(&key, SPAN_NONE, pair, &why);
    fail_malloc_never();

    assert_int_equal(rc_secret, -ENOMEM);
    assert_int_equal(rc_public, -ENOMEM);
    assert_null(key);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_are_known_by_their_exact_names),
        cmocka_unit_test(each_type_of_key_verifies_its_own_signatures_and_no_other),
        cmocka_unit_test(a_secret_verifies_its_own_signatures_and_no_other),
        cmocka_unit_test(weak_keys_are_refused),
        cmocka_unit_test(without_memory_there_is_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
