// SM2 keys, session keys, digests and MACs of the software UKey.
#include "fixture.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

Bytes digest_of(const Client& c, ULONG algorithm, ByteView message,
                ECCPUBLICKEYBLOB* key = nullptr) {
    Bytes id = to_bytes(as_bytes(crypto::sm2_default_id));
    HANDLE handle = nullptr;
    REQUIRE(c.f.SKF_DigestInit(c.dev, algorithm, key, id.data(),
                               key != nullptr ? static_cast<ULONG>(id.size()) : 0,
                               &handle) == SAR_OK);
    Bytes input = to_bytes(message);
    // In two pieces, and asked for the size first.
    const ULONG half = static_cast<ULONG>(input.size() / 2);
    REQUIRE(c.f.SKF_DigestUpdate(handle, input.data(), half) == SAR_OK);
    REQUIRE(c.f.SKF_DigestUpdate(handle, input.data() + half,
                                 static_cast<ULONG>(input.size()) - half) == SAR_OK);
    ULONG length = 0;
    REQUIRE(c.f.SKF_DigestFinal(handle, nullptr, &length) == SAR_OK);
    Bytes out(length);
    length -= 1;
    CHECK(c.f.SKF_DigestFinal(handle, out.data(), &length) == SAR_BUFFER_TOO_SMALL);
    REQUIRE(c.f.SKF_DigestFinal(handle, out.data(), &length) == SAR_OK);
    CHECK(c.f.SKF_DigestFinal(handle, out.data(), &length) == SAR_HASHOBJERR);
    REQUIRE(c.f.SKF_CloseHandle(handle) == SAR_OK);
    return out;
}

ECCPRIVATEKEYBLOB private_blob(const crypto::Sm2PrivateKey& key) {
    ECCPRIVATEKEYBLOB blob{};
    blob.BitLen = 256;
    std::memcpy(blob.PrivateKey + pad, key.scalar().view().data(), 32);
    return blob;
}

}  // namespace

TEST_CASE("digests: the standards' vectors, and SM3 with Z") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    CHECK(to_hex(digest_of(c, SGD_SM3, as_bytes("abc"))) ==
          "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    CHECK(to_hex(digest_of(c, SGD_SHA256, as_bytes("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(digest_of(c, SGD_SHA1, as_bytes("abc"))) ==
          "a9993e364706816aba3e25717850c26c9cd0d89d");
    // GM/T 0003.5 A.2: key, default identity, "message digest".
    ECCPUBLICKEYBLOB key{};
    key.BitLen = 256;
    const Bytes x = from_hex("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020");
    const Bytes y = from_hex("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13");
    std::memcpy(key.XCoordinate + pad, x.data(), 32);
    std::memcpy(key.YCoordinate + pad, y.data(), 32);
    CHECK(to_hex(digest_of(c, SGD_SM3, as_bytes("message digest"), &key)) ==
          "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
    HANDLE handle = nullptr;
    CHECK(c.f.SKF_DigestInit(c.dev, 0x80, nullptr, nullptr, 0, &handle) == SAR_NOTSUPPORTYETERR);
}

