#include "bidseal/base/secret.h"

#include <cstring>

namespace bidseal {

void wipe(void* p, size_t n) noexcept {
    if (n == 0) {
        return;
    }
    std::memset(p, 0, n);
    // The compiler must assume that this reads the memory, so the zeros have to be written.
    asm volatile("" : : "r"(p) : "memory");
}

bool constant_time_equal(ByteView a, ByteView b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    uint32_t difference = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<uint32_t>(a[i] ^ b[i]);
        // Hides the value from the optimiser, which could otherwise leave the loop early.
        asm volatile("" : "+r"(difference));
    }
    return difference == 0;
}

SecretBytes::SecretBytes(size_t n)
    : m_data(n == 0 ? nullptr : std::make_unique<uint8_t[]>(n)), m_size(n) {}

SecretBytes SecretBytes::copy_of(ByteView bytes) {
    SecretBytes secret(bytes.size());
    if (!bytes.empty()) {
        std::memcpy(secret.m_data.get(), bytes.data(), bytes.size());
    }
    return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : m_data(std::move(other.m_data)), m_size(std::exchange(other.m_size, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
        wipe(m_data.get(), m_size);
        m_data = std::move(other.m_data);
        m_size = std::exchange(other.m_size, 0);
    }
    return *this;
}

SecretBytes::~SecretBytes() {
    wipe(m_data.get(), m_size);
}

}  // namespace bidseal
