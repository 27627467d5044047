#include "bidseal/base/secret.h"

#include <type_traits>

#include <doctest/doctest.h>

#include "support/error_of.h"

using namespace bidseal;

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

TEST_CASE("wipe overwrites everything it is told to and nothing else") {
    uint8_t memory[] = {1, 2, 3, 4, 5};
    wipe(memory + 1, 3);
    CHECK(Bytes(memory, memory + 5) == Bytes{1, 0, 0, 0, 5});
    wipe(memory, 0);
    CHECK(memory[0] == 1);
}

TEST_CASE("constant-time comparison finds a difference at every place") {
    const Bytes a(33, 0x5A);
    CHECK(constant_time_equal(a, Bytes(a)));
    CHECK(constant_time_equal(Bytes{}, Bytes{}));
    CHECK_FALSE(constant_time_equal(a, Bytes(32, 0x5A)));
    for (size_t i = 0; i < a.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            Bytes b = a;
            b[i] = static_cast<uint8_t>(b[i] ^ (1 << bit));
            CHECK_FALSE(constant_time_equal(a, b));
        }
    }
}

TEST_CASE("a secret moves and is cloned on purpose") {
    SecretBytes secret = SecretBytes::copy_of(Bytes{1, 2, 3});
    const uint8_t* place = secret.view().data();
    SecretBytes moved = std::move(secret);
    CHECK(moved.view().data() == place);
    CHECK(moved.size() == 3);
    CHECK(secret.empty());  // NOLINT: a moved-from secret is empty by contract
    const SecretBytes clone = moved.clone();
    CHECK(clone.view().data() != place);
    CHECK(clone.equals(moved));
    moved = SecretBytes(2);
    CHECK(to_hex(moved.view()) == "0000");
    moved.span()[1] = 7;
    CHECK(to_hex(moved.view()) == "0007");
    CHECK_FALSE(clone.equals(moved));
    SecretBytes& self = moved;
    moved = std::move(self);
    CHECK(to_hex(moved.view()) == "0007");
}