TEST_CASE("signatures verify with the core and by the token, and only over the same digest") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    ECCPUBLICKEYBLOB key = c.make_all();
    Bytes e = digest_of(c, SGD_SM3, as_bytes("a bid"), &key);
    ECCSIGNATUREBLOB signature{};
    REQUIRE(c.f.SKF_ECCSignData(c.con, e.data(), 32, &signature) == SAR_OK);
    CHECK(key_of(key).verify(as_bytes("a bid"), signature_der(signature)));
    CHECK_FALSE(key_of(key).verify(as_bytes("a bit"), signature_der(signature)));
    CHECK(c.f.SKF_ECCVerify(c.dev, &key, e.data(), 32, &signature) == SAR_OK);
    e[0] ^= 1;
    CHECK(c.f.SKF_ECCVerify(c.dev, &key, e.data(), 32, &signature) == SAR_FAIL);
    CHECK(c.f.SKF_ECCSignData(c.con, e.data(), 31, &signature) == SAR_INDATALENERR);

    ECCPUBLICKEYBLOB exported{};
    ULONG length = 0;
    REQUIRE(c.f.SKF_ExportPublicKey(c.con, 1, nullptr, &length) == SAR_OK);
    CHECK(length == sizeof exported);
    REQUIRE(c.f.SKF_ExportPublicKey(c.con, 1, reinterpret_cast<BYTE*>(&exported), &length) ==
            SAR_OK);
    CHECK(std::memcmp(&exported, &key, sizeof key) == 0);
    CHECK(c.f.SKF_ExportPublicKey(c.con, 0, nullptr, &length) == SAR_KEYNOTFOUNDERR);
    ULONG type = 0;
    REQUIRE(c.f.SKF_GetContainerType(c.con, &type) == SAR_OK);
    CHECK(type == CONTAINER_ECC);
}

TEST_CASE("an enveloped encryption key opens session keys, as a bid's opener needs it") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    const ECCPUBLICKEYBLOB signing_key = c.make_all();
    CountingRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    const SecretBytes kek = SecretBytes::copy_of(from_hex("0123456789abcdeffedcba9876543210"));
    Bytes wrapped_kek = cipher_blob(key.public_key().encrypt(kek.view(), random));
    HANDLE handle = nullptr;
    const auto import = [&](Bytes& blob) {
        return c.f.SKF_ImportSessionKey(c.con, SGD_SM4_ECB, blob.data(),
                                        static_cast<ULONG>(blob.size()), &handle);
    };
    CHECK(import(wrapped_kek) == SAR_KEYNOTFOUNDERR);

    Bytes blob = envelope(key, signing_key);
    auto* enveloped = reinterpret_cast<ENVELOPEDKEYBLOB*>(blob.data());
    enveloped->PubKey.XCoordinate[63] ^= 1;
    CHECK(c.f.SKF_ImportECCKeyPair(c.con, enveloped) == SAR_INDATAERR);
    enveloped->PubKey.XCoordinate[63] ^= 1;
    enveloped->cbEncryptedPriKey[40] ^= 1;
    CHECK(c.f.SKF_ImportECCKeyPair(c.con, enveloped) == SAR_INDATAERR);
    enveloped->cbEncryptedPriKey[40] ^= 1;
    enveloped->ulSymmAlgID = SGD_SM1_ECB;
    CHECK(c.f.SKF_ImportECCKeyPair(c.con, enveloped) == SAR_NOTSUPPORTYETERR);
    enveloped->ulSymmAlgID = SGD_SM4_ECB;
    REQUIRE(c.f.SKF_ImportECCKeyPair(c.con, enveloped) == SAR_OK);

    REQUIRE(import(wrapped_kek) == SAR_OK);
    BLOCKCIPHERPARAM no_padding{};
    REQUIRE(c.f.SKF_DecryptInit(handle, no_padding) == SAR_OK);
    Bytes share = from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    Bytes wrapped = to_bytes(crypto::sm4_ecb_encrypt(kek.view(), share).view());
    Bytes out(64);
    ULONG length = 0;
    REQUIRE(c.f.SKF_Decrypt(handle, wrapped.data(), 32, nullptr, &length) == SAR_OK);
    CHECK(length == 32);
    length = 31;
    CHECK(c.f.SKF_Decrypt(handle, wrapped.data(), 32, out.data(), &length) == SAR_BUFFER_TOO_SMALL);
    REQUIRE(c.f.SKF_Decrypt(handle, wrapped.data(), 32, out.data(), &length) == SAR_OK);
    CHECK(Bytes(out.begin(), out.begin() + length) == share);
    CHECK(c.f.SKF_Decrypt(handle, wrapped.data(), 32, out.data(), &length) == SAR_NOTINITIALIZEERR);
    REQUIRE(c.f.SKF_CloseHandle(handle) == SAR_OK);
    CHECK(c.f.SKF_DecryptInit(handle, no_padding) == SAR_INVALIDHANDLEERR);

    // Every byte of the ciphertext counts, and every fault is answered alike.
    for (const size_t at : {40u, 63u, 100u, 127u, 130u, 159u, 164u, 179u}) {
        Bytes bad = wrapped_kek;
        bad[at] ^= 1;
        CHECK(import(bad) == SAR_INDATAERR);
    }
    Bytes cut(wrapped_kek.begin(), wrapped_kek.end() - 1);
    CHECK(import(cut) == SAR_INDATALENERR);
    REQUIRE(c.f.SKF_ClearSecureState(c.app) == SAR_OK);
    CHECK(import(wrapped_kek) == SAR_USER_NOT_LOGGED_IN);
}

