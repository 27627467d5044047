// Dishonest phones, services and networks. Each attack is carried out with the attacker's own
// arithmetic, and must fail.
#include <algorithm>

#include <doctest/doctest.h>

#include "../../../shared/src/cosign/contexts.h"
#include "../../../shared/src/cosign/pin_share.h"
#include "../../../shared/src/cosign/proofs.h"
#include "../../../shared/src/cosign/service_impl.h"
#include "../support/error_of.h"
#include "cosign_test_support.h"

using namespace bidseal;
using namespace bidseal::cosign;
using namespace bidseal::test;

namespace {

constexpr ErrorCode never = ErrorCode::internal;

/// What a thief of the service's records would read: its share. Offsets: mobile-ca.md section 5.
Number share_of(const ServiceKey& key) {
    return read_nonzero(key.serialize().view().subspan(39, 32), never);
}

/// The places of a signing record (no session) that a dishonest service turns.
struct RecordPlaces {
    explicit RecordPlaces(size_t count) : seed(51 + 32 * count + 65) {}
    static constexpr size_t digests = 51;
    size_t seed;
};

Bytes record_of(const SignOperation& operation) {
    return to_bytes(operation.serialize().view());
}

SecretBytes seed_of(const SignOperation& operation) {
    return SecretBytes::copy_of(
        operation.serialize().view().subspan(RecordPlaces(operation.count()).seed, 32));
}

Point off_curve(Point point) {
    point.bytes[64] ^= 1;
    return point;
}

/// A phone that does its own arithmetic: a request for nonces and digests of its choice.
SignRequest forged_request(const SignCommit& commit, const std::vector<Scalar>& digests,
                           const Number& d1, const std::vector<Number>& w1, Random& random) {
    Masks masks(random);
    const Number a1 = d1.invert();
    std::vector<Number> secrets{a1};
    std::vector<Point> points{write_point(masks.base(a1), never)};
    SignRequest request;
    request.operation = commit.operation;
    for (const Number& w : w1) {
        secrets.push_back(w);
        points.push_back(write_point(masks.base(w), never));
        request.q1.push_back(points.back());
    }
    request.proof =
        prove_knowledge(sign_context(commit.key, commit.operation, commit.commitment, digests),
                        secrets, points, random, masks);
    return request;
}

/// One signing up to the moment when the service has answered.
struct Exchange {
    explicit Exchange(Pair& with, size_t count = 1)
        : pair(with),
          items(documents(count)),
          operation(pair.begin(items)),
          signing(pair.phone, operation.commit(), items),
          request(signing.prove(pair.phone, pin_of(pair.pin), pair.random)) {}

    SignAnswer answer() { return pair.service.answer(operation, request, pair.now, pair.random); }
    std::string finish(const SignAnswer& answer) {
        return error_name_of([&] { signing.finish(answer, pair.random); });
    }

    Pair& pair;
    std::vector<Bytes> items;
    SignOperation operation;
    PhoneSigning signing;
    SignRequest request;
};

}  // namespace

TEST_CASE("other nonces for an answered operation get nothing") {
    Pair pair(21);
    Exchange exchange(pair);
    const SecretBytes seed = seed_of(exchange.operation);
    exchange.answer();
    CHECK(exchange.operation.spent());
    // Two answers from one w2 would give d2 = (s1 - s1') / (r - r').
    exchange.request = exchange.signing.prove(pair.phone, pin_of(pair.pin), pair.random);
    CHECK(error_name_of([&] { exchange.answer(); }) == "cosign_nonce_reuse");
    // Nor does the record hold what they follow from any more.
    const Bytes record = record_of(exchange.operation);
    CHECK(std::search(record.begin(), record.end(), seed.view().begin(), seed.view().end()) ==
          record.end());
}

