#include "contexts.h"
#include "pin_share.h"
#include "proofs.h"

namespace bidseal::cosign {

struct PhoneKeyGen::Impl {
    KeyGenCommit commit;
    std::optional<Number> d1;  // gone once finish() was called
    KeyGenShare share;
};

PhoneKeyGen::PhoneKeyGen(const KeyGenCommit& commit, Purpose purpose, Random& random)
    : m_impl(std::make_unique<Impl>()) {
    require(commit.purpose == purpose, ErrorCode::usage, "a key for another purpose");
    Masks masks(random);
    m_impl->commit = commit;
    m_impl->d1 = draw_number(random);
    const Number a1 = m_impl->d1->invert();
    m_impl->share.key = commit.key;
    m_impl->share.p1 = write_point(masks.base(a1), ErrorCode::internal);
    m_impl->share.proof =
        prove_knowledge(keygen_phone_context(commit.key), {a1}, {m_impl->share.p1}, random, masks);
}

PhoneKeyGen::~PhoneKeyGen() = default;
PhoneKeyGen::PhoneKeyGen(PhoneKeyGen&&) noexcept = default;
PhoneKeyGen& PhoneKeyGen::operator=(PhoneKeyGen&&) noexcept = default;

const KeyGenShare& PhoneKeyGen::share() const {
    return m_impl->share;
}

PhoneShare PhoneKeyGen::finish(const KeyGenOpen& open, ByteView pin, Random& random,
                               PinHardness hardness) {
    require(m_impl->d1.has_value(), ErrorCode::usage, "this key generation is over");
    require(is_pin(pin), ErrorCode::usage, "a PIN has six digits");
    const Number d1 = *m_impl->d1;
    m_impl->d1.reset();
    Masks masks(random);

    require(open.key == m_impl->commit.key, ErrorCode::cosign_message, "another key's answer");
    require(keygen_commitment(open.salt, open.p2, open.proof) == m_impl->commit.commitment,
            ErrorCode::cosign_commitment, "the service changed its part");
    require(knows(keygen_service_context(open.key), {open.p2}, open.proof, masks),
            ErrorCode::cosign_proof, "the service does not know its part");
    const CurvePoint p2 = read_point(open.p2, ErrorCode::cosign_proof);

    PhoneShare share;
    share.key = open.key;
    share.purpose = m_impl->commit.purpose;
    share.public_key = checked_public_key(subtract(masks.times(p2, d1.invert()), generator()));
    blind(share, d1, pin, hardness, random);
    return share;
}

}  // namespace bidseal::cosign
