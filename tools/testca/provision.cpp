#include "provision.h"

#include <cstring>

#include "bidseal/base/error.h"
#include "bidseal/crypto/sm2.h"
#include "bidseal/crypto/sm4.h"

#include "bridge/ukey/driver.h"
#include "bridge/ukey/skf/raw_driver.h"
#include "files.h"
#include "tools/skf/client.h"

namespace bidseal::testca {
namespace {

using namespace bidseal::skf;

constexpr size_t pad = max_coordinate - 32;

// PIN and device key that software UKeys leave the factory with.
constexpr char factory_pin[] = "12345678";
constexpr char factory_auth_key[] = "1234567812345678";

LPSTR text(const std::string& value) {
    return const_cast<LPSTR>(value.c_str());
}

std::string pin_text(const SecretBytes& pin) {
    return std::string(as_text(pin.view()));
}

crypto::Sm2PublicKey public_key_of(const ECCPUBLICKEYBLOB& blob) {
    Bytes point(blob.XCoordinate + pad, blob.XCoordinate + max_coordinate);
    append(point, {blob.YCoordinate + pad, 32});
    return crypto::Sm2PublicKey::from_point(point);
}

ECCPUBLICKEYBLOB blob_of(const crypto::Sm2PublicKey& key) {
    const Bytes point = key.point();
    ECCPUBLICKEYBLOB blob{};
    blob.BitLen = 256;
    std::memcpy(blob.XCoordinate + pad, point.data() + 1, 32);
    std::memcpy(blob.YCoordinate + pad, point.data() + 33, 32);
    return blob;
}

// A connected device with its application open and the user logged in.
class Token {
public:
    explicit Token(const UkeyPlan& plan)
        : m_device(std::make_shared<LoadedLibrary>(plan.library), plan.device) {}

    const Functions& call() const { return m_device.call(); }
    const Device& device() const { return m_device; }

    // Proves knowledge of the device key: 8 random bytes of the device, zero-filled, encrypted.
    void authenticate() const {
        Bytes block(16, 0);
        check(call().SKF_GenRandom(m_device.handle(), block.data(), 8), "SKF_GenRandom");
        const SecretBytes answer = crypto::sm4_ecb_encrypt(as_bytes(factory_auth_key), block);
        Bytes data = to_bytes(answer.view());
        check(call().SKF_DevAuth(m_device.handle(), data.data(), 16), "SKF_DevAuth");
    }

