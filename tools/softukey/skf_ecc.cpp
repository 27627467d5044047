// GM/T 0016 section 7.6, the part about SM2 keys.
#include <algorithm>

#include "bidseal/crypto/sm4.h"

#include "blobs.h"
#include "exports.h"
#include "library.h"
#include "symmetric.h"
#include "vault.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;

constexpr ULONG max_plain = 4096;

crypto::Sm3Digest digest_argument(const BYTE* data, ULONG length) {
    demand(data != nullptr, SAR_INVALIDPARAMERR);
    demand(length == crypto::Sm3Digest::size(), SAR_INDATALENERR);
    crypto::Sm3Digest digest;
    std::memcpy(digest.data(), data, length);
    return digest;
}

KeyPair make_pair(const SecretBytes& master, const DeviceState& device, const OpenContainer& open,
                  bool signing, const crypto::Sm2PrivateKey& key) {
    KeyPair pair;
    const Bytes point = key.public_key().point();
    pair.point.assign(point.begin() + 1, point.end());
    pair.sealed_scalar =
        seal(master, key.scalar().view(),
             key_context(device, open.application, open.name, signing, pair.point));
    return pair;
}

// The private key of the container. Throws Answer SAR_USER_NOT_LOGGED_IN, SAR_KEYNOTFOUNDERR.
crypto::Sm2PrivateKey private_key(Visit& visit, const OpenContainer& open, bool signing) {
    const SecretBytes& master = visit.master_for_user(open.application);
    const Container& state = visit.container(open);
    const auto& pair = signing ? state.signing : state.encryption;
    demand(pair.has_value(), SAR_KEYNOTFOUNDERR);
    const auto scalar =
        unseal(master, pair->sealed_scalar,
               key_context(visit.state(), open.application, open.name, signing, pair->point));
    demand(scalar.has_value(), SAR_READFILEERR);
    return crypto::Sm2PrivateKey::from_scalar(*scalar);
}

crypto::Sm2PrivateKey external_key(const ECCPRIVATEKEYBLOB* blob) {
    demand(blob != nullptr && blob->BitLen == 256, SAR_INVALIDPARAMERR);
    return crypto::Sm2PrivateKey::from_scalar(
        SecretBytes::copy_of({blob->PrivateKey + max_coordinate - 32, 32}));
}

// The encrypted private scalar of an ENVELOPEDKEYBLOB as CAs write it: 32 zero bytes and the
// ciphertext of 32; or the ciphertext of all 64 right-aligned bytes; or left-aligned.
SecretBytes open_scalar(const SecretBytes& key, const BYTE (&field)[64]) {
    const auto zero = [](ByteView half) {
        return std::all_of(half.begin(), half.end(), [](uint8_t b) { return b == 0; });
    };
    const ByteView left(field, 32), right(field + 32, 32);
    if (zero(left))
        return crypto::sm4_ecb_decrypt(key.view(), right);
    if (zero(right))
        return crypto::sm4_ecb_decrypt(key.view(), left);
    const SecretBytes both = crypto::sm4_ecb_decrypt(key.view(), {field, 64});
    demand(zero(both.view().first(32)), SAR_INDATAERR);
    return SecretBytes::copy_of(both.view().last(32));
}

ULONG verify(DEVHANDLE device, const ECCPUBLICKEYBLOB* key, const BYTE* data, ULONG length,
             const ECCSIGNATUREBLOB* signature) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(key != nullptr && signature != nullptr, SAR_INVALIDPARAMERR);
        const auto digest = digest_argument(data, length);
        Visit visit(lock, connection);
        const bool good = public_key_of(*key).verify_digest(digest, signature_of(*signature));
        demand(good, SAR_FAIL);
    });
}

}  // namespace

namespace bidseal::skf {

ULONG SKF_GenECCKeyPair(HCONTAINER container, ULONG algorithm, ECCPUBLICKEYBLOB* blob) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(blob != nullptr, SAR_INVALIDPARAMERR);
        // Two numberings of "SM2 signature" are in use: GM/T 0016's and GM/T 0006's.
        demand(algorithm == SGD_SM2_1 || algorithm == SGD_SM2_2, SAR_NOTSUPPORTYETERR);
        Visit visit(lock, open->device);
        const SecretBytes& master = visit.master_for_user(open->application);
        SystemRandom random;
        const auto key = crypto::Sm2PrivateKey::generate(random);
        visit.edit();
        Container& state = visit.container(*open);
        state.signing = make_pair(master, visit.state(), *open, true, key);
        *blob = blob_of_point(state.signing->point);
        visit.commit();
    });
}

ULONG SKF_ImportECCKeyPair(HCONTAINER container, ENVELOPEDKEYBLOB* blob) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(blob != nullptr, SAR_INVALIDPARAMERR);
        demand(blob->Version == 1 && blob->ulBits == 256, SAR_INDATAERR);
        demand(blob->ulSymmAlgID == SGD_SM4_ECB, SAR_NOTSUPPORTYETERR);
        Visit visit(lock, open->device);
        const SecretBytes& master = visit.master_for_user(open->application);
        const auto* cipher =
            reinterpret_cast<const BYTE*>(blob) + offsetof(ENVELOPEDKEYBLOB, ECCCipherBlob);
        const SecretBytes wrap_key =
            private_key(visit, *open, true).decrypt(cipher_of(cipher, cipher_blob_size(16)));
        demand(wrap_key.size() == 16, SAR_INDATAERR);
        const auto key =
            crypto::Sm2PrivateKey::from_scalar(open_scalar(wrap_key, blob->cbEncryptedPriKey));
        demand(equal(key.public_key().point(), public_key_of(blob->PubKey).point()), SAR_INDATAERR);
        visit.edit();
        visit.container(*open).encryption = make_pair(master, visit.state(), *open, false, key);
        visit.commit();
    });
}

