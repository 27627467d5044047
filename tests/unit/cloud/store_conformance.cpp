#include "store_conformance.h"

#include <thread>

#include "doctest/doctest.h"

using namespace bidseal;
using cloud::RecordChange;
using cloud::Store;
using cloud::StoredRecord;
using Kind = RecordChange::Kind;

namespace bidseal::test {
namespace {

Bytes text(std::string_view value) {
    return to_bytes(as_bytes(value));
}

RecordChange put(const std::string& name, uint64_t version, std::string_view value,
                 std::optional<Timestamp> until = {}) {
    return {name, Kind::put, version, text(value), until};
}

std::string value_of(Store& store, const std::string& name) {
    const auto found = store.read(name);
    return found ? std::string(as_text(found->value)) : "nothing";
}

uint64_t version_of(Store& store, const std::string& name) {
    const auto found = store.read(name);
    return found ? found->version : 0;
}

}  // namespace

void check_store_basics(const OpenStore& open) {
    auto store = open();
    CHECK(!store->read("a"));
    CHECK(store->write({put("a", 0, "one"), put("b", 0, "")}));
    CHECK(value_of(*store, "a") == "one");
    CHECK(value_of(*store, "b") == "");
    Bytes binary;
    for (int i = 0; i < 300'000; i++)
        binary.push_back(static_cast<uint8_t>(i * 7));
    CHECK(store->write({{"binary", Kind::put, 0, binary}}));
    // Another handle sees it.
    auto other = open();
    CHECK(value_of(*other, "a") == "one");
    REQUIRE(other->read("binary"));
    CHECK(other->read("binary")->value == binary);
    CHECK(other->write({{"a", Kind::remove, version_of(*other, "a")}}));
    CHECK(!store->read("a"));
    CHECK(store->write({}));
}

void check_store_versions(const OpenStore& open) {
    auto store = open();
    CHECK(store->write({put("a", 0, "one"), put("b", 0, "one")}));
    const uint64_t first = version_of(*store, "a");
    CHECK(first != 0);
    CHECK(!store->write({put("a", 0, "two")}));
    CHECK(!store->write({put("a", first + 1'000, "two")}));
    CHECK(!store->write({put("none", first, "two")}));
    CHECK(!store->write({{"a", Kind::remove, first + 1'000}}));
    CHECK(!store->write({{"none", Kind::keep, first}}));
    CHECK(value_of(*store, "a") == "one");
    CHECK(!store->read("none"));

    // All or none, wherever the stale one stands.
    CHECK(!store->write({put("b", version_of(*store, "b"), "two"), put("a", 0, "two")}));
    CHECK(!store->write({put("a", 0, "two"), put("b", version_of(*store, "b"), "two")}));
    CHECK(!store->write({put("b", version_of(*store, "b"), "two"), {"a", Kind::keep, 0}}));
    CHECK(value_of(*store, "b") == "one");

    CHECK(store->write({{"a", Kind::keep, first}, {"none", Kind::keep, 0}, put("c", 0, "one")}));
    CHECK(version_of(*store, "a") == first);
    CHECK(store->write({put("a", first, "two")}));
    CHECK(version_of(*store, "a") != first);

    // A name that went and came back does not look as if it had stayed.
    const uint64_t second = version_of(*store, "a");
    CHECK(store->write({{"a", Kind::remove, second}}));
    CHECK(store->write({put("a", 0, "two")}));
    CHECK(version_of(*store, "a") != first);
    CHECK(version_of(*store, "a") != second);
    CHECK(!store->write({put("a", second, "three")}));
}

void check_store_names(const OpenStore& open) {
    auto store = open();
    for (const char* name : {"op/2", "op/1", "op", "op/10", "key/1", "or", "op/3"})
        CHECK(store->write({put(name, 0, "x")}));
    using Names = std::vector<std::string>;
    CHECK(store->names("op/", "", 10) == Names{"op/1", "op/10", "op/2", "op/3"});
    CHECK(store->names("op/", "op/10", 1) == Names{"op/2"});
    CHECK(store->names("op/", "op/3", 10).empty());
    CHECK(store->names("none", "", 10).empty());
    CHECK(store->names("", "", 10).size() == 7);
}

void check_store_expiry(const OpenStore& open) {
    auto store = open();
    const Timestamp now{1'790'000'000};
    CHECK(
        store->write({put("stays", 0, "x"), put("past", 0, "x", Timestamp{now.seconds - 1}),
                      put("now", 0, "x", now), put("later", 0, "x", Timestamp{now.seconds + 1})}));
    CHECK(store->drop_expired(now, 1) == 1);
    CHECK(store->drop_expired(now, 10) == 1);
    CHECK(store->drop_expired(now, 10) == 0);
    CHECK(!store->read("past"));
    CHECK(!store->read("now"));
    CHECK(store->read("later"));
    // The newest writing says how long.
    CHECK(store->write({put("later", version_of(*store, "later"), "y")}));
    CHECK(store->drop_expired(Timestamp{now.seconds + 10'000'000}, 10) == 0);
    CHECK(value_of(*store, "later") == "y");
    CHECK(value_of(*store, "stays") == "x");
}

void check_store_races(const OpenStore& open) {
    constexpr int workers = 4, rounds = 25;
    open()->write({put("a", 0, "0"), put("b", 0, "0")});
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; worker++) {
        threads.emplace_back([&open, worker] {
            auto store = open();
            // In different orders: a store that locks record by record would stand still.
            const std::string one = worker % 2 == 0 ? "a" : "b", two = worker % 2 == 0 ? "b" : "a";
            for (int done = 0; done < rounds;) {
                const auto first = store->read(one), second = store->read(two);
                const auto next = [](const StoredRecord& record) {
                    return std::to_string(std::stoi(std::string(as_text(record.value))) + 1);
                };
                if (store->write({put(one, first->version, next(*first)),
                                  put(two, second->version, next(*second))}))
                    done++;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(value_of(*open(), "a") == std::to_string(workers * rounds));
    CHECK(value_of(*open(), "b") == std::to_string(workers * rounds));
}

}  // namespace bidseal::test
