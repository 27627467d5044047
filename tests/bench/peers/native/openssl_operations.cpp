// The operations by OpenSSL's libcrypto through its EVP interface: the algorithm is fetched once
// and the context kept, as its manual says for repeated work.
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "operations.h"

namespace bidseal::bench {

namespace {

using Bytes = std::vector<unsigned char>;
template <class T, void (*release)(T*)>
struct Releaser {
    void operator()(T* at) const { release(at); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Releaser<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY, EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX, EVP_MD_CTX_free>>;
using CipherContext =
    std::unique_ptr<EVP_CIPHER_CTX, Releaser<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD, Releaser<EVP_MD, EVP_MD_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, Releaser<EVP_CIPHER, EVP_CIPHER_free>>;

double timed(unsigned count, const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < count; ++i) {
        work();
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void must(bool right) {
    if (!right) {
        throw std::runtime_error("OpenSSL refused or gave a wrong result");
    }
}

const Bytes identity{'1', '2', '3', '4', '5', '6', '7', '8',
                     '1', '2', '3', '4', '5', '6', '7', '8'};

/// A digest context bound to the key with the default identity, signing or verifying by `begin`.
template <class Begin>
DigestContext begin_signature(EVP_PKEY* key, KeyContext& key_context, Begin begin) {
    DigestContext context(EVP_MD_CTX_new());
    key_context.reset(EVP_PKEY_CTX_new(key, nullptr));
    must(EVP_PKEY_CTX_set1_id(key_context.get(), identity.data(), identity.size()) == 1);
    EVP_MD_CTX_set_pkey_ctx(context.get(), key_context.get());
    must(begin(context.get(), nullptr, EVP_sm3(), nullptr, key) == 1);
    return context;
}

Bytes sign(EVP_PKEY* key, const Bytes& message) {
    KeyContext key_context;
    const DigestContext context = begin_signature(key, key_context, EVP_DigestSignInit);
    Bytes signature(80);
    size_t length = signature.size();
    must(EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) ==
         1);
    signature.resize(length);
    return signature;
}

bool verify(EVP_PKEY* key, const Bytes& message, const Bytes& signature) {
    KeyContext key_context;
    const DigestContext context = begin_signature(key, key_context, EVP_DigestVerifyInit);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
}

Bytes encrypt(EVP_PKEY* key, const Bytes& plain) {
    const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    must(EVP_PKEY_encrypt_init(context.get()) == 1);
    size_t length = 0;
    must(EVP_PKEY_encrypt(context.get(), nullptr, &length, plain.data(), plain.size()) == 1);
    Bytes cipher(length);
    must(EVP_PKEY_encrypt(context.get(), cipher.data(), &length, plain.data(), plain.size()) == 1);
    cipher.resize(length);
    return cipher;
}

Bytes decrypt(EVP_PKEY* key, const Bytes& cipher) {
    const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    must(EVP_PKEY_decrypt_init(context.get()) == 1);
    Bytes plain(cipher.size());
    size_t length = plain.size();
    must(EVP_PKEY_decrypt(context.get(), plain.data(), &length, cipher.data(), cipher.size()) == 1);
    plain.resize(length);
    return plain;
}

}  // namespace

double run_operation(const std::string& operation, std::size_t size, unsigned count) {
    Bytes data(size);
    for (size_t i = 0; i < size; ++i) {
        data[i] = static_cast<unsigned char>(i * 31 + (i >> 8));
    }
    if (operation == "sm3") {
        const Digest digest(EVP_MD_fetch(nullptr, "SM3", nullptr));
        const DigestContext context(EVP_MD_CTX_new());
        unsigned char result[32];
        return timed(count, [&] {
            must(EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) == 1);
            must(EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1);
            must(EVP_DigestFinal_ex(context.get(), result, nullptr) == 1);
        });
    }
    if (operation == "sm4-ctr") {
        const Cipher cipher(EVP_CIPHER_fetch(nullptr, "SM4-CTR", nullptr));
        const CipherContext context(EVP_CIPHER_CTX_new());
        const Bytes key(16, 7);
        const Bytes iv(16, 9);
        int length = 0;
        return timed(count, [&] {
            must(EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), iv.data(), nullptr) ==
                 1);
            must(EVP_EncryptUpdate(context.get(), data.data(), &length, data.data(),
                                   static_cast<int>(data.size())) == 1);
        });
    }

    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"));
    must(key != nullptr);
    if (operation == "sm2-sign") {
        return timed(count, [&] { must(!sign(key.get(), data).empty()); });
    }
    if (operation == "sm2-verify") {
        const Bytes signature = sign(key.get(), data);
        return timed(count, [&] { must(verify(key.get(), data, signature)); });
    }
    if (operation == "sm2-encrypt") {
        return timed(count, [&] { must(!encrypt(key.get(), data).empty()); });
    }
    if (operation == "sm2-decrypt") {
        const Bytes cipher = encrypt(key.get(), data);
        return timed(count, [&] { must(decrypt(key.get(), cipher) == data); });
    }
    throw std::invalid_argument("no such operation: " + operation);
}

}  // namespace bidseal::bench