TEST_CASE("session keys travel between two tokens") {
    const Folder folder;
    folder.blank("one");
    folder.blank("two");
    Client a("one"), b("two");
    a.make_all();
    const ECCPUBLICKEYBLOB b_signing = b.make_all();
    CountingRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    Bytes blob = envelope(key, b_signing);
    REQUIRE(b.f.SKF_ImportECCKeyPair(b.con, reinterpret_cast<ENVELOPEDKEYBLOB*>(blob.data())) ==
            SAR_OK);
    ECCPUBLICKEYBLOB b_encryption{};
    ULONG length = sizeof b_encryption;
    REQUIRE(b.f.SKF_ExportPublicKey(b.con, 0, reinterpret_cast<BYTE*>(&b_encryption), &length) ==
            SAR_OK);

    Bytes wrapped(cipher_blob_size(16) + 16);
    HANDLE a_key = nullptr, b_key = nullptr;
    REQUIRE(a.f.SKF_ECCExportSessionKey(a.con, SGD_SM4_CBC, &b_encryption,
                                        reinterpret_cast<ECCCIPHERBLOB*>(wrapped.data()),
                                        &a_key) == SAR_OK);
    REQUIRE(b.f.SKF_ImportSessionKey(b.con, SGD_SM4_CBC, wrapped.data(),
                                     static_cast<ULONG>(cipher_blob_size(16)), &b_key) == SAR_OK);
    BLOCKCIPHERPARAM padded{};
    padded.IVLen = 16;
    padded.PaddingType = 1;
    for (const ULONG size : {0u, 1u, 15u, 16u, 17u, 48u, 100u}) {
        CAPTURE(size);
        Bytes plain(size);
        for (ULONG i = 0; i < size; ++i)
            plain[i] = static_cast<uint8_t>(i * 7);
        Bytes cipher(200), back(200);
        ULONG cipher_length = 200;
        REQUIRE(a.f.SKF_EncryptInit(a_key, padded) == SAR_OK);
        REQUIRE(a.f.SKF_Encrypt(a_key, plain.data(), size, cipher.data(), &cipher_length) ==
                SAR_OK);
        CHECK(cipher_length == (size / 16 + 1) * 16);
        // Back byte by byte.
        REQUIRE(b.f.SKF_DecryptInit(b_key, padded) == SAR_OK);
        size_t got = 0;
        for (ULONG i = 0; i < cipher_length; ++i) {
            ULONG room = static_cast<ULONG>(back.size() - got);
            REQUIRE(b.f.SKF_DecryptUpdate(b_key, &cipher[i], 1, back.data() + got, &room) ==
                    SAR_OK);
            got += room;
        }
        ULONG room = static_cast<ULONG>(back.size() - got);
        REQUIRE(b.f.SKF_DecryptFinal(b_key, back.data() + got, &room) == SAR_OK);
        back.resize(got + room);
        CHECK(back == plain);
    }
}

