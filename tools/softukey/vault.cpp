#include "vault.h"

#include <botan/aead.h>
#include <botan/pwdhash.h>
#include <botan/system_rng.h>

namespace bidseal::softukey {
namespace {

constexpr size_t key_size = 16;
constexpr size_t nonce_size = 12;
constexpr size_t tag_size = 16;
constexpr size_t salt_size = 16;

// A PIN's salt field is u32 iterations and then 16 random bytes: the cost stays with the PIN that
// it was derived with.
SecretBytes derive(std::string_view pin, ByteView salt_field) {
    demand(salt_field.size() == 4 + salt_size, SAR_FILEERR);
    const uint32_t iterations = load_u32(salt_field.data());
    demand(iterations >= min_iterations && iterations <= max_iterations, SAR_FILEERR);
    const auto family = Botan::PasswordHashFamily::create_or_throw("PBKDF2(HMAC(SM3))");
    const auto hash = family->from_params(iterations);
    SecretBytes key(key_size);
    const ByteView salt = salt_field.subspan(4);
    hash->derive_key(key.span().data(), key.size(), pin.data(), pin.size(), salt.data(),
                     salt.size());
    return key;
}

}  // namespace

void SystemRandom::fill(std::span<uint8_t> out) {
    Botan::system_rng().randomize(out);
}

Bytes random_bytes(size_t count) {
    Bytes out(count);
    if (count != 0)
        Botan::system_rng().randomize(out);
    return out;
}

Bytes seal(const SecretBytes& key, ByteView plain, std::string_view context) {
    const auto mode = Botan::AEAD_Mode::create_or_throw("SM4/GCM", Botan::Cipher_Dir::Encryption);
    mode->set_key(key.view());
    mode->set_associated_data(as_bytes(context));
    const Bytes nonce = random_bytes(nonce_size);
    mode->start(nonce);
    Botan::secure_vector<uint8_t> buffer(plain.begin(), plain.end());
    mode->finish(buffer);
    Bytes out = nonce;
    append(out, buffer);
    return out;
}

std::optional<SecretBytes> unseal(const SecretBytes& key, ByteView sealed,
                                  std::string_view context) {
    if (sealed.size() < nonce_size + tag_size)
        return std::nullopt;
    const auto mode = Botan::AEAD_Mode::create_or_throw("SM4/GCM", Botan::Cipher_Dir::Decryption);
    mode->set_key(key.view());
    mode->set_associated_data(as_bytes(context));
    mode->start(sealed.first(nonce_size));
    const ByteView rest = sealed.subspan(nonce_size);
    Botan::secure_vector<uint8_t> buffer(rest.begin(), rest.end());
    try {
        mode->finish(buffer);
    } catch (const Botan::Invalid_Authentication_Tag&) {
        return std::nullopt;
    }
    return SecretBytes::copy_of(buffer);
}

Pin make_pin(std::string_view pin, const SecretBytes& master, uint32_t iterations, uint32_t tries,
             std::string_view context) {
    Pin record;
    append_u32(record.salt, iterations);
    append(record.salt, random_bytes(salt_size));
    record.wrapped = seal(derive(pin, record.salt), master.view(), context);
    record.max = record.left = tries;
    return record;
}

std::optional<SecretBytes> open_pin(const Pin& record, std::string_view pin,
                                    std::string_view context) {
    return unseal(derive(pin, record.salt), record.wrapped, context);
}

}  // namespace bidseal::softukey
