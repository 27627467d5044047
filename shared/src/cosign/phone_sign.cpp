#include "contexts.h"
#include "phone_session.h"
#include "pin_share.h"
#include "proofs.h"

namespace bidseal::cosign {

struct PhoneSigning::Impl {
    KeyId key;
    Point public_key;
    SignCommit commit;
    std::vector<Scalar> digests;
    bool over = false;
    // Of the last proof; erased when the answer came.
    std::optional<Number> d1;
    std::vector<Number> w1;

    SignRequest prove(Number share, Random& random);
    std::vector<Bytes> finish(const SignAnswer& answer, const Number& share,
                              const std::vector<Number>& nonces, Random& random) const;
};

PhoneSigning::PhoneSigning(const PhoneShare& share, const SignCommit& commit,
                           const std::vector<Bytes>& items)
    : m_impl(std::make_unique<Impl>()) {
    require(share.purpose == Purpose::sign, ErrorCode::usage, "not a signing key");
    require(commit.key == share.key && commit.count == items.size(), ErrorCode::cosign_message,
            "the service means another request");
    require(commit.epoch == share.epoch, ErrorCode::cosign_epoch);
    m_impl->key = share.key;
    m_impl->public_key = share.public_key;
    m_impl->commit = commit;
    m_impl->digests = digests_of(share.public_key, items);
}

PhoneSigning::~PhoneSigning() = default;
PhoneSigning::PhoneSigning(PhoneSigning&&) noexcept = default;
PhoneSigning& PhoneSigning::operator=(PhoneSigning&&) noexcept = default;

SignRequest PhoneSigning::Impl::prove(Number share, Random& random) {
    require(!over, ErrorCode::usage, "this signing is over");
    Masks masks(random);
    const Number a1 = share.invert();
    std::vector<Number> secrets{a1};
    std::vector<Point> points{write_point(masks.base(a1), ErrorCode::internal)};
    SignRequest request;
    request.operation = commit.operation;
    w1.clear();
    for (size_t i = 0; i < digests.size(); i++) {
        w1.push_back(draw_number(random));
        request.q1.push_back(write_point(masks.base(w1.back()), ErrorCode::internal));
        secrets.push_back(w1.back());
        points.push_back(request.q1.back());
    }
    d1 = std::move(share);
    request.proof = prove_knowledge(sign_context(key, commit.operation, commit.commitment, digests),
                                    secrets, points, random, masks);
    return request;
}

SignRequest PhoneSigning::prove(const PhoneShare& share, ByteView pin, Random& random) {
    require(share.key == m_impl->key && share.epoch == m_impl->commit.epoch, ErrorCode::usage,
            "another share");
    return m_impl->prove(unblind(share, pin), random);
}

SignRequest PhoneSigning::prove(const PhoneSessionShare& share, Random& random) {
    require(share.m_impl->key == m_impl->key, ErrorCode::usage, "another share");
    return m_impl->prove(share.m_impl->d1, random);
}

std::vector<Bytes> PhoneSigning::finish(const SignAnswer& answer, Random& random) {
    require(m_impl->d1.has_value(), ErrorCode::usage, "no proof was made, or this signing is over");
    // Whatever the answer is, these nonces are never used again: two answers to one nonce would
    // give the share away.
    const Number d1 = *m_impl->d1;
    const std::vector<Number> w1 = std::move(m_impl->w1);
    m_impl->d1.reset();
    m_impl->w1.clear();
    m_impl->over = true;
    return m_impl->finish(answer, d1, w1, random);
}

std::vector<Bytes> PhoneSigning::Impl::finish(const SignAnswer& answer, const Number& share,
                                              const std::vector<Number>& nonces,
                                              Random& random) const {
    constexpr ErrorCode bad = ErrorCode::cosign_partial;
    require(answer.operation == commit.operation && answer.items.size() == digests.size(),
            ErrorCode::cosign_message, "another operation's answer");
    Masks masks(random);
    // P2 is computed, never stored: with it, whoever has the stored share could test PINs.
    const CurvePoint p2 = masks.times(shifted_key(public_key, bad), share);

    // The service's nonces, as they follow from its answer: W2 = s1·P2 - r·G.
    std::vector<Point> w2;
    for (const SignAnswer::Partial& item : answer.items) {
        const Number r = read_nonzero(item.r.view(), bad);
        const Number s1 = read_nonzero(item.s1.view(), bad);
        const auto point = CurvePoint::mul_px_qy(p2, s1, generator(), r.negate(), masks.random());
        require(point.has_value(), ErrorCode::cosign_commitment, "a zero nonce");
        w2.push_back(write_point(*point, bad));
    }
    require(nonce_commitment(answer.salt, commit.operation, w2) == commit.commitment,
            ErrorCode::cosign_commitment, "the service changed its nonces");

    const crypto::Sm2PublicKey both = crypto::Sm2PublicKey::from_point(public_key.view());
    std::vector<Bytes> signatures;
    bool all = true;
    for (size_t i = 0; i < digests.size(); i++) {
        const Number r = read_nonzero(answer.items[i].r.view(), bad);
        const Number s1 = read_nonzero(answer.items[i].s1.view(), bad);
        const Number s = share * (s1 + nonces[i]) - r;
        signatures.push_back(
            crypto::sm2_signature_to_der(answer.items[i].r.view(), write_number(s).view()));
        all &= both.verify_digest({digests[i].bytes}, signatures.back());
    }
    require(all, bad, "a signature that does not verify");
    return signatures;
}

}  // namespace bidseal::cosign
