#include "relay/position.h"

enum order position_order(struct position seen, struct position arrived)
{
    if (seen.seq == 0 && arrived.seq == 1)
        return ORDER_NEXT;
    if (arrived.term > seen.term)
        return ORDER_NEW_TERM;
    if (arrived.term < seen.term)
        return ORDER_OLD_TERM;
    if (arrived.seq <= seen.seq)
        return ORDER_DUPLICATE;

    return arrived.seq == seen.seq + 1 ? ORDER_NEXT : ORDER_GAP;
}

bool position_leads_to(struct position after, const struct entry *next, bool has_older)
{
    bool is_first = next->flags & ENTRY_FIRST_OF_TERM;

    if (next->position.term == after.term)
        return is_first || next->position.seq == after.seq + 1;

    return is_first && next->position.seq <= after.seq + 1 &&
           (has_older || next->position.seq == 1);
}
