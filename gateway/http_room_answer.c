#include "gateway/http_room_answer.h"

#include "gateway/http_call.h"
#include "relay/broker.h"
#include "schema/json.h"

void http_write_position(struct buffer *out, struct position position)
{
    buffer_add_text(out, "\"term\":");
    buffer_add_u64(out, position.term);
    buffer_add_text(out, ",\"seq\":");
    buffer_add_u64(out, position.seq);
}

bool http_begin_room_answer(struct http_call *call, const struct broker_status *status)
{
    if (status->refusal != REFUSAL_NONE) {
        http_refuse(call, status->refusal, status->detail);
        return false;
    }

    buffer_add_text(&call->body, "{\"room_id\":");
    json_write_string(&call->body, span_of(call->room));
    buffer_add_char(&call->body, ',');

    return true;
}
