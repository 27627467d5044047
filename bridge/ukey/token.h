// One interface to every kind of token (UKey): what the bridge and the command line use. Behind it
// stand the drivers: skf/ for GM/T 0016 libraries, later pkcs11/.
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

namespace bidseal::ukey {

/// Tries of the user PIN, as the token tells (SKF_GetPINInfo).
struct PinState {
    uint32_t max = 0;
    uint32_t left = 0;
    bool is_default = false;  ///< still the PIN that the token was delivered with

    bool locked() const { return max != 0 && left == 0; }
    bool last_try() const { return left == 1; }
};

/// One key container of one plugged-in token.
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
};

/// An opened container. Not thread safe: one thread at a time. Every call throws
/// Error(token_removed) once the token was pulled out; open a new session after replugging.
class TokenSession {
public:
    virtual ~TokenSession() = default;

    /// What was found when the session was opened; see pin_state() for the current tries.
    virtual const TokenInfo& info() const = 0;

    /// Asks the token for the tries left.
    virtual PinState pin_state() = 0;

    /// Logs in with the user PIN. Each call costs at most one try; nothing is ever retried.
    /// Throws Error: pin_wrong (with retries), pin_locked (retries 0), token_removed, token_failed.
    virtual void login(const SecretBytes& pin) = 0;

    /// Whether login() succeeded in this session and logout() was not called since. Another
    /// session's login on the same token opens nothing here.
    virtual bool logged_in() const = 0;

    /// Ends the login on the token. Does not throw when the token is gone.
    virtual void logout() = 0;

    /// Changes the user PIN. Throws as login() does; Error(usage) when the new one has a wrong
    /// length.
    virtual void change_pin(const SecretBytes& old_pin, const SecretBytes& new_pin) = 0;

    /// Gives the user PIN a new value with the administrator PIN, all tries restored. Throws as
    /// login() does, the tries being those of the administrator PIN.
    virtual void unblock(const SecretBytes& admin_pin, const SecretBytes& new_pin) = 0;

    /// SM2 signature (DER SEQUENCE{r, s}) of e = SM3(Z || message), made by the signing key and
    /// checked against the signing certificate before it is returned. Throws Error: pin_required,
    /// key_not_found, signature_invalid (token and certificate disagree).
    virtual Bytes sign_digest(const crypto::Sm3Digest& e) = 0;

    /// The same over a whole message: Z and e are computed here from the signing certificate's key
    /// and the default identity, so that no caller can slip in a foreign digest.
    Bytes sign(ByteView message);

    /// Opens a two-level wrap with the container's encryption key: `kek_cipher` is the SM2Cipher
    /// DER of a 16-byte key, `wrapped` is SM4-ECB under that key without padding (a multiple of 16
    /// bytes, at most 4096). Done by SKF_ImportSessionKey, SKF_DecryptInit, SKF_Decrypt (GM/T 0016
    /// section 7.6). Throws Error: pin_required, decrypt_failed (the same for every cause),
    /// token_unsupported.
    virtual SecretBytes unwrap(ByteView kek_cipher, ByteView wrapped) = 0;

    /// Random bytes from the token.
    virtual Bytes random(size_t count) = 0;
};

struct DeviceEvent {
    enum class Kind { plugged_in, pulled_out } kind = Kind::plugged_in;
    std::string device;
};

/// A loaded driver library. Thread safe, except that only one thread may be in wait_event().
class TokenDriver {
public:
    virtual ~TokenDriver() = default;

    virtual const std::string& library() const = 0;

    /// All containers of all tokens plugged in. A token that cannot be read is left out of the list
    /// and named in `skipped` (if given) with the reason.
    struct Skipped {
        std::string device;
        ErrorCode reason;
    };
    virtual std::vector<TokenInfo> list(std::vector<Skipped>* skipped = nullptr) = 0;

    /// Opens the container that list() named. Throws Error: token_absent, token_removed when device
    /// or serial are no longer there, key_not_found when application or container are gone.
    virtual std::unique_ptr<TokenSession> open(const TokenInfo& token) = 0;

    /// The next plugging in or pulling out, or nothing when `timeout` has passed or cancel_wait()
    /// was called. Events since the driver was loaded are kept, none is lost between two calls.
    virtual std::optional<DeviceEvent> wait_event(std::chrono::milliseconds timeout) = 0;
    virtual void cancel_wait() = 0;
};

}  // namespace bidseal::ukey
