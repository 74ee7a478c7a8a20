#include "schema/token.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <openssl/evp.h>
#include <stdio.h>

#define NOW INT64_C(1300819000)

/* RFC 7515, A.1 to A.3; they expire at 1300819380. */
#define RFC_CLAIMS                                                                                 \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"
#define RFC_KEYS                                                                                   \
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"   \
    "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"},{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fA" \
    "kd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_Yp"  \
    "RPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBE"  \
    "Ma2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8"  \
    "q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\","  \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pC"  \
    "yStikYjKIWI5a0\"}]}"

static const char *const rfc_tokens[] = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_CLAIMS
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "eyJhbGciOiJSUzI1NiJ9." RFC_CLAIMS
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2F"
    "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMH"
    "lb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9"
    "QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    "eyJhbGciOiJFUzI1NiJ9." RFC_CLAIMS
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
};

struct fixture {
    struct token_keys *keys;
    struct buffer out;
    struct token *token;
};

static int setup(void **state)
{
    static struct fixture fixture;
    const char *why;

    fixture = (struct fixture){.keys = token_keys_new()};
    buffer_init(&fixture.out, 100000);
    *state = &fixture;

    return fixture.keys ? token_keys_add_secret(fixture.keys, span_of(MINT_SECRET), &why) : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    token_release(f->token);
    token_keys_release(f->keys);
    buffer_dispose(&f->out);

    return 0;
}

static enum token_fault verify_text(struct fixture *f, const char *text, const char *audience)
{
    const struct token_rules rules = {.audience = audience, .now_s = NOW};

    token_release(f->token);
    f->token = NULL;

    return token_verify(&f->token, span_of(text), f->keys, &rules);
}

/* A well signed token of these claims. */
static enum token_fault verify(struct fixture *f, const char *claims)
{
    return verify_text(f, mint(&f->out, claims), NULL);
}

/* `before` and `after` stand around the number. */
static enum token_fault verify_time(struct fixture *f, const char *before, int64_t seconds,
                                    const char *after)
{
    char claims[200];

    (void)snprintf(claims, sizeof claims, "%s%lld%s", before, (long long)seconds, after);

    return verify(f, claims);
}

static void the_examples_of_the_rfc_are_good(void **state)
{
    struct fixture *f = *state;
    const char *why;

    token_keys_release(f->keys);
    f->keys = token_keys_new();
    assert_int_equal(token_keys_add_jwks(f->keys, span_of(RFC_KEYS), &why), 0);

    for (size_t i = 0; i < sizeof rfc_tokens / sizeof rfc_tokens[0]; i++) {
        assert_int_equal(verify_text(f, rfc_tokens[i], NULL), TOKEN_GOOD);
        assert_int_equal(f->token->expires_s, 1300819380);
    }
}

static void a_token_says_who_it_is_and_what_he_may(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(verify(f, "{\"sub\":\"u-\\u0037\",\"name\":\"An\\\"n\",\"role\":\"anchor\","
                               "\"rooms\":[\"8\",9,\"x.y\"],\"exp\":1300819001,\"iat\":\"?\"}"),
                     TOKEN_GOOD);

    assert_true(span_is(f->token->uid, "u-7"));
    assert_true(span_is(f->token->name.raw, "An\\\"n"));
    assert_int_equal(f->token->role, ROLE_ANCHOR);
    assert_true(token_opens(f->token, span_of("8")));
    assert_true(token_opens(f->token, span_of("9")));
    assert_true(token_opens(f->token, span_of("x.y")));
    assert_false(token_opens(f->token, span_of("x")));
    assert_false(token_opens(f->token, span_of("*")));
}

static void a_star_opens_every_room_and_no_rooms_open_none(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(verify(f, "{\"rooms\":[\"*\"],\"exp\":1300819001}"), TOKEN_GOOD);
    assert_true(token_opens(f->token, span_of("8")));

    assert_int_equal(verify(f, "{\"rooms\":[],\"exp\":1300819001}"), TOKEN_GOOD);
    assert_false(token_opens(f->token, span_of("8")));

    assert_int_equal(verify(f, "{\"exp\":1300819001}"), TOKEN_GOOD);
    assert_false(token_opens(f->token, span_of("8")));
    assert_true(span_is_none(f->token->uid));
    assert_int_equal(f->token->name.type, JSON_NONE);
    assert_int_equal(f->token->role, ROLE_VIEWER);
}

static void clocks_may_differ_by_the_leeway(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(verify_time(f, "{\"exp\":", NOW - TOKEN_LEEWAY_S + 1, "}"), TOKEN_GOOD);
    assert_int_equal(verify_time(f, "{\"exp\":", NOW - TOKEN_LEEWAY_S, "}"), TOKEN_EXPIRED);
    assert_int_equal(verify_time(f, "{\"exp\":", NOW - TOKEN_LEEWAY_S, ".9}"), TOKEN_EXPIRED);
    assert_int_equal(verify_time(f, "{\"exp\":", NOW, ".9}"), TOKEN_GOOD);
    assert_int_equal(verify_time(f, "{\"exp\":1400000000,\"nbf\":", NOW + TOKEN_LEEWAY_S, "}"),
                     TOKEN_GOOD);
    assert_int_equal(verify_time(f, "{\"exp\":1400000000,\"nbf\":", NOW + TOKEN_LEEWAY_S + 1, "}"),
                     TOKEN_EARLY);
}

