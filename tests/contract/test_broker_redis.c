#include "tests/contract/redis_place.h"

int main(void)
{
    return contract_run(&redis_place_broker);
}
