#include "bidseal/crypto/sha256.h"

#include <botan/hash.h>

namespace bidseal::crypto {

struct Sha256::State {
    std::unique_ptr<Botan::HashFunction> hash = Botan::HashFunction::create_or_throw("SHA-256");
};

Sha256::Sha256() : m_state(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView data) {
    m_state->hash->update(data.data(), data.size());
}

Bytes Sha256::finish() {
    return m_state->hash->final<Bytes>();
}

Sha256Digest sha256(ByteView data) {
    Sha256 hash;
    hash.update(data);
    const Bytes bytes = hash.finish();
    Sha256Digest digest;
    std::memcpy(digest.data(), bytes.data(), digest.size());
    return digest;
}

}  // namespace bidseal::crypto