ULONG SKF_ECCSignData(HCONTAINER container, BYTE* data, ULONG length, ECCSIGNATUREBLOB* signature) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(signature != nullptr, SAR_INVALIDPARAMERR);
        const auto digest = digest_argument(data, length);
        Visit visit(lock, open->device);
        SystemRandom random;
        *signature = blob_of_signature(private_key(visit, *open, true).sign_digest(digest, random));
    });
}

ULONG SKF_ECCVerify(DEVHANDLE device, ECCPUBLICKEYBLOB* key, BYTE* data, ULONG length,
                    ECCSIGNATUREBLOB* signature) {
    return verify(device, key, data, length, signature);
}

ULONG SKF_ExtECCVerify(DEVHANDLE device, ECCPUBLICKEYBLOB* key, BYTE* data, ULONG length,
                       ECCSIGNATUREBLOB* signature) {
    return verify(device, key, data, length, signature);
}

ULONG SKF_ExtECCSign(DEVHANDLE device, ECCPRIVATEKEYBLOB* key, BYTE* data, ULONG length,
                     ECCSIGNATUREBLOB* signature) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(signature != nullptr, SAR_INVALIDPARAMERR);
        const auto digest = digest_argument(data, length);
        Visit visit(lock, connection);
        SystemRandom random;
        *signature = blob_of_signature(external_key(key).sign_digest(digest, random));
    });
}

ULONG SKF_ExtECCEncrypt(DEVHANDLE device, ECCPUBLICKEYBLOB* key, BYTE* plain, ULONG length,
                        ECCCIPHERBLOB* cipher) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(key != nullptr && plain != nullptr && cipher != nullptr, SAR_INVALIDPARAMERR);
        demand(length >= 1 && length <= max_plain, SAR_INDATALENERR);
        Visit visit(lock, connection);
        SystemRandom random;
        write_cipher(public_key_of(*key).encrypt({plain, length}, random), cipher);
    });
}

ULONG SKF_BidsealDecrypt(HCONTAINER container, ULONG which, BYTE* blob, BYTE* plain,
                         ULONG* length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(which == 1 || which == 2, SAR_INVALIDPARAMERR);
        demand(blob != nullptr, SAR_INVALIDPARAMERR);
        const ULONG size = reinterpret_cast<const ECCCIPHERBLOB*>(blob)->CipherLen;
        demand(size >= 1 && size <= max_plain, SAR_INDATALENERR);
        Visit visit(lock, open->device);
        const auto key = private_key(visit, *open, which == 2);
        give(key.decrypt(cipher_of(blob, cipher_blob_size(size))).view(), plain, length);
    });
}

ULONG SKF_ExtECCDecrypt(DEVHANDLE device, ECCPRIVATEKEYBLOB* key, ECCCIPHERBLOB* cipher,
                        BYTE* plain, ULONG* length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(cipher != nullptr, SAR_INVALIDPARAMERR);
        Visit visit(lock, connection);
        const Bytes der =
            cipher_of(reinterpret_cast<const BYTE*>(cipher), cipher_blob_size(max_plain));
        give(external_key(key).decrypt(der).view(), plain, length);
    });
}

ULONG SKF_ExportPublicKey(HCONTAINER container, BOOL signing, BYTE* out, ULONG* length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        Visit visit(lock, open->device);
        const Container& state = visit.container(*open);
        const auto& pair = signing ? state.signing : state.encryption;
        demand(pair.has_value(), SAR_KEYNOTFOUNDERR);
        const ECCPUBLICKEYBLOB blob = blob_of_point(pair->point);
        give({reinterpret_cast<const BYTE*>(&blob), sizeof blob}, out, length);
    });
}

ULONG SKF_ECCExportSessionKey(HCONTAINER container, ULONG algorithm, ECCPUBLICKEYBLOB* key,
                              ECCCIPHERBLOB* cipher, HANDLE* session_key) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(key != nullptr && cipher != nullptr && session_key != nullptr, SAR_INVALIDPARAMERR);
        demand(is_supported_cipher(algorithm), SAR_NOTSUPPORTYETERR);
        Visit visit(lock, open->device);
        visit.master_for_user(open->application);
        SystemRandom random;
        SecretBytes secret(16);
        random.fill(secret.span());
        write_cipher(public_key_of(*key).encrypt(secret.view(), random), cipher);
        *session_key = library.add(make_key(open->device, algorithm, std::move(secret)));
    });
}

ULONG SKF_ImportSessionKey(HCONTAINER container, ULONG algorithm, BYTE* wrapped, ULONG length,
                           HANDLE* session_key) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(session_key != nullptr, SAR_INVALIDPARAMERR);
        demand(is_supported_cipher(algorithm), SAR_NOTSUPPORTYETERR);
        const Bytes cipher = cipher_of(wrapped, length);
        Visit visit(lock, open->device);
        SecretBytes secret = private_key(visit, *open, false).decrypt(cipher);
        demand(secret.size() == 16, SAR_INDATAERR);
        *session_key = library.add(make_key(open->device, algorithm, std::move(secret)));
    });
}

}  // namespace bidseal::skf
