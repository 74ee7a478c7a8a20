#include "gateway/answer.h"

#include "gateway/block.h"
#include "gateway/frame.h"

#include <assert.h>

void answer_add(struct answer *answer, struct bytes *frames)
{
    size_t place = answer->parts[0] ? 1 : 0;

    assert(!answer->parts[place]);

    if (frames->size > 0)
        answer->parts[place] = bytes_share(frames);
}

bool answer_is_amid_message(const struct answer *answer)
{
    return answer->parts[0] && frame_continues(answer->parts[0]->data + answer->at);
}

static void end_part(struct answer *answer)
{
    bytes_release(answer->parts[0]);
    answer->parts[0] = answer->parts[1];
    answer->parts[1] = NULL;
    answer->at = 0;
}

/* The size of the frames of the first part that still fit, *n of them. */
static size_t measure(const struct answer *answer, size_t used, int *n)
{
    const struct bytes *part = answer->parts[0];
    size_t size = 0;

    while (answer->at + size < part->size) {
        size_t next = frame_size(part->data + answer->at + size);

        if (used + size > 0 && used + size + next > WS_MAX_WRITE)
            break;

        size += next;
        (*n)++;
    }

    return size;
}

int answer_read(struct answer *answer, struct buffer *block)
{
    int n = 0;

    while (answer->parts[0]) {
        size_t size = measure(answer, block_size(block), &n);

        if (size == 0)
            break;

        if (buffer_add(block, answer->parts[0]->data + answer->at, size) != 0)
            return buffer_status(block);

        answer->at += size;
        if (answer->at == answer->parts[0]->size)
            end_part(answer);
    }

    return n;
}

void answer_cut_short(struct answer *answer)
{
    if (!answer_is_amid_message(answer)) {
        answer_dispose(answer);
        return;
    }

    bytes_release(answer->parts[1]);
    answer->parts[1] = NULL;
}

void answer_dispose(struct answer *answer)
{
    for (size_t i = 0; i < ANSWER_PARTS; i++)
        bytes_release(answer->parts[i]);

    *answer = (struct answer){0};
}
