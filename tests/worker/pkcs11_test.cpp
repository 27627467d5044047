// The PKCS #11 driver in its worker over SoftHSM, with OpenSC's pkcs11-tool and openssl looking at
// the same token.
#include "hostile.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

constexpr char library[] = "/usr/lib/softhsm/libsofthsm2.so";

int run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());
}

std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
}

/// A token "donghai" with a P-256 key (id 01, signing) and an RSA key (id 02, both uses), each with
/// a certificate of a CA that openssl made.
class SoftToken {
public:
    SoftToken() {
        char name[] = "/tmp/bidseal-p11-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        dir = name;
        fs::create_directory(dir + "/tokens");
        std::ofstream(dir + "/softhsm2.conf") << "directories.tokendir = " << dir << "/tokens\n"
                                              << "objectstore.backend = file\nlog.level = ERROR\n";
        ::setenv("SOFTHSM2_CONF", (dir + "/softhsm2.conf").c_str(), 1);
        REQUIRE(run("softhsm2-util --init-token --free --label donghai --so-pin 24680135"
                    " --pin 135790") == 0);
        REQUIRE(run("openssl req -x509 -newkey rsa:2048 -nodes -keyout " + dir + "/ca.key -out " +
                    dir + "/ca.crt -subj '/CN=Test CA' -days 30") == 0);
        make_key("01", "EC:prime256v1", "digitalSignature");
        make_key("02", "rsa:2048", "digitalSignature,keyEncipherment");
    }
    ~SoftToken() {
        std::error_code ignored;
        fs::remove_all(dir, ignored);
    }

    /// pkcs11-tool on the same token.
    static std::string tool(const std::string& words) {
        return std::string("pkcs11-tool --module ") + library + " --token-label donghai " + words;
    }

    void make_certificate(const std::string& id, const std::string& usage,
                          const std::string& holder) const {
        const std::string key = dir + "/" + id + ".pub";
        REQUIRE(run(tool("--read-object --type pubkey --id " + id + " -o " + key + ".der")) == 0);
        REQUIRE(run("openssl pkey -pubin -inform der -in " + key + ".der -out " + key) == 0);
        std::ofstream(dir + "/ext") << "keyUsage=critical," << usage << "\n";
        REQUIRE(run("openssl x509 -new -force_pubkey " + key + " -subj '/O=" + holder + "' -CA " +
                    dir + "/ca.crt -CAkey " + dir + "/ca.key -days 20 -extfile " + dir +
                    "/ext -outform der -out " + dir + "/" + id + ".crt") == 0);
    }

    std::string dir;

private:
    void make_key(const std::string& id, const std::string& type, const std::string& usage) const {
        REQUIRE(run(tool("--login --pin 135790 --keypairgen --key-type " + type + " --id " + id)) ==
                0);
        make_certificate(id, usage, "Donghai " + id);
        REQUIRE(run(tool("--login --pin 135790 --write-object " + dir + "/" + id +
                         ".crt --type cert --id " + id)) == 0);
    }
};

ukey::Profile profile() {
    ukey::Profile profile;
    profile.interface_ = ukey::Interface::pkcs11;
    return profile;
}

struct Opened {
    Opened() : driver(driver_of(options_for(library, profile()))) {
        for (ukey::TokenInfo& token : driver->list())
            (token.container == "01" ? p256 : rsa) = token;
    }
    std::unique_ptr<ukey::TokenDriver> driver;
    ukey::TokenInfo p256, rsa;
};

}  // namespace

TEST_CASE("a PKCS #11 token is listed, each certificate where its key usage fits") {
    const SoftToken token;
    Opened opened;
    REQUIRE(opened.p256.container == "01");
    REQUIRE(opened.rsa.container == "02");
    CHECK(opened.p256.label == "donghai");
    CHECK(opened.p256.manufacturer == "SoftHSM project");
    CHECK(opened.p256.serial.size() == 16);
    CHECK(to_bytes(as_bytes(read_text(token.dir + "/01.crt"))) == opened.p256.signing_certificate);
    CHECK(opened.p256.encryption_certificate.empty());
    CHECK(opened.rsa.signing_certificate == opened.rsa.encryption_certificate);
    CHECK_FALSE(opened.rsa.encryption_certificate.empty());
    CHECK_FALSE(opened.p256.pin.counted());
    CHECK(opened.p256.pin.flag == ukey::PinState::Flag::none);
}

