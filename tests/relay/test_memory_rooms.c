#include "relay/memory_rooms.h"

#include "base/clock.h"
#include "base/wheel.h"
#include "relay/memory_room.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdlib.h>

enum { TTL_MS = 1000 };

struct fixture {
    struct wheel *wheel;
    struct broker_memory_settings settings;
    struct memory_rooms *rooms;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    clock_set_for_test(5000);
    f->wheel = wheel_new(10, clock_now());
    f->settings =
        (struct broker_memory_settings){.wheel = f->wheel, .history = 10, .room_ttl_ms = TTL_MS};
    f->rooms = memory_rooms_new(&f->settings);
    *state = f;

    return f->rooms ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    memory_rooms_free(f->rooms);
    wheel_free(f->wheel);
    clock_real_for_test();
    free(f);

    return 0;
}

static void pass(struct fixture *f, uint64_t ms)
{
    for (; ms > 0; ms -= 100) {
        clock_advance_for_test(100);
        (void)wheel_advance(f->wheel, clock_now());
    }
}

static void use(struct fixture *f, const char *room)
{
    assert_non_null(memory_rooms_use(f->rooms, span_of(room)));
}

static void a_room_is_made_once(void **state)
{
    struct fixture *f = *state;
    struct memory_room *room;

    assert_null(memory_rooms_find(f->rooms, span_of("8")));
    room = memory_rooms_use(f->rooms, span_of("8"));

    assert_non_null(room);
    assert_ptr_equal(memory_rooms_use(f->rooms, span_of("8")), room);
    assert_ptr_equal(memory_rooms_find(f->rooms, span_of("8")), room);
    assert_true(span_is(memory_room_id(room), "8"));
    assert_int_equal(memory_rooms_count(f->rooms), 1);
}

static void a_room_unused_for_long_is_forgotten(void **state)
{
    struct fixture *f = *state;

    use(f, "8");
    use(f, "9");
    pass(f, TTL_MS / 2);
    use(f, "8");
    pass(f, TTL_MS);

    assert_non_null(memory_rooms_find(f->rooms, span_of("8")));
    assert_null(memory_rooms_find(f->rooms, span_of("9")));

    pass(f, 2 * TTL_MS);
    assert_int_equal(memory_rooms_count(f->rooms), 0);
}

static void a_room_listened_to_is_kept(void **state)
{
    struct fixture *f = *state;
    struct memory_room *room = memory_rooms_use(f->rooms, span_of("8"));

    use(f, "9");
    room->listening = LISTENING_YES;
    pass(f, 5 * TTL_MS);
    assert_ptr_equal(memory_rooms_find(f->rooms, span_of("8")), room);
    assert_int_equal(memory_rooms_count(f->rooms), 1);

    room->listening = LISTENING_NO;
    memory_rooms_touch(f->rooms, room);
    pass(f, TTL_MS / 2);
    assert_int_equal(memory_rooms_count(f->rooms), 1);

    pass(f, 2 * TTL_MS);
    assert_int_equal(memory_rooms_count(f->rooms), 0);
}

static void a_room_made_again_has_a_larger_term(void **state)
{
    struct fixture *f = *state;
    uint64_t first = memory_rooms_use(f->rooms, span_of("8"))->term;

    assert_int_equal(memory_rooms_use(f->rooms, span_of("9"))->term, first);
    pass(f, 3 * TTL_MS);

    assert_true(memory_rooms_use(f->rooms, span_of("8"))->term > first);
}

static void without_memory_there_is_no_half_a_room(void **state)
{
    struct fixture *f = *state;
    struct memory_room *room = NULL;
    int failures = 0;

    for (; !room; failures++) {
        assert_int_equal(memory_rooms_count(f->rooms), 0);
        fail_malloc_after(failures);
        room = memory_rooms_use(f->rooms, span_of("8"));
        fail_malloc_never();
    }

    assert_true(failures > 2);
    assert_int_equal(memory_rooms_count(f->rooms), 1);
}

static void making_them_without_memory_fails_cleanly(void **state)
{
    struct fixture *f = *state;
    struct memory_rooms *rooms = NULL;
    int failures = 0;

    for (; !rooms; failures++) {
        fail_malloc_after(failures);
        rooms = memory_rooms_new(&f->settings);
        fail_malloc_never();
    }

    assert_true(failures > 3);
    memory_rooms_free(rooms);
    memory_rooms_free(NULL);
    assert_int_equal(wheel_count(f->wheel), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_room_is_made_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_room_unused_for_long_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(a_room_listened_to_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_room_made_again_has_a_larger_term, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_half_a_room, setup, teardown),
        cmocka_unit_test_setup_teardown(making_them_without_memory_fails_cleanly, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
