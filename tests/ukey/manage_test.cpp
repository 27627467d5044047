// Managing a token: requests, renewed certificates, encryption keys, PINs, files.
#include "issued.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

std::string write_file(const Folder& folder, const char* name, ByteView content) {
    const std::string path = (folder.path() / name).string();
    std::ofstream(path, std::ios::binary) << std::string(as_text(content));
    return path;
}

Bytes read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)), {});
    return to_bytes(as_bytes(content));
}

int run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());
}

struct Opened {
    explicit Opened(const Issued&)
        : driver(load_driver(BIDSEAL_SOFTUKEY)),
          token(driver->list().at(0)),
          session(driver->open(token)) {}
    std::unique_ptr<ukey::TokenDriver> driver;
    ukey::TokenInfo token;
    std::unique_ptr<ukey::TokenSession> session;
};

// The point of a SubjectPublicKeyInfo as the blob that the fixture's helpers take.
ECCPUBLICKEYBLOB blob_of(ByteView spki) {
    const Bytes point = crypto::Sm2PublicKey::from_spki(spki).point();
    ECCPUBLICKEYBLOB blob{};
    blob.BitLen = 256;
    std::memcpy(blob.XCoordinate + pad, point.data() + 1, 32);
    std::memcpy(blob.YCoordinate + pad, point.data() + 33, 32);
    return blob;
}

}  // namespace

TEST_CASE("a certificate is renewed by request, and openssl as the CA accepts it") {
    const Issued issued;
    Opened opened(issued);
    ukey::TokenSession& session = *opened.session;
    const Bytes subject = crypto::name_der("东海建设有限公司", "东海建设有限公司");
    CHECK(error_of_call([&] { session.certificate_request(subject); }).code() ==
          ErrorCode::pin_required);
    session.login(pin("135790"));
    const Bytes old_key = session.public_key(true);
    const Bytes new_key = session.generate_signing_key();
    CHECK_FALSE(new_key == old_key);
    CHECK(session.public_key(true) == new_key);
    const std::string request =
        write_file(issued.folder, "request.der", session.certificate_request(subject));
    const std::string dir = issued.folder.path().string();
    const std::string id = " -vfyopt distid:1234567812345678";
    CHECK(run("openssl req -inform der -in " + request + " -verify -noout" + id) == 0);
    std::ofstream(dir + "/extensions") << "keyUsage=critical,digitalSignature\n";
    const std::string sign =
        "openssl x509 -req -inform der -in " + request + id + " -CA " + dir + "/ca/issuing.crt" +
        " -CAkey " + dir + "/ca/issuing.key -sm3 -sigopt distid:1234567812345678 -days 30" +
        " -extfile " + dir + "/extensions -outform der -out " + dir + "/new.der";
    REQUIRE(run(sign) == 0);
    const Bytes renewed = read_file(dir + "/new.der");
    // Not for the old key, not into the other place, and then where it belongs.
    CHECK(error_of_call([&] {
              session.import_certificate(true, opened.token.signing_certificate);
          }).code() == ErrorCode::key_invalid);
    CHECK(error_of_call([&] { session.import_certificate(false, renewed); }).code() ==
          ErrorCode::certificate_usage);
    session.import_certificate(true, renewed);
    CHECK(session.info().signing_certificate == renewed);
    const auto certificate = crypto::Certificate::parse(renewed);
    CHECK(certificate.holder_name() == "东海建设有限公司");
    CHECK(certificate.verify(as_bytes("x"), session.sign(as_bytes("x")),
                             crypto::SignatureKind::sm2_sm3));
    CHECK(opened.driver->list().at(0).signing_certificate == renewed);
}

TEST_CASE("an encryption key that the CA sends is imported and opens what is encrypted to it") {
    const Issued issued;
    Opened opened(issued);
    ukey::TokenSession& session = *opened.session;
    CountingRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    const Bytes blob = envelope(key, blob_of(session.public_key(true)));
    CHECK(error_of_call([&] { session.import_encryption_key(blob); }).code() ==
          ErrorCode::pin_required);
    session.login(pin("135790"));
    session.import_encryption_key(blob);
    CHECK(session.public_key(false) == key.public_key().spki());
    const SecretBytes kek = SecretBytes::copy_of(from_hex("0123456789abcdeffedcba9876543210"));
    const Bytes share(32, 3);
    const SecretBytes wrapped = crypto::sm4_ecb_encrypt(kek.view(), share);
    const Bytes cipher = key.public_key().encrypt(kek.view(), random);
    CHECK(equal(session.unwrap(cipher, wrapped.view()).view(), share));
    // What was encrypted to the old key is lost, as the interface says.
    const auto old = crypto::Certificate::parse(opened.token.encryption_certificate).sm2_key();
    CHECK(error_of_call([&] {
              session.unwrap(old.encrypt(kek.view(), random), wrapped.view());
          }).code() == ErrorCode::decrypt_failed);
}

