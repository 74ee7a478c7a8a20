#include "schema/json_members.h"

#include <errno.h>

static int note(const struct json_member *member, const struct span *names,
                struct json_value *values, size_t count)
{
    if (span_find(member->name, '\\') < member->name.size)
        return -EBADMSG;

    for (size_t i = 0; i < count; i++) {
        if (!span_equal(member->name, names[i]))
            continue;

        if (values[i].type != JSON_NONE)
            return -EBADMSG;

        values[i] = member->value;
    }

    return 0;
}

int json_members_read(struct span text, const struct span *names, struct json_value *values,
                      size_t count)
{
    struct json_member member;
    enum json_type type;
    size_t at = 0;
    int rc = 0;

    for (size_t i = 0; i < count; i++)
        values[i] = (struct json_value){.type = JSON_NONE};

    if (json_check(text, &type) != 0 || type != JSON_OBJECT)
        return -EBADMSG;

    while (rc == 0 && json_next_member(text, &at, &member))
        rc = note(&member, names, values, count);

    return rc;
}
