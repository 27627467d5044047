// The driver over a UKey that the test CA made: what the bridge and the command line see.
#include <chrono>
#include <thread>

#include "bidseal/crypto/certificate.h"

#include "issued.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

constexpr std::chrono::milliseconds soon{3000};

}  // namespace

TEST_CASE("tokens are listed with their certificates and PIN state") {
    const Issued issued;
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    const auto tokens = driver->list();
    REQUIRE(tokens.size() == 1);
    const auto& token = tokens[0];
    CHECK(token.device == "donghai");
    CHECK(token.label == "donghai");
    CHECK(token.serial.size() == 16);
    CHECK(token.application == "BIDSEAL");
    CHECK(token.pin.max == 3);
    CHECK(token.pin.left == 3);
    CHECK_FALSE(token.pin.is_default);
    const auto signing = crypto::Certificate::parse(token.signing_certificate);
    const auto encryption = crypto::Certificate::parse(token.encryption_certificate);
    CHECK(signing.holder_name() == "东海建设有限公司");
    CHECK(signing.credit_code() == "91310000MA1FL0XX0A");
    CHECK(signing.allows(crypto::KeyUsage::digital_signature));
    CHECK_FALSE(signing.allows(crypto::KeyUsage::key_encipherment));
    CHECK(encryption.allows(crypto::KeyUsage::key_encipherment));
    CHECK_FALSE(encryption.allows(crypto::KeyUsage::digital_signature));
    CHECK_FALSE(signing.sm2_key().point() == encryption.sm2_key().point());
}

TEST_CASE("a session signs, unwraps and counts wrong PINs") {
    const Issued issued;
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    const auto token = driver->list().at(0);
    const auto session = driver->open(token);
    CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() == ErrorCode::pin_required);

    const Error wrong = error_of_call([&] { session->login(pin("000000")); });
    CHECK(wrong.code() == ErrorCode::pin_wrong);
    CHECK(wrong.retries_left() == 2u);
    CHECK(session->pin_state().left == 2);
    CHECK_FALSE(session->logged_in());
    session->login(pin("135790"));
    CHECK(session->pin_state().left == 3);

    const auto signing = crypto::Certificate::parse(token.signing_certificate);
    const Bytes signature = session->sign(as_bytes("the index of a bid"));
    CHECK(
        signing.verify(as_bytes("the index of a bid"), signature, crypto::SignatureKind::sm2_sm3));

    CountingRandom random;
    const SecretBytes kek = SecretBytes::copy_of(from_hex("0123456789abcdeffedcba9876543210"));
    const Bytes share =
        from_hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
    const auto key = crypto::Certificate::parse(token.encryption_certificate).sm2_key();
    const Bytes cipher = key.encrypt(kek.view(), random);
    const SecretBytes wrapped = crypto::sm4_ecb_encrypt(kek.view(), share);
    CHECK(to_bytes(session->unwrap(cipher, wrapped.view()).view()) == share);
    Bytes bad = cipher;
    bad.back() ^= 1;
    const auto code = [&](ByteView c, ByteView w) {
        return error_of_call([&] { session->unwrap(c, w); }).code();
    };
    CHECK(code(bad, wrapped.view()) == ErrorCode::decrypt_failed);
    CHECK(code(as_bytes("no DER"), wrapped.view()) == ErrorCode::decrypt_failed);
    CHECK(code(cipher, wrapped.view().first(31)) == ErrorCode::decrypt_failed);
    CHECK(code(key.encrypt(share, random), wrapped.view()) == ErrorCode::decrypt_failed);
    CHECK(session->random(40).size() == 40);

    session->logout();
    CHECK(code(cipher, wrapped.view()) == ErrorCode::pin_required);
}

TEST_CASE("one session's login opens nothing for another") {
    const Issued issued;
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    const auto token = driver->list().at(0);
    const auto first = driver->open(token);
    const auto second = driver->open(token);
    first->login(pin("135790"));
    CHECK(error_of_call([&] { second->sign(as_bytes("x")); }).code() == ErrorCode::pin_required);
    CHECK(driver->list().size() == 1);  // listing does not disturb the login
    CHECK_FALSE(first->sign(as_bytes("x")).empty());
}

TEST_CASE("three wrong PINs lock, and the administrator's PIN unlocks") {
    const Issued issued;
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    const auto session = driver->open(driver->list().at(0));
    for (const uint32_t left : {2u, 1u}) {
        CHECK(error_of_call([&] { session->login(pin("111111")); }).retries_left() == left);
    }
    const Error locked = error_of_call([&] { session->login(pin("111111")); });
    CHECK(locked.code() == ErrorCode::pin_locked);
    CHECK(locked.retries_left() == 0u);
    CHECK(session->pin_state().locked());
    session->unblock(pin("24680135"), pin("222222"));
    session->login(pin("222222"));
    session->change_pin(pin("222222"), pin("333333"));
    session->login(pin("333333"));
    CHECK(session->logged_in());
}