TEST_CASE("key blobs that are none are refused before the token sees them") {
    const Issued issued;
    Opened opened(issued);
    CountingRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    const Bytes good = envelope(key, blob_of(opened.session->public_key(true)));
    const ukey::RawEnvelopedKey parsed = ukey::parse_enveloped_key(good);
    CHECK(parsed.algorithm == SGD_SM4_ECB);
    CHECK(parsed.wrap_key.cipher.size() == 16);
    const auto refused = [&](size_t at, uint8_t value) {
        Bytes bad = good;
        bad[at] = value;
        return error_of_call([&] { ukey::parse_enveloped_key(bad); }).code();
    };
    CHECK(refused(0, 2) == ErrorCode::encoding_invalid);           // version
    CHECK(refused(8, 1) == ErrorCode::encoding_invalid);           // bits
    CHECK(refused(76, 1) == ErrorCode::encoding_invalid);          // bits of the public key
    CHECK(refused(80, 1) == ErrorCode::encoding_invalid);          // a coordinate above 256 bits
    CHECK(refused(208 + 160, 17) == ErrorCode::encoding_invalid);  // length of the wrapped key
    for (const size_t size : {size_t{0}, size_t{208}, good.size() - 1}) {
        const ByteView cut = ByteView(good).first(size);
        CHECK(error_of_call([&] { ukey::parse_enveloped_key(cut); }).code() ==
              ErrorCode::encoding_invalid);
    }
    Bytes longer = good;
    longer.resize(good.size() + 9);
    CHECK(error_of_call([&] { ukey::parse_enveloped_key(longer); }).code() ==
          ErrorCode::encoding_invalid);
}

TEST_CASE("a new PIN of a wrong length costs no try") {
    const Issued issued;
    Opened opened(issued);
    for (const char* unfit : {"12345", "12345678901234567"}) {
        CHECK(error_of_call([&] {
                  opened.session->change_pin(pin("000000"), pin(unfit));
              }).code() == ErrorCode::pin_unfit);
        CHECK(error_of_call([&] { opened.session->unblock(pin("000000"), pin(unfit)); }).code() ==
              ErrorCode::pin_unfit);
    }
    CHECK(opened.session->pin_state().left == 3);
    const Error wrong =
        error_of_call([&] { opened.session->unblock(pin("00000000"), pin("123456")); });
    CHECK(wrong.code() == ErrorCode::pin_wrong);
    CHECK(wrong.retries_left().has_value());
    CHECK(opened.session->pin_state().left == 3);  // the administrator's tries are others
}

TEST_CASE("files on the token are listed and read") {
    const Issued issued;
    {
        Client client("donghai");
        REQUIRE(client.f.SKF_OpenApplication(client.dev, text("BIDSEAL"), &client.app) == SAR_OK);
        REQUIRE(client.verify("135790") == SAR_OK);
        Bytes picture(3000, 0);
        for (size_t i = 0; i < picture.size(); ++i)
            picture[i] = static_cast<uint8_t>(i * 7);
        REQUIRE(client.f.SKF_CreateFile(client.app, text("seal.png"), 3000, SECURE_ANYONE_ACCOUNT,
                                        SECURE_USER_ACCOUNT) == SAR_OK);
        REQUIRE(client.f.SKF_WriteFile(client.app, text("seal.png"), 0, picture.data(), 3000) ==
                SAR_OK);
    }
    Opened opened(issued);
    const auto files = opened.session->files();
    REQUIRE(files.size() == 1);
    CHECK(files[0].name == "seal.png");
    CHECK(files[0].size == 3000);
    const Bytes content = opened.session->read_file("seal.png");
    REQUIRE(content.size() == 3000);
    CHECK(content[2999] == static_cast<uint8_t>(2999 * 7));
    CHECK(error_of_call([&] { opened.session->read_file("other"); }).code() ==
          ErrorCode::key_not_found);
}
