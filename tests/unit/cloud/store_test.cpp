#include <fstream>

#include "bridge/cloud/base/key_file.h"
#include "bridge/cloud/store/memory_store.h"
#include "bridge/cloud/store/records.h"
#include "bridge/cloud/store/sqlite_store.h"
#include "cloud_test_support.h"
#include "doctest/doctest.h"
#include "store_conformance.h"

using namespace bidseal;
using namespace bidseal::cloud;
using namespace bidseal::test;
using protocol::Json;

namespace {

void check_all(const std::function<OpenStore()>& make) {
    SUBCASE("what is written is read") {
        check_store_basics(make());
    }
    SUBCASE("a stale version changes nothing") {
        check_store_versions(make());
    }
    SUBCASE("names in their order") {
        check_store_names(make());
    }
    SUBCASE("records that expire") {
        check_store_expiry(make());
    }
    SUBCASE("races lose nothing") {
        check_store_races(make());
    }
}

SecretBytes sealing_key(uint8_t fill = 7) {
    return SecretBytes::copy_of(Bytes(sealing_key_size, fill));
}

SecretBytes secret(std::string_view text) {
    return SecretBytes::copy_of(as_bytes(text));
}

std::string text_of(const std::optional<SecretBytes>& value) {
    return value ? std::string(as_text(value->view())) : "nothing";
}

/// Records over a store in memory.
struct World {
    MemoryStore store;
    TestClock clock;
    SeededRandom random{1};
    Records records{store, sealing_key(), clock, random};
};

void write_audit(Records& records, int count) {
    for (int i = 0; i < count; i++) {
        records.transact([&](Batch& batch) {
            batch.audit("happened", {{"item", Json::integer(i)}});
        });
    }
}

/// Replaces a record of the store behind the back of Records.
void replace(Store& store, const std::string& name, std::optional<Bytes> value) {
    const auto found = store.read(name);
    REQUIRE(found);
    REQUIRE(store.write({{name, value ? RecordChange::Kind::put : RecordChange::Kind::remove,
                          found->version, value.value_or(Bytes())}}));
}

}  // namespace

TEST_CASE("a store in memory conforms") {
    check_all([] {
        auto store = std::make_shared<MemoryStore>();
        return [store] {
            return store;
        };
    });
}

TEST_CASE("a store in SQLite conforms") {
    ScratchFolder folder;
    check_all([&] {
        return [path = folder.path("store.sqlite")] {
            return std::make_shared<SqliteStore>(path, SqliteStore::Durability::process);
        };
    });
}

TEST_CASE("SQLite: private, durable, and of one version") {
    ScratchFolder folder;
    const std::string path = folder.path("store.sqlite");
    {
        SqliteStore store(path);
        CHECK(store.write({{"a", RecordChange::Kind::put, 0, Bytes{1}}}));
    }
    namespace fs = std::filesystem;
    CHECK((fs::status(path).permissions() & fs::perms(077)) == fs::perms::none);
    CHECK(SqliteStore(path).read("a")->value == Bytes{1});
    std::ofstream(folder.path("other"))
        << "this is no store at all, whatever its name may say ....";
    CHECK(error_name_of([&] { SqliteStore(folder.path("other")); }) == "cosign_record");
    CHECK(error_name_of([&] { SqliteStore(folder.path("none/store")); }) == "io_write");
}

TEST_CASE("a record opens under its key and name only") {
    SeededRandom random(3);
    const Bytes sealed = seal_record(sealing_key(), "key/1", as_bytes("secret"), random);
    CHECK(as_text(open_record(sealing_key(), "key/1", sealed).view()) == "secret");
    CHECK(error_name_of([&] { open_record(sealing_key(), "key/2", sealed); }) == "cosign_record");
    CHECK(error_name_of([&] { open_record(sealing_key(8), "key/1", sealed); }) == "cosign_record");
    CHECK(seal_record(sealing_key(), "key/1", as_bytes("secret"), random) != sealed);
    for (size_t at = 0; at < sealed.size(); at++) {
        Bytes changed = sealed;
        changed[at] ^= 1;
        CHECK(error_name_of([&] { open_record(sealing_key(), "key/1", changed); }) ==
              "cosign_record");
        const ByteView cut = ByteView(sealed).first(at);
        CHECK(error_name_of([&] { open_record(sealing_key(), "key/1", cut); }) == "cosign_record");
    }
}

