// A 32-bit library in a 32-bit worker, with both calling conventions.
#include "hostile.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

void write_file(const fs::path& path, ByteView content) {
    std::ofstream(path, std::ios::binary) << std::string(as_text(content));
}

/// What the software UKey does in advance, so that the library without cryptography can give it.
struct Prepared {
    Prepared() {
        const auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
        const ukey::TokenInfo token = driver->list().at(0);
        const auto session = driver->open(token);
        session->login(pin("135790"));
        Bytes r(32), s(32);
        crypto::sm2_signature_from_der(session->sign(as_bytes("a bid")), r, s);
        append(r, s);
        const auto key = crypto::Certificate::parse(token.signing_certificate).sm2_key();
        const crypto::Sm3Digest digest = key.message_digest(as_bytes("a bid"));
        CountingRandom random;
        const SecretBytes kek = SecretBytes::copy_of(from_hex("0123456789abcdeffedcba9876543210"));
        cipher = crypto::Certificate::parse(token.encryption_certificate)
                     .sm2_key()
                     .encrypt(kek.view(), random);
        wrapped = to_bytes(crypto::sm4_ecb_encrypt(kek.view(), share).view());
        const fs::path dir = issued.folder.path();
        write_file(dir / "certificate", token.signing_certificate);
        write_file(dir / "encryption", token.encryption_certificate);
        write_file(dir / "digest", digest.view());
        write_file(dir / "signature", r);
        write_file(dir / "wrap", cipher_blob(cipher));
        write_file(dir / "wrapped", wrapped);
        write_file(dir / "share", share);
    }
    Issued issued;
    Bytes share = Bytes(32, 8);
    Bytes cipher, wrapped;
};

ukey::Profile narrow(ukey::CallConvention call) {
    ukey::Profile profile;
    profile.architecture = ukey::Architecture::i386;
    profile.call = call;
    profile.charset = ukey::Charset::gbk;
    return profile;
}

worker::ClientOptions narrow_options(const char* library, ukey::CallConvention call) {
    worker::ClientOptions options = options_for(vendor_library(library), narrow(call));
    options.program = BIDSEAL_WORKER "-i386";
    return options;
}

}  // namespace

TEST_CASE("32-bit libraries sign and unwrap with both calling conventions") {
    const Prepared prepared;
    using ukey::CallConvention;
    const std::pair<const char*, CallConvention> both[] = {
        {"vendor_tiny32", CallConvention::cdecl_},
        {"vendor_tiny32_stdcall", CallConvention::stdcall_}};
    for (const auto& [library, call] : both) {
        CAPTURE(library);
        const auto driver = driver_of(narrow_options(library, call));
        const ukey::TokenInfo token = driver->list().at(0);
        CHECK(token.label == "微型");
        const auto session = driver->open(token);
        const Error wrong = error_of_call([&] { session->login(pin("000000")); });
        CHECK(wrong.retries_left() == 4u);
        session->login(pin("135790"));
        CHECK_FALSE(session->sign(as_bytes("a bid")).empty());
        CHECK(error_of_call([&] { session->sign(as_bytes("another")); }).code() ==
              ErrorCode::token_failed);
        CHECK(equal(session->unwrap(prepared.cipher, prepared.wrapped).view(), prepared.share));
        CHECK(session->random(5) == Bytes(5, 0x42));
    }
}

TEST_CASE("a library of the other width is refused by either worker") {
    const Prepared prepared;
    worker::ClientOptions options = narrow_options("vendor_tiny32", ukey::CallConvention::cdecl_);
    options.program = BIDSEAL_WORKER;
    CHECK(error_of_call([&] { driver_of(options); }).code() == ErrorCode::token_driver);
    options = options_for(BIDSEAL_SOFTUKEY);
    options.program = BIDSEAL_WORKER "-i386";
    CHECK(error_of_call([&] { driver_of(options); }).code() == ErrorCode::token_driver);
}
