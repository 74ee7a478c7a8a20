#include "relay/presence.h"

#include "base/buffer.h"
#include "schema/message.h"

#include <stdlib.h>
#include <string.h>

/* [what was told][what is] */
static const struct telling tellings[4][3] = {
    [STANDING_NOWHERE] = {[STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN}},
    [STANDING_HERE] = {[STANDING_NOWHERE] = {true, CENSUS_LEAVE, WORDS_LEAVE},
                       [STANDING_AWAY] = {true, CENSUS_LOST, WORDS_NONE}},
    [STANDING_AWAY] = {[STANDING_NOWHERE] = {true, CENSUS_EXPIRE, WORDS_LEAVE},
                       [STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN}},
    [STANDING_UNKNOWN] = {[STANDING_NOWHERE] = {true, CENSUS_LEAVE, WORDS_LEAVE},
                          [STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN},
                          [STANDING_AWAY] = {true, CENSUS_LOST, WORDS_NONE}},
};

static void forget_leave(struct presence *presence)
{
    bytes_release(presence->leave);
    presence->leave = NULL;
}

void presence_free(struct presence *presence)
{
    if (!presence)
        return;

    bytes_release(presence->join);
    forget_leave(presence);
    free(presence);
}

struct presence *presence_new(struct census *census, const struct visitor *visitor,
                              void (*on_grace_over)(struct wheel_timer *timer))
{
    struct presence *presence = calloc(1, sizeof *presence + visitor->uid.size);

    if (!presence)
        return NULL;

    presence->census = census;
    presence->uid_size = (uint32_t)visitor->uid.size;
    if (visitor->uid.size > 0)
        memcpy(presence->uid, visitor->uid.data, visitor->uid.size);
    list_node_init(&presence->node);
    list_init(&presence->waiting);
    list_init(&presence->visits);
    wheel_timer_init(&presence->grace, on_grace_over);

    return presence;
}

void presence_renew(struct presence *presence, const struct visitor *visitor)
{
    bytes_release(presence->join);
    presence->join = visitor->join ? bytes_share(visitor->join) : NULL;
    presence->join_said = false;
    presence->session = visitor->session;
}

struct telling presence_telling(const struct presence *presence)
{
    return tellings[presence->told][presence->is];
}

bool presence_speaks(const struct presence *presence, enum words words)
{
    if (!presence->join)
        return false;

    return (words == WORDS_JOIN && !presence->known && !presence->join_said) ||
           (words == WORDS_LEAVE && presence->known);
}

/* What came as a join, as a leave. */
static int write_leave(const struct presence *presence, struct buffer *out)
{
    struct message message;

    buffer_add_text(out, "{\"msg_type\":\"leave\"");

    if (message_read(&message, bytes_span(presence->join), NULL) == 0) {
        buffer_add_char(out, ',');

        if (!message_copy_members(&message, FIELD_BIT(MSG_TYPE), out))
            buffer_truncate(out, out->size - 1);
    }

    buffer_add_char(out, '}');

    return buffer_status(out);
}

static struct bytes *make_leave(const struct presence *presence)
{
    struct bytes *leave = NULL;
    struct buffer text;

    buffer_init(&text, MESSAGE_MAX_ANNOUNCEMENT);
    if (write_leave(presence, &text) == 0)
        leave = bytes_copy(text.data, text.size);

    buffer_dispose(&text);

    return leave;
}

struct span presence_words(struct presence *presence, enum words words)
{
    if (!presence_speaks(presence, words))
        return SPAN_NONE;

    if (words == WORDS_JOIN)
        return bytes_span(presence->join);

    if (!presence->leave)
        presence->leave = make_leave(presence);

    return presence->leave ? bytes_span(presence->leave) : SPAN_NONE;
}

void presence_begin_telling(struct presence *presence, bool aloud, uint64_t now_ms)
{
    presence->before = presence->told;
    presence->told = presence->is;
    presence->aloud = aloud;
    if (presence->told == STANDING_HERE) {
        presence->echo = presence->session;
        presence->maybe_taken = false;
        presence->asked_ms = now_ms;
    }
}

static void echo_is_over(struct presence *presence)
{
    presence->echo = 0;
    presence->maybe_taken = false;
}

bool presence_end_telling(struct presence *presence, enum told how)
{
    bool entering = presence->told == STANDING_HERE;
    bool has_echo = how == TOLD_DONE_RETURNING || (how == TOLD_DONE && presence->aloud);
    bool taken;

    forget_leave(presence);
    if (how == TOLD_REFUSED)
        presence->told = presence->before;
    if (how == TOLD_PERHAPS)
        presence->told = STANDING_UNKNOWN;
    if (presence->told == STANDING_HERE || presence->told == STANDING_NOWHERE)
        presence->known = presence->told == STANDING_HERE;
    if (!entering || has_echo)
        return false;

    /* The channel will not tell which of two was the first.  The answer nearly does: whoever
     * announced a return while ours was not one came after us. */
    taken = how == TOLD_DONE && presence->maybe_taken;
    echo_is_over(presence);

    return taken;
}

void presence_forget_told(struct presence *presence)
{
    presence->told = STANDING_NOWHERE;
    presence->before = STANDING_NOWHERE;
}

void presence_on_echo(struct presence *presence, uint64_t session)
{
    presence->maybe_taken = false; /* an entering of ours, whichever it was, came later */
    if (presence->echo == session)
        presence->echo = 0;
}

bool presence_on_taken(struct presence *presence, uint64_t now_ms)
{
    if (presence->is == STANDING_HERE && presence->told != STANDING_HERE)
        return false; /* ours has yet to be told: it will be the later one */

    if (now_ms - presence->asked_ms >= BROKER_DEADLINE_MS)
        presence->echo = 0; /* what has not come by now was lost */

    presence->maybe_taken = presence->echo > 0;

    return !presence->maybe_taken;
}

void presence_hush_join(struct presence *presence)
{
    presence->join_said = true;
}
