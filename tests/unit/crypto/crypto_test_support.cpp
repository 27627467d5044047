#include "crypto_test_support.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

namespace bidseal::test {

const std::string& VectorBlock::text(const std::string& field) const {
    const auto found = m_fields.find(field);
    REQUIRE_MESSAGE(found != m_fields.end(), "the vector has no field ", field);
    return found->second;
}

SecretBytes VectorBlock::secret(const std::string& field) const {
    return SecretBytes::copy_of(bytes(field));
}

std::vector<VectorBlock> read_vectors(const std::string& name) {
    const Bytes file = read_test_file("vectors/" + name);
    std::vector<VectorBlock> blocks(1);
    std::string_view rest = as_text(file);
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        const std::string line(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty()) {
            if (!blocks.back().empty())
                blocks.emplace_back();
            continue;
        }
        if (line[0] == '#')
            continue;
        const size_t colon = line.find(':');
        REQUIRE_MESSAGE(colon != std::string::npos, "not a field: ", line);
        const size_t value = line.find_first_not_of(' ', colon + 1);
        blocks.back().add(line.substr(0, colon),
                          value == std::string::npos ? std::string() : line.substr(value));
    }
    if (blocks.back().empty())
        blocks.pop_back();
    REQUIRE(!blocks.empty());
    return blocks;
}

Bytes read_test_file(const std::string& name) {
    std::ifstream in(std::string(BIDSEAL_TESTS_DIR) + "/" + name, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read tests/", name);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return to_bytes(as_bytes(text));
}

crypto::Certificate load(const std::string& name) {
    return crypto::Certificate::parse(read_test_file("vectors/certificates/" + name + ".der"));
}

crypto::RevocationList load_list(const std::string& name) {
    return crypto::RevocationList::parse(read_test_file("vectors/certificates/" + name + ".crl"));
}

void FixedRandom::fill(std::span<uint8_t> out) {
    REQUIRE(left() >= out.size());
    std::copy_n(m_bytes.begin() + static_cast<ptrdiff_t>(m_used), out.size(), out.begin());
    m_used += out.size();
}

void CountingRandom::fill(std::span<uint8_t> out) {
    for (uint8_t& b : out) {
        m_state = m_state * 1664525u + 1013904223u;
        b = static_cast<uint8_t>(m_state >> 24);
    }
}

Bytes nonce_for(ByteView k32) {
    Bytes nonce(48);
    REQUIRE(k32.size() == 32);
    std::copy(k32.begin(), k32.end(), nonce.begin() + 16);
    return nonce;
}

std::string outcome(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error_name(error.code());
    }
    return "ok";
}

}  // namespace bidseal::test
