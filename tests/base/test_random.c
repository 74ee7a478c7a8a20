#include "base/random.h"

#include "tests/support/unit.h"

#include <pthread.h>
#include <string.h>

static void bytes_are_not_repeated(void **state)
{
    unsigned char a[32];
    unsigned char b[32];
    unsigned char large[4096] = {0};
    static const unsigned char zeros[64];

    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    random_bytes(large, sizeof large);

    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(large + sizeof large - 64, zeros, 64);
    assert_true(random_u64() != random_u64());
    (void)state;
}

static void hex_has_as_many_digits_as_asked_for(void **state)
{
    char id[22];

    memset(id, 'Z', sizeof id);
    random_hex(id, 20);

    assert_int_equal(strspn(id, "0123456789abcdef"), 20);
    assert_int_equal(id[20], '\0');
    assert_int_equal(id[21], 'Z');
    (void)state;
}

static void numbers_below_n_are_spread_evenly(void **state)
{
    int seen[10] = {0};

    for (int i = 0; i < 100000; i++)
        seen[random_below(10)]++;

    for (int i = 0; i < 10; i++) /* 10,000 each; this far off once in 10^60 runs */
        assert_in_range(seen[i], 8400, 11600);

    assert_int_equal(random_below(1), 0);
    assert_int_equal(random_below(0), 0);
    (void)state;
}

static void *draw(void *out)
{
    random_bytes(out, 16);

    return NULL;
}

static void threads_draw_from_pools_of_their_own(void **state)
{
    unsigned char drawn[2][16];
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw, drawn[i]), 0);

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);

    assert_memory_not_equal(drawn[0], drawn[1], 16);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_not_repeated),
        cmocka_unit_test(hex_has_as_many_digits_as_asked_for),
        cmocka_unit_test(numbers_below_n_are_spread_evenly),
        cmocka_unit_test(threads_draw_from_pools_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
