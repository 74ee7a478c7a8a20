#include "schema/token_keys.h"

#include "schema/jwk.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

#define X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" /* a point of P-256: RFC 7515 A.3 */
#define Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_KEY(more) "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"" more "}"
#define ED_KEY(more)                                              \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
    "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"" more "}"
#define OCT_KEY(more) \
    "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T\"" more "}"
#define ENCRYPTED                                                            \
    "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "         \
    "AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END PUBLIC " \
    "KEY-----\n"
#define SET(keys) "{\"keys\":[" keys "]}"

static const char *why;

static int setup(void **state)
{
    *state = token_keys_new();
    why = NULL;

    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    token_keys_release(*state);

    return 0;
}

/* How many keys a token of this kind is tried with. */
static size_t candidates(const struct token_keys *keys, enum token_algorithm algorithm,
                         const char *kid)
{
    size_t cursor = 0, count = 0;

    while (token_keys_next(keys, algorithm, span_of(kid), &cursor))
        count++;

    return count;
}

static int add_jwks(struct token_keys *keys, const char *json)
{
    return token_keys_add_jwks(keys, span_of(json), &why);
}

static void a_set_of_all_types_is_read(void **state)
{
    assert_int_equal(
        add_jwks(*state, SET(EC_KEY(",\"kid\":\"a\"") "," ED_KEY(",\"kid\":\"a\"") "," OCT_KEY(
                             ",\"kid\":\"b\",\"alg\":\"HS256\""))),
        0);

    assert_int_equal(token_keys_count(*state), 3);
    assert_int_equal(candidates(*state, TOKEN_ES256, "a"), 1);
    assert_int_equal(candidates(*state, TOKEN_EDDSA, "a"), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, "b"), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, "a"), 0);
    assert_int_equal(candidates(*state, TOKEN_RS256, "a"), 0);
}

static void keys_for_something_else_are_passed_over(void **state)
{
    assert_int_equal(
        add_jwks(*state,
                 SET(ED_KEY(",\"use\":\"enc\"") "," ED_KEY(",\"alg\":\"ES256\"") "," ED_KEY(
                     ",\"key_ops\":[\"sign\"]") ",{\"kty\":\"new\"},{\"kty\":\"EC\",\"crv\":\"P-"
                                                "384\"}," OCT_KEY(",\"alg\":\"HS512\"") "," ED_KEY(
                                                    ",\"use\":\"sig\",\"key_ops\":[\"verify\"],"
                                                    "\"alg\":\"EdDSA\",\"x5t\":1"))),
        0);

    assert_int_equal(token_keys_count(*state), 1);
}

static void a_set_with_a_bad_key_is_refused(void **state)
{
    static const char *const sets[] = {
        "",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        SET("1"),
        SET("{\"kty\":\"new\"}"),
        SET(ED_KEY(",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"")),
        SET(ED_KEY(",\"kty\":\"OKP\"")),
        SET(ED_KEY(",\"kid\":7")),
        SET(ED_KEY(",\"kid\":\"\"")),
        SET(ED_KEY(",\"kid\":\"a\"") "," ED_KEY(",\"kid\":\"a\"")),
        SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}"),
        SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}"),
        SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}"), /* not on it */
        SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "=\",\"y\":\"" Y "\"}"),
        SET("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}"), /* 17 bits */
        SET("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQ\"}"),
        SET("{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}"),
        SET("{\"kty\":\"oct\"}"),
    };

    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        struct token_keys *keys = token_keys_new();

        why = NULL;
        assert_non_null(keys);
        assert_int_equal(add_jwks(keys, sets[i]), -EINVAL);
        assert_non_null(why);
        token_keys_release(keys);
    }
    (void)state;
}

static void a_set_that_is_too_large_is_refused(void **state)
{
    struct buffer out;

    buffer_init(&out, 2 * JWK_SET_MAX);
    buffer_add_text(&out, "{\"keys\":[");
    for (int i = 0; i <= TOKEN_KEYS_MAX; i++)
        buffer_printf(&out, "%s" ED_KEY(",\"kid\":\"%d\""), i > 0 ? "," : "", i);
    buffer_add_text(&out, "]}");

    assert_int_equal(token_keys_add_jwks(*state, buffer_span(&out), &why), -EINVAL);
    assert_string_equal(why, "there are more than 64 keys");

    while (out.size <= JWK_SET_MAX)
        buffer_add_char(&out, ' ');
    assert_int_equal(token_keys_add_jwks(*state, buffer_span(&out), &why), -EINVAL);
    buffer_dispose(&out);
}

