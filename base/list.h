/* list.h - doubly linked lists whose nodes live inside the objects.
 *
 * Nothing is allocated and nothing fails.  A node is in one list at most, and
 * list_remove needs no list.  After list_node_init or list_remove a node is in
 * no list, and removing it then is harmless. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
    struct list_node *previous;
    struct list_node *next;
};

struct list {
    struct list_node head; /* before the first and after the last */
};

/* The object that `pointer`, its `member`, lives in. */
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Runs over the nodes; the current one may be removed (or freed), others not.
 *
 *     LIST_FOR_EACH (node, &room->sessions)
 *
 * NOLINTBEGIN(bugprone-macro-parentheses): a name being declared takes none */
#define LIST_FOR_EACH(node, list)                                                 \
    for (struct list_node *node = (list)->head.next, *node##_next = (node)->next; \
         (node) != &(list)->head; (node) = node##_next, node##_next = (node)->next)
/* NOLINTEND(bugprone-macro-parentheses) */

static inline void list_node_init(struct list_node *node)
{
    node->previous = node;
    node->next = node;
}

static inline void list_init(struct list *list)
{
    list_node_init(&list->head);
}

static inline bool list_empty(const struct list *list)
{
    return list->head.next == &list->head;
}

/* Is the node in a list? */
static inline bool list_node_linked(const struct list_node *node)
{
    return node->next != node;
}

static inline void list_remove(struct list_node *node)
{
    node->previous->next = node->next;
    node->next->previous = node->previous;
    list_node_init(node);
}

/* Puts `node`, which is in no list, before `place`, which is in one. */
static inline void list_insert_before(struct list_node *place, struct list_node *node)
{
    node->previous = place->previous;
    node->next = place;
    place->previous->next = node;
    place->previous = node;
}

static inline void list_append(struct list *list, struct list_node *node)
{
    list_insert_before(&list->head, node);
}

static inline void list_prepend(struct list *list, struct list_node *node)
{
    list_insert_before(list->head.next, node);
}

/* The first node, still in the list; NULL when it is empty. */
static inline struct list_node *list_first(const struct list *list)
{
    return list_empty(list) ? NULL : list->head.next;
}

/* Takes the first node out; NULL when the list is empty. */
static inline struct list_node *list_pop(struct list *list)
{
    struct list_node *first = list_first(list);

    if (first)
        list_remove(first);

    return first;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void list_move_all(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;

    from->head.next->previous = to->head.previous;
    to->head.previous->next = from->head.next;
    from->head.previous->next = &to->head;
    to->head.previous = from->head.previous;
    list_init(from);
}

#endif
