#include "base/list.h"

#include "tests/support/unit.h"

#include <string.h>

struct item {
    char name;
    struct list_node node;
};

/* The names in order, as a string. */
static const char *names(const struct list *list)
{
    static char text[16];
    size_t n = 0;

    LIST_FOR_EACH (node, list)
        text[n++] = CONTAINER_OF(node, struct item, node)->name;

    text[n] = '\0';

    return text;
}

static struct item items[6] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'},
                               {.name = 'd'}, {.name = 'e'}, {.name = 'f'}};

/* Appends items `first` to `last`. */
static void add(struct list *list, int first, int last)
{
    for (int i = first; i <= last; i++)
        list_append(list, &items[i].node);
}

static void nodes_keep_the_order_they_were_added_in(void **state)
{
    static struct list list;

    list_init(&list);
    assert_true(list_empty(&list));
    add(&list, 1, 3);
    list_prepend(&list, &items[0].node);

    assert_string_equal(names(&list), "abcd");
    assert_ptr_equal(list_first(&list), &items[0].node);
    assert_ptr_equal(list_pop(&list), &items[0].node);
    assert_string_equal(names(&list), "bcd");
    (void)state;
}

static void a_node_in_no_list_can_be_removed(void **state)
{
    static struct list list;
    struct item item;

    list_node_init(&item.node);
    list_remove(&item.node);
    assert_false(list_node_linked(&item.node));

    list_init(&list);
    list_append(&list, &item.node);
    assert_true(list_node_linked(&item.node));
    list_remove(&item.node);
    list_remove(&item.node);
    assert_true(list_empty(&list));
    assert_null(list_pop(&list));
    (void)state;
}

static void the_current_node_may_vanish_in_a_walk(void **state)
{
    static struct list list;
    struct item gone = {.name = 'x'};

    list_init(&list);
    add(&list, 0, 1);
    list_append(&list, &gone.node);
    add(&list, 2, 3);
    LIST_FOR_EACH (node, &list) {
        if (node == &gone.node || node == &items[3].node) {
            list_remove(node);
            memset(node, 0xff, sizeof *node);
        }
    }

    assert_string_equal(names(&list), "abc");
    (void)state;
}

static void one_list_can_be_moved_behind_another(void **state)
{
    static struct list to;
    static struct list from;

    list_init(&to);
    list_init(&from);
    list_move_all(&to, &from);
    assert_true(list_empty(&to));

    add(&to, 0, 0);
    add(&from, 1, 2);
    list_move_all(&to, &from);

    assert_string_equal(names(&to), "abc");
    assert_true(list_empty(&from));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_keep_the_order_they_were_added_in),
        cmocka_unit_test(a_node_in_no_list_can_be_removed),
        cmocka_unit_test(the_current_node_may_vanish_in_a_walk),
        cmocka_unit_test(one_list_can_be_moved_behind_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