TEST_CASE("records: a batch is written whole, sealed, and again when somebody was faster") {
    World world;
    world.records.transact([](Batch& batch) {
        CHECK(!batch.read("a"));
        batch.write("a", secret("one"));
        CHECK(text_of(batch.read("a")) == "one");
    });
    CHECK(as_text(world.store.read("a")->value).find("one") == std::string::npos);

    int tries = 0;
    const int result = world.records.transact([&](Batch& batch) {
        const std::string seen = text_of(batch.read("a"));
        if (++tries == 1) {
            world.records.transact([](Batch& faster) {
                faster.read("a");
                faster.write("a", secret("two"));
            });
        }
        batch.write("b", secret("after " + seen));
        return 5;
    });
    CHECK(result == 5);
    CHECK(tries == 2);
    CHECK(world.records.conflicts() == 1);
    // b depends on a, which was only read.
    CHECK(world.records.transact([](Batch& batch) { return text_of(batch.read("b")); }) ==
          "after two");
    world.records.transact([](Batch& batch) {
        batch.remove("a");
        batch.remove("never");
    });
    CHECK(!world.store.read("a"));
}

TEST_CASE("records: what throws writes nothing, what fails writes first") {
    World world;
    CHECK(error_name_of([&] {
              world.records.transact([](Batch& batch) {
                  batch.write("a", secret("one"));
                  throw Error(ErrorCode::usage);
              });
          }) == "usage");
    CHECK(!world.store.read("a"));
    CHECK(error_name_of([&] {
              world.records.transact([](Batch& batch) {
                  batch.write("a", secret("one"));
                  batch.fail(std::make_exception_ptr(Error(ErrorCode::cosign_pin_wrong)));
              });
          }) == "cosign_pin_wrong");
    CHECK(world.store.read("a"));
}

TEST_CASE("audit: entries follow each other, and every change is noticed") {
    World world;
    CHECK(world.records.verify_audit().count == 0);
    write_audit(world.records, 5);
    world.clock.pass(60);
    world.records.transact([](Batch& batch) {
        batch.write("a", secret("one"));
        batch.audit("one");
        batch.audit("two", {{"key", Json::text("00ff")}});
    });
    const AuditHead head = world.records.verify_audit();
    CHECK(head.count == 7);
    const auto lines = world.records.audit_entries(6, 10);
    REQUIRE(lines.size() == 2);
    CHECK(lines[1] == R"({"n":7,"time":")" + format_time(world.clock.time) + R"(","previous":")" +
                          to_hex(crypto::sm3(as_bytes(lines[0])).view()) +
                          R"(","event":"two","key":"00ff"})");

    const auto fault = [&]() -> uint64_t {
        try {
            world.records.verify_audit();
            return 0;
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::cosign_record);
            return error.position().value_or(999);
        }
    };
    const std::string third = "audit/000000000003";
    SUBCASE("an entry is missing") {
        replace(world.store, third, std::nullopt);
        CHECK(fault() == 3);
    }
    SUBCASE("an entry stands in another's place") {
        replace(world.store, third, world.store.read("audit/000000000004")->value);
        CHECK(fault() == 999);
    }
    SUBCASE("somebody with the key writes another entry") {
        std::string line = world.records.audit_entries(3, 1)[0];
        line.replace(line.find("happened"), 8, "harmless");
        replace(world.store, third,
                seal_record(sealing_key(), third, as_bytes(line), world.random));
        CHECK(fault() == 4);
    }
    SUBCASE("somebody with the key writes another last entry") {
        const std::string last = "audit/000000000007";
        std::string line = world.records.audit_entries(7, 1)[0];
        line.replace(line.find("00ff"), 4, "00fe");
        replace(world.store, last, seal_record(sealing_key(), last, as_bytes(line), world.random));
        CHECK(fault() == 7);
    }
}

TEST_CASE("key files: made once, for this user alone") {
    ScratchFolder folder;
    SeededRandom random(9);
    const std::string path = folder.path("sealing.key");
    const SecretBytes made = load_or_make_secret(path, 32, random);
    CHECK(made.size() == 32);
    CHECK(load_or_make_secret(path, 32, random).equals(made));
    const crypto::Sm2PrivateKey key = load_or_make_key(folder.path("service.key"), random);
    CHECK(load_or_make_key(folder.path("service.key"), random).scalar().equals(key.scalar()));
    CHECK(error_name_of([&] { load_or_make_secret(path, 64, random); }) == "io_read");
    std::filesystem::permissions(path, std::filesystem::perms(0640));
    CHECK(error_name_of([&] { load_or_make_secret(path, 32, random); }) == "io_read");
    CHECK(error_name_of([&] { load_or_make_secret(folder.path("no/key"), 32, random); }) ==
          "io_write");
    std::filesystem::permissions(folder.path(""), std::filesystem::perms(0755));
    CHECK(error_name_of([&] { open_private_folder(folder.path("")); }) == "io_write");
}
