// For trust.test.mjs: the CA of the second way in, together with the key that it had. The product
// destroys that key; with a random source that repeats itself the test can make it once more, and
// try what a thief could sign with it.
//
//   local_ca_case FOLDER     writes authority.pem, authority.key, server.pem, server.key
#include <cstdio>
#include <fstream>

#include "bidseal/crypto/p256.h"

#include "bridge/local/trust/certificates.h"

using namespace bidseal;

namespace {

/// The same bytes each time.
class Repeating : public Random {
public:
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& byte : out) {
            m_state = m_state * 6364136223846793005u + 1442695040888963407u;
            byte = static_cast<uint8_t>(m_state >> 56);
        }
    }

private:
    uint64_t m_state = 1;
};

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// SEC 1 (RFC 5915) without the public point, which OpenSSL computes.
Bytes key_file(const crypto::P256PrivateKey& key) {
    Bytes der = from_hex(
        "303102010104"
        "20");
    append(der, key.scalar().view());
    append(der, from_hex("a00a06082a8648ce3d030107"));
    return der;
}

}  // namespace

int main(int count, char** words) {
    if (count != 2)
        return 2;
    const std::string folder = words[1];
    Repeating first, again;
    constexpr int64_t year_2026 = 1780000000;
    const bridge::LocalCertificates made = bridge::make_local_certificates(first, {year_2026});
    write(folder + "/authority.pem", bridge::to_pem(made.authority, "CERTIFICATE"));
    write(folder + "/server.pem", bridge::to_pem(made.server, "CERTIFICATE"));
    write(folder + "/server.key", bridge::to_pem(made.server_key.view(), "PRIVATE KEY"));
    write(folder + "/authority.key",
          bridge::to_pem(key_file(crypto::P256PrivateKey::generate(again)), "EC PRIVATE KEY"));
    return 0;
}
