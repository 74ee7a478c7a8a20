#include "gateway/command.h"

#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/hub.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "gateway/v1_reply.h"

#include <stdlib.h>

struct command *command_new(struct session *session, int64_t ack, enum message_kind kind)
{
    struct command *command = malloc(sizeof *command);

    if (!command)
        return NULL;

    command->session = session;
    command->metrics = session->hub->settings.metrics;
    command->ack = ack;
    command->kind = kind;
    list_node_init(&command->node);
    list_append(&session->commands, &command->node);

    return command;
}

void command_cancel(struct command *command)
{
    list_remove(&command->node);
    free(command);
}

void command_drop(struct command *command)
{
    v1_reply_dropped(command->session, command->ack);
    command_cancel(command);
}

void command_on_published(void *arg, const struct broker_status *status,
                          const struct broker_published *published)
{
    struct command *command = arg;

    if (status->refusal != REFUSAL_NONE) {
        metrics_add_of_kind(command->metrics, METRIC_DROPS,
                            client_message_drop_reason(status->refusal), command->kind, 1);
        if (command->session)
            v1_reply_error(command->session, command->ack, status->refusal, status->detail);
    } else if (command->session) {
        v1_reply_ack(command->session, command->ack, published->id, published->position);
    }

    command_cancel(command);
}

void command_orphan_all(struct list *commands)
{
    struct list_node *node;

    while ((node = list_pop(commands)))
        CONTAINER_OF(node, struct command, node)->session = NULL;
}
