// The real state machines of page, hub and phone in bad networks. A failing seed replays:
// `BIDSEAL_SIMULATION_SEED=17 test_session -tc="*simulated*"`.
#include "simulation.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

using namespace bidseal::test;

namespace {

uint64_t number_from(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("simulated sessions keep the rules whatever the network does") {
#ifdef BIDSEAL_SANITIZED
    const uint64_t usual = 40;
#else
    const uint64_t usual = 500;
#endif
    const uint64_t only = number_from("BIDSEAL_SIMULATION_SEED", 0);
    const uint64_t first = only != 0 ? only : 1;
    const uint64_t last = only != 0 ? only : number_from("BIDSEAL_SIMULATION_SEEDS", usual);
    int answered = 0, refused = 0, crashed = 0, lost = 0, repeated = 0, races = 0, many = 0;
    int phone_gone = 0, page_gone = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        const SimulationResult result = simulate(seed);
        CHECK_MESSAGE(result.fault.empty(), "seed ", seed, ": ", result.fault);
        answered += result.page_answered;
        refused += result.page_refused;
        crashed += result.hub_crashes > 0;
        lost += result.lost > 0;
        repeated += result.repeated > 0;
        races += result.races_lost > 0;
        many += result.requests > 1;
        phone_gone += result.phone_vanished;
        page_gone += result.page_vanished;
    }
    if (only != 0)
        return;
    // The seeds must have reached every kind of trouble, or the test shows less than it says.
    const auto runs = static_cast<int>(last);
    CHECK(answered > runs / 2);
    CHECK(refused > runs / 50);
    CHECK(crashed > runs / 8);
    CHECK(lost > runs / 3);
    CHECK(repeated > runs / 3);
    CHECK(races > runs / 20);
    CHECK(many > runs / 20);
    CHECK(phone_gone > runs / 50);
    CHECK(page_gone > runs / 80);
}

TEST_CASE("a seed gives the same run again") {
    const SimulationResult one = simulate(4), two = simulate(4);
    CHECK(one.lost == two.lost);
    CHECK(one.repeated == two.repeated);
    CHECK(one.requests == two.requests);
}
