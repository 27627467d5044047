#include <algorithm>

#include "contexts.h"
#include "pin_share.h"
#include "proofs.h"

namespace bidseal::cosign {

struct PhoneDecryption::Impl {
    KeyId key;
    Point public_key;
    OperationId operation;
    std::vector<crypto::Sm2CipherFields> ciphertexts;
    std::vector<Point> c1;
    std::optional<Number> d1;  // of the last proof
};

PhoneDecryption::PhoneDecryption(const PhoneShare& share, const OperationId& operation,
                                 const std::vector<Bytes>& ciphertexts)
    : m_impl(std::make_unique<Impl>()) {
    require(share.purpose == Purpose::decrypt, ErrorCode::usage, "not a decryption key");
    require(!ciphertexts.empty() && ciphertexts.size() <= max_ciphertexts, ErrorCode::usage,
            "1 to 256 ciphertexts at once");
    m_impl->key = share.key;
    m_impl->public_key = share.public_key;
    m_impl->operation = operation;
    for (const Bytes& der : ciphertexts) {
        try {
            m_impl->ciphertexts.push_back(crypto::sm2_cipher_from_der(der));
        } catch (const Error&) {
            throw Error(ErrorCode::decrypt_failed);
        }
        const crypto::Sm2CipherFields& fields = m_impl->ciphertexts.back();
        Point c1;
        c1.bytes[0] = 0x04;
        std::copy(fields.x.begin(), fields.x.end(), c1.bytes.begin() + 1);
        std::copy(fields.y.begin(), fields.y.end(), c1.bytes.begin() + 33);
        read_point(c1, ErrorCode::decrypt_failed);
        m_impl->c1.push_back(c1);
    }
}

PhoneDecryption::~PhoneDecryption() = default;
PhoneDecryption::PhoneDecryption(PhoneDecryption&&) noexcept = default;
PhoneDecryption& PhoneDecryption::operator=(PhoneDecryption&&) noexcept = default;

DecryptRequest PhoneDecryption::prove(const PhoneShare& share, ByteView pin, Random& random) {
    require(share.key == m_impl->key, ErrorCode::usage, "another share");
    Masks masks(random);
    m_impl->d1 = unblind(share, pin);
    const Number a1 = m_impl->d1->invert();
    DecryptRequest request;
    request.operation = m_impl->operation;
    request.c1 = m_impl->c1;
    request.proof =
        prove_knowledge(decrypt_context(m_impl->key, m_impl->operation, m_impl->c1), {a1},
                        {write_point(masks.base(a1), ErrorCode::internal)}, random, masks);
    return request;
}

namespace {

/// d·C1 = a1·T2 - C1, then GB/T 32918.4 section 7 from step B3 on.
SecretBytes open_one(const crypto::Sm2CipherFields& fields, const CurvePoint& t2,
                     const CurvePoint& c1, const Number& a1, Masks& masks) {
    const CurvePoint product = subtract(masks.times(t2, a1), c1);
    require(!product.is_identity(), ErrorCode::decrypt_failed);
    const crypto::Sm2SharedPoint shared(product);
    auto plain = shared.stream(fields.cipher.size());
    require(plain.has_value(), ErrorCode::decrypt_failed);
    for (size_t i = 0; i < fields.cipher.size(); i++)
        plain->span()[i] ^= fields.cipher[i];
    require(constant_time_equal(shared.check_value(plain->view()).view(), fields.hash),
            ErrorCode::decrypt_failed);
    return std::move(*plain);
}

}  // namespace

std::vector<SecretBytes> PhoneDecryption::finish(const DecryptAnswer& answer, Random& random) {
    require(m_impl->d1.has_value(), ErrorCode::usage, "no proof was made");
    require(answer.operation == m_impl->operation && answer.items.size() == m_impl->c1.size(),
            ErrorCode::cosign_message, "another operation's answer");
    Masks masks(random);
    const Number d1 = *m_impl->d1;
    const Number a1 = d1.invert();
    const CurvePoint p2 =
        masks.times(shifted_key(m_impl->public_key, ErrorCode::cosign_partial), d1);
    std::vector<SecretBytes> plain;
    for (size_t i = 0; i < m_impl->c1.size(); i++) {
        const CurvePoint c1 = read_point(m_impl->c1[i], ErrorCode::decrypt_failed);
        const CurvePoint t2 = read_point(answer.items[i].t2, ErrorCode::cosign_partial);
        require(
            equal_logarithms(m_impl->operation.view(), p2, c1, t2, answer.items[i].proof, masks),
            ErrorCode::cosign_partial, "the service's part is not of its share");
        plain.push_back(open_one(m_impl->ciphertexts[i], t2, c1, a1, masks));
    }
    m_impl->d1.reset();
    return plain;
}

}  // namespace bidseal::cosign
