#include "tests/contract/contract.h"

#include "relay/broker_memory.h"

static struct broker *open_memory(void *place, struct event_base *loop, struct wheel *wheel,
                                  const char *worker)
{
    const struct broker_memory_settings settings = {
        .loop = loop, .wheel = wheel, .history = 1000, .room_ttl_ms = 60 * 60 * 1000};

    (void)place;
    (void)worker;

    return broker_memory_new(&settings);
}

int main(void)
{
    static const struct contract_broker memory = {.name = "memory", .open = open_memory};

    return contract_run(&memory);
}
