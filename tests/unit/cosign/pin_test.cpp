// What a thief of the phone can find out about its PIN, and the counter on the service.
#include <algorithm>
#include <cstdlib>

#include <doctest/doctest.h>

#include "../../../shared/src/cosign/contexts.h"
#include "../../../shared/src/cosign/pin_share.h"
#include "../support/error_of.h"
#include "cosign_test_support.h"

using namespace bidseal;
using namespace bidseal::cosign;
using namespace bidseal::test;

namespace {

constexpr ErrorCode bad = ErrorCode::internal;

std::string six_digits(uint32_t n) {
    std::string text = std::to_string(n);
    return std::string(6 - text.size(), '0') + text;
}

/// Every check that the thief can make with one PIN and all that the phone stores. P1 or P2, where
/// the thief has one of them, is what the phone must not keep.
struct Thief {
    PhoneShare loot;
    SeededRandom random{99};
    Masks masks{random};
    CurvePoint shifted;  // H = P + G

    explicit Thief(ByteView storage)
        : loot(PhoneShare::parse(storage)), shifted(shifted_key(loot.public_key, bad)) {}

    struct Findings {
        bool share_in_range, service_point_valid, key_fits;
        Point p1, p2;
    };
    Findings look(const std::string& pin) {
        const Number d1 = unblind(loot, pin_of(pin));
        const CurvePoint p2 = masks.times(shifted, d1);
        const Number a1 = d1.invert();
        Findings found{};
        found.share_in_range = d1.is_nonzero();
        found.service_point_valid = !p2.is_identity();
        // P = a1·P2 - G, which every guess satisfies.
        found.key_fits =
            write_point(subtract(masks.times(p2, a1), generator()), bad) == loot.public_key;
        found.p1 = write_point(masks.base(a1), bad);
        found.p2 = write_point(p2, bad);
        return found;
    }
};

}  // namespace

TEST_CASE("the phone's storage fits every PIN equally well") {
    Pair pair(41);
    pair.refresh("004711");
    const SecretBytes storage = pair.phone.serialize();
    // Key, purpose, epoch, rounds, salt, P and x: nothing else.
    CHECK(storage.size() == 4 + 16 + 1 + 4 + 4 + 16 + 65 + 32);
    const Point right_p1 = Thief(storage.view()).look("004711").p1;

#ifdef BIDSEAL_SANITIZED
    const uint32_t pins = 200, from = 4600;
#else
    // All 10^6 take minutes: `BIDSEAL_ALL_PINS=1 test_cosign -tc="*fits every PIN*"`.
    const bool all = std::getenv("BIDSEAL_ALL_PINS") != nullptr;
    const uint32_t pins = all ? 1'000'000 : 2'000, from = all ? 0 : 4000;
#endif
    Thief thief(storage.view());
    size_t equal_findings = 0, control = 0;
    std::string found;
    for (uint32_t n = from; n < from + pins; n++) {
        const Thief::Findings findings = thief.look(six_digits(n));
        equal_findings +=
            findings.share_in_range && findings.service_point_valid && findings.key_fits;
        // The control: with P1 planted in the storage the PIN is found.
        if (findings.p1 == right_p1) {
            found = six_digits(n);
            control++;
        }
    }
    CHECK(equal_findings == pins);
    CHECK(control == 1);
    CHECK(found == "004711");
}

TEST_CASE("storage from before and after a change of the PIN gives neither") {
    // Without a refresh x/x' = h'/h, and a table of 10^6 h finds both PINs.
    Pair pair(42);
    const PhoneShare before = pair.phone.clone();
    pair.refresh("246802");
    const Number h = pin_number(pin_of("135790"), before.salt.view(), Pair::quick);
    const Number h_next = pin_number(pin_of("246802"), pair.phone.salt.view(), Pair::quick);
    const Number x = read_nonzero(before.blind.view(), bad);
    const Number x_next = read_nonzero(pair.phone.blind.view(), bad);
    CHECK_FALSE(x * h == x_next * h_next);
}

