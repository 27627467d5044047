#include "pbes2.h"

#include <string>

#include <botan/cipher_mode.h>
#include <botan/pwdhash.h>

#include "bidseal/base/error.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/oids.h"

namespace bidseal::crypto {
namespace {

constexpr ErrorCode fault = ErrorCode::key_invalid;
constexpr uint32_t max_iterations = 10'000'000;

struct Parameters {
    ByteView salt;
    uint32_t iterations = 0;
    std::string function = "HMAC(SHA-1)";  // the default of PBKDF2-params
    std::string cipher;
    size_t key_size = 0;
    ByteView iv;
};

std::string function_name(const std::string& name) {
    if (name == oid::hmac_sha1)
        return "HMAC(SHA-1)";
    if (name == oid::hmac_sha256)
        return "HMAC(SHA-256)";
    if (name == oid::hmac_sha512)
        return "HMAC(SHA-512)";
    if (name == oid::hmac_sm3 || name == oid::hmac_sm3_openssl)
        return "HMAC(SM3)";
    throw Error(fault, "unknown pseudo-random function of a key file");
}

void read_key_derivation(der::Reader scheme, Parameters& p) {
    scheme.check(scheme.oid() == oid::pbkdf2);
    der::Reader members = scheme.enter(der::sequence);
    scheme.finish();
    p.salt = members.octets();
    p.iterations = members.small();
    members.check(p.iterations >= 1 && p.iterations <= max_iterations);
    if (members.next_is(der::integer))
        members.small();  // the cipher says it too
    if (auto function = members.enter_if(der::sequence)) {
        p.function = function_name(function->oid());
        if (!function->done())
            function->null_value();
        function->finish();
    }
    members.finish();
}

void read_cipher(der::Reader scheme, Parameters& p) {
    const std::string name = scheme.oid();
    if (name == oid::aes128_cbc) {
        p.cipher = "AES-128/CBC/PKCS7";
        p.key_size = 16;
    } else if (name == oid::aes192_cbc) {
        p.cipher = "AES-192/CBC/PKCS7";
        p.key_size = 24;
    } else if (name == oid::aes256_cbc) {
        p.cipher = "AES-256/CBC/PKCS7";
        p.key_size = 32;
    } else if (name == oid::sm4_cbc) {
        p.cipher = "SM4/CBC/PKCS7";
        p.key_size = 16;
    }
    scheme.check(p.key_size != 0);
    p.iv = scheme.octets();
    scheme.check(p.iv.size() == 16);
    scheme.finish();
}

}  // namespace

SecretBytes open_pbes2(ByteView encrypted_private_key_info, std::string_view passphrase) {
    der::check(encrypted_private_key_info, fault);
    der::Reader outer(encrypted_private_key_info, fault);
    der::Reader info = outer.enter(der::sequence);
    der::Reader algorithm = info.enter(der::sequence);
    algorithm.check(algorithm.oid() == oid::pbes2);
    der::Reader schemes = algorithm.enter(der::sequence);
    algorithm.finish();
    Parameters p;
    read_key_derivation(schemes.enter(der::sequence), p);
    read_cipher(schemes.enter(der::sequence), p);
    schemes.finish();
    const ByteView encrypted = info.octets();
    info.finish();

    const auto family = Botan::PasswordHashFamily::create("PBKDF2(" + p.function + ")");
    const auto cipher = Botan::Cipher_Mode::create(p.cipher, Botan::Cipher_Dir::Decryption);
    require(family && cipher, fault, "this build lacks an algorithm of the key file");
    SecretBytes key(p.key_size);
    family->from_params(p.iterations)
        ->derive_key(key.span().data(), key.size(), passphrase.data(), passphrase.size(),
                     p.salt.data(), p.salt.size());
    Botan::secure_vector<uint8_t> plain(encrypted.begin(), encrypted.end());
    try {
        cipher->set_key(key.view().data(), key.size());
        cipher->start(p.iv.data(), p.iv.size());
        cipher->finish(plain);
    } catch (const std::exception&) {
        throw Error(ErrorCode::decrypt_failed, "the passphrase does not open the key file");
    }
    return SecretBytes::copy_of(plain);
}

}  // namespace bidseal::crypto
