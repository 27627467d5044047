// How a vendor built its library, where that departs from the standard. Profiles are data files:
// see docs/guide/ukey-profiles.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bidseal::ukey {

/// Which functions the library has.
enum class Interface : uint8_t { skf, pkcs11 };

/// Size of ULONG is 4 by GM/T 0016, 8 where `unsigned long` was left as the compiler has it.
enum class UlongSize : uint8_t { four = 4, eight = 8 };

/// Alignment of structures: 1 by GM/T 0016, or the compiler's own.
enum class Packing : uint8_t { packed, natural };

/// Of functions; on 64-bit machines there is only one.
enum class CallConvention : uint8_t { cdecl_, stdcall_ };

/// Character set of names and labels on the token.
enum class Charset : uint8_t { utf8, gbk };

/// What the library was built for.
enum class Architecture : uint8_t { x86_64, i386 };

/// Decryption with the container's private encryption key is not in GM/T 0016-2012. Libraries that
/// have it at all have it under several names, and under the same name with other parameters.
struct PrivateDecrypt {
    enum class Function : uint8_t {
        none,                    ///< the standard's own way alone: SKF_ImportSessionKey
        SKF_ECCDecrypt,          // in use with all three forms
        SKF_ECCDecryptEx,        // blob
        SKF_PrvKeyDecrypt,       // selector and blob, blob
        SKF_ECCPrvKeyDecrypt,    // blob, bytes
        SKF_ECCPrvKeyDecryptEx,  // selector and blob
    };
    /// Parameters between the container and the result's place.
    enum class Form : uint8_t {
        blob,           ///< ECCCIPHERBLOB*
        selector_blob,  ///< ULONG that chooses the key, ECCCIPHERBLOB*
        bytes,          ///< BYTE*, ULONG
    };
    /// What the bytes of Form::bytes are.
    enum class Content : uint8_t { blob, c1c3c2, point_c1c3c2, c1c2c3 };

    Function function = Function::none;
    Form form = Form::blob;
    uint8_t selector = 0;  ///< value that means "the encryption key"
    Content content = Content::blob;

    friend bool operator==(const PrivateDecrypt& a, const PrivateDecrypt& b) {
        return a.function == b.function && a.form == b.form && a.selector == b.selector &&
               a.content == b.content;
    }
};

const char* function_name(PrivateDecrypt::Function function);

struct Profile {
    std::string name = "standard";
    Interface interface_ = Interface::skf;
    UlongSize ulong_size = UlongSize::four;
    Packing packing = Packing::packed;
    CallConvention call = CallConvention::cdecl_;
    PrivateDecrypt decrypt;
    /// Whether SKF_ImportSessionKey works with the encryption key, as the standard has it.
    bool session_key = true;
    Charset charset = Charset::utf8;
    Architecture architecture = Architecture::x86_64;
    /// Names of environment variables that the library's process may see beside the usual few.
    std::vector<std::string> environment;

    /// GM/T 0016 to the letter.
    static Profile standard() { return {}; }
    /// The same for a library that the person at the keyboard chose: its process sees the variables
    /// that say where software tokens are.
    static Profile unlisted();
};

}  // namespace bidseal::ukey
