/* GET /v1/rooms?limit=&after= */
#include "gateway/http_call.h"
#include "gateway/survey.h"
#include "schema/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"

#define DEFAULT_ROOMS 100
#define MAX_ROOMS 1000

/* One page of the list, while the workers are asked. */
struct page {
    struct http_call *call;
    size_t limit;
    char after[ROOM_ID_MAX + 1];
};

/* The rooms of all workers. */
struct room_list {
    struct http_room *rooms; /* their names are the survey's */
    size_t count;
    size_t capacity;
};

/* ---- a worker's answer: of each room a head, then the name ---- */

struct head {
    uint64_t viewers;
    size_t name_size;
};

static void write_rooms(const void *about, void *worker, struct buffer *answer)
{
    const struct http_witness *witness = about;
    struct http_room room;
    size_t cursor = 0;

    while (witness->next_room(worker, &cursor, &room)) {
        struct head head = {.viewers = room.viewers, .name_size = room.name.size};

        (void)buffer_add(answer, &head, sizeof head);
        (void)buffer_add_span(answer, room.name);
    }
}

static bool read_room(struct span *answer, struct http_room *room)
{
    struct head head;

    if (answer->size < sizeof head)
        return false;

    memcpy(&head, answer->data, sizeof head);
    *answer = span_skip(*answer, sizeof head);
    room->viewers = head.viewers;
    room->name = span_make(answer->data, head.name_size);
    *answer = span_skip(*answer, head.name_size);

    return true;
}

/* ---- the list ---- */

static int by_name(const void *a, const void *b)
{
    const struct span *left = &((const struct http_room *)a)->name;
    const struct span *right = &((const struct http_room *)b)->name;
    size_t common = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->data, right->data, common);

    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

static int add_room(struct room_list *list, const struct http_room *room)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        struct http_room *rooms = realloc(list->rooms, capacity * sizeof *rooms);

        if (!rooms)
            return -ENOMEM;

        list->rooms = rooms;
        list->capacity = capacity;
    }

    list->rooms[list->count++] = *room;

    return 0;
}

/* A room with viewers on several workers is one. */
static void merge(struct room_list *list)
{
    size_t n = 0;

    if (list->count == 0)
        return;

    qsort(list->rooms, list->count, sizeof list->rooms[0], by_name);
    for (size_t i = 1; i < list->count; i++) {
        if (by_name(&list->rooms[n], &list->rooms[i]) == 0)
            list->rooms[n].viewers += list->rooms[i].viewers;
        else
            list->rooms[++n] = list->rooms[i];
    }

    list->count = n + 1;
}

/* 0; -EAGAIN: a worker did not answer; -ENOMEM. */
static int gather(struct room_list *list, const struct survey *survey)
{
    for (size_t i = 0; i < survey_size(survey); i++) {
        struct http_room room;
        struct span answer;

        if (!survey_answer(survey, i, &answer))
            return -EAGAIN;

        while (read_room(&answer, &room)) {
            if (add_room(list, &room) != 0)
                return -ENOMEM;
        }
    }

    merge(list);

    return 0;
}

/* Where the rooms begin whose names come after `after`. */
static size_t first_after(const struct room_list *list, const char *after)
{
    const struct http_room floor = {.name = span_of(after)};
    size_t first = 0;

    while (first < list->count && by_name(&list->rooms[first], &floor) <= 0)
        first++;

    return first;
}

static void write_list(struct buffer *out, const struct room_list *list, const struct page *page)
{
    size_t first = first_after(list, page->after);
    size_t left = list->count - first;
    size_t shown = left < page->limit ? left : page->limit;

    buffer_add_text(out, "{\"count\":");
    buffer_add_u64(out, list->count);
    buffer_add_text(out, ",\"rooms\":[");

    for (size_t i = first; i < first + shown; i++) {
        buffer_add_text(out, i > first ? ",{\"room_id\":" : "{\"room_id\":");
        json_write_string(out, list->rooms[i].name);
        buffer_add_text(out, ",\"viewers\":");
        buffer_add_u64(out, list->rooms[i].viewers);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');

    if (left > shown) {
        buffer_add_text(out, ",\"next\":");
        json_write_string(out, list->rooms[first + shown - 1].name);
    }

    buffer_add_char(out, '}');
}

static void on_told(void *asker, const struct survey *survey)
{
    struct page *page = asker;
    struct room_list list = {.rooms = NULL};
    int rc = gather(&list, survey);

    if (rc == 0) {
        write_list(&page->call->body, &list, page);
        http_answer(page->call, 200, JSON_TYPE);
    } else if (rc == -EAGAIN) {
        http_refuse(page->call, REFUSAL_UNAVAILABLE, "a worker does not answer, try again");
    } else {
        http_refuse(page->call, REFUSAL_INTERNAL, NULL);
    }

    free(list.rooms);
    free(page);
}

/* 0 when the query is not a good one. */
static size_t read_limit(const struct http_call *call)
{
    char text[8];
    int length = http_call_query(call, "limit", text, sizeof(text));
    uint64_t limit;

    if (length == -ENOENT)
        return DEFAULT_ROOMS;
    if (length < 0 || span_to_u64(span_make(text, (size_t)length), &limit) != 0)
        return 0;

    return limit <= MAX_ROOMS ? (size_t)limit : 0;
}

/* What is wrong with the query, or NULL. */
static const char *read_page(struct page *page)
{
    int length = http_call_query(page->call, "after", page->after, sizeof page->after);

    page->limit = read_limit(page->call);
    if (page->limit == 0)
        return "limit must be a number from 1 to 1000";
    if (length != -ENOENT && (length < 0 || !room_id_valid(span_of(page->after))))
        return "after must be a room id";

    return NULL;
}

void http_get_rooms(struct http_call *call)
{
    struct page *page = calloc(1, sizeof *page);
    const struct question question = {
        .answer = write_rooms, .about = call->settings->witness, .done = on_told, .asker = page};
    enum refusal refusal = REFUSAL_INTERNAL;
    const char *wrong = NULL;

    if (page) {
        page->call = call;
        wrong = read_page(page);
        if (!wrong && survey_begin(call->settings->surveyor, &question) == 0)
            return;
        if (wrong)
            refusal = REFUSAL_MALFORMED;
    }

    http_refuse(call, refusal, wrong);
    free(page);
}
