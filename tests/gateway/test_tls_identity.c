#include "gateway/tls_identity.h"

#include "tests/support/certificate.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HOUR = 3600, DAY = 24 * HOUR, ENOUGH = 1000000 };

struct fixture {
    char certificate[64], key[64]; /* paths of empty files */
    EVP_PKEY *own;
    struct tls_identity *identity;
    struct buffer error;
};

static void make_file(char *path)
{
    int fd;

    strcpy(path, "/tmp/livegate-tls-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
}

static int setup(void **state)
{
    static struct fixture f;

    f = (struct fixture){.own = mint_key("EC", "P-256")};
    make_file(f.certificate);
    make_file(f.key);
    buffer_init(&f.error, 1024);
    *state = &f;

    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    tls_identity_release(f->identity);
    buffer_dispose(&f->error);
    EVP_PKEY_free(f->own);

    return unlink(f->certificate) == 0 && unlink(f->key) == 0 ? 0 : -1;
}

static int read_files(struct fixture *f)
{
    tls_identity_release(f->identity);
    buffer_clear(&f->error);

    return tls_identity_read(f->certificate, f->key, &f->identity, &f->error);
}

static void make_good_files(struct fixture *f)
{
    certificate_append(f->certificate, f->own, -HOUR, 30L * DAY);
    certificate_write_key(f->key, f->own, NULL);
}

static void without_files_there_is_none(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(tls_identity_read("", "", &f->identity, &f->error), 0);

    assert_null(f->identity);
}

static void a_certificate_and_its_key_are_an_identity(void **state)
{
    struct fixture *f = *state;
    int64_t now = (int64_t)time(NULL);

    make_good_files(f);
    assert_int_equal(read_files(f), 0);

    assert_in_range(tls_identity_not_after(f->identity), now + 30 * DAY - 60, now + 30 * DAY);
}

static void of_a_chain_the_first_to_end_counts(void **state)
{
    struct fixture *f = *state;
    int64_t now = (int64_t)time(NULL);

    make_good_files(f);
    certificate_append(f->certificate, f->own, -HOUR, 20L * DAY);
    certificate_append(f->certificate, f->own, -HOUR, 40L * DAY);
    assert_int_equal(read_files(f), 0);

    assert_in_range(tls_identity_not_after(f->identity), now + 20 * DAY - 60, now + 20 * DAY);
}

static void the_time_of_a_certificate_is_judged(void **state)
{
    struct fixture *f = *state;
    int64_t now = (int64_t)time(NULL);

    make_good_files(f);
    assert_int_equal(read_files(f), 0);

    assert_null(tls_identity_fault(f->identity, now));
    assert_string_equal(tls_identity_fault(f->identity, now - 2 * HOUR), "is not valid yet");
    assert_string_equal(tls_identity_fault(f->identity, now + 17 * DAY), "expires within 14 days");
    assert_string_equal(tls_identity_fault(f->identity, now + 31 * DAY), "has expired");
}

static void the_same_files_are_the_same_identity(void **state)
{
    struct fixture *f = *state;
    struct tls_identity *before;

    make_good_files(f);
    assert_int_equal(read_files(f), 0);
    before = tls_identity_share(f->identity);

    assert_int_equal(read_files(f), 0);
    assert_true(tls_identity_same(before, f->identity));

    certificate_append(f->certificate, f->own, -HOUR, 40L * DAY);
    assert_int_equal(read_files(f), 0);
    assert_false(tls_identity_same(before, f->identity));

    tls_identity_release(before);
}

/* ---- what is wrong with files ---- */

static void expect_fault(struct fixture *f, const char *line)
{
    assert_int_equal(read_files(f), -EINVAL);

    assert_null(f->identity);
    assert_string_equal(buffer_text(&f->error), line);
}

static void write_text(const char *path, const char *mode, const char *text)
{
    FILE *file = fopen(path, mode);

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void files_without_what_they_should_have_are_named(void **state)
{
    struct fixture *f = *state;

    expect_fault(f, "tls-cert: the file has no certificate in PEM");

    certificate_append(f->certificate, f->own, -HOUR, DAY);
    expect_fault(f, "tls-key: the file has no private key in PEM");

    write_text(f->key, "w", "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n");
    expect_fault(f, "tls-key: the file has no private key in PEM");

    write_text(f->certificate, "a", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
    expect_fault(f,
                 "tls-cert: the file has a certificate that is damaged or whose key is too weak");
}

static void files_that_are_not_there_are_named(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(tls_identity_read("/no/such", f->key, &f->identity, &f->error), -EINVAL);
    assert_string_equal(buffer_text(&f->error), "tls-cert: the file cannot be read");

    buffer_clear(&f->error);
    assert_int_equal(tls_identity_read(f->certificate, "/no/such", &f->identity, &f->error),
                     -EINVAL);
    assert_string_equal(buffer_text(&f->error), "tls-key: the file cannot be read");
}

static void a_key_that_does_not_fit_is_named(void **state)
{
    static const char *const types[][2] = {{"EC", "P-256"}, {"ED25519", NULL}};
    struct fixture *f = *state;

    make_good_files(f);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        EVP_PKEY *other = mint_key(types[i][0], types[i][1]);

        certificate_write_key(f->key, other, NULL);
        EVP_PKEY_free(other);
        expect_fault(f, "tls-key: the key is not that of the first certificate in tls-cert");
    }
}

static void a_key_with_a_password_is_named_and_nobody_is_asked(void **state)
{
    struct fixture *f = *state;

    make_good_files(f);
    certificate_write_key(f->key, f->own, "secret");

    expect_fault(f, "tls-key: the key is encrypted: give one without a password");
}

static void a_key_too_weak_is_named(void **state)
{
    struct fixture *f = *state;
    EVP_PKEY *weak = mint_key("RSA", "512");

    certificate_append(f->certificate, weak, -HOUR, DAY);
    certificate_write_key(f->key, weak, NULL);
    EVP_PKEY_free(weak);

    expect_fault(f,
                 "tls-cert: the file has a certificate that is damaged or whose key is too weak");
}

/* ---- memory ---- */

/* OpenSSL's, so that it fails as well. */
static void *allocate(size_t size, const char *file, int line)
{
    (void)file, (void)line;

    return malloc(size);
}

static void *reallocate(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;

    return realloc(old, size);
}

static void let_go(void *old, const char *file, int line)
{
    (void)file, (void)line;

    free(old);
}

static void without_memory_nothing_is_made(void **state)
{
    struct fixture *f = *state;
    int rc = -ENOMEM, n = 0;

    make_good_files(f);
    /* OpenSSL allocates ten thousand times to read two files: not each of them is worth a turn. */
    for (; rc != 0 && n < ENOUGH; n += 1 + n / 32) {
        f->identity = NULL;
        fail_malloc_after(n);
        rc = read_files(f);
        fail_malloc_never();
        assert_true((rc == 0) == (f->identity != NULL));
    }

    assert_int_equal(rc, 0);
    assert_true(n > 10);
}

static void without_memory_there_is_no_connection(void **state)
{
    struct fixture *f = *state;
    SSL *ssl = NULL;

    make_good_files(f);
    assert_int_equal(read_files(f), 0);

    for (int n = 0; !ssl && n < ENOUGH; n++) {
        fail_malloc_after(n);
        ssl = tls_identity_accept(f->identity, 0);
        fail_malloc_never();
    }

    assert_non_null(ssl);
    SSL_free(ssl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(without_files_there_is_none),
        TEST(a_certificate_and_its_key_are_an_identity),
        TEST(of_a_chain_the_first_to_end_counts),
        TEST(the_time_of_a_certificate_is_judged),
        TEST(the_same_files_are_the_same_identity),
        TEST(files_without_what_they_should_have_are_named),
        TEST(files_that_are_not_there_are_named),
        TEST(a_key_that_does_not_fit_is_named),
        TEST(a_key_with_a_password_is_named_and_nobody_is_asked),
        TEST(a_key_too_weak_is_named),
        TEST(without_memory_nothing_is_made),
        TEST(without_memory_there_is_no_connection),
#undef TEST
    };

    if (CRYPTO_set_mem_functions(allocate, reallocate, let_go) != 1)
        return 1;

    return cmocka_run_group_tests(tests, NULL, NULL);
}
