// Libraries that depart from the standard, each with its profile; and with a wrong one.
#include "bridge/ukey/profile_file.h"
#include "hostile.h"

using namespace bidseal;
using namespace bidseal::test;
using ukey::PrivateDecrypt;
using ukey::Profile;

namespace {

using Function = PrivateDecrypt::Function;
using Form = PrivateDecrypt::Form;
using Content = PrivateDecrypt::Content;

struct Variant {
    const char* library;
    PrivateDecrypt how;
};

// The forms of standards' and vendors' headers: see tests/worker/libs/CMakeLists.txt.
const Variant variants[] = {
    {"vendor_a1", {Function::SKF_ECCDecrypt, Form::blob, 0, Content::blob}},
    {"vendor_a2", {Function::SKF_ECCDecrypt, Form::selector_blob, 0, Content::blob}},
    {"vendor_a3", {Function::SKF_ECCDecrypt, Form::bytes, 0, Content::blob}},
    {"vendor_a4", {Function::SKF_ECCDecryptEx, Form::blob, 0, Content::blob}},
    {"vendor_b1", {Function::SKF_PrvKeyDecrypt, Form::selector_blob, 1, Content::blob}},
    {"vendor_b2", {Function::SKF_PrvKeyDecrypt, Form::blob, 0, Content::blob}},
    {"vendor_c1", {Function::SKF_ECCPrvKeyDecrypt, Form::blob, 0, Content::blob}},
    {"vendor_c2", {Function::SKF_ECCPrvKeyDecrypt, Form::bytes, 0, Content::c1c3c2}},
    {"vendor_c3", {Function::SKF_ECCPrvKeyDecryptEx, Form::selector_blob, 1, Content::blob}},
};

Profile profile_with(const PrivateDecrypt& how) {
    Profile profile;
    profile.session_key = false;
    profile.decrypt = how;
    return profile;
}

struct Opened {
    explicit Opened(const std::string& library, const Profile& profile)
        : driver(driver_of(options_for(vendor_library(library), profile))),
          token(driver->list().at(0)),
          session(driver->open(token)) {
        session->login(pin("135790"));
    }
    std::unique_ptr<ukey::TokenDriver> driver;
    ukey::TokenInfo token;
    std::unique_ptr<ukey::TokenSession> session;
};

void check_unwrap(Opened& opened) {
    CountingRandom random;
    const SecretBytes kek = SecretBytes::copy_of(from_hex("0123456789abcdeffedcba9876543210"));
    const Bytes share(48, 9);
    const auto key = crypto::Certificate::parse(opened.token.encryption_certificate).sm2_key();
    const Bytes cipher = key.encrypt(kek.view(), random);
    const SecretBytes wrapped = crypto::sm4_ecb_encrypt(kek.view(), share);
    CHECK(equal(opened.session->unwrap(cipher, wrapped.view()).view(), share));
    Bytes bad = cipher;
    bad.back() ^= 1;
    CHECK(error_of_call([&] { opened.session->unwrap(bad, wrapped.view()); }).code() ==
          ErrorCode::decrypt_failed);
}

void check_decrypt(Opened& opened) {
    CountingRandom random;
    const auto key = crypto::Certificate::parse(opened.token.encryption_certificate).sm2_key();
    const Bytes plain = to_bytes(as_bytes("a share of a secret, of no round length"));
    CHECK(equal(opened.session->decrypt(key.encrypt(plain, random)).view(), plain));
    opened.session->logout();
    CHECK(error_of_call([&] { opened.session->decrypt(key.encrypt(plain, random)); }).code() ==
          ErrorCode::pin_required);
}

}  // namespace

TEST_CASE("every form of private decryption opens wraps and messages") {
    const Issued issued;
    for (const Variant& variant : variants) {
        CAPTURE(variant.library);
        Opened opened(variant.library, profile_with(variant.how));
        check_unwrap(opened);
        check_decrypt(opened);
    }
    Profile wide = profile_with({Function::SKF_ECCDecrypt, Form::blob, 0, Content::blob});
    wide.ulong_size = ukey::UlongSize::eight;
    Opened opened("vendor_a1_wide", wide);
    check_unwrap(opened);
    check_decrypt(opened);
}

