// The operations by the core, as the page and the programs call them.
#include <chrono>
#include <functional>
#include <stdexcept>

#include "bidseal/crypto/sm2.h"
#include "bidseal/crypto/sm3.h"
#include "bidseal/crypto/sm4.h"

#include "operations.h"

namespace bidseal::bench {

namespace {

double timed(unsigned count, const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < count; ++i) {
        work();
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void must(bool right) {
    if (!right) {
        throw std::runtime_error("a result is wrong");
    }
}

SecretBytes fixed_secret(size_t size, uint8_t first) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<uint8_t>(first + i);
    }
    return SecretBytes::copy_of(bytes);
}

}  // namespace

double run_operation(const std::string& operation, std::size_t size, unsigned count) {
    Bytes data(size);
    for (size_t i = 0; i < size; ++i) {
        data[i] = static_cast<uint8_t>(i * 31 + (i >> 8));
    }
    if (operation == "sm3") {
        return timed(count, [&] { data[0] = crypto::sm3(data).view()[0]; });
    }
    if (operation == "sm4-ctr") {
        const Bytes key(16, 7);
        const Bytes iv(16, 9);
        const crypto::Sm4Ctr cipher(key, iv);
        return timed(count, [&] { cipher.apply(0, data); });
    }

    crypto::DerivedRandom random(fixed_secret(32, 1));
    const crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::from_scalar(fixed_secret(32, 3));
    const crypto::Sm2PublicKey point = key.public_key();
    if (operation == "sm2-sign") {
        return timed(count, [&] { must(!key.sign(data, random).empty()); });
    }
    if (operation == "sm2-verify") {
        const Bytes signature = key.sign(data, random);
        return timed(count, [&] { must(point.verify(data, signature)); });
    }
    if (operation == "sm2-encrypt") {
        return timed(count, [&] { must(!point.encrypt(data, random).empty()); });
    }
    if (operation == "sm2-decrypt") {
        const Bytes cipher = point.encrypt(data, random);
        return timed(count, [&] { must(key.decrypt(cipher).size() == size); });
    }
    throw std::invalid_argument("no such operation: " + operation);
}

}  // namespace bidseal::bench
