// A folder with one blank software UKey, and shorthand for calling the library as a client does.
#pragma once

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "bidseal/crypto/sm2.h"
#include "bidseal/crypto/sm3.h"
#include "bidseal/crypto/sm4.h"

#include "bridge/ukey/driver.h"
#include "bridge/ukey/skf/raw_driver.h"
#include "tools/skf/client.h"

namespace bidseal::test {

using namespace bidseal::skf;
namespace fs = std::filesystem;

inline constexpr size_t pad = max_coordinate - 32;
inline constexpr char user_pin[] = "135790";
inline constexpr char admin_pin[] = "24680135";

/// A driver in this process, as the worker has it in its own.
inline std::unique_ptr<ukey::TokenDriver> load_driver(
    const std::string& path, const ukey::Profile& profile = ukey::Profile::standard()) {
    return ukey::make_driver(load_raw(path, profile), path, profile);
}

inline LPSTR text(const char* value) {
    return const_cast<LPSTR>(value);
}

/// Deterministic bytes for keys and nonces of tests.
class CountingRandom : public Random {
public:
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& byte : out) {
            const Bytes seed{static_cast<uint8_t>(m_next), static_cast<uint8_t>(m_next >> 8)};
            byte = crypto::sm3(seed).bytes[0];
            ++m_next;
        }
    }

private:
    uint32_t m_next = 1;
};

/// A temporary folder that BIDSEAL_SOFTUKEY_DIR points to.
class Folder {
public:
    Folder() {
        char name[] = "/tmp/bidseal-ukey-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        m_path = name;
        ::setenv("BIDSEAL_SOFTUKEY_DIR", name, 1);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    fs::path path() const { return m_path; }
    fs::path file(const std::string& device) const { return m_path / (device + ".ukey"); }
    void blank(const std::string& device) const {
        std::ofstream(file(device)) << "BIDSEAL-SOFTUKEY-BLANK iterations=1000\n";
    }

private:
    fs::path m_path;
};

inline const Functions& skf_functions() {
    static const LoadedLibrary library(BIDSEAL_SOFTUKEY);
    return library.call();
}

/// A device with the application "APP"; login() and so on act on it.
class Client {
public:
    explicit Client(const char* device) { REQUIRE(f.SKF_ConnectDev(text(device), &dev) == SAR_OK); }
    ~Client() {
        if (dev != nullptr)
            f.SKF_DisConnectDev(dev);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void authenticate() {
        Bytes block(16, 0);
        REQUIRE(f.SKF_GenRandom(dev, block.data(), 8) == SAR_OK);
        Bytes answer =
            to_bytes(crypto::sm4_ecb_encrypt(as_bytes("1234567812345678"), block).view());
        REQUIRE(f.SKF_DevAuth(dev, answer.data(), 16) == SAR_OK);
    }
    void create(ULONG user_tries = 3, ULONG admin_tries = 3) {
        authenticate();
        REQUIRE(f.SKF_CreateApplication(dev, text("APP"), text(admin_pin), admin_tries,
                                        text(user_pin), user_tries, SECURE_USER_ACCOUNT,
                                        &app) == SAR_OK);
    }
    void open() { REQUIRE(f.SKF_OpenApplication(dev, text("APP"), &app) == SAR_OK); }
    ULONG verify(const char* pin, ULONG type = USER_TYPE) {
        return f.SKF_VerifyPIN(app, type, text(pin), &left);
    }
    void create_container() { REQUIRE(f.SKF_CreateContainer(app, text("C1"), &con) == SAR_OK); }
    void open_container() { REQUIRE(f.SKF_OpenContainer(app, text("C1"), &con) == SAR_OK); }
    /// A whole token: application, login, container, signing key.
    ECCPUBLICKEYBLOB make_all() {
        create();
        REQUIRE(verify(user_pin) == SAR_OK);
        create_container();
        ECCPUBLICKEYBLOB key{};
        REQUIRE(f.SKF_GenECCKeyPair(con, SGD_SM2_1, &key) == SAR_OK);
        return key;
    }
    ULONG left_tries(ULONG type = USER_TYPE) {
        ULONG max = 0, remaining = 99;
        BOOL is_default = 0;
        REQUIRE(f.SKF_GetPINInfo(app, type, &max, &remaining, &is_default) == SAR_OK);
        return remaining;
    }

    const Functions& f = skf_functions();
    DEVHANDLE dev = nullptr;
    HAPPLICATION app = nullptr;
    HCONTAINER con = nullptr;
    ULONG left = 0;
};

inline crypto::Sm2PublicKey key_of(const ECCPUBLICKEYBLOB& blob) {
    REQUIRE(+blob.BitLen == 256);
    Bytes point(blob.XCoordinate + pad, blob.XCoordinate + max_coordinate);
    append(point, {blob.YCoordinate + pad, 32});
    return crypto::Sm2PublicKey::from_point(point);
}

inline Bytes signature_der(const ECCSIGNATUREBLOB& blob) {
    return crypto::sm2_signature_to_der({blob.r + pad, 32}, {blob.s + pad, 32});
}

/// An ECCCIPHERBLOB of an SM2Cipher DER.
inline Bytes cipher_blob(ByteView der) {
    const auto fields = crypto::sm2_cipher_from_der(der);
    Bytes blob(cipher_blob_size(fields.cipher.size()), 0);
    std::memcpy(blob.data() + pad, fields.x.data(), 32);
    std::memcpy(blob.data() + max_coordinate + pad, fields.y.data(), 32);
    std::memcpy(blob.data() + 128, fields.hash.data(), 32);
    const ULONG length = static_cast<ULONG>(fields.cipher.size());
    std::memcpy(blob.data() + 160, &length, 4);
    std::memcpy(blob.data() + 164, fields.cipher.data(), length);
    return blob;
}

/// The encryption key pair on its way into a container, enveloped to its signing key.
inline Bytes envelope(const crypto::Sm2PrivateKey& key, const ECCPUBLICKEYBLOB& signing_key) {
    CountingRandom random;
    const SecretBytes wrap_key = SecretBytes::copy_of(from_hex("00112233445566778899aabbccddeeff"));
    const SecretBytes wrapped = crypto::sm4_ecb_encrypt(wrap_key.view(), key.scalar().view());
    const Bytes cipher = cipher_blob(key_of(signing_key).encrypt(wrap_key.view(), random));
    Bytes room(offsetof(ENVELOPEDKEYBLOB, ECCCipherBlob), 0);
    auto* blob = reinterpret_cast<ENVELOPEDKEYBLOB*>(room.data());
    blob->Version = 1;
    blob->ulSymmAlgID = SGD_SM4_ECB;
    blob->ulBits = 256;
    std::memcpy(blob->cbEncryptedPriKey + 32, wrapped.view().data(), 32);
    const Bytes point = key.public_key().point();
    blob->PubKey.BitLen = 256;
    std::memcpy(blob->PubKey.XCoordinate + pad, point.data() + 1, 32);
    std::memcpy(blob->PubKey.YCoordinate + pad, point.data() + 33, 32);
    append(room, cipher);
    return room;
}

/// Runs `body` in another process; its result is the process's exit code.
template <class Body>
int in_other_process(Body&& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            ::_exit(body());
        } catch (...) {
            ::_exit(101);
        }
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace bidseal::test
