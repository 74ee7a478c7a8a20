#include "tests/contract/contract.h"

#include "relay/broker_memory.h"
#include "tests/contract/hardship.h"
#include "tests/contract/stage.h"
#include "tests/support/torture.h"

static struct broker *open_memory(void *place, struct event_base *loop, struct wheel *wheel,
                                  const char *worker)
{
    const struct broker_memory_settings settings = {
        .loop = loop, .wheel = wheel, .history = 1000, .room_ttl_ms = 60 * 60 * 1000};

    (void)place;
    (void)worker;

    return broker_memory_new(&settings);
}

static void without_memory_every_request_is_answered_once(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);

    TORTURE (torture) {
        size_t before = stage->a.n_heard;

        hardship_ask_each_kind(stage, &torture);
        (void)published(stage, "{\"msg_type\":\"x_gift\"}");
        STAGE_UNTIL(stage, stage->a.n_heard > before);
    }
}

int main(void)
{
    static const struct contract_broker memory = {.name = "memory", .open = open_memory};
    const struct CMUnitTest tests[] = {STAGE_TEST(without_memory_every_request_is_answered_once)};
    int failed = contract_run(&memory);

    return failed + cmocka_run_group_tests_name("memory, without memory", tests, NULL, NULL);
}
