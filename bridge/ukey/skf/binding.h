// The calls into one GM/T 0016 library. Nothing that a library answers is believed: sizes are
// checked against the room that it was given, and the bytes behind that room must be as they were.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bridge/os/dynamic_library.h"
#include "bridge/ukey/profile.h"
#include "bridge/ukey/raw.h"
#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {

struct DeviceAbout {
    std::string serial;
    std::string label;
    std::string manufacturer;
    uint32_t symmetric = 0;  ///< AlgSymCap
};

/// All functions throw Error as the answers stand for (skf/answers.h); token_unsupported where the
/// library has no such function; token_failed for answers that cannot be; token_driver_crashed when
/// the library wrote where it had no room: the process must not go on after that.
class Binding {
public:
    virtual ~Binding() = default;

    virtual std::vector<std::string> devices() = 0;
    virtual HANDLE connect(const std::string& device) = 0;
    virtual void disconnect(HANDLE device) = 0;
    virtual DeviceAbout about(HANDLE device) = 0;
    virtual Bytes random(HANDLE device, uint32_t count) = 0;

    virtual std::vector<std::string> applications(HANDLE device) = 0;
    virtual HANDLE open_application(HANDLE device, const std::string& name) = 0;
    virtual void close_application(HANDLE application) = 0;

    virtual ukey::PinState pin_state(HANDLE application) = 0;
    virtual void verify_pin(HANDLE application, const SecretBytes& pin) = 0;
    virtual void change_pin(HANDLE application, const SecretBytes& old_pin,
                            const SecretBytes& new_pin) = 0;
    virtual void unblock(HANDLE application, const SecretBytes& admin_pin,
                         const SecretBytes& new_pin) = 0;
    /// Never throws.
    virtual void clear_login(HANDLE application) = 0;

    virtual std::vector<ukey::RawFile> files(HANDLE application) = 0;
    virtual Bytes read_file(HANDLE application, const std::string& name) = 0;

    virtual std::vector<std::string> containers(HANDLE application) = 0;
    virtual HANDLE open_container(HANDLE application, const std::string& name) = 0;
    virtual void close_container(HANDLE container) = 0;
    virtual void create_container(HANDLE application, const std::string& name) = 0;
    virtual void delete_container(HANDLE application, const std::string& name) = 0;

    /// Nothing where the container holds none.
    virtual Bytes certificate(HANDLE container, bool signing) = 0;
    virtual void import_certificate(HANDLE container, bool signing, ByteView der) = 0;
    virtual Bytes public_key(HANDLE container, bool signing) = 0;
    virtual Bytes generate_key(HANDLE container) = 0;
    virtual void import_key(HANDLE container, const ukey::RawEnvelopedKey& key) = 0;
    virtual Bytes sign(HANDLE container, ByteView e) = 0;
    virtual SecretBytes unwrap(HANDLE container, const ukey::RawCipher& key, ByteView wrapped) = 0;
    /// The subject of token_unsupported is the function that the profile has and the library lacks.
    virtual SecretBytes decrypt(HANDLE container, const ukey::RawCipher& cipher) = 0;

    /// Waits until a device comes or goes: false when it was cancelled or the library cannot wait.
    virtual bool wait_event(std::string& device, bool& plugged_in) = 0;
    virtual bool can_wait() const = 0;
    virtual void cancel_wait() = 0;
};

/// Throws Error: token_driver when the library lacks functions, token_unsupported for a profile
/// that cannot be called on this machine.
std::unique_ptr<Binding> bind(const os::DynamicLibrary& library, const ukey::Profile& profile);

}  // namespace bidseal::skf