TEST_CASE("a phone answers once for its nonces") {
    Pair pair(22);
    Exchange exchange(pair);
    const SignAnswer answer = exchange.answer();
    CHECK(exchange.finish(answer) == "");
    // A second s for the same w1 and another s1 would give d1 away.
    CHECK(exchange.finish(answer) == "usage");

    Exchange spoilt(pair);
    SignAnswer wrong = spoilt.answer();
    const SignAnswer right = wrong;
    wrong.items[0].s1.bytes[31] ^= 1;
    CHECK(spoilt.finish(wrong) == "cosign_commitment");
    CHECK(spoilt.finish(right) == "usage");
    CHECK(error_name_of([&] { spoilt.signing.prove(pair.phone, pin_of(pair.pin), pair.random); }) ==
          "usage");
}

TEST_CASE("a ciphertext's C1 as a nonce gets nothing") {
    // r and s1 for Q1 = C1 would open the ciphertext; nobody knows w1 with w1·G = C1.
    Pair pair(23);
    const Bytes ciphertext = pair.phone.key_of_both().encrypt(Bytes(32, 1), pair.random);
    Exchange exchange(pair);
    exchange.request.q1[0] = c1_of(ciphertext);
    CHECK(error_name_of([&] { exchange.answer(); }) == "cosign_pin_wrong");
    CHECK(pair.service.pin().failures() == 1);

    Pair sealer(24, Purpose::decrypt);
    CHECK(error_name_of([&] { sealer.begin(documents(1)); }) == "cosign_state");
    CHECK(error_name_of([&] {
              const Point c1 = c1_of(ciphertext);
              pair.service.begin_decrypt(OperationId(), {c1}, {{c1, pair.now}}, pair.now,
                                         Timestamp{pair.now.seconds + 1});
          }) == "cosign_state");
}

TEST_CASE("a service that changes its nonces after it saw the phone's is caught") {
    // Each such choice is one bit of freedom; 256 of them in one batch forge a signature (ROS).
    Pair pair(25);
    Exchange exchange(pair, 3);
    Bytes record = record_of(exchange.operation);
    record[RecordPlaces(3).seed] ^= 1;
    exchange.operation = SignOperation::parse(record);
    const SignAnswer answer = exchange.answer();
    // The answer is a right one for other nonces: without the commitment nobody would notice.
    CHECK(exchange.finish(answer) == "cosign_commitment");
}

TEST_CASE("another salt, order or number of answers is caught") {
    Pair pair(26);
    const auto outcome = [&](auto change) {
        Exchange exchange(pair, 2);
        SignAnswer answer = exchange.answer();
        change(answer);
        return exchange.finish(answer);
    };
    CHECK(outcome([](SignAnswer&) {}) == "");
    CHECK(outcome([](SignAnswer& a) { a.salt.bytes[0] ^= 1; }) == "cosign_commitment");
    CHECK(outcome([](SignAnswer& a) { std::swap(a.items[0], a.items[1]); }) == "cosign_commitment");
    CHECK(outcome([](SignAnswer& a) { a.items.pop_back(); }) == "cosign_message");
    CHECK(outcome([](SignAnswer& a) { a.operation.bytes[0] ^= 1; }) == "cosign_message");
    CHECK(outcome([](SignAnswer& a) { a.items[1].s1 = Scalar(); }) == "cosign_partial");
    CHECK(outcome([](SignAnswer& a) { a.items[1].r = Scalar(); }) == "cosign_partial");
    CHECK(outcome([](SignAnswer& a) { a.items[1].r.bytes.fill(0xff); }) == "cosign_partial");
}

TEST_CASE("one bad signature in a batch, and none is given out") {
    // The nonces are the committed ones, but r of the last item is not e + x(R).
    Pair pair(27);
    Exchange exchange(pair, 3);
    const Number d2 = share_of(pair.service);
    const std::vector<Number> w2 = nonces_of(seed_of(exchange.operation), 3);
    SignAnswer answer = exchange.answer();
    const Number r =
        read_nonzero(answer.items[2].r.view(), never) + Number::one(crypto::sm2_group());
    answer.items[2] = {write_number(r), write_number(d2 * (r + w2[2]))};
    CHECK(exchange.finish(answer) == "cosign_partial");
}

