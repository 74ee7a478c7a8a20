#include "gateway/places.h"

#include "base/metrics.h"
#include "gateway/addresses.h"
#include "gateway/forwarded.h"
#include "gateway/listener.h"
#include "gateway/newcomers.h"
#include "gateway/pressure.h"
#include "gateway/ws.h"

#include <errno.h>
#include <sys/socket.h>

static enum upgrade_verdict full(const struct listener_settings *settings, enum limit limit,
                                 enum upgrade_verdict verdict)
{
    metrics_add(settings->metrics, METRIC_LIMITED, limit, 1);

    return verdict;
}

enum upgrade_verdict place_in_memory(const struct listener_settings *settings)
{
    return settings->pressure && pressure_is_high(settings->pressure)
               ? full(settings, LIMIT_MEMORY, UPGRADE_UNAVAILABLE)
               : UPGRADE_ACCEPTED;
}

enum upgrade_verdict place_among_newcomers(const struct listener_settings *settings)
{
    if (settings->pressure && newcomers_bytes() > pressure_space(settings->pressure))
        return full(settings, LIMIT_MEMORY, UPGRADE_UNAVAILABLE);

    return place_in_memory(settings);
}

enum upgrade_verdict place_among_sessions(const struct listener_settings *settings)
{
    size_t most = settings->limits.max_sessions;

    return most > 0 && ws_door_connections(settings->door) >= most
               ? full(settings, LIMIT_SESSIONS, UPGRADE_UNAVAILABLE)
               : UPGRADE_ACCEPTED;
}

/* ---- of an address ---- */

static enum upgrade_verdict enter(const struct listener_settings *settings, const struct ip *ip,
                                  struct address_count **count)
{
    int rc = addresses_enter(settings->addresses, ip, settings->limits.max_per_address, count);

    if (rc == 0)
        return UPGRADE_ACCEPTED;

    return rc == -ENOMEM ? UPGRADE_UNAVAILABLE : full(settings, LIMIT_ADDRESS, UPGRADE_TOO_MANY);
}

static bool counts_addresses(const struct listener_settings *settings)
{
    return settings->addresses && settings->limits.max_per_address > 0;
}

static bool trusts(const struct listener_settings *settings, const struct ip *ip)
{
    const struct ip_ranges *trusted = settings->policy.trusted;

    return trusted && ip_ranges_hold(trusted, ip);
}

enum upgrade_verdict place_for_peer(const struct listener_settings *settings,
                                    const struct sockaddr *peer, struct address_count **count)
{
    struct ip ip;

    if (!counts_addresses(settings) || ip_of_socket(&ip, peer) != 0 || trusts(settings, &ip))
        return UPGRADE_ACCEPTED;

    return enter(settings, &ip, count);
}

enum upgrade_verdict place_for_forwarded(const struct listener_settings *settings, int fd,
                                         const struct forwarded *forwarded,
                                         struct address_count **count)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    struct ip ip;

    if (!counts_addresses(settings) || !forwarded->known ||
        getpeername(fd, (struct sockaddr *)&peer, &size) != 0 ||
        ip_of_socket(&ip, (struct sockaddr *)&peer) != 0 || !trusts(settings, &ip))
        return UPGRADE_ACCEPTED;

    return enter(settings, &forwarded->client, count);
}