static void several_keys_may_be_in_one_pem_file(void **state)
{
    EVP_PKEY *rsa = mint_key("RSA", NULL), *ec = mint_key("EC", NULL);
    struct buffer pem;

    buffer_init(&pem, 8192);
    mint_pem(rsa, &pem);
    buffer_add_text(&pem, "and the one before:\n");
    mint_pem(ec, &pem);

    assert_int_equal(token_keys_add_pem(*state, buffer_span(&pem), &why), 0);

    assert_int_equal(candidates(*state, TOKEN_RS256, NULL), 1);
    assert_int_equal(candidates(*state, TOKEN_ES256, "any"), 1);
    buffer_dispose(&pem);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

static void what_is_not_a_public_key_in_pem_is_refused(void **state)
{
    static const char *const files[] = {
        "",
        "hello",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n",
        ENCRYPTED,
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        why = NULL;
        assert_int_equal(token_keys_add_pem(*state, span_of(files[i]), &why), -EINVAL);
        assert_non_null(why);
    }
    assert_int_equal(token_keys_add_pem(*state, SPAN_NONE, &why), -EINVAL);
    assert_int_equal(token_keys_count(*state), 0);
}

static void a_named_key_is_found_by_its_name(void **state)
{
    assert_int_equal(add_jwks(*state, SET(OCT_KEY(",\"kid\":\"a\"") "," OCT_KEY(",\"kid\":\"b\""))),
                     0);

    assert_int_equal(candidates(*state, TOKEN_HS256, "a"), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, "c"), 0);
    assert_int_equal(candidates(*state, TOKEN_HS256, NULL), 0); /* which of the two? */
}

static void the_only_key_of_an_algorithm_needs_no_name_in_the_token(void **state)
{
    assert_int_equal(add_jwks(*state, SET(OCT_KEY(",\"kid\":\"a\""))), 0);

    assert_int_equal(candidates(*state, TOKEN_HS256, NULL), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, "b"), 0);
}

static void a_key_without_a_name_is_tried_for_names_nobody_has(void **state)
{
    assert_int_equal(token_keys_add_secret(*state, span_of(MINT_SECRET), &why), 0);
    assert_int_equal(add_jwks(*state, SET(OCT_KEY(",\"kid\":\"a\""))), 0);

    assert_int_equal(candidates(*state, TOKEN_HS256, "a"), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, "b"), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, NULL), 1);
    assert_int_equal(candidates(*state, TOKEN_HS256, ""), 1);
}

static void a_set_lives_while_somebody_holds_it(void **state)
{
    struct token_keys *shared = token_keys_share(*state);

    token_keys_release(shared);

    assert_int_equal(token_keys_count(*state), 0);
    token_keys_release(NULL);
}

static int fill(void)
{
    static const char json[] = SET(EC_KEY(",\"kid\":\"a\"") "," OCT_KEY(",\"kid\":\"b\""));
    struct token_keys *keys = token_keys_new();
    int rc = keys ? token_keys_add_secret(keys, span_of(MINT_SECRET), &why) : -ENOMEM;

    if (rc == 0)
        rc = token_keys_add_jwks(keys, span_of(json), &why);
    token_keys_release(keys);

    return rc;
}

static void without_memory_nothing_leaks(void **state)
{
    int rc = -ENOMEM;

    for (int n = 0; rc == -ENOMEM; n++) {
        fail_malloc_after(n);
        rc = fill();
        fail_malloc_never();
    }

    assert_int_equal(rc, 0);
    (void)state;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_set_of_all_types_is_read),
        TEST(keys_for_something_else_are_passed_over),
        TEST(a_set_with_a_bad_key_is_refused),
        TEST(a_set_that_is_too_large_is_refused),
        TEST(several_keys_may_be_in_one_pem_file),
        TEST(what_is_not_a_public_key_in_pem_is_refused),
        TEST(a_named_key_is_found_by_its_name),
        TEST(the_only_key_of_an_algorithm_needs_no_name_in_the_token),
        TEST(a_key_without_a_name_is_tried_for_names_nobody_has),
        TEST(a_set_lives_while_somebody_holds_it),
        TEST(without_memory_nothing_leaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
