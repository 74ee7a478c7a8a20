/* Any bytes as an upgrade request: no crash, and what is accepted keeps its promises. */
#include "gateway/upgrade.h"

#include "gateway/ws_response.h"
#include "schema/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <stdint.h>
#include <stdlib.h>

static void require(bool claim)
{
    if (!claim)
        abort();
}

static void check_accepted(const struct upgrade *upgrade, size_t used, size_t size)
{
    struct buffer response;

    require(used <= size);
    require(upgrade->room[0] == '\0' || room_id_valid(span_of(upgrade->room)));
    require(utf8_valid(span_of(upgrade->uid)) && utf8_valid(span_of(upgrade->path)));
    require(upgrade->path[0] == '/');

    buffer_init(&response, UPGRADE_MAX_BYTES);
    ws_response_write(upgrade, &response);
    require(buffer_status(&response) == 0);
    buffer_dispose(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const protocols[] = {"protocol1", "chat", NULL};
    static const char *const origins[] = {"https://shop.example", NULL};
    static const char *const dialects[] = {"live", "plain", NULL};
    const struct upgrade_policy policy = {
        .protocols = protocols, .origins = origins, .cookies = true, .dialects = dialects};
    size_t taken = size < UPGRADE_MAX_BYTES ? size : UPGRADE_MAX_BYTES;
    struct upgrade upgrade;
    size_t used = 0;
    enum upgrade_verdict verdict;
    struct buffer refusal;

    verdict = upgrade_judge(&policy, span_make(data, taken), &upgrade, &used);
    if (verdict == UPGRADE_ACCEPTED)
        check_accepted(&upgrade, used, taken);

    require(verdict != UPGRADE_INCOMPLETE || taken < UPGRADE_MAX_BYTES);

    if (verdict >= UPGRADE_BAD_REQUEST) {
        buffer_init(&refusal, UPGRADE_MAX_BYTES);
        upgrade_write_refusal(verdict, &refusal);
        require(buffer_status(&refusal) == 0);
        buffer_dispose(&refusal);
    }

    return 0;
}
