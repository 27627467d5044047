// Libraries that crash, hang, answer too much or lie: each costs one operation and one typed error.
#include "hostile.h"

#include <thread>

using namespace bidseal;
using namespace bidseal::test;

namespace {

enum class Step { list, open, login, sign, sign_digest, random, unwrap };

struct Case {
    const char* function;
    const char* fault;
    Step step;
    ErrorCode expected;
};

// How each misbehaviour ends. "list" leaves out a token that cannot be read; everything that shows
// that the process cannot be trusted any more is an error of the whole driver.
const Case cases[] = {
    {"SKF_EnumDev", "crash", Step::list, ErrorCode::token_driver_crashed},
    {"SKF_EnumDev", "abort", Step::list, ErrorCode::token_driver_crashed},
    {"SKF_EnumDev", "exit", Step::list, ErrorCode::token_driver_crashed},
    {"SKF_EnumDev", "throw", Step::list, ErrorCode::token_driver_crashed},
    {"SKF_EnumDev", "hang", Step::list, ErrorCode::token_driver_stuck},
    {"SKF_EnumDev", "overflow", Step::list, ErrorCode::token_driver_crashed},
    {"SKF_EnumDev", "too_long", Step::list, ErrorCode::token_failed},
    {"SKF_EnumDev", "huge", Step::list, ErrorCode::token_failed},
    {"SKF_EnumDev", "lie", Step::list, ErrorCode::token_driver_crashed},
    {"SKF_ConnectDev", "hang", Step::open, ErrorCode::token_driver_stuck},
    {"SKF_ExportCertificate", "overflow", Step::open, ErrorCode::token_driver_crashed},
    {"SKF_ExportCertificate", "too_long", Step::open, ErrorCode::token_failed},
    {"SKF_ExportCertificate", "huge", Step::open, ErrorCode::token_failed},
    {"SKF_GetPINInfo", "rubbish", Step::open, ErrorCode::token_failed},
    {"SKF_VerifyPIN", "crash", Step::login, ErrorCode::token_driver_crashed},
    {"SKF_VerifyPIN", "hang", Step::login, ErrorCode::token_driver_stuck},
    {"SKF_ECCSignData", "crash", Step::sign, ErrorCode::token_driver_crashed},
    {"SKF_ECCSignData", "throw", Step::sign, ErrorCode::token_driver_crashed},
    {"SKF_ECCSignData", "hang", Step::sign, ErrorCode::token_driver_stuck},
    {"SKF_ECCSignData", "overflow", Step::sign, ErrorCode::token_driver_crashed},
    {"SKF_ECCSignData", "rubbish", Step::sign, ErrorCode::signature_invalid},
    {"SKF_ECCSignData", "rubbish", Step::sign_digest, ErrorCode::signature_invalid},
    {"SKF_ECCSignData", "unplug", Step::sign, ErrorCode::token_removed},
    {"SKF_GenRandom", "overflow", Step::random, ErrorCode::token_driver_crashed},
    {"SKF_ImportSessionKey", "crash", Step::unwrap, ErrorCode::token_driver_crashed},
    {"SKF_Decrypt", "overflow", Step::unwrap, ErrorCode::token_driver_crashed},
    {"SKF_Decrypt", "too_long", Step::unwrap, ErrorCode::token_failed},
    {"SKF_Decrypt", "huge", Step::unwrap, ErrorCode::token_failed},
};

void use(ukey::TokenDriver& driver, const ukey::TokenInfo& token, Step until) {
    if (until == Step::list) {
        driver.list();
        return;
    }
    const auto session = driver.open(token);
    if (until == Step::open)
        return;
    session->login(pin("135790"));
    if (until == Step::sign)
        session->sign(as_bytes("x"));
    if (until == Step::sign_digest)
        session->sign_digest(crypto::sm3(as_bytes("x")));
    if (until == Step::random)
        session->random(16);
    if (until == Step::unwrap) {
        CountingRandom random;
        const auto key = crypto::Certificate::parse(token.encryption_certificate).sm2_key();
        const SecretBytes kek = SecretBytes::copy_of(from_hex("0123456789abcdeffedcba9876543210"));
        const Bytes share(32, 7);
        const SecretBytes wrapped = crypto::sm4_ecb_encrypt(kek.view(), share);
        const SecretBytes opened = session->unwrap(key.encrypt(kek.view(), random), wrapped.view());
        CHECK(equal(opened.view(), share));
    }
}

}  // namespace

