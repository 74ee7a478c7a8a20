#include "gateway/forwarded.h"

void forwarded_read(struct forwarded *forwarded, const struct ip_ranges *trusted, struct span value)
{
    while (!span_is_none(value)) {
        struct span element = span_trim(span_cut(&value, ','));
        struct ip ip;

        if (ip_parse(&ip, element) != 0) /* a proxy calls somebody "unknown" */
            forwarded->known = false;
        else if (!ip_ranges_hold(trusted, &ip))
            *forwarded = (struct forwarded){.client = ip, .known = true};
    }
}
