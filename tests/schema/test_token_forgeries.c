/* Every forgery we have heard of, at the door that must not open. */
#include "schema/token.h"

#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define CLAIMS "{\"sub\":\"7\",\"role\":\"admin\",\"rooms\":[\"*\"],\"exp\":1400000000}"

struct fixture {
    struct token_keys *keys; /* a secret without a name, a public RSA key and one on P-256 */
    EVP_PKEY *rsa;
    EVP_PKEY *ec;
    struct buffer pem; /* of the RSA key, which everybody may know */
    struct buffer out;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    const char *why;

    *f = (struct fixture){.keys = token_keys_new(), .rsa = mint_key("RSA", NULL)};
    f->ec = mint_key("EC", NULL);
    buffer_init(&f->pem, 8192);
    buffer_init(&f->out, 200000);
    mint_pem(f->rsa, &f->pem);
    *state = f;

    assert_int_equal(token_keys_add_pem(f->keys, buffer_span(&f->pem), &why), 0);
    mint_pem(f->ec, &f->out);
    assert_int_equal(token_keys_add_pem(f->keys, buffer_span(&f->out), &why), 0);

    return token_keys_add_secret(f->keys, span_of(MINT_SECRET), &why);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    token_keys_release(f->keys);
    EVP_PKEY_free(f->rsa);
    EVP_PKEY_free(f->ec);
    buffer_dispose(&f->pem);
    buffer_dispose(&f->out);

    return 0;
}

static enum token_fault verify_span(const struct fixture *f, struct span text)
{
    const struct token_rules rules = {.now_s = 1300000000};
    struct token *token = NULL;
    enum token_fault fault = token_verify(&token, text, f->keys, &rules);

    assert_true((fault == TOKEN_GOOD) == (token != NULL));
    token_release(token);

    return fault;
}

static enum token_fault verify(const struct fixture *f, const char *text)
{
    return verify_span(f, span_of(text));
}

static const char *signed_with_secret(struct fixture *f, const char *header)
{
    return mint_with_secret(&f->out, header, CLAIMS, span_of(MINT_SECRET));
}

static void the_real_ones_are_good(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(verify(f, mint(&f->out, CLAIMS)), TOKEN_GOOD);
    assert_int_equal(verify(f, mint_with_key(&f->out, "{\"alg\":\"RS256\"}", CLAIMS, f->rsa)),
                     TOKEN_GOOD);
    assert_int_equal(verify(f, mint_with_key(&f->out, "{\"alg\":\"ES256\"}", CLAIMS, f->ec)),
                     TOKEN_GOOD);
}

static void no_algorithm_is_none_however_it_is_written(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",  "{\"alg\":\"None\"}",  "{\"alg\":\"NONE\"}",  "{\"alg\":\"nOnE\"}",
        "{\"alg\":\"\"}",      "{\"alg\":\"none \"}", "{\"alg\":\"hs256\"}", "{\"alg\":\"HS384\"}",
        "{\"alg\":\"RS384\"}", "{\"alg\":\"PS256\"}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char *text;

        assert_int_equal(verify(f, signed_with_secret(f, headers[i])), TOKEN_UNKNOWN_KEY);

        text = strdup(buffer_text(&f->out));
        assert_non_null(text);
        *(strrchr(text, '.') + 1) = '\0'; /* with the last dot, without a signature */
        assert_int_equal(verify(f, text), TOKEN_UNKNOWN_KEY);
        free(text);
    }
}

static void a_header_without_a_good_algorithm_is_malformed(void **state)
{
    static const char *const headers[] = {
        "",
        "{}",
        "[]",
        "\"HS256\"",
        "{\"alg\":null}",
        "{\"alg\":7}",
        "{\"alg\":[\"HS256\"]}",
        "{\"alg\":\"HS256\"",
        "{\"alg\":\"HS256\"}x",
        "{\"alg\":\"HS256\",\"alg\":\"none\"}",
        "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}",
        "{\"Alg\":\"HS256\"}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_int_equal(verify(f, signed_with_secret(f, headers[i])), TOKEN_MALFORMED);
}

static void headers_that_bring_their_own_key_or_rules_are_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"HS256\",\"b64\":true}",
        "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
        "{\"alg\":\"HS256\",\"jku\":\"https://evil.example/keys\"}",
        "{\"alg\":\"HS256\",\"x5u\":\"https://evil.example/cert\"}",
        "{\"alg\":\"HS256\",\"x5c\":[\"AAAA\"]}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_int_equal(verify(f, signed_with_secret(f, headers[i])), TOKEN_MALFORMED);
}

static void a_public_key_is_not_a_secret(void **state)
{
    struct fixture *f = *state;
    struct span pem = buffer_span(&f->pem);

    assert_int_equal(verify(f, mint_with_secret(&f->out, "{\"alg\":\"HS256\"}", CLAIMS, pem)),
                     TOKEN_SIGNATURE);
    assert_int_equal(
        verify(f, mint_with_secret(&f->out, "{\"alg\":\"HS256\"}", CLAIMS, span_trim(pem))),
        TOKEN_SIGNATURE);
    assert_int_equal(verify(f, mint_with_secret(&f->out, "{\"alg\":\"RS256\"}", CLAIMS, pem)),
                     TOKEN_SIGNATURE);
}

