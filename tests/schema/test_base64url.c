#include "schema/base64url.h"

#include "tests/support/unit.h"

#include <errno.h>

static void assert_decodes(const char *text, const char *bytes)
{
    char out[16];
    int size = base64url_decode(span_of(text), out, sizeof out);

    assert_int_equal(size, strlen(bytes));
    assert_memory_equal(out, bytes, strlen(bytes));
}

static int decoded(const char *text)
{
    char out[16];

    return base64url_decode(span_of(text), out, sizeof out);
}

static void texts_of_all_lengths_are_read(void **state)
{
    assert_decodes("", "");
    assert_decodes("Zg", "f");
    assert_decodes("b2s", "ok");
    assert_decodes("Zm9v", "foo");
    assert_decodes("Zm9vYg", "foob");
    assert_decodes("-_-_", "\xfb\xff\xbf");
    (void)state;
}

static void what_could_be_written_in_another_way_is_refused(void **state)
{
    static const char *const texts[] = {
        "Zg==", "Zm8=", "Z",    "Zm9vY", "Zh", /* bits left over */
        "Zm9",  "Zm+v", "Zm/v", "Zm9v ", "Zm\n9v", "Zm9v.", "Zm9\xc3",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(decoded(texts[i]), -EBADMSG);
    (void)state;
}

static void what_does_not_fit_is_not_begun(void **state)
{
    char out[3] = "no";

    assert_int_equal(base64url_decode(span_of("Zm9v"), out, 2), -ENOBUFS);
    assert_string_equal(out, "no");
    assert_int_equal(base64url_decode(span_of("Zm9v"), out, 3), 3);
    (void)state;
}

static void a_decoded_text_has_three_quarters_of_its_letters(void **state)
{
    assert_int_equal(BASE64URL_DECODED(0), 0);
    assert_int_equal(BASE64URL_DECODED(2), 1);
    assert_int_equal(BASE64URL_DECODED(3), 2);
    assert_int_equal(BASE64URL_DECODED(4096), 3072);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_all_lengths_are_read),
        cmocka_unit_test(what_could_be_written_in_another_way_is_refused),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(a_decoded_text_has_three_quarters_of_its_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