TEST_CASE("PINs are six digits") {
    CHECK(is_pin(pin_of("000000")));
    for (const char* pin : {"", "12345", "1234567", "12345a", "12345 ", "１23456"})
        CHECK_FALSE(is_pin(pin_of(pin)));
    Pair pair(43);
    CHECK(pair.try_sign(pair.phone, "12345") == "usage");
    CHECK(pair.service.pin().failures() == 0);
    CHECK(error_name_of([&] {
              PhoneRefresh(pair.phone, pin_of(pair.pin), pin_of("abcdef"), pair.random);
          }) == "usage");
}

TEST_CASE("the PIN's number is PBKDF2-HMAC-SM3") {
    // openssl kdf -keylen 48 -kdfopt digest:SM3 -kdfopt pass:135790 -kdfopt iter:10000
    // -kdfopt hexsalt:000102030405060708090a0b0c0d0e0f PBKDF2, modulo n.
    const Bytes salt = from_hex("000102030405060708090a0b0c0d0e0f");
    const Scalar h = write_number(pin_number(pin_of("135790"), salt, PinHardness()));
    CHECK(to_hex(h.view()) == "b03ab78d2820fe037682f58fee09c4baf582bd7cc8b592e4c1e3502a63c0cb64");
}

TEST_CASE("three wrong PINs: 15 minutes; six: 24 hours; nine: locked") {
    Pair pair(44);
    const auto wrong = [&](uint32_t left, const char* name = "cosign_pin_wrong") {
        const auto error = error_of([&] { pair.sign(documents(1), "000000"); });
        REQUIRE(error.has_value());
        CHECK(std::string(error_name(error->code())) == name);
        CHECK(error->retries_left() == left);
    };
    const auto paused = [&](int64_t seconds) {
        const auto error = error_of([&] { pair.sign(documents(1)); });  // the right PIN
        REQUIRE(error.has_value());
        CHECK(error->code() == ErrorCode::cosign_pin_paused);
        CHECK(error->position() == static_cast<uint64_t>(pair.now.seconds + seconds));
        pair.now.seconds += seconds - 1;
        CHECK(error_name_of([&] { pair.sign(documents(1)); }) == "cosign_pin_paused");
        pair.now.seconds += 1;
    };
    wrong(8);
    wrong(7);
    CHECK(pair.service.pin().tries_before_pause() == 1);
    pair.service = ServiceKey::parse(pair.service.serialize().view());
    wrong(6);
    paused(15 * 60);
    wrong(5);
    wrong(4);
    wrong(3);
    paused(24 * 60 * 60);
    wrong(2);
    wrong(1);
    wrong(0, "cosign_pin_locked");
    pair.now.seconds += 1'000'000'000;
    wrong(0, "cosign_pin_locked");
    pair.service = ServiceKey::parse(pair.service.serialize().view());
    CHECK(error_name_of([&] { pair.sign(documents(1)); }) == "cosign_pin_locked");
    pair.service.unlock();
    CHECK(pair.sign(documents(1)).size() == 1);
}

TEST_CASE("a right PIN starts the counter anew") {
    Pair pair(45);
    for (int i = 0; i < 2; i++)
        CHECK(pair.try_sign(pair.phone, "000000") == "cosign_pin_wrong");
    CHECK(pair.sign(documents(1)).size() == 1);
    CHECK(pair.service.pin().failures() == 0);
}

TEST_CASE("a wrong PIN that the network repeats counts once") {
    Pair pair(46);
    const std::vector<Bytes> items = documents(1);
    SignOperation operation = pair.begin(items);
    PhoneSigning signing(pair.phone, operation.commit(), items);
    const SignRequest one = signing.prove(pair.phone, pin_of("000000"), pair.random);
    const SignRequest two = signing.prove(pair.phone, pin_of("000001"), pair.random);
    const auto send = [&](const SignRequest& request) {
        CHECK(error_name_of([&] {
                  pair.service.answer(operation, request, pair.now, pair.random);
              }) == "cosign_pin_wrong");
        pair.service = ServiceKey::parse(pair.service.serialize().view());
        return pair.service.pin().failures();
    };
    CHECK(send(one) == 1);
    CHECK(send(one) == 1);
    CHECK(send(two) == 2);
    CHECK(send(one) == 2);
}