TEST_CASE("zeros are refused and use the nonces up") {
    Pair pair(28);
    for (const bool zero_r : {true, false}) {
        CAPTURE(zero_r);
        Exchange exchange(pair);
        // A first answer from a copy of the record tells e, r and w2.
        SignOperation copy = SignOperation::parse(record_of(exchange.operation));
        const Number d1 = unblind(pair.phone, pin_of(pair.pin));
        const Number w1 = draw_number(pair.random);
        const std::vector<Scalar> digests = digests_of(pair.phone.public_key, exchange.items);
        const SignCommit commit = copy.commit();
        const SignAnswer first = pair.service.answer(
            copy, forged_request(commit, digests, d1, {w1}, pair.random), pair.now, pair.random);
        const Number r = read_nonzero(first.items[0].r.view(), never);
        const Number e = read_number(digests[0], never);
        const Number w2 = nonces_of(seed_of(exchange.operation), 1)[0];

        const Scalar chosen = write_number(zero_r ? e - r : e - r - w2);
        Bytes record = record_of(exchange.operation);
        std::copy(chosen.bytes.begin(), chosen.bytes.end(), record.begin() + RecordPlaces::digests);
        SignOperation turned = SignOperation::parse(record);
        const SignRequest request = forged_request(commit, {chosen}, d1, {w1}, pair.random);
        const auto refused =
            error_name_of([&] { pair.service.answer(turned, request, pair.now, pair.random); });
        CHECK(refused == "cosign_operation");
        CHECK(turned.spent());
        CHECK(pair.service.pin().failures() == 0);
    }
}

TEST_CASE("points off the curve are refused and cost no PIN try") {
    Pair pair(29);
    Exchange exchange(pair, 2);
    exchange.request.q1[1] = off_curve(exchange.request.q1[1]);
    CHECK(error_name_of([&] { exchange.answer(); }) == "cosign_message");
    exchange.request.q1[1] = Point();
    CHECK(error_name_of([&] { exchange.answer(); }) == "cosign_message");
    exchange.request.q1.pop_back();
    CHECK(error_name_of([&] { exchange.answer(); }) == "cosign_message");
    PhoneRefresh refresh(pair.phone, pin_of(pair.pin), pin_of(pair.pin), pair.random);
    RefreshRequest request = RefreshRequest::decode(refresh.request().encode().view());
    request.p1 = off_curve(request.p1);
    CHECK(error_name_of([&] { pair.service.prepare_refresh(request, pair.now, pair.random); }) ==
          "cosign_message");
    CHECK(pair.service.pin().failures() == 0);

    Pair sealer(30, Purpose::decrypt);
    const Bytes ciphertext = sealer.phone.key_of_both().encrypt(Bytes(32, 1), sealer.random);
    const Point bad = off_curve(c1_of(ciphertext));
    CHECK(error_name_of([&] {
              sealer.service.begin_decrypt(OperationId(), {bad}, {{bad, sealer.now}}, sealer.now,
                                           Timestamp{sealer.now.seconds + 1});
          }) == "cosign_message");
    crypto::Sm2CipherFields fields = crypto::sm2_cipher_from_der(ciphertext);
    fields.y[31] ^= 1;
    CHECK(error_name_of([&] {
              PhoneDecryption(sealer.phone, OperationId(), {crypto::sm2_cipher_to_der(fields)});
          }) == "decrypt_failed");
}

