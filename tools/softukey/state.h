// What a software UKey remembers, and its form in the file NAME.ukey.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"

#include "answer.h"

namespace bidseal::softukey {

/// One PIN of an application. `wrapped` is the application's master key, sealed under a key derived
/// from the PIN; the counter stands outside, since it must work before anybody has logged in.
struct Pin {
    Bytes salt;
    Bytes wrapped;
    uint32_t max = 0;
    uint32_t left = 0;
    bool is_default = false;
};

/// A key pair: x||y in clear, the private scalar sealed under the application's master key.
struct KeyPair {
    Bytes point;
    Bytes sealed_scalar;
};

struct Container {
    std::string name;
    std::optional<KeyPair> signing;
    std::optional<KeyPair> encryption;
    Bytes signing_certificate;
    Bytes encryption_certificate;
};

struct File {
    std::string name;
    uint32_t size = 0;
    uint32_t read_rights = 0;
    uint32_t write_rights = 0;
    bool sealed = false;  ///< content is sealed under the master key (whoever reads must log in)
    Bytes content;
};

struct ApplicationState {
    std::string name;
    uint32_t create_file_rights = 0;
    Pin user;
    Pin admin;
    std::vector<Container> containers;
    std::vector<File> files;

    Container* find_container(const std::string& wanted);
    File* find_file(const std::string& wanted);
};

struct DeviceState {
    uint64_t generation = 0;  ///< grows with every write
    uint32_t iterations = 0;  ///< of PBKDF2 for PINs made from now on
    std::string serial;
    std::string label;
    Bytes auth_key;  ///< 16 bytes, for SKF_DevAuth
    std::vector<ApplicationState> applications;

    ApplicationState* find_application(const std::string& wanted);
};

inline constexpr size_t max_state_size = 1 << 20;
inline constexpr uint32_t default_iterations = 100000;
inline constexpr uint32_t min_iterations = 1000;
inline constexpr uint32_t max_iterations = 10000000;

/// The file's bytes: "BSUKEY01", u32 length, body, SM3 of all before. The digest finds damage; it
/// is no protection against somebody who may write the file.
Bytes encode(const DeviceState& state);

/// The opposite. Throws Answer SAR_FILEERR when the bytes are damaged or of another version.
DeviceState decode(ByteView file);

/// A UKey as it leaves the factory is a file with this first word; then " iterations=N" may follow.
inline constexpr char blank_mark[] = "BIDSEAL-SOFTUKEY-BLANK";
bool is_blank(ByteView file);

/// A formatted device without applications, made from a blank one.
DeviceState format_blank(ByteView file, const std::string& name);

}  // namespace bidseal::softukey
