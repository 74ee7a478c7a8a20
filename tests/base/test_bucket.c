#include "base/bucket.h"

#include "tests/support/unit.h"

#define START UINT64_C(5000)

static unsigned taken(struct bucket *bucket, const struct bucket_rate *rate, uint64_t now_ms,
                      unsigned tries)
{
    unsigned got = 0;

    for (unsigned i = 0; i < tries; i++)
        got += bucket_take(bucket, rate, now_ms) ? 1 : 0;

    return got;
}

static void a_burst_passes_at_once_and_no_more(void **state)
{
    const struct bucket_rate ten_a_second = {.per_minute = 600, .burst_ms = 5000};
    struct bucket bucket;

    (void)state;
    bucket_init(&bucket, START);

    assert_int_equal(taken(&bucket, &ten_a_second, START, 1000), 50);
    assert_int_equal(taken(&bucket, &ten_a_second, START + 99, 1000), 0);
    assert_int_equal(taken(&bucket, &ten_a_second, START + 100, 1000), 1);
    assert_int_equal(taken(&bucket, &ten_a_second, START + 60000, 1000), 50);
}

static void in_the_long_run_it_keeps_to_its_rate(void **state)
{
    static const uint32_t rates[] = {1, 30, 60, 600, 1200, 60000};

    (void)state;

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const struct bucket_rate rate = {.per_minute = rates[i], .burst_ms = 0};
        struct bucket bucket;
        unsigned got = 0;

        bucket_init(&bucket, START);
        for (uint64_t now = START; now < START + 120000; now++)
            got += taken(&bucket, &rate, now, 2);

        assert_int_equal(got, 2 * rates[i]);
    }
}

static void without_a_limit_everything_passes(void **state)
{
    const struct bucket_rate none = {.per_minute = 0, .burst_ms = 0};
    struct bucket bucket;

    (void)state;
    bucket_init(&bucket, START);

    assert_int_equal(taken(&bucket, &none, START, 100000), 100000);
}

static void a_long_silence_does_not_count_as_debt(void **state)
{
    const struct bucket_rate rate = {.per_minute = 60, .burst_ms = 10000};
    const uint64_t hour = 3600 * UINT64_C(1000);
    struct bucket bucket;

    (void)state;
    bucket_init(&bucket, START);

    for (uint64_t after = 1; after < 300 * hour; after *= 3) {
        assert_true(taken(&bucket, &rate, START + after + 60000, 100) == 10);
        bucket_init(&bucket, START);
        assert_int_equal(taken(&bucket, &rate, START, 100), 10);
    }
}

static void it_is_full_whenever_it_begins(void **state)
{
    const struct bucket_rate rate = {.per_minute = 60, .burst_ms = 10000};
    const uint64_t wraps = (UINT64_C(1) << 32) / 10; /* ms */

    (void)state;

    for (uint64_t now = wraps - 20000; now < wraps + 20000; now += 500) {
        struct bucket bucket;

        bucket_init(&bucket, now);
        assert_int_equal(taken(&bucket, &rate, now, 100), 10);
        assert_int_equal(taken(&bucket, &rate, now + 1000, 100), 1);
    }
}

static void a_new_rate_counts_from_now_on(void **state)
{
    const struct bucket_rate few = {.per_minute = 60, .burst_ms = 1000};
    const struct bucket_rate many = {.per_minute = 6000, .burst_ms = 1000};
    struct bucket bucket;

    (void)state;
    bucket_init(&bucket, START);
    assert_int_equal(taken(&bucket, &few, START, 10), 1);

    assert_int_equal(taken(&bucket, &many, START + 1000, 1000), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_at_once_and_no_more),
        cmocka_unit_test(in_the_long_run_it_keeps_to_its_rate),
        cmocka_unit_test(without_a_limit_everything_passes),
        cmocka_unit_test(a_long_silence_does_not_count_as_debt),
        cmocka_unit_test(it_is_full_whenever_it_begins),
        cmocka_unit_test(a_new_rate_counts_from_now_on),
    };

    return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