TEST_CASE("key generation: parts that were changed or are not known are refused") {
    SeededRandom random(31);
    const KeyId id = fresh_id<KeyId>(random);
    ServiceKey service = ServiceKey::create(id, Purpose::sign, random);
    ServiceKey other = ServiceKey::create(id, Purpose::sign, random);
    PhoneKeyGen phone(service.commit(), Purpose::sign, random);
    const KeyGenShare share = phone.share();

    SUBCASE("the service opens another part, right in itself") {
        const KeyGenOpen open = other.complete(share, random);
        CHECK(error_name_of([&] { phone.finish(open, pin_of("135790"), random); }) ==
              "cosign_commitment");
    }
    SUBCASE("the service committed to a point that it does not know") {
        KeyGenOpen open = service.complete(share, random);
        open.p2 = other.complete(share, random).p2;
        const KeyGenCommit commit{id, Purpose::sign,
                                  keygen_commitment(open.salt, open.p2, open.proof)};
        PhoneKeyGen fooled(commit, Purpose::sign, random);
        CHECK(error_name_of([&] { fooled.finish(open, pin_of("135790"), random); }) ==
              "cosign_proof");
    }
    SUBCASE("the phone sends a point that it does not know") {
        KeyGenShare rogue = share;
        rogue.p1 = PhoneKeyGen(service.commit(), Purpose::sign, random).share().p1;
        CHECK(error_name_of([&] { service.complete(rogue, random); }) == "cosign_proof");
        rogue.p1 = off_curve(share.p1);
        CHECK(error_name_of([&] { service.complete(rogue, random); }) == "cosign_proof");
    }
    SUBCASE("the phone sends another point after it saw the service's") {
        const Bytes first = service.complete(share, random).encode();
        CHECK(service.complete(share, random).encode() == first);
        PhoneKeyGen second(service.commit(), Purpose::sign, random);
        CHECK(error_name_of([&] { service.complete(second.share(), random); }) == "cosign_state");
    }
    SUBCASE("the shares cancel each other: P would be infinity") {
        Masks masks(random);
        const Number a1 = share_of(service);
        KeyGenShare cancelling;
        cancelling.key = id;
        cancelling.p1 = write_point(masks.base(a1), never);
        cancelling.proof =
            prove_knowledge(keygen_phone_context(id), {a1}, {cancelling.p1}, random, masks);
        CHECK(error_name_of([&] { service.complete(cancelling, random); }) == "key_invalid");

        // The same done to the phone, whose d1 the attacker has guessed right: its random source
        // gives 32 bytes of mask and then d1 = 7.
        Bytes scripted(80);
        scripted[79] = 7;
        struct Scripted : Random {
            Bytes bytes;
            size_t at = 0;
            void fill(std::span<uint8_t> out) override {
                for (uint8_t& b : out)
                    b = at < bytes.size() ? bytes[at++] : static_cast<uint8_t>(at++ * 31 + 5);
            }
        } source;
        source.bytes = scripted;
        Scalar seven;
        seven.bytes[31] = 7;
        const Number a2 = read_nonzero(seven.view(), never);
        KeyGenOpen open;
        open.key = id;
        open.p2 = write_point(masks.base(a2), never);
        open.proof = prove_knowledge(keygen_service_context(id), {a2}, {open.p2}, random, masks);
        PhoneKeyGen victim({id, Purpose::sign, keygen_commitment(open.salt, open.p2, open.proof)},
                           Purpose::sign, source);
        CHECK(victim.share().p1 == write_point(masks.base(a2.invert()), never));
        CHECK(error_name_of([&] { victim.finish(open, pin_of("135790"), random); }) ==
              "key_invalid");
    }
    SUBCASE("a key for another purpose") {
        CHECK(error_name_of([&] { PhoneKeyGen(service.commit(), Purpose::decrypt, random); }) ==
              "usage");
    }
}