TEST_CASE("P-256 and RSA keys sign, and openssl agrees") {
    const SoftToken token;
    Opened opened;
    for (const ukey::TokenInfo* info : {&opened.p256, &opened.rsa}) {
        CAPTURE(info->container);
        const auto session = opened.driver->open(*info);
        CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() ==
              ErrorCode::pin_required);
        session->login(pin("135790"));
        const Bytes message = to_bytes(as_bytes("投标文件"));
        const Bytes signature = session->sign(message);
        std::ofstream(token.dir + "/message", std::ios::binary) << std::string(as_text(message));
        std::ofstream(token.dir + "/sig", std::ios::binary) << std::string(as_text(signature));
        const std::string verify = "openssl dgst -sha256 -verify " + token.dir + "/" +
                                   info->container + ".pub -signature " + token.dir + "/sig " +
                                   token.dir + "/message";
        CHECK(run(verify) == 0);
        CHECK(session->random(33).size() == 33);
    }
}

TEST_CASE("an RSA key decrypts what openssl encrypted") {
    const SoftToken token;
    Opened opened;
    const auto session = opened.driver->open(opened.rsa);
    std::ofstream(token.dir + "/plain") << "a share of a secret";
    REQUIRE(run("openssl pkeyutl -encrypt -pubin -inkey " + token.dir + "/02.pub -in " + token.dir +
                "/plain -out " + token.dir +
                "/cipher -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1") == 0);
    Bytes cipher = to_bytes(as_bytes(read_text(token.dir + "/cipher")));
    CHECK(error_of_call([&] { session->decrypt(cipher); }).code() == ErrorCode::pin_required);
    session->login(pin("135790"));
    CHECK(equal(session->decrypt(cipher).view(), as_bytes("a share of a secret")));
    cipher[100] ^= 1;
    CHECK(error_of_call([&] { session->decrypt(cipher); }).code() == ErrorCode::decrypt_failed);
    CHECK(error_of_call([&] { session->decrypt(as_bytes("short")); }).code() ==
          ErrorCode::decrypt_failed);
}

TEST_CASE("a wrong PIN raises a flag and no invented number") {
    const SoftToken token;
    Opened opened;
    const auto session = opened.driver->open(opened.p256);
    const Error wrong = error_of_call([&] { session->login(pin("000000")); });
    CHECK(wrong.code() == ErrorCode::pin_wrong);
    CHECK_FALSE(wrong.retries_left().has_value());
    const ukey::PinState state = session->pin_state();
    CHECK(state.flag == ukey::PinState::Flag::low);
    CHECK(state.max == 0);
    CHECK(state.low());
    CHECK_FALSE(state.locked());
    CHECK_FALSE(session->logged_in());
    session->login(pin("135790"));
    CHECK(session->pin_state().flag == ukey::PinState::Flag::none);
    // A login that is open elsewhere in the process does not vouch for another PIN.
    const auto second = opened.driver->open(opened.rsa);
    CHECK(error_of_call([&] { second->login(pin("000000")); }).code() == ErrorCode::pin_wrong);
    CHECK_FALSE(second->logged_in());
}

TEST_CASE("PINs are changed and unlocked, as pkcs11-tool sees") {
    const SoftToken token;
    Opened opened;
    const auto session = opened.driver->open(opened.p256);
    session->change_pin(pin("135790"), pin("222222"));
    CHECK(run(SoftToken::tool("--login --pin 135790 -O")) != 0);
    CHECK(run(SoftToken::tool("--login --pin 222222 -O")) == 0);
    session->unblock(pin("24680135"), pin("333333"));
    CHECK(run(SoftToken::tool("--login --pin 333333 -O")) == 0);
    CHECK(error_of_call([&] { session->unblock(pin("00000000"), pin("444444")); }).code() ==
          ErrorCode::pin_wrong);
    CHECK(run(SoftToken::tool("--login --pin 333333 -O")) == 0);
}

TEST_CASE("a renewed certificate takes the old one's place") {
    const SoftToken token;
    Opened opened;
    const auto session = opened.driver->open(opened.p256);
    session->login(pin("135790"));
    token.make_certificate("01", "digitalSignature", "Donghai renewed");
    const Bytes renewed = to_bytes(as_bytes(read_text(token.dir + "/01.crt")));
    session->import_certificate(true, renewed);
    CHECK(run(SoftToken::tool("--read-object --type cert --id 01 -o " + token.dir + "/back")) == 0);
    CHECK(to_bytes(as_bytes(read_text(token.dir + "/back"))) == renewed);
    for (const ukey::TokenInfo& info : opened.driver->list()) {
        if (info.container == "01")
            CHECK(info.signing_certificate == renewed);
    }
    CHECK_FALSE(session->sign(as_bytes("x")).empty());
}

TEST_CASE("a PKCS #11 library is refused where SKF is meant, and the other way round") {
    const Issued issued;
    const SoftToken token;
    CHECK(error_of_call([] { driver_of(options_for(library)); }).code() == ErrorCode::token_driver);
    CHECK(error_of_call([] { driver_of(options_for(BIDSEAL_SOFTUKEY, profile())); }).code() ==
          ErrorCode::token_driver);
}
