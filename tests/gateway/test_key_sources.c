#include "gateway/key_sources.h"

#include "gateway/options.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JWKS                                                                               \
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ" \
    "-EstJQLr_T\"}]}"

struct fixture {
    char path[64];
    struct token_keys *keys;
    struct buffer error;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    static struct fixture f;
    int fd;

    f = (struct fixture){.path = "/tmp/livegate-keys-XXXXXX"};
    fd = mkstemp(f.path);
    buffer_init(&f.error, 1024);
    *state = &f;

    return fd >= 0 && close(fd) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    token_keys_release(f->keys);
    buffer_dispose(&f->error);

    return unlink(f->path);
}

static void keys_of_all_sources_are_one_set(void **state)
{
    struct fixture *f = *state;
    const struct key_sources sources = {.secret = MINT_SECRET, .key_file = "", .jwks = f->path};

    write_file(f->path, JWKS);
    assert_int_equal(key_sources_read(&sources, &f->keys, &f->error), 0);

    assert_int_equal(token_keys_count(f->keys), 2);
}

static void without_sources_there_is_no_set(void **state)
{
    struct fixture *f = *state;
    const struct key_sources none = {.secret = "", .key_file = "", .jwks = ""};

    assert_int_equal(key_sources_read(&none, &f->keys, &f->error), 0);

    assert_null(f->keys);
    assert_false(key_sources_given(&none));
}

static void keys_that_cannot_be_read_are_named(void **state)
{
    static const struct {
        const char *text;
        const char *complaint;
    } files[] = {
        {"", "token-jwks: not a JWK set"},
        {"{\"keys\":[]}", "token-jwks: no key in it"},
    };
    struct fixture *f = *state;
    struct key_sources bad = {.secret = MINT_SECRET, .key_file = "", .jwks = f->path};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_file(f->path, files[i].text);
        buffer_clear(&f->error);
        assert_int_equal(key_sources_read(&bad, &f->keys, &f->error), -EINVAL);
        assert_non_null(strstr(buffer_text(&f->error), files[i].complaint));
        assert_null(f->keys);
    }

    bad = (struct key_sources){.secret = "", .key_file = "/nowhere/key.pem", .jwks = ""};
    buffer_clear(&f->error);
    assert_int_equal(key_sources_read(&bad, &f->keys, &f->error), -EINVAL);
    assert_string_equal(buffer_text(&f->error), "token-key-file: the file cannot be read");
}

static void without_memory_nothing_leaks(void **state)
{
    struct fixture *f = *state;
    const struct key_sources sources = {.secret = MINT_SECRET, .key_file = "", .jwks = f->path};
    int rc = -ENOMEM;

    write_file(f->path, JWKS);
    for (int n = 0; rc == -ENOMEM; n++) {
        fail_malloc_after(n);
        rc = key_sources_read(&sources, &f->keys, &f->error);
        fail_malloc_never();
        assert_true((rc == 0) == (f->keys != NULL));
    }

    assert_int_equal(rc, 0);
}

/* ---- as settings ---- */

/* Reads settings, at most seven arguments; what is wrong goes to *complaint, to be freed. */
static enum options_verdict read_options(struct options *options, char **complaint,
                                         const char *const *arguments)
{
    char *argv[9] = {(char *)(uintptr_t) "livegate"}, *environment[] = {NULL};
    struct settings_sources sources = {.argc = 1, .argv = argv, .environment = environment};
    size_t size;
    FILE *err = open_memstream(complaint, &size);
    enum options_verdict verdict;

    for (; arguments[sources.argc - 1]; sources.argc++)
        argv[sources.argc] = (char *)(uintptr_t)arguments[sources.argc - 1];

    verdict = options_read_from(options, &sources, err, err);
    assert_int_equal(fclose(err), 0);

    return verdict;
}

#define READ(options, complaint, ...) \
    read_options(options, complaint, (const char *const[]){__VA_ARGS__, NULL})

static void settings_say_who_needs_a_token(void **state)
{
    struct fixture *f = *state;
    struct options options;
    char *complaint;

    write_file(f->path, JWKS);
    assert_int_equal(READ(&options, &complaint, "--token-jwks", f->path, "--token-audience", "live",
                          "--anonymous", "viewer"),
                     OPTIONS_RUN);
    assert_ptr_equal(options.admit.keys, options.keys);
    assert_string_equal(options.admit.audience, "live");
    assert_int_equal(options.admit.anonymous, ANONYMOUS_VIEWER);
    assert_false(options.upgrades.cookies);
    options_dispose(&options);
    free(complaint);

    assert_int_equal(READ(&options, &complaint, "--token-secret", MINT_SECRET, "--allowed-origins",
                          "https://shop.example"),
                     OPTIONS_RUN);
    assert_int_equal(token_keys_count(options.keys), 1);
    assert_int_equal(options.admit.anonymous, ANONYMOUS_NONE);
    assert_true(options.upgrades.cookies);
    options_dispose(&options);
    free(complaint);
}

static void bad_keys_and_contradictions_are_one_line_that_names_them(void **state)
{
    static const char *const bad[][4] = {
        {"--token-secret", "too-short"},
        {"--token-jwks", "/nowhere/keys.json"},
        {"--token-key-file", "/dev/null"},
        {"--token-audience", "live"},
        {"--open-access", "--token-secret", MINT_SECRET},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct options options;
        char *complaint;

        assert_int_equal(read_options(&options, &complaint, bad[i]), OPTIONS_BAD);
        assert_non_null(strstr(complaint, bad[i][0] + 2));
        assert_ptr_equal(strchr(complaint, '\n') + 1, complaint + strlen(complaint));
        assert_null(strstr(complaint, "too-short"));
        options_dispose(&options);
        free(complaint);
    }
    (void)state;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_of_all_sources_are_one_set),
        TEST(without_sources_there_is_no_set),
        TEST(keys_that_cannot_be_read_are_named),
        TEST(without_memory_nothing_leaks),
        TEST(settings_say_who_needs_a_token),
        TEST(bad_keys_and_contradictions_are_one_line_that_names_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
