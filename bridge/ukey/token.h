// One interface to every kind of token (UKey): what the bridge and the command line use. Behind it
// stand the drivers, skf/ for GM/T 0016 libraries and pkcs11/, in a process of their own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/sm3.h"

#include "bridge/ukey/raw.h"

namespace bidseal::ukey {

/// One key container of one plugged-in token. Texts are UTF-8, for people to read.
struct TokenInfo {
    std::string library;  ///< path of the driver library
    std::string device;   ///< the library's name of the device
    std::string serial;
    std::string label;
    std::string manufacturer;
    std::string application;
    std::string container;
    Bytes signing_certificate;     ///< DER; empty when the container holds none
    Bytes encryption_certificate;  ///< DER; empty when the container holds none
    PinState pin;
    RawPlace place;          ///< the names as the library has them
    std::string raw_serial;  ///< the same of the serial
};

/// An opened container. Not thread safe: one thread at a time. Every call throws
/// Error(token_removed) once the token was pulled out, token_driver_crashed or token_driver_stuck
/// once its driver's process ended; open a new session then.
class TokenSession {
public:
    virtual ~TokenSession() = default;

    /// What was found when the session was opened; see pin_state() for the current tries.
    virtual const TokenInfo& info() const = 0;

    /// Asks the token for the tries left.
    virtual PinState pin_state() = 0;

    /// Logs in with the user PIN. Each call costs at most one try; nothing is ever retried.
    /// Throws Error: pin_wrong (with retries where the token counts), pin_locked (retries 0),
    /// token_removed, token_failed.
    virtual void login(const SecretBytes& pin) = 0;

    /// Whether login() succeeded in this session and logout() was not called since. Another
    /// session's login on the same token opens nothing here.
    virtual bool logged_in() const = 0;

    /// Ends the login on the token. Does not throw when the token is gone.
    virtual void logout() = 0;

    /// Changes the user PIN. Throws as login() does; Error(pin_unfit) when the new one is not 6 to
    /// 16 bytes long.
    virtual void change_pin(const SecretBytes& old_pin, const SecretBytes& new_pin) = 0;

    /// Gives the user PIN a new value with the administrator PIN, all tries restored. Throws as
    /// login() does, the tries being those of the administrator PIN.
    virtual void unblock(const SecretBytes& admin_pin, const SecretBytes& new_pin) = 0;

    /// Signature over a message, of the kind that the signing certificate's key makes: SM2 with SM3
    /// and the default identity or ECDSA with SHA-256 (DER SEQUENCE{r, s}), RSA PKCS #1 with
    /// SHA-256. The digest is computed here, so that no caller can slip in a foreign one, and the
    /// result is checked against the certificate. Throws Error: pin_required, key_not_found,
    /// signature_invalid (token and certificate disagree).
    virtual Bytes sign(ByteView message) = 0;

    /// SM2 signature (DER SEQUENCE{r, s}) over e = SM3(Z || message), which the caller vouches for
    /// (the bridge: a digest that the user has consented to). Checked as sign() does; throws as
    /// sign(), and token_unsupported when the signing certificate's key is not SM2.
    virtual Bytes sign_digest(const crypto::Sm3Digest& e) = 0;

    /// Opens a two-level wrap with the container's encryption key: `kek_cipher` is the SM2Cipher
    /// DER of a 16-byte key, `wrapped` is SM4-ECB under that key without padding (a multiple of 16
    /// bytes, at most 4096). Done by the profile's private decryption where it names one, else by
    /// SKF_ImportSessionKey and SKF_Decrypt (GM/T 0016 section 7.6). Throws Error: pin_required,
    /// decrypt_failed (the same for every cause), token_unsupported.
    virtual SecretBytes unwrap(ByteView kek_cipher, ByteView wrapped) = 0;

    /// The plain text of an SM2Cipher DER (1 to 1024 bytes inside), or of RSAES-OAEP with SHA-1,
    /// according to the encryption certificate's key. Throws as unwrap() does; token_unsupported
    /// when the library can do no more than the standard's SKF_ImportSessionKey.
    virtual SecretBytes decrypt(ByteView cipher) = 0;

    /// Random bytes from the token, at most 65,536.
    virtual Bytes random(size_t count) = 0;

    /// SubjectPublicKeyInfo of the container's SM2 key, whether or not a certificate is there.
    virtual Bytes public_key(bool signing) = 0;

    /// Makes a new SM2 signing key in the container; its SubjectPublicKeyInfo. The old signing key
    /// is lost. Throws Error: pin_required, token_unsupported.
    virtual Bytes generate_signing_key() = 0;

    /// A certificate request (PKCS #10) for `subject` (DER of a Name) over the container's signing
    /// key, signed with SM2 and SM3. Throws Error: pin_required, key_not_found, signature_invalid.
    virtual Bytes certificate_request(ByteView subject) = 0;

    /// Imports the encryption key pair that a CA made: an ENVELOPEDKEYBLOB of GM/T 0016 with ULONG
    /// of 32 bits. The old encryption key is lost: what was encrypted to it cannot be opened any
    /// more. Throws Error: pin_required, encoding_invalid, token_unsupported.
    virtual void import_encryption_key(ByteView enveloped_key_blob) = 0;

    /// Puts a certificate beside its key. Throws Error: pin_required, key_invalid when the
    /// certificate's key is another than the container's, certificate_usage when its key usage is
    /// not for this place.
    virtual void import_certificate(bool signing, ByteView der) = 0;

    /// Files on the token, such as pictures of seals; their content.
    virtual std::vector<RawFile> files() = 0;
    virtual Bytes read_file(const std::string& name) = 0;
};

struct DeviceEvent {
    enum class Kind { plugged_in, pulled_out } kind = Kind::plugged_in;
    std::string device;
};

/// A driver library at work. Thread safe, except that only one thread may be in wait_event().
class TokenDriver {
public:
    virtual ~TokenDriver() = default;

    /// The library's path.
    virtual const std::string& library() const = 0;

    /// All containers of all tokens plugged in. A token that cannot be read is left out of the list
    /// and named in `skipped` (if given) with the reason.
    struct Skipped {
        std::string device;
        ErrorCode reason;
    };
    virtual std::vector<TokenInfo> list(std::vector<Skipped>* skipped = nullptr) = 0;

    /// Opens the container that list() named; with an empty place.container the application alone,
    /// for making containers. Throws Error: token_absent, token_removed when device or serial are
    /// no longer there, key_not_found when application or container are gone.
    virtual std::unique_ptr<TokenSession> open(const TokenInfo& token) = 0;

    /// The next plugging in or pulling out, or nothing when `timeout` has passed, cancel_wait() was
    /// called or the driver's process ended. Events since the driver was loaded are kept, none is
    /// lost between two calls.
    virtual std::optional<DeviceEvent> wait_event(std::chrono::milliseconds timeout) = 0;
    virtual void cancel_wait() = 0;
};

}  // namespace bidseal::ukey
