// One scan session in a bad network, all from one seed: page, hub, one or two phones, their people.
#pragma once

#include <string>

namespace bidseal::test {

/// What a run did; `fault` is empty when every rule held.
struct SimulationResult {
    std::string fault;
    bool page_answered = false, page_refused = false, phone_vanished = false, page_vanished = false;
    int hub_crashes = 0, lost = 0, repeated = 0, races_lost = 0, requests = 0;
};

SimulationResult simulate(uint64_t seed);

}  // namespace bidseal::test
