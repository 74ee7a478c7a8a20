#include "tests/contract/contract.h"

#include "tests/contract/stage.h"

#include <stdio.h>

int contract_run(const struct contract_broker *broker)
{
    int failed = 0;

    stage_broker = broker;
    stage_place = NULL;
    if (broker->begin) {
        stage_place = broker->begin();
        if (!stage_place) {
            (void)fprintf(stderr, "%s: there is no place for it\n", broker->name);
            return 1;
        }
    }

    failed += contract_publishing();
    failed += contract_ids();
    failed += contract_messages();
    failed += contract_shelf();
    failed += contract_listening();
    failed += contract_snapshots();
    failed += contract_history();
    failed += contract_census();
    failed += contract_moderation();
    failed += contract_recall();
    failed += contract_ending();
    if (broker->several_workers)
        failed += contract_workers();

    if (broker->end)
        broker->end(stage_place);

    return failed;
}