static void signatures_of_other_keys_and_algorithms_are_refused(void **state)
{
    struct fixture *f = *state;
    EVP_PKEY *other = mint_key("RSA", NULL);

    assert_int_equal(verify(f, mint_with_key(&f->out, "{\"alg\":\"RS256\"}", CLAIMS, other)),
                     TOKEN_SIGNATURE);
    assert_int_equal(verify(f, mint_with_key(&f->out, "{\"alg\":\"RS256\"}", CLAIMS, f->ec)),
                     TOKEN_SIGNATURE);
    assert_int_equal(verify(f, mint_with_key(&f->out, "{\"alg\":\"ES256\"}", CLAIMS, f->rsa)),
                     TOKEN_SIGNATURE);
    assert_int_equal(verify(f, mint_with_key(&f->out, "{\"alg\":\"EdDSA\"}", CLAIMS, f->ec)),
                     TOKEN_UNKNOWN_KEY);
    assert_int_equal(verify(f, mint_with_secret(&f->out, "{\"alg\":\"HS256\"}", CLAIMS,
                                                span_of("another secret of thirty-two bytes"))),
                     TOKEN_SIGNATURE);
    EVP_PKEY_free(other);
}

static void a_kid_is_only_compared(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"RS256\",\"kid\":\"../../../../dev/null\"}",
        "{\"alg\":\"RS256\",\"kid\":\"x' UNION SELECT 'key\"}",
        "{\"alg\":\"RS256\",\"kid\":\"| sleep 5\"}",
        "{\"alg\":\"RS256\",\"kid\":\"a\\u0000b\"}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) /* an empty file's key */
        assert_int_equal(verify(f, mint_with_secret(&f->out, headers[i], CLAIMS, span_of(""))),
                         TOKEN_SIGNATURE);

    assert_int_equal(verify(f, signed_with_secret(f, "{\"alg\":\"HS256\",\"kid\":7}")),
                     TOKEN_MALFORMED);
    assert_int_equal(verify(f, signed_with_secret(f, "{\"alg\":\"HS256\",\"kid\":\"\"}")),
                     TOKEN_MALFORMED);
}

static void what_was_signed_cannot_be_swapped(void **state)
{
    struct fixture *f = *state;
    char *viewer = strdup(mint(&f->out, "{\"role\":\"viewer\",\"exp\":1400000000}"));
    const char *admin = mint(&f->out, CLAIMS);
    struct buffer swapped;

    assert_non_null(viewer);
    buffer_init(&swapped, 8192); /* the admin's claims with the viewer's signature */
    buffer_add(&swapped, admin, (size_t)(strrchr(admin, '.') - admin));
    buffer_add_text(&swapped, strrchr(viewer, '.'));

    assert_int_equal(verify_span(f, buffer_span(&swapped)), TOKEN_SIGNATURE);
    buffer_dispose(&swapped);
    free(viewer);
}

static void any_changed_letter_is_noticed(void **state)
{
    struct fixture *f = *state;
    char *text = strdup(mint(&f->out, CLAIMS));
    size_t size;

    assert_non_null(text);
    size = strlen(text);

    for (size_t i = 0; i < size; i++) {
        char was = text[i];

        text[i] = was == 'B' ? 'C' : 'B';
        assert_int_not_equal(verify_span(f, span_make(text, size)), TOKEN_GOOD);
        text[i] = was;
    }
    for (size_t length = 0; length < size; length++)
        assert_int_not_equal(verify_span(f, span_make(text, length)), TOKEN_GOOD);

    assert_int_equal(verify_span(f, span_make(text, size)), TOKEN_GOOD);
    free(text);
}

static void what_has_not_three_parts_is_malformed(void **state)
{
    static const char *const texts[] = {"",
                                        ".",
                                        "..",
                                        "...",
                                        "a",
                                        "a.b",
                                        "e30.e30.",
                                        "e30.e30.e30.e30.e30",
                                        " e30.e30.e30",
                                        "e30.e30.e30\n",
                                        "{}.{}.{}",
                                        "%65%33.a.b"};
    struct fixture *f = *state;
    const char *good = mint(&f->out, CLAIMS);
    struct buffer longer;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(verify(f, texts[i]), TOKEN_MALFORMED);

    buffer_init(&longer, 8192);
    buffer_add_text(&longer, good);
    buffer_add_char(&longer, '='); /* padding */
    assert_int_equal(verify_span(f, buffer_span(&longer)), TOKEN_MALFORMED);
    buffer_dispose(&longer);
}

/* With this much in a claim that means nothing. */
static const char *long_token(struct fixture *f, size_t filling)
{
    struct buffer claims;

    buffer_init(&claims, 100000);
    buffer_add_text(&claims, "{\"exp\":1400000000,\"x\":\"");
    for (size_t i = 0; i < filling; i++)
        buffer_add_char(&claims, 'x');
    buffer_add_text(&claims, "\"}");
    assert_non_null(mint(&f->out, buffer_text(&claims)));
    buffer_dispose(&claims);

    return buffer_text(&f->out);
}

static void a_token_has_four_kilobytes_at_most(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(verify(f, long_token(f, 65536)), TOKEN_MALFORMED);
    assert_int_equal(verify(f, long_token(f, 2984)), TOKEN_GOOD);
    assert_true(f->out.size > TOKEN_MAX_BYTES - 8 && f->out.size <= TOKEN_MAX_BYTES);
    assert_int_equal(verify(f, long_token(f, 2990)), TOKEN_MALFORMED);
    assert_true(f->out.size > TOKEN_MAX_BYTES);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_real_ones_are_good),
        TEST(no_algorithm_is_none_however_it_is_written),
        TEST(a_header_without_a_good_algorithm_is_malformed),
        TEST(headers_that_bring_their_own_key_or_rules_are_refused),
        TEST(a_public_key_is_not_a_secret),
        TEST(signatures_of_other_keys_and_algorithms_are_refused),
        TEST(a_kid_is_only_compared),
        TEST(what_was_signed_cannot_be_swapped),
        TEST(any_changed_letter_is_noticed),
        TEST(what_has_not_three_parts_is_malformed),
        TEST(a_token_has_four_kilobytes_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
