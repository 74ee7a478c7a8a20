#include "relay/moderation_notice.h"

#include "schema/message.h"
#include "schema/utf8.h"

#include <errno.h>

static const struct span words[] = {
#define X(constant, word) SPAN_LITERAL(word),
    MODERATION_VERBS(X)
#undef X
};

struct span moderation_verb_word(enum moderation_verb verb)
{
    return words[verb];
}

bool moderation_uid_valid(struct span uid)
{
    if (uid.size == 0 || uid.size > MESSAGE_MAX_UID)
        return false;

    for (size_t i = 0; i < uid.size; i++) {
        if ((unsigned char)uid.data[i] < ' ' || uid.data[i] == 0x7f)
            return false;
    }

    return utf8_valid(uid);
}

static int read_settings(struct moderation_notice *notice, struct span muted, struct span slow)
{
    uint64_t seconds;

    if (span_to_u64(slow, &seconds) != 0 || seconds > BROKER_MAX_SLOW_MODE_S)
        return -EBADMSG;

    notice->muted = !span_is(muted, "0");
    notice->slow_mode_s = (uint32_t)seconds;

    return 0;
}

int moderation_notice_read(struct moderation_notice *notice, struct span payload)
{
    struct span verb = span_cut(&payload, ' ');
    struct span number = span_cut(&payload, ' ');
    size_t i = 0;

    while (i < MODERATION_VERB_COUNT && !span_equal(verb, words[i]))
        i++;
    if (i == MODERATION_VERB_COUNT || i == MODERATE_RECALL || span_is_none(number))
        return -EBADMSG; /* a recall is no notice, but one of the room's messages */

    *notice = (struct moderation_notice){.verb = (enum moderation_verb)i};
    if (notice->verb == MODERATE_SETTINGS)
        return read_settings(notice, number, payload);

    notice->uid = payload;

    return span_to_u64(number, &notice->left_ms) == 0 && moderation_uid_valid(payload) ? 0
                                                                                       : -EBADMSG;
}

void moderation_notice_write(const struct moderation_notice *notice, struct buffer *out)
{
    bool is_settings = notice->verb == MODERATE_SETTINGS;

    buffer_add_span(out, words[notice->verb]);
    buffer_add_char(out, ' ');
    buffer_add_u64(out, is_settings ? notice->muted : notice->left_ms);
    buffer_add_char(out, ' ');
    if (is_settings)
        buffer_add_u64(out, notice->slow_mode_s);
    else
        buffer_add_span(out, notice->uid);
}
