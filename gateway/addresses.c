#include "gateway/addresses.h"

#include "base/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct addresses {
    struct table *counts; /* by ip_owner() */
};

struct address_count {
    struct addresses *addresses;
    struct ip ip; /* of the first one */
    size_t connections;
};

void addresses_free(struct addresses *addresses)
{
    if (!addresses)
        return;

    assert(table_count(addresses->counts) == 0);
    table_free(addresses->counts);
    free(addresses);
}

struct addresses *addresses_new(void)
{
    struct addresses *addresses = calloc(1, sizeof *addresses);

    if (!addresses)
        return NULL;

    addresses->counts = table_new();
    if (addresses->counts)
        return addresses;

    free(addresses);

    return NULL;
}

static struct address_count *begin(struct addresses *addresses, const struct ip *ip)
{
    struct address_count *count = calloc(1, sizeof *count);

    if (!count)
        return NULL;

    count->addresses = addresses;
    count->ip = *ip;
    if (table_put(addresses->counts, ip_owner(ip), count) == 0)
        return count;

    free(count);

    return NULL;
}

int addresses_enter(struct addresses *addresses, const struct ip *ip, size_t most,
                    struct address_count **count)
{
    struct address_count *known = table_get(addresses->counts, ip_owner(ip));

    if (known && known->connections >= most)
        return -EDQUOT;

    if (!known)
        known = begin(addresses, ip);

    if (!known)
        return -ENOMEM;

    known->connections++;
    *count = known;

    return 0;
}

struct address_count *address_share(struct address_count *count)
{
    if (count)
        count->connections++;

    return count;
}

void address_leave(struct address_count *count)
{
    if (!count || --count->connections > 0)
        return;

    (void)table_remove(count->addresses->counts, ip_owner(&count->ip));
    free(count);
}

size_t addresses_known(const struct addresses *addresses)
{
    return table_count(addresses->counts);
}
