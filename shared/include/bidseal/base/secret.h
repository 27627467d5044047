// Secrets: a fixed-length byte string that cannot be copied by accident, printed or compared early.
#pragma once

#include <memory>
#include <utility>

#include "bidseal/base/bytes.h"

namespace bidseal {

/// Overwrites memory in a way that the compiler keeps.
void wipe(void* p, size_t n) noexcept;

/// Compares in time that depends on the length alone.
bool constant_time_equal(ByteView a, ByteView b) noexcept;

/// Owns a secret; moves, never copies (use clone() where a copy is meant), wiped when it dies.
class SecretBytes {
public:
    SecretBytes() = default;
    /// `n` zero bytes, to be filled through span().
    explicit SecretBytes(size_t n);
    /// Copies the bytes in; the caller wipes its own copy.
    static SecretBytes copy_of(ByteView bytes);
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes();

    SecretBytes clone() const { return copy_of(view()); }
    size_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }
    /// The bytes, for the one call that needs them.
    ByteView view() const { return {m_data.get(), m_size}; }
    std::span<uint8_t> span() { return {m_data.get(), m_size}; }
    /// Constant-time equality.
    bool equals(const SecretBytes& other) const {
        return constant_time_equal(view(), other.view());
    }

private:
    std::unique_ptr<uint8_t[]> m_data;
    size_t m_size = 0;
};

}  // namespace bidseal
