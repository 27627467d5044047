// Helpers of the crypto tests: vector files, fixed randomness, expected errors.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bidseal/base/error.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/certificate.h"

namespace bidseal::test {

/// One block of a vector file: lines `field: value`; blocks are separated by blank lines, '#'
/// begins a comment line. Asking for a field that is not there fails the test.
class VectorBlock {
public:
    const std::string& text(const std::string& field) const;
    Bytes bytes(const std::string& field) const { return from_hex(text(field)); }
    SecretBytes secret(const std::string& field) const;
    bool has(const std::string& field) const { return m_fields.count(field) != 0; }
    void add(std::string field, std::string value) {
        m_fields[std::move(field)] = std::move(value);
    }
    bool empty() const { return m_fields.empty(); }

private:
    std::map<std::string, std::string> m_fields;
};

/// The blocks of tests/vectors/<name>; at least one.
std::vector<VectorBlock> read_vectors(const std::string& name);

/// The bytes of tests/<name>.
Bytes read_test_file(const std::string& name);

/// tests/vectors/certificates/<name>.der, and .crl.
crypto::Certificate load(const std::string& name);
crypto::RevocationList load_list(const std::string& name);

/// Yields prepared bytes and fails when they run out.
class FixedRandom : public Random {
public:
    explicit FixedRandom(Bytes bytes) : m_bytes(std::move(bytes)) {}
    void fill(std::span<uint8_t> out) override;
    size_t left() const { return m_bytes.size() - m_used; }

private:
    Bytes m_bytes;
    size_t m_used = 0;
};

/// A reproducible stream for tests that only need some bytes.
class CountingRandom : public Random {
public:
    explicit CountingRandom(uint32_t seed = 1) : m_state(seed) {}
    void fill(std::span<uint8_t> out) override;

private:
    uint32_t m_state;
};

/// The 48 bytes that make the core use k.
Bytes nonce_for(ByteView k32);

/// Name of the error that the call throws, "ok" when it returns.
std::string outcome(const std::function<void()>& call);

}  // namespace bidseal::test
