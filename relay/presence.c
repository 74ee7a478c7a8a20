#include "relay/presence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* [what was told][what is] */
static const struct telling tellings[3][3] = {
    [STANDING_NOWHERE] = {[STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN}},
    [STANDING_HERE] = {[STANDING_NOWHERE] = {true, CENSUS_LEAVE, WORDS_LEAVE},
                       [STANDING_AWAY] = {true, CENSUS_LOST, WORDS_NONE}},
    [STANDING_AWAY] = {[STANDING_NOWHERE] = {true, CENSUS_EXPIRE, WORDS_LEAVE},
                       [STANDING_HERE] = {true, CENSUS_ENTER, WORDS_NONE}},
};

void presence_free(struct presence *presence)
{
    if (!presence)
        return;

    bytes_release(presence->join);
    bytes_release(presence->leave);
    free(presence);
}

struct presence *presence_new(struct census *census, const struct visitor *visitor,
                              void (*on_grace_over)(struct wheel_timer *timer))
{
    struct presence *presence = calloc(1, sizeof *presence + visitor->uid.size);

    if (!presence)
        return NULL;

    presence->census = census;
    presence->uid_size = visitor->uid.size;
    if (visitor->uid.size > 0)
        memcpy(presence->uid, visitor->uid.data, visitor->uid.size);
    list_node_init(&presence->node);
    list_init(&presence->waiting);
    wheel_timer_init(&presence->grace, on_grace_over);

    return presence;
}

int presence_renew(struct presence *presence, const struct visitor *visitor)
{
    struct bytes *join = NULL;
    struct bytes *leave = NULL;

    if (visitor->join.size > 0)
        join = bytes_copy(visitor->join.data, visitor->join.size);
    if (visitor->leave.size > 0)
        leave = bytes_copy(visitor->leave.data, visitor->leave.size);

    if ((!join && visitor->join.size > 0) || (!leave && visitor->leave.size > 0)) {
        bytes_release(join);
        bytes_release(leave);
        return -ENOMEM;
    }

    bytes_release(presence->join);
    bytes_release(presence->leave);
    presence->join = join;
    presence->leave = leave;
    presence->session = visitor->session;

    return 0;
}

struct telling presence_telling(const struct presence *presence)
{
    return tellings[presence->told][presence->is];
}

struct span presence_words(const struct presence *presence, enum words words)
{
    const struct bytes *text = NULL;

    if (words == WORDS_JOIN)
        text = presence->join;
    if (words == WORDS_LEAVE)
        text = presence->leave;

    return text ? span_make(text->data, text->size) : SPAN_NONE;
}

void presence_begin_telling(struct presence *presence)
{
    presence->before = presence->told;
    presence->told = presence->is;
    presence->maybe_taken = false;
}

void presence_end_telling(struct presence *presence, bool done)
{
    if (!done)
        presence->told = presence->before;
}

void presence_drop_join(struct presence *presence)
{
    bytes_release(presence->join);
    presence->join = NULL;
}