TEST_CASE("SM4 under a given key: the standard's block, padding faults, MAC") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    Bytes key = from_hex("0123456789abcdeffedcba9876543210");
    Bytes data = key;
    HANDLE ecb = nullptr, mac_key = nullptr, cbc = nullptr, mac = nullptr;
    REQUIRE(c.f.SKF_SetSymmKey(c.dev, key.data(), SGD_SM4_ECB, &ecb) == SAR_OK);
    BLOCKCIPHERPARAM plain{};
    Bytes out(64);
    ULONG length = 64;
    REQUIRE(c.f.SKF_EncryptInit(ecb, plain) == SAR_OK);
    REQUIRE(c.f.SKF_Encrypt(ecb, data.data(), 16, out.data(), &length) == SAR_OK);
    CHECK(to_hex({out.data(), length}) == "681edf34d206965e86b3e94f536e4246");
    REQUIRE(c.f.SKF_EncryptInit(ecb, plain) == SAR_OK);
    CHECK(c.f.SKF_Encrypt(ecb, data.data(), 15, out.data(), &length) == SAR_INDATALENERR);
    BLOCKCIPHERPARAM padded{};
    padded.PaddingType = 1;
    REQUIRE(c.f.SKF_DecryptInit(ecb, padded) == SAR_OK);
    length = 64;
    CHECK(c.f.SKF_Decrypt(ecb, data.data(), 16, out.data(), &length) == SAR_DECRYPTPADERR);

    // CBC-MAC is the last block of CBC.
    BLOCKCIPHERPARAM chained{};
    chained.IVLen = 16;
    Bytes message(48, 0x5A), cipher(48), tag(16);
    REQUIRE(c.f.SKF_SetSymmKey(c.dev, key.data(), SGD_SM4_CBC, &cbc) == SAR_OK);
    REQUIRE(c.f.SKF_SetSymmKey(c.dev, key.data(), SGD_SM4_MAC, &mac_key) == SAR_OK);
    REQUIRE(c.f.SKF_EncryptInit(cbc, chained) == SAR_OK);
    length = 48;
    REQUIRE(c.f.SKF_Encrypt(cbc, message.data(), 48, cipher.data(), &length) == SAR_OK);
    REQUIRE(c.f.SKF_MacInit(mac_key, &chained, &mac) == SAR_OK);
    REQUIRE(c.f.SKF_MacUpdate(mac, message.data(), 7) == SAR_OK);
    REQUIRE(c.f.SKF_MacUpdate(mac, message.data() + 7, 41) == SAR_OK);
    length = 16;
    REQUIRE(c.f.SKF_MacFinal(mac, tag.data(), &length) == SAR_OK);
    CHECK(tag == Bytes(cipher.begin() + 32, cipher.end()));
    CHECK(c.f.SKF_EncryptInit(mac_key, chained) == SAR_KEYUSAGEERR);
}

TEST_CASE("operations with keys from outside") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    CountingRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    ECCPRIVATEKEYBLOB priv = private_blob(key);
    ECCPUBLICKEYBLOB pub{};
    const Bytes point = key.public_key().point();
    pub.BitLen = 256;
    std::memcpy(pub.XCoordinate + pad, point.data() + 1, 32);
    std::memcpy(pub.YCoordinate + pad, point.data() + 33, 32);
    Bytes secret = to_bytes(as_bytes("twenty bytes exactly"));
    Bytes blob(cipher_blob_size(20) + 8, 0xEE);
    auto* cipher = reinterpret_cast<ECCCIPHERBLOB*>(blob.data());
    REQUIRE(c.f.SKF_ExtECCEncrypt(c.dev, &pub, secret.data(), 20, cipher) == SAR_OK);
    CHECK(+cipher->CipherLen == 20);
    CHECK(Bytes(blob.end() - 8, blob.end()) == Bytes(8, 0xEE));  // not a byte too many
    Bytes out(20);
    ULONG length = 20;
    REQUIRE(c.f.SKF_ExtECCDecrypt(c.dev, &priv, cipher, out.data(), &length) == SAR_OK);
    CHECK(out == secret);
    Bytes digest(32, 3);
    ECCSIGNATUREBLOB signature{};
    REQUIRE(c.f.SKF_ExtECCSign(c.dev, &priv, digest.data(), 32, &signature) == SAR_OK);
    CHECK(c.f.SKF_ExtECCVerify(c.dev, &pub, digest.data(), 32, &signature) == SAR_OK);
    pub.XCoordinate[63] ^= 1;  // off the curve
    CHECK(c.f.SKF_ExtECCEncrypt(c.dev, &pub, secret.data(), 20, cipher) == SAR_INDATAERR);
}

