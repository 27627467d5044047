// What a driver can do, in plain bytes and without cryptography: the part that talks to a vendor's
// library and runs in the worker process. bridge/ukey/driver.h makes a TokenDriver of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"

namespace bidseal::ukey {

/// Tries of a PIN, as far as the token tells.
struct PinState {
    /// What tokens that do not count (PKCS #11) say; counting ones say `none`.
    enum class Flag : uint8_t { none, low, last, locked };

    uint32_t max = 0;  ///< 0 where the token tells no numbers
    uint32_t left = 0;
    bool is_default = false;  ///< still the PIN that the token was delivered with
    Flag flag = Flag::none;

    bool counted() const { return max != 0; }
    bool locked() const { return counted() ? left == 0 : flag == Flag::locked; }
    bool last_try() const { return counted() ? left == 1 : flag == Flag::last; }
    bool low() const { return counted() ? left < max : flag != Flag::none; }
};

/// Where a key container is, in the library's own bytes.
struct RawPlace {
    std::string device;
    std::string application;
    std::string container;

    friend bool operator==(const RawPlace& a, const RawPlace& b) {
        return a.device == b.device && a.application == b.application && a.container == b.container;
    }
};

/// A container; texts in the library's character set.
struct RawToken {
    RawPlace place;
    std::string serial;
    std::string label;
    std::string manufacturer;
    Bytes signing_certificate;     ///< DER; empty when there is none
    Bytes encryption_certificate;  ///< DER; empty when there is none
    PinState pin;
};

struct RawSkipped {
    std::string device;
    ErrorCode reason = ErrorCode::token_failed;
};

struct RawList {
    std::vector<RawToken> tokens;
    std::vector<RawSkipped> skipped;  ///< devices that could not be read
};

/// A container that was opened.
struct RawSession {
    uint32_t id = 0;
    RawToken token;
};

/// The parts of an SM2 ciphertext.
struct RawCipher {
    std::array<uint8_t, 32> x{}, y{}, hash{};
    Bytes cipher;
};

/// An encryption key pair on its way into a container (ENVELOPEDKEYBLOB).
struct RawEnvelopedKey {
    uint32_t algorithm = 0x401;                  ///< SGD_SM4_ECB; SGD_SM1_ECB is 0x101
    std::array<uint8_t, 64> encrypted_scalar{};  ///< cbEncryptedPriKey
    std::array<uint8_t, 64> public_key{};        ///< x||y
    RawCipher wrap_key;                          ///< to the container's signing key
};

/// What is signed, and so what comes back.
enum class RawSignature : uint8_t {
    sm2,        ///< e (32 bytes); r||s, 64 bytes
    p256,       ///< digest (32 bytes); r||s, 64 bytes
    rsa_pkcs1,  ///< DigestInfo; a block as long as the modulus
};

/// A file on the token, such as a seal's picture.
struct RawFile {
    std::string name;
    uint32_t size = 0;
};

struct RawEvent {
    bool plugged_in = false;
    std::string device;
};

/// One loaded library. Thread safe, except that one thread at most is in wait_event(). Every
/// function may throw Error: token_removed, token_failed, token_unsupported, key_not_found,
/// timed_out, token_driver_crashed (its process ended; sessions are lost), token_driver_stuck.
/// Those that need a login throw pin_required; those that take a PIN pin_wrong (with retries where
/// the token counts), pin_locked (retries 0).
class RawDriver {
public:
    virtual ~RawDriver() = default;

    virtual RawList list() = 0;

    /// Throws Error(token_absent) when the device is not there, token_removed when another with a
    /// different serial is.
    virtual RawSession open(const RawPlace& place, const std::string& serial) = 0;
    /// Never throws; what is not open stays so.
    virtual void close(uint32_t session) = 0;

    virtual PinState pin_state(uint32_t session) = 0;
    virtual void login(uint32_t session, const SecretBytes& pin) = 0;
    virtual void logout(uint32_t session) = 0;
    virtual void change_pin(uint32_t session, const SecretBytes& old_pin,
                            const SecretBytes& new_pin) = 0;
    virtual void unblock(uint32_t session, const SecretBytes& admin_pin,
                         const SecretBytes& new_pin) = 0;

    virtual Bytes sign(uint32_t session, RawSignature kind, ByteView digest) = 0;
    /// The standard's way: `key` holds a 16-byte key to the encryption key, `wrapped` is SM4-ECB
    /// under it, at most 4096 bytes. Throws Error(decrypt_failed), the same for all causes.
    virtual SecretBytes unwrap(uint32_t session, const RawCipher& key, ByteView wrapped) = 0;
    /// The vendor's way, by the profile's function: the plain text of an SM2 ciphertext.
    virtual SecretBytes decrypt(uint32_t session, const RawCipher& cipher) = 0;
    /// RSAES-OAEP with SHA-1, MGF1 and no label.
    virtual SecretBytes decrypt_rsa(uint32_t session, ByteView cipher) = 0;
    virtual Bytes random(uint32_t session, uint32_t count) = 0;

    /// x||y of the container's key.
    virtual Bytes public_key(uint32_t session, bool signing) = 0;
    /// Makes a new SM2 signing key; x||y.
    virtual Bytes generate_key(uint32_t session) = 0;
    virtual void import_key(uint32_t session, const RawEnvelopedKey& key) = 0;
    /// `subject` is DER of the certificate's subject: PKCS #11 wants it beside the certificate.
    virtual void import_certificate(uint32_t session, bool signing, ByteView der,
                                    ByteView subject) = 0;
    /// In the application of the session, which has logged in.
    virtual void create_container(uint32_t session, const std::string& name) = 0;
    virtual void delete_container(uint32_t session, const std::string& name) = 0;

    virtual std::vector<RawFile> files(uint32_t session) = 0;
    virtual Bytes read_file(uint32_t session, const std::string& name) = 0;

    /// The next plugging in or pulling out, or nothing when `timeout` has passed, cancel_wait() was
    /// called, or something changed that makes a look at list() worth while.
    virtual std::optional<RawEvent> wait_event(std::chrono::milliseconds timeout) = 0;
    virtual void cancel_wait() = 0;
};

/// Refuses what is not implemented by an interface. A base for drivers.
class PartialDriver : public RawDriver {
public:
    Bytes generate_key(uint32_t) override { refuse(); }
    void import_key(uint32_t, const RawEnvelopedKey&) override { refuse(); }
    void create_container(uint32_t, const std::string&) override { refuse(); }
    void delete_container(uint32_t, const std::string&) override { refuse(); }
    SecretBytes unwrap(uint32_t, const RawCipher&, ByteView) override { refuse(); }
    SecretBytes decrypt(uint32_t, const RawCipher&) override { refuse(); }
    SecretBytes decrypt_rsa(uint32_t, ByteView) override { refuse(); }
    std::vector<RawFile> files(uint32_t) override { return {}; }
    Bytes read_file(uint32_t, const std::string&) override { refuse(); }

private:
    [[noreturn]] static void refuse() {
        throw Error(ErrorCode::token_unsupported, "the interface has no such function");
    }
};

}  // namespace bidseal::ukey
