#pragma once

#include <cstddef>
#include <cstdint>

/// What OpenSSL computed; make_openssl_vectors.py says how.
namespace openssl_vectors {

struct CtrVector {
    const char* iv;
    std::size_t length;
    const char* ciphertext_sm3;
};

#include "openssl_vectors.inc"

}  // namespace openssl_vectors