    void login(HAPPLICATION application, const SecretBytes& pin) const {
        ULONG left = 0;
        const ULONG answer =
            call().SKF_VerifyPIN(application, USER_TYPE, text(pin_text(pin)), &left);
        try {
            check(answer, "SKF_VerifyPIN");
        } catch (Error& error) {
            throw error.retries(left);
        }
    }

private:
    Device m_device;
};

// Signs with the token: Z and digest made by the token too, as vendors' tools do.
class TokenSigner : public Signer {
public:
    TokenSigner(const Token& token, HCONTAINER container, ECCPUBLICKEYBLOB key)
        : m_token(token), m_container(container), m_key(key) {}
    crypto::KeyKind kind() const override { return crypto::KeyKind::sm2; }
    Bytes spki() const override { return public_key_of(m_key).spki(); }
    Bytes sign(ByteView message) const override {
        const Functions& call = m_token.call();
        Bytes id = to_bytes(as_bytes(crypto::sm2_default_id));
        ECCPUBLICKEYBLOB key = m_key;
        HANDLE handle = nullptr;
        check(call.SKF_DigestInit(m_token.device().handle(), SGD_SM3, &key, id.data(),
                                  static_cast<ULONG>(id.size()), &handle),
              "SKF_DigestInit");
        const Scoped hash(handle, call.SKF_CloseHandle);
        Bytes input = to_bytes(message);
        Bytes digest(32);
        ULONG length = 32;
        check(call.SKF_Digest(hash.get(), input.data(), static_cast<ULONG>(input.size()),
                              digest.data(), &length),
              "SKF_Digest");
        ECCSIGNATUREBLOB blob{};
        check(call.SKF_ECCSignData(m_container, digest.data(), length, &blob), "SKF_ECCSignData");
        return crypto::sm2_signature_to_der({blob.r + pad, 32}, {blob.s + pad, 32});
    }

private:
    const Token& m_token;
    HCONTAINER m_container;
    ECCPUBLICKEYBLOB m_key;
};

ECCPUBLICKEYBLOB export_key(const Functions& call, HCONTAINER container, bool signing) {
    ECCPUBLICKEYBLOB blob{};
    ULONG length = sizeof blob;
    check(call.SKF_ExportPublicKey(container, signing ? 1 : 0, reinterpret_cast<BYTE*>(&blob),
                                   &length),
          "SKF_ExportPublicKey");
    return blob;
}

// Makes the encryption key outside the token, as the key management centre does, and imports it
// enveloped to the token's signing key.
crypto::Sm2PublicKey import_encryption_key(const Functions& call, HCONTAINER container,
                                           const ECCPUBLICKEYBLOB& signing_key) {
    SystemRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    SecretBytes wrap_key(16);
    random.fill(wrap_key.span());
    const SecretBytes wrapped = crypto::sm4_ecb_encrypt(wrap_key.view(), key.scalar().view());
    const auto cipher =
        crypto::sm2_cipher_from_der(public_key_of(signing_key).encrypt(wrap_key.view(), random));

    Bytes room(sizeof(ENVELOPEDKEYBLOB) + 64, 0);
    auto* blob = reinterpret_cast<ENVELOPEDKEYBLOB*>(room.data());
    blob->Version = 1;
    blob->ulSymmAlgID = SGD_SM4_ECB;
    blob->ulBits = 256;
    std::memcpy(blob->cbEncryptedPriKey + 32, wrapped.view().data(), 32);
    blob->PubKey = blob_of(key.public_key());
    ECCCIPHERBLOB& out = blob->ECCCipherBlob;
    std::memcpy(out.XCoordinate + pad, cipher.x.data(), 32);
    std::memcpy(out.YCoordinate + pad, cipher.y.data(), 32);
    std::memcpy(out.HASH, cipher.hash.data(), 32);
    out.CipherLen = static_cast<ULONG>(cipher.cipher.size());
    std::memcpy(room.data() + offsetof(ENVELOPEDKEYBLOB, ECCCipherBlob) + cipher_blob_size(0),
                cipher.cipher.data(), cipher.cipher.size());
    check(call.SKF_ImportECCKeyPair(container, blob), "SKF_ImportECCKeyPair");
    return key.public_key();
}

void import_certificate(const Functions& call, HCONTAINER container, bool signing, Bytes der) {
    check(call.SKF_ImportCertificate(container, signing ? 1 : 0, der.data(),
                                     static_cast<ULONG>(der.size())),
          "SKF_ImportCertificate");
}

// Request, proof and both certificates over the keys that the container holds.
UkeyCertificates certify(Authority& ca, const UkeyPlan& plan, const Token& token,
                         HCONTAINER container, const Bytes& encryption_spki) {
    const Functions& call = token.call();
    const TokenSigner signer(token, container, export_key(call, container, true));
    UkeyCertificates made;
    made.serial = token.device().serial();
    const Bytes subject = name_der({plan.holder.name, plan.holder.name});
    made.request = make_request(subject, signer);
    // Proof of possession: a fresh challenge signed by the key that asks for the certificate.
    const Bytes challenge = random_bytes(32);
    const auto key = crypto::Sm2PublicKey::from_spki(signer.spki());
    require(key.verify(challenge, signer.sign(challenge)), ErrorCode::signature_invalid,
            "the token does not sign with the key that it showed");
    made.signing = ca.issue(plan.holder, Purpose::signing, signer.spki(), plan.validity);
    made.encryption = ca.issue(plan.holder, Purpose::encryption, encryption_spki, plan.validity);
    import_certificate(call, container, true, made.signing);
    import_certificate(call, container, false, made.encryption);
    return made;
}

// What was made must work through the same driver that the bridge uses.
void try_out(const UkeyPlan& plan, const UkeyCertificates& made) {
    const auto profile = ukey::Profile::standard();
    const auto driver = ukey::make_driver(load_raw(plan.library, profile), plan.library, profile);
    for (const ukey::TokenInfo& token : driver->list()) {
        if (token.serial != made.serial || token.container != plan.container)
            continue;
        require(equal(token.signing_certificate, made.signing) &&
                    equal(token.encryption_certificate, made.encryption),
                ErrorCode::token_failed, "the token gives other certificates back");
        const auto session = driver->open(token);
        session->login(plan.user_pin);
        session->sign(as_bytes("BidSeal test CA: proof of a new UKey"));

        SystemRandom random;
        SecretBytes kek(16), secret(32);
        random.fill(kek.span());
        random.fill(secret.span());
        const auto certificate = crypto::Certificate::parse(made.encryption);
        const Bytes cipher = certificate.sm2_key().encrypt(kek.view(), random);
        const SecretBytes blocks = crypto::sm4_ecb_encrypt(kek.view(), secret.view());
        require(session->unwrap(cipher, blocks.view()).equals(secret), ErrorCode::token_failed,
                "the token unwraps something else");
        return;
    }
    throw Error(ErrorCode::token_failed, "the new token is not found");
}

}  // namespace

void make_blank(const std::string& folder, const std::string& device, uint32_t iterations) {
    make_folder(folder);
    const std::string path = folder + "/" + device + ".ukey";
    if (file_exists(path))
        throw Error(ErrorCode::file_exists, "there is a UKey of this name");
    std::string content = "BIDSEAL-SOFTUKEY-BLANK";
    if (iterations != 0)
        content += " iterations=" + std::to_string(iterations);
    write_file(path, content + "\n", true);
}

UkeyCertificates provision(Authority& ca, const UkeyPlan& plan) {
    UkeyCertificates made;
    {
        const Token token(plan);
        const Functions& call = token.call();
        check(call.SKF_SetLabel(token.device().handle(), text(plan.label)), "SKF_SetLabel");
        token.authenticate();
        // A PIN that somebody chose is set by changing the one of the factory.
        const std::string user = pin_text(plan.user_pin), admin = pin_text(plan.admin_pin);
        const std::string first_user = plan.keep_default_pin ? user : factory_pin;
        const std::string first_admin = plan.keep_default_pin ? admin : factory_pin;
        HAPPLICATION handle = nullptr;
        check(call.SKF_CreateApplication(token.device().handle(), text(plan.application),
                                         text(first_admin), plan.admin_tries, text(first_user),
                                         plan.user_tries, SECURE_USER_ACCOUNT, &handle),
              "SKF_CreateApplication");
        const Scoped application(handle, call.SKF_CloseApplication);
        ULONG left = 0;
        if (!plan.keep_default_pin) {
            check(call.SKF_ChangePIN(handle, USER_TYPE, text(first_user), text(user), &left),
                  "SKF_ChangePIN");
            check(call.SKF_ChangePIN(handle, ADMIN_TYPE, text(first_admin), text(admin), &left),
                  "SKF_ChangePIN");
        }
        token.login(application.get(), plan.user_pin);

        HCONTAINER container_handle = nullptr;
        check(call.SKF_CreateContainer(application.get(), text(plan.container), &container_handle),
              "SKF_CreateContainer");
        const Scoped container(container_handle, call.SKF_CloseContainer);
        ECCPUBLICKEYBLOB signing_key{};
        check(call.SKF_GenECCKeyPair(container.get(), SGD_SM2_1, &signing_key),
              "SKF_GenECCKeyPair");
        const auto encryption_key = import_encryption_key(call, container.get(), signing_key);
        made = certify(ca, plan, token, container.get(), encryption_key.spki());
    }
    try_out(plan, made);
    return made;
}

UkeyCertificates renew(Authority& ca, const UkeyPlan& plan, bool new_encryption_key) {
    UkeyCertificates made;
    {
        const Token token(plan);
        const Functions& call = token.call();
        const Scoped application = open_application(token.device(), plan.application);
        token.login(application.get(), plan.user_pin);
        const Scoped container = open_container(token.device(), application.get(), plan.container);
        UkeyPlan renewed;
        renewed.validity = plan.validity;
        const auto old = crypto::Certificate::parse(read_certificate(call, container.get(), true));
        renewed.holder = {old.holder_name(), old.credit_code()};
        const ECCPUBLICKEYBLOB signing_key = export_key(call, container.get(), true);
        const auto encryption_key = new_encryption_key
                                        ? import_encryption_key(call, container.get(), signing_key)
                                        : public_key_of(export_key(call, container.get(), false));
        made = certify(ca, renewed, token, container.get(), encryption_key.spki());
    }
    try_out(plan, made);
    return made;
}

}  // namespace bidseal::testca
