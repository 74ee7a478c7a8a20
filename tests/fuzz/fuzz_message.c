/* Any bytes as a published message: what is good stays good when members are left out of it
 * and copied, and a fault always has a name.  The first four bytes say what is left out. */
#include "schema/payload.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_fault(const struct message_fault *fault)
{
    require(fault->field && fault->why && strlen(fault->why) > 0);
    if (strcmp(fault->field, "message") == 0)
        return;

    for (int i = 0; i < MESSAGE_FIELD_COUNT; i++) {
        if (strcmp(fault->field, message_field_name((enum message_field)i)) == 0)
            return;
    }

    abort();
}

static void check_ids(const struct message *message)
{
    char text[MESSAGE_MAX_UID];

    for (int i = 0; i < MESSAGE_FIELD_COUNT; i++) {
        int length = message_id_text(message, (enum message_field)i, text, sizeof text);

        require(length <= (int)sizeof text);
        require(length >= 0 || length == -EBADMSG || length == -ENOBUFS);
    }
    (void)message_room_matches(message, span_of("8"));
}

static void check_copy(const struct message *message, uint32_t without)
{
    struct message copy;
    struct buffer out;
    bool any;

    buffer_init(&out, message->json.size + 2);
    (void)buffer_add_char(&out, '{');
    any = message_copy_members(message, without, &out);
    require(any == (out.size > 1));
    (void)buffer_add_char(&out, '}');

    require(buffer_status(&out) == 0);
    require(message_read(&copy, buffer_span(&out), NULL) == 0);
    require(copy.written == (message->written & ~without));
    buffer_dispose(&out);
}

static void check_good(const struct message *message)
{
    char text[MESSAGE_MAX_UID];

    require(message->kind < KIND_COUNT);
    require(message_id_text(message, FIELD_ID, text, MESSAGE_MAX_ID) >= 0);
    require(message_id_text(message, FIELD_FROM_UID, text, MESSAGE_MAX_UID) >= 0);
    if (message->kind == KIND_SHELF)
        require(message_id_text(message, FIELD_GOODS_ID, text, MESSAGE_MAX_GOODS_ID) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_fault fault = {NULL, NULL};
    struct message message;
    struct buffer scratch;
    uint32_t without;
    int error;

    if (size < sizeof without)
        return 0;
    memcpy(&without, data, sizeof without);
    data += sizeof without;
    size -= sizeof without;

    buffer_init(&scratch, PAYLOAD_JSON_MAX(size));
    error = payload_read(&message, span_make(data, size), &scratch, &fault);
    require(error == 0 || error == -EBADMSG);
    if (error == 0) {
        check_ids(&message);
        check_copy(&message, without);
        error = message_check(&message, &fault);
        require(error == 0 || error == -EBADMSG || error == -ENOENT);
        if (error == 0)
            check_good(&message);
    }
    if (error != 0)
        check_fault(&fault);
    buffer_dispose(&scratch);

    return 0;
}