static void claims_of_another_type_are_refused(void **state)
{
    static const char *const claims[] = {
        "{}",
        "{\"exp\":null}",
        "{\"exp\":\"1400000000\"}",
        "{\"exp\":1.4e9}",
        "{\"exp\":99999999999999999999}",
        "{\"exp\":9223372036854775807}",
        "{\"exp\":true}",
        "{\"exp\":1400000000,\"nbf\":\"0\"}",
        "{\"exp\":1400000000,\"nbf\":null}",
        "{\"exp\":1400000000,\"sub\":7}",
        "{\"exp\":1400000000,\"sub\":\"\"}",
        "{\"exp\":1400000000,\"sub\":null}",
        "{\"exp\":1400000000,\"sub\":\"a\\nb\"}",
        "{\"exp\":1400000000,\"sub\":\"a\\u0000\"}",
        "{\"exp\":1400000000,\"name\":[]}",
        "{\"exp\":1400000000,\"role\":\"\"}",
        "{\"exp\":1400000000,\"role\":\"Admin\"}",
        "{\"exp\":1400000000,\"role\":[\"admin\"]}",
        "{\"exp\":1400000000,\"rooms\":\"*\"}",
        "{\"exp\":1400000000,\"rooms\":[\"a b\"]}",
        "{\"exp\":1400000000,\"rooms\":[1.5]}",
        "{\"exp\":1400000000,\"rooms\":[[\"8\"]]}",
        "{\"exp\":1400000000,\"rooms\":[\"@all\"]}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        assert_int_equal(verify(f, claims[i]), TOKEN_CLAIM);
        assert_null(f->token);
    }
}

static void what_is_not_one_object_of_claims_is_refused(void **state)
{
    static const char *const claims[] = {
        "",
        "1",
        "[]",
        "{\"exp\":1400000000",
        "{\"exp\":1400000000}{}",
        "{\"exp\":1400000000,\"exp\":1}",
        "{\"exp\":1400000000,\"\\u0065xp\":1}",
        "{\"exp\":1400000000,\"sub\":\"\xff\"}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
        assert_int_equal(verify(f, claims[i]), TOKEN_MALFORMED);
}

static void long_names_are_refused(void **state)
{
    struct fixture *f = *state;
    char claims[600];

    (void)snprintf(claims, sizeof claims, "{\"exp\":1400000000,\"sub\":\"%0128d\"}", 7);
    assert_int_equal(verify(f, claims), TOKEN_GOOD);
    (void)snprintf(claims, sizeof claims, "{\"exp\":1400000000,\"sub\":\"%0129d\"}", 7);
    assert_int_equal(verify(f, claims), TOKEN_CLAIM);
    (void)snprintf(claims, sizeof claims, "{\"exp\":1400000000,\"name\":\"%0256d\"}", 7);
    assert_int_equal(verify(f, claims), TOKEN_GOOD);
    (void)snprintf(claims, sizeof claims, "{\"exp\":1400000000,\"name\":\"%0257d\"}", 7);
    assert_int_equal(verify(f, claims), TOKEN_CLAIM);
}

static void a_token_is_for_an_audience(void **state)
{
    static const struct {
        const char *claims;
        enum token_fault fault;
    } cases[] = {
        {"{\"exp\":1400000000,\"aud\":\"live\"}", TOKEN_GOOD},
        {"{\"exp\":1400000000,\"aud\":[\"pay\",\"li\\u0076e\"]}", TOKEN_GOOD},
        {"{\"exp\":1400000000,\"aud\":\"pay\"}", TOKEN_AUDIENCE},
        {"{\"exp\":1400000000,\"aud\":[\"pay\",7]}", TOKEN_AUDIENCE},
        {"{\"exp\":1400000000,\"aud\":[]}", TOKEN_AUDIENCE},
        {"{\"exp\":1400000000,\"aud\":{\"live\":1}}", TOKEN_AUDIENCE},
        {"{\"exp\":1400000000}", TOKEN_AUDIENCE},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *token = mint(&f->out, cases[i].claims);

        assert_int_equal(verify_text(f, token, "live"), cases[i].fault);
        assert_int_equal(verify_text(f, token, NULL), TOKEN_GOOD);
    }
}

static void a_token_lives_while_somebody_holds_it(void **state)
{
    struct fixture *f = *state;
    struct token *shared;

    assert_int_equal(verify(f, "{\"sub\":\"7\",\"exp\":1400000000}"), TOKEN_GOOD);
    shared = token_share(f->token);
    token_release(f->token);
    f->token = NULL;

    assert_true(span_is(shared->uid, "7"));
    token_release(shared);
}

static void without_memory_a_token_is_refused(void **state)
{
    struct fixture *f = *state;
    enum token_fault fault;

    (void)mint(&f->out, "{\"exp\":1400000000}");
    fail_malloc_after(0);
    fault = verify_text(f, (const char *)f->out.data, NULL);
    fail_malloc_never();

    assert_int_equal(fault, TOKEN_NO_MEMORY);
    assert_non_null(token_fault_text(fault));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_examples_of_the_rfc_are_good),
        TEST(a_token_says_who_it_is_and_what_he_may),
        TEST(a_star_opens_every_room_and_no_rooms_open_none),
        TEST(clocks_may_differ_by_the_leeway),
        TEST(claims_of_another_type_are_refused),
        TEST(what_is_not_one_object_of_claims_is_refused),
        TEST(long_names_are_refused),
        TEST(a_token_is_for_an_audience),
        TEST(a_token_lives_while_somebody_holds_it),
        TEST(without_memory_a_token_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
