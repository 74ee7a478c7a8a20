#include "relay/nameservers.h"

#include <event2/dns.h>
#include <sys/socket.h>

bool nameservers_use(struct evdns_base *dns, const char *file, int nth)
{
    struct sockaddr_storage address;
    struct sockaddr *server = (struct sockaddr *)&address;
    int size, count;

    (void)evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, file);
    count = evdns_base_count_nameservers(dns);
    size = evdns_base_get_nameserver_addr(dns, nth, server, sizeof address);
    if (size <= 0 || size > (int)sizeof address)
        return false;

    (void)evdns_base_clear_nameservers_and_suspend(dns);
    (void)evdns_base_nameserver_sockaddr_add(dns, server, (socklen_t)size, 0);
    (void)evdns_base_resume(dns);
    if (nth + 1 >= count)
        return false;

    (void)evdns_base_set_option(dns, "timeout:", "1");
    (void)evdns_base_set_option(dns, "attempts:", "1");

    return true;
}
