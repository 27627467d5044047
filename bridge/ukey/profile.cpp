#include "bridge/ukey/profile.h"

namespace bidseal::ukey {

const char* function_name(PrivateDecrypt::Function function) {
    switch (function) {
        case PrivateDecrypt::Function::none:
            return "none";
        case PrivateDecrypt::Function::SKF_ECCDecrypt:
            return "SKF_ECCDecrypt";
        case PrivateDecrypt::Function::SKF_ECCDecryptEx:
            return "SKF_ECCDecryptEx";
        case PrivateDecrypt::Function::SKF_PrvKeyDecrypt:
            return "SKF_PrvKeyDecrypt";
        case PrivateDecrypt::Function::SKF_ECCPrvKeyDecrypt:
            return "SKF_ECCPrvKeyDecrypt";
        case PrivateDecrypt::Function::SKF_ECCPrvKeyDecryptEx:
            return "SKF_ECCPrvKeyDecryptEx";
    }
    return "none";
}

Profile Profile::unlisted() {
    Profile profile;
    profile.environment = {"BIDSEAL_SOFTUKEY_DIR", "BIDSEAL_TEST_FAULTS", "SOFTHSM2_CONF"};
    return profile;
}

}  // namespace bidseal::ukey