TEST_CASE("whatever a library does ends in one typed error, and the next call works") {
    const Issued issued;
    const Faults faults(issued.folder);
    const fs::path drawer = issued.folder.path() / "drawer";
    for (const Case& one : cases) {
        const std::string what = std::string(one.function) + " " + one.fault;
        CAPTURE(what);
        faults.none();
        worker::ClientOptions options = options_for(vendor_library("vendor_plain"));
        const auto driver = driver_of(options);
        const ukey::TokenInfo token = driver->list().at(0);
        faults.order(one.function, one.fault);
        const bool stuck = one.expected == ErrorCode::token_driver_stuck;
        const auto began = std::chrono::steady_clock::now();
        if (stuck) {
            // A driver with little patience, that meets the fault after it was loaded.
            faults.none();
            options.call_time = std::chrono::milliseconds(1500);
            const auto impatient = driver_of(options);
            impatient->list();
            faults.order(one.function, one.fault);
            const Error error = error_of_call([&] { use(*impatient, token, one.step); });
            CHECK(error.code() == one.expected);
            CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
            faults.none();
            use(*impatient, token, Step::unwrap);
            continue;
        }
        const Error error = error_of_call([&] { use(*driver, token, one.step); });
        CHECK(error.code() == one.expected);
        faults.none();
        if (fs::exists(drawer))
            fs::rename(drawer, issued.folder.file("donghai"));
        use(*driver, token, Step::sign);
        use(*driver, token, Step::unwrap);
    }
}

TEST_CASE("a library that crashes while it is loaded is told, and loads later") {
    const Issued issued;
    const Faults faults(issued.folder);
    faults.order("SKF_EnumDev", "crash");
    const worker::ClientOptions options = options_for(vendor_library("vendor_plain"));
    CHECK(error_of_call([&] { driver_of(options); }).code() == ErrorCode::token_driver_crashed);
    faults.none();
    CHECK(driver_of(options)->list().size() == 1);
}

TEST_CASE("a driver that ends again and again is left alone for a while") {
    const Issued issued;
    const Faults faults(issued.folder);
    worker::ClientOptions options = options_for(vendor_library("vendor_plain"));
    options.most_ends = 3;
    options.ends_counted = std::chrono::milliseconds(4000);
    int ends = 0;
    options.on_end = [&](ErrorCode why) {
        CHECK(why == ErrorCode::token_driver_crashed);
        ++ends;
    };
    const auto driver = driver_of(options);
    faults.order("SKF_EnumApplication", "crash");
    for (int i = 0; i < 6; ++i) {
        CHECK(error_of_call([&] { driver->list(); }).code() == ErrorCode::token_driver_crashed);
    }
    CHECK(ends == 3);
    CHECK(worker_process() == 0);
    faults.none();
    CHECK(error_of_call([&] { driver->list(); }).code() == ErrorCode::token_driver_crashed);
    std::this_thread::sleep_for(std::chrono::milliseconds(4200));
    CHECK(driver->list().size() == 1);
}

TEST_CASE("libraries that cannot be loaded are refused") {
    const auto code = [](const std::string& library) {
        return error_of_call([&] { worker::start_client(options_for(library)); }).code();
    };
    CHECK(code("/nonexistent/vendor.so") == ErrorCode::token_driver);
    CHECK(code("libc.so.6") == ErrorCode::token_driver);
    worker::ClientOptions options = options_for(BIDSEAL_SOFTUKEY);
    options.program = "/nonexistent/worker";
    CHECK(error_of_call([&] { worker::start_client(options); }).code() == ErrorCode::token_driver);
    options.program = "/bin/true";
    CHECK(error_of_call([&] { worker::start_client(options); }).code() ==
          ErrorCode::token_driver_crashed);
    options.program = "/usr/bin/yes";  // never answers on our channels
    options.load_time = std::chrono::milliseconds(1000);
    CHECK(error_of_call([&] { worker::start_client(options); }).code() ==
          ErrorCode::token_driver_stuck);
}