TEST_CASE("keys and certificates need the user's PIN; containers are listed and deleted") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    c.create();
    CHECK(c.f.SKF_CreateContainer(c.app, text("C1"), &c.con) == SAR_USER_NOT_LOGGED_IN);
    REQUIRE(c.verify(admin_pin, ADMIN_TYPE) == SAR_OK);
    CHECK(c.f.SKF_CreateContainer(c.app, text("C1"), &c.con) == SAR_USER_NOT_LOGGED_IN);
    REQUIRE(c.verify(user_pin) == SAR_OK);
    c.create_container();
    ULONG type = 99;
    REQUIRE(c.f.SKF_GetContainerType(c.con, &type) == SAR_OK);
    CHECK(type == CONTAINER_EMPTY);
    Bytes certificate(700, 0x30);
    REQUIRE(c.f.SKF_ImportCertificate(c.con, 1, certificate.data(), 700) == SAR_OK);
    Bytes out(700);
    ULONG length = 0;
    REQUIRE(c.f.SKF_ExportCertificate(c.con, 1, nullptr, &length) == SAR_OK);
    CHECK(length == 700);
    REQUIRE(c.f.SKF_ExportCertificate(c.con, 1, out.data(), &length) == SAR_OK);
    CHECK(out == certificate);
    CHECK(c.f.SKF_ExportCertificate(c.con, 0, out.data(), &length) == SAR_CERTNOTFOUNDERR);
    char names[16] = {};
    length = sizeof names;
    REQUIRE(c.f.SKF_EnumContainer(c.app, names, &length) == SAR_OK);
    CHECK(std::string(names, length) == std::string("C1\0\0", 4));
    CHECK(c.verify("000000") == SAR_PIN_INCORRECT);  // ends the login, too
    CHECK(c.f.SKF_DeleteContainer(c.app, text("C1")) == SAR_USER_NOT_LOGGED_IN);
    REQUIRE(c.verify(user_pin) == SAR_OK);
    CHECK(c.f.SKF_DeleteContainer(c.app, text("C1")) == SAR_OK);
    CHECK(c.f.SKF_GetContainerType(c.con, &type) == SAR_INVALIDHANDLEERR);
}

TEST_CASE("the library shows the standard's functions, and no decryption that the standard lacks") {
    const Functions& f = skf_functions();
#define BIDSEAL_TEST_PRESENT(name, parameters) CHECK_MESSAGE(bool(f.name), #name);
    BIDSEAL_SKF_FUNCTIONS(BIDSEAL_TEST_PRESENT)
#undef BIDSEAL_TEST_PRESENT
    const std::string listing =
        "nm -D --defined-only '" BIDSEAL_SOFTUKEY "' | awk '{print $3}' | grep -v '^SKF_' | wc -l";
    FILE* pipe = ::popen(listing.c_str(), "r");
    REQUIRE(pipe != nullptr);
    int others = -1;
    REQUIRE(std::fscanf(pipe, "%d", &others) == 1);
    ::pclose(pipe);
    CHECK(others == 0);
}