TEST_CASE("the test CA's certificates pass and fail validation as they should") {
    const Issued issued;
    const auto token = load_driver(BIDSEAL_SOFTUKEY)->list().at(0);
    const std::string ca = (issued.folder.path() / "ca").string();
    const auto read = [&](const std::string& name) {
        std::ifstream in(ca + "/" + name, std::ios::binary);
        const std::string content((std::istreambuf_iterator<char>(in)), {});
        return to_bytes(as_bytes(content));
    };
    const auto leaf = crypto::Certificate::parse(token.signing_certificate);
    const auto validate = [&](crypto::KeyUsage usage) {
        crypto::TrustStore trust;
        trust.roots = crypto::Certificate::parse_file(read("root.crt"));
        trust.intermediates = crypto::Certificate::parse_file(read("issuing.crt"));
        trust.crls = {crypto::RevocationList::parse(read("issuing.crl")),
                      crypto::RevocationList::parse(read("root.crl.pem"))};
        const Timestamp now{std::chrono::duration_cast<std::chrono::seconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count()};
        return crypto::validate_chain(leaf, {}, trust, now, usage,
                                      crypto::RevocationPolicy::require_evidence);
    };
    const auto result = validate(crypto::KeyUsage::digital_signature);
    CHECK(result.path.size() == 3);
    CHECK(result.revocation_checked);
    CHECK(error_of_call([&] { validate(crypto::KeyUsage::key_encipherment); }).code() ==
          ErrorCode::certificate_usage);
    const std::string revoke =
        "'" BIDSEAL_TESTCA "' crl " + ca + " --revoke " + to_hex(leaf.serial()) + " >/dev/null";
    REQUIRE(std::system(revoke.c_str()) == 0);
    CHECK(error_of_call([&] { validate(crypto::KeyUsage::digital_signature); }).code() ==
          ErrorCode::certificate_revoked);
}

TEST_CASE("openssl verifies the token's signature") {
    const Issued issued;
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    const auto session = driver->open(driver->list().at(0));
    session->login(pin("135790"));
    const auto write = [&](const char* name, ByteView bytes) {
        const std::string path = (issued.folder.path() / name).string();
        std::ofstream(path, std::ios::binary) << std::string(as_text(bytes));
        return path;
    };
    const Bytes message = to_bytes(as_bytes("投标文件"));
    const std::string data = write("message", message);
    const std::string signature = write("signature", session->sign(message));
    const std::string dir = issued.folder.path().string();
    const std::string verify = "openssl x509 -in " + dir +
                               "/ca/ukeys/donghai/sign.crt -pubkey -noout"
                               " > " +
                               dir + "/key.pem && openssl dgst -sm3 -verify " + dir +
                               "/key.pem -sigopt distid:1234567812345678 -signature " + signature +
                               " " + data + " >/dev/null";
    CHECK(std::system(verify.c_str()) == 0);
    write("message", as_bytes("投标文仵"));
    CHECK(std::system((verify + " 2>&1").c_str()) != 0);
}

TEST_CASE("a pulled-out token is told, ends the session, and works again after replugging") {
    const Issued issued;
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    const auto token = driver->list().at(0);
    const auto session = driver->open(token);
    session->login(pin("135790"));
    CHECK_FALSE(driver->wait_event(std::chrono::milliseconds(10)).has_value());

    const fs::path away = issued.folder.path() / "drawer";
    fs::rename(issued.folder.file("donghai"), away);
    auto event = driver->wait_event(soon);
    REQUIRE(event.has_value());
    CHECK(event->kind == ukey::DeviceEvent::Kind::pulled_out);
    CHECK(event->device == "donghai");
    CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() == ErrorCode::token_removed);
    CHECK(error_of_call([&] { driver->open(token); }).code() == ErrorCode::token_absent);
    CHECK(driver->list().empty());

    fs::rename(away, issued.folder.file("donghai"));
    event = driver->wait_event(soon);
    REQUIRE(event.has_value());
    CHECK(event->kind == ukey::DeviceEvent::Kind::plugged_in);
    CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() == ErrorCode::token_removed);
    const auto again = driver->open(driver->list().at(0));
    again->login(pin("135790"));
    CHECK_FALSE(again->sign(as_bytes("x")).empty());

    std::thread canceller([&] { driver->cancel_wait(); });
    CHECK_FALSE(driver->wait_event(std::chrono::minutes(5)).has_value());
    canceller.join();
}

TEST_CASE("a damaged token is skipped with a reason, the others stay usable") {
    const Issued issued;
    std::ofstream(issued.folder.file("broken")) << "not a state file";
    const auto driver = load_driver(BIDSEAL_SOFTUKEY);
    std::vector<ukey::TokenDriver::Skipped> skipped;
    CHECK(driver->list(&skipped).size() == 1);
    REQUIRE(skipped.size() == 1);
    CHECK(skipped[0].device == "broken");
    CHECK(skipped[0].reason == ErrorCode::token_failed);
}

TEST_CASE("libraries that cannot be used are refused") {
    CHECK(error_of_call([] { load_driver("/nonexistent/vendor.so"); }).code() ==
          ErrorCode::token_driver);
    CHECK(error_of_call([] { load_driver("libc.so.6"); }).code() == ErrorCode::token_driver);
    ukey::Profile foreign = ukey::Profile::standard();
    foreign.call = ukey::CallConvention::stdcall_;
    CHECK(error_of_call([&] { load_driver(BIDSEAL_SOFTUKEY, foreign); }).code() ==
          ErrorCode::token_unsupported);
}

TEST_CASE("every answer of the standard is mapped") {
    CHECK(skf::error_of(SAR_DEVICE_REMOVED) == ErrorCode::token_removed);
    CHECK(skf::error_of(SAR_PIN_INCORRECT) == ErrorCode::pin_wrong);
    CHECK(skf::error_of(SAR_PIN_LOCKED) == ErrorCode::pin_locked);
    CHECK(skf::error_of(SAR_USER_NOT_LOGGED_IN) == ErrorCode::pin_required);
    CHECK(skf::error_of(SAR_KEYNOTFOUNDERR) == ErrorCode::key_not_found);
    CHECK(skf::error_of(SAR_NOTSUPPORTYETERR) == ErrorCode::token_unsupported);
    CHECK(skf::error_of(SAR_TIMEOUTERR) == ErrorCode::timed_out);
    CHECK(skf::error_of(0x0A0000FF) == ErrorCode::token_failed);
}