TEST_CASE("a library without private decryption says so, and one without session keys too") {
    const Issued issued;
    Opened plain("vendor_plain", Profile::standard());
    check_unwrap(plain);
    CountingRandom random;
    const auto key = crypto::Certificate::parse(plain.token.encryption_certificate).sm2_key();
    CHECK(error_of_call([&] { plain.session->decrypt(key.encrypt(Bytes(3, 1), random)); }).code() ==
          ErrorCode::token_unsupported);
    Opened bare("vendor_a1", Profile::standard());
    const Bytes wrapped(16, 0);
    CHECK(error_of_call([&] {
              bare.session->unwrap(key.encrypt(Bytes(16, 1), random), wrapped);
          }).code() == ErrorCode::token_unsupported);
    Opened misnamed("vendor_a1",
                    profile_with({Function::SKF_PrvKeyDecrypt, Form::blob, 0, Content::blob}));
    CHECK(error_of_call([&] {
              misnamed.session->unwrap(key.encrypt(Bytes(16, 1), random), wrapped);
          }).code() == ErrorCode::token_unsupported);
}

TEST_CASE("a function called with another one's parameters is an error, never a wrong answer") {
    const Issued issued;
    for (const Variant& library : variants) {
        for (const Variant& called : variants) {
            if (library.how.function != called.how.function || library.how == called.how)
                continue;
            CAPTURE(library.library);
            CAPTURE(called.library);
            Opened opened(library.library, profile_with(called.how));
            CountingRandom random;
            const auto key =
                crypto::Certificate::parse(opened.token.encryption_certificate).sm2_key();
            const ErrorCode code = error_of_call([&] {
                                       opened.session->decrypt(key.encrypt(Bytes(20, 1), random));
                                   }).code();
            CHECK((code == ErrorCode::decrypt_failed || code == ErrorCode::token_driver_crashed ||
                   code == ErrorCode::token_unsupported || code == ErrorCode::token_failed));
            CHECK(opened.driver->list().size() == 1);
        }
    }
}

TEST_CASE("ULONG of eight bytes, natural alignment and GBK names work by their profile") {
    const Issued issued;
    Profile wide;
    wide.ulong_size = ukey::UlongSize::eight;
    Opened first("vendor_wide", wide);
    check_unwrap(first);
    CHECK(first.token.pin.max == 3);
    CHECK_FALSE(first.session->sign(as_bytes("x")).empty());
    wide.packing = ukey::Packing::natural;
    Opened second("vendor_wide_natural", wide);
    check_unwrap(second);
    Profile natural;
    natural.packing = ukey::Packing::natural;
    natural.charset = ukey::Charset::gbk;
    Opened third("vendor_natural", natural);
    check_unwrap(third);
    CHECK(third.token.label == "东海?");
    CHECK(third.token.serial == second.token.serial);
}

TEST_CASE("a library whose ULONG is wider than its profile says is caught at its first call") {
    const Issued issued;
    CHECK(error_of_call([] { driver_of(options_for(vendor_library("vendor_wide"))); }).code() ==
          ErrorCode::token_driver_crashed);
}

TEST_CASE("profiles are written and read again") {
    Profile profile;
    profile.name = "vendor-x.1";
    profile.ulong_size = ukey::UlongSize::eight;
    profile.packing = ukey::Packing::natural;
    profile.call = ukey::CallConvention::stdcall_;
    profile.charset = ukey::Charset::gbk;
    profile.architecture = ukey::Architecture::i386;
    profile.session_key = false;
    profile.decrypt = {Function::SKF_ECCPrvKeyDecryptEx, Form::selector_blob, 7, Content::blob};
    profile.environment = {"VENDOR_HOME"};
    const std::string text = ukey::write_profile(profile);
    const Profile again = ukey::parse_profile(as_bytes(text));
    CHECK(ukey::write_profile(again) == text);
    CHECK(again.decrypt == profile.decrypt);
    CHECK(again.ulong_size == profile.ulong_size);
    CHECK(again.architecture == ukey::Architecture::i386);
    const Profile standard = ukey::parse_profile(as_bytes(R"({"name":"standard"})"));
    CHECK(ukey::write_profile(standard) == ukey::write_profile(Profile::standard()));
}

TEST_CASE("profiles that say what cannot be are refused") {
    for (const char* text :
         {"{}", R"({"name":"a b"})", R"({"name":"x","ulong":6})", R"({"name":"x","ulong":"4"})",
          R"({"name":"x","unknown":1})", R"({"name":"x","decrypt":{"function":"system"}})",
          R"({"name":"x","decrypt":{"function":"SKF_ECCDecrypt","selector":256}})",
          R"({"name":"x","environment":["LD_PRELOAD"]})", R"({"name":"x","environment":["a=b"]})",
          R"({"name":"x","charset":"big5"})"}) {
        CAPTURE(text);
        CHECK(error_of_call([&] { ukey::parse_profile(as_bytes(text)); }).code() ==
              ErrorCode::json_invalid);
    }
}