TEST_CASE("decryption: a part that is not of the service's share is refused") {
    Pair pair(32, Purpose::decrypt);
    const Bytes ciphertext = pair.phone.key_of_both().encrypt(Bytes(32, 1), pair.random);
    const Point c1 = c1_of(ciphertext);
    const OperationId id = fresh_id<OperationId>(pair.random);
    DecryptOperation operation = pair.service.begin_decrypt(id, {c1}, {{c1, pair.now}}, pair.now,
                                                            Timestamp{pair.now.seconds + 60});
    PhoneDecryption decryption(pair.phone, id, {ciphertext});
    const DecryptRequest request = decryption.prove(pair.phone, pin_of(pair.pin), pair.random);
    const DecryptAnswer right = pair.service.answer(operation, request, pair.now, pair.random);
    const auto outcome = [&](auto change) {
        DecryptAnswer answer = right;
        change(answer);
        return error_name_of([&] { decryption.finish(answer, pair.random); });
    };
    // T2 + G: the phone would compute a1·G beside the result, and tell by its failing that it did.
    CHECK(outcome([&](DecryptAnswer& a) {
              a.items[0].t2 = write_point(read_point(a.items[0].t2, never).add(generator()), never);
          }) == "cosign_partial");
    // The right T2 of another key, with that key's proof.
    CHECK(outcome([&](DecryptAnswer& a) {
              Masks masks(pair.random);
              const Number a2 = draw_number(pair.random);
              const CurvePoint base = read_point(c1, never);
              a.items[0].t2 = write_point(masks.times(base, a2), never);
              a.items[0].proof = prove_equality(id.view(), a2, write_point(masks.base(a2), never),
                                                base, a.items[0].t2, pair.random, masks);
          }) == "cosign_partial");
    CHECK(outcome([&](DecryptAnswer& a) { a.items[0].t2 = off_curve(a.items[0].t2); }) ==
          "cosign_partial");
    CHECK(outcome([&](DecryptAnswer& a) { a.items[0].proof.c.bytes[31] ^= 1; }) ==
          "cosign_partial");
    CHECK(outcome([&](DecryptAnswer& a) { a.items.push_back(a.items[0]); }) == "cosign_message");
    CHECK(outcome([&](DecryptAnswer& a) { a.operation = OperationId(); }) == "cosign_message");
    CHECK(outcome([](DecryptAnswer&) {}) == "");
}

TEST_CASE("decryption: only registered ciphertexts, from their opening time on, with the PIN") {
    Pair pair(33, Purpose::decrypt);
    const Bytes ciphertext = pair.phone.key_of_both().encrypt(Bytes(32, 1), pair.random);
    const Point c1 = c1_of(ciphertext);
    const auto begin = [&](const std::vector<RegisteredCiphertext>& registered) {
        return pair.service.begin_decrypt(fresh_id<OperationId>(pair.random), {c1}, registered,
                                          pair.now, Timestamp{pair.now.seconds + 60});
    };
    const Timestamp later{pair.now.seconds + 1};
    CHECK(error_name_of([&] { begin({}); }) == "cosign_not_registered");
    CHECK(error_name_of([&] { begin({{c1, later}}); }) == "not_open_yet");
    DecryptOperation operation = begin({{c1, pair.now}});

    PhoneDecryption decryption(pair.phone, operation.id(), {ciphertext});
    const DecryptRequest wrong = decryption.prove(pair.phone, pin_of("111111"), pair.random);
    CHECK(error_name_of([&] { pair.service.answer(operation, wrong, pair.now, pair.random); }) ==
          "cosign_pin_wrong");
    const DecryptRequest right = decryption.prove(pair.phone, pin_of(pair.pin), pair.random);
    pair.service.answer(operation, right, pair.now, pair.random);
    // The answer is there now. Without the PIN it is not given out again: with it and the phone's
    // storage a thief could test PINs.
    DecryptRequest stolen = right;
    stolen.proof = wrong.proof;
    CHECK(error_name_of([&] { pair.service.answer(operation, stolen, pair.now, pair.random); }) ==
          "cosign_pin_wrong");
    DecryptRequest more = right;
    more.c1.push_back(c1);
    CHECK(error_name_of([&] { pair.service.answer(operation, more, pair.now, pair.random); }) ==
          "cosign_operation");
    CHECK(error_name_of([&] {
              DecryptOperation late = begin({{c1, pair.now}});
              PhoneDecryption again(pair.phone, late.id(), {ciphertext});
              const DecryptRequest request = again.prove(pair.phone, pin_of(pair.pin), pair.random);
              pair.service.answer(late, request, Timestamp{pair.now.seconds + 60}, pair.random);
          }) == "cosign_operation");
}

