#include "gateway/loop.h"

#include <event2/event.h>

struct event_base *loop_new(void)
{
    struct event_config *config = event_config_new();
    struct event_base *loop;

    if (!config)
        return NULL;

    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    loop = event_base_new_with_config(config);
    event_config_free(config);

    return loop;
}