TEST_CASE("proofs do not move to another operation, key or batch") {
    Pair pair(34);
    Exchange one(pair), two(pair);
    SignRequest moved = one.request;
    moved.operation = two.operation.id();
    CHECK(error_name_of([&] {
              pair.service.answer(two.operation, moved, pair.now, pair.random);
          }) == "cosign_pin_wrong");
    CHECK(error_name_of([&] {
              pair.service.answer(two.operation, one.request, pair.now, pair.random);
          }) == "cosign_operation");
    Pair other(35);
    CHECK(error_name_of([&] {
              other.service.answer(one.operation, one.request, pair.now, pair.random);
          }) == "cosign_operation");
    CHECK(error_name_of([&] {
              pair.service.answer(one.operation, one.request, Timestamp{pair.now.seconds + 600},
                                  pair.random);
          }) == "cosign_operation");
    // A proof that is right in itself, with a number that is not reduced.
    SignRequest unreduced = one.request;
    unreduced.proof.z.bytes.fill(0xff);
    CHECK(error_name_of([&] {
              pair.service.answer(one.operation, unreduced, pair.now, pair.random);
          }) == "cosign_pin_wrong");
}

TEST_CASE("a copy of the phone from before a refresh is dead, and is noticed") {
    Pair pair(36);
    const PhoneShare stolen = pair.phone.clone();
    pair.refresh(pair.pin);
    const std::vector<Bytes> items = documents(1);
    const SignCommit commit = pair.begin(items).commit();
    CHECK(error_name_of([&] { PhoneSigning(stolen, commit, items); }) == "cosign_epoch");
    CHECK(pair.try_sign(stolen, pair.pin) == "cosign_pin_wrong");
    CHECK(pair.service.pin().failures() == 1);
}

TEST_CASE("a refresh whose numbers do not belong together is refused") {
    Pair pair(37);
    PhoneRefresh refresh(pair.phone, pin_of(pair.pin), pin_of(pair.pin), pair.random);
    RefreshRequest request = RefreshRequest::decode(refresh.request().encode().view());
    request.rho = write_secret(draw_number(pair.random));
    CHECK(error_name_of([&] { pair.service.prepare_refresh(request, pair.now, pair.random); }) ==
          "cosign_proof");
    request.rho = SecretBytes(32);
    CHECK(error_name_of([&] { pair.service.prepare_refresh(request, pair.now, pair.random); }) ==
          "cosign_message");
    CHECK_FALSE(pair.service.status().refresh_waits);

    pair.service.prepare_refresh(refresh.request(), pair.now, pair.random);
    // Whoever holds the waiting share may guess its PIN here, so it counts.
    const RefreshCommit guess =
        PhoneRefresh::confirm(refresh.next(), pin_of("000001"), pair.random);
    CHECK(error_name_of([&] { pair.service.commit_refresh(guess, pair.now, pair.random); }) ==
          "cosign_pin_wrong");
    RefreshCommit early = PhoneRefresh::confirm(refresh.next(), pin_of(pair.pin), pair.random);
    early.epoch = 2;
    CHECK(error_name_of([&] { pair.service.commit_refresh(early, pair.now, pair.random); }) ==
          "cosign_epoch");
    CHECK(pair.service.status().epoch == 0);
}

TEST_CASE("a wrong proof ends a sealing session and costs no PIN try") {
    Pair pair(38);
    SessionLimits limits;
    limits.count = 10;
    limits.expires = pair.now.seconds + 100;
    limits.idle = 60;
    limits.operations = 3;
    PhoneGrant grant(pair.phone, fresh_id<SessionId>(pair.random), limits, pin_of(pair.pin),
                     pair.random);
    SessionShare session = pair.service.grant(grant.request(), pair.now, pair.random);
    SignOperation operation =
        pair.service.begin_sign(session, fresh_id<OperationId>(pair.random), SessionOperation::seal,
                                limits.grant, documents(1), pair.now, pair.random);
    PhoneSigning signing(pair.phone, operation.commit(), documents(1));
    // The phone's own share in place of the session's.
    const SignRequest request = signing.prove(pair.phone, pin_of(pair.pin), pair.random);
    CHECK(error_name_of([&] {
              pair.service.answer(session, operation, request, pair.now, pair.random);
          }) == "cosign_session_limit");
    CHECK(session.ended());
    CHECK(pair.service.pin().failures() == 0);
    CHECK(error_name_of([&] { pair.service.answer(operation, request, pair.now, pair.random); }) ==
          "cosign_operation");
}
