// The organisation's signed policy, and the log file.
#include "bridge/local/policy/signed_policy.h"

#include <fstream>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "bidseal/crypto/cms.h"

#include "../support/error_of.h"
#include "bridge/local/base/log.h"
#include "bridge/local/startup.h"
#include "fakes.h"

using namespace bidseal;
using namespace bidseal::bridge;

namespace {

const Timestamp in_june = parse_time("2026-06-01T00:00:00Z");

SignedPolicy example_policy() {
    SignedPolicy policy;
    policy.number = 7;
    policy.issued = parse_time("2026-05-01T00:00:00Z");
    policy.expires = parse_time("2026-07-01T00:00:00Z");
    policy.pages.origins = {"https://asked.example"};
    policy.pages.preloaded_origins = {"https://listed.example"};
    policy.pages.digest_origins = {"https://listed.example"};
    return policy;
}

crypto::PrivateKey signing_key() {
    return crypto::PrivateKey::from_file(
        test::read_test_file("vectors/certificates/sm2_sign.test-secret.pem"));
}

Bytes signed_file(const SignedPolicy& policy) {
    test::CountingRandom random;
    return sign_policy(policy, signing_key(), test::test_certificate("sm2_sign"),
                       {test::test_certificate("intermediate")}, random);
}

crypto::TrustStore roots(const char* name = "root") {
    crypto::TrustStore trust;
    trust.roots = {test::test_certificate(name)};
    return trust;
}

std::string refusal(const Bytes& file, const crypto::TrustStore& trust = roots(),
                    Timestamp now = in_june) {
    return test::error_name_of([&] { open_signed_policy(file, trust, now); });
}

}  // namespace

TEST_CASE("signed policy: says what was signed") {
    const SignedPolicy policy = open_signed_policy(signed_file(example_policy()), roots(), in_june);
    CHECK(policy.number == 7);
    CHECK(policy.pages.origins == std::vector<std::string>{"https://asked.example"});
    CHECK(policy.pages.preloaded_origins == std::vector<std::string>{"https://listed.example"});
    CHECK(policy.pages.decrypt_origins.empty());
    CHECK(write_policy(policy) == write_policy(example_policy()));
}

TEST_CASE("signed policy: changed, of another issuer, out of its time, or none at all") {
    const Bytes good = signed_file(example_policy());
    Bytes changed = good;
    const std::string_view text = as_text(good);
    changed[text.find("asked.example")] = 'b';
    CHECK(refusal(changed) == "signature_invalid");
    CHECK(refusal(good, roots("other_root")) == "certificate_untrusted");
    CHECK(refusal(good, roots(), parse_time("2026-04-30T00:00:00Z")) == "policy_refused");
    CHECK(refusal(good, roots(), parse_time("2026-07-02T00:00:00Z")) == "policy_refused");
    CHECK(refusal(Bytes(100, 1)) == "signature_format");
    // Signed, but no policy: a signature over anything else must not become one.
    test::CountingRandom random;
    const Bytes content = to_bytes(as_bytes(R"({"type":"SBID1-index"})"));
    CHECK(refusal(crypto::build_signed_data({test::test_certificate("sm2_sign"),
                                             {test::test_certificate("intermediate")},
                                             {},
                                             signing_key().sign(content, random),
                                             content})) == "json_invalid");
    CHECK(refusal(crypto::build_signed_data({test::test_certificate("sm2_sign"),
                                             {test::test_certificate("intermediate")},
                                             {},
                                             signing_key().sign(content, random),
                                             std::nullopt})) == "signature_format");
    CHECK(test::error_name_of([&] {
              sign_policy(example_policy(), signing_key(), test::test_certificate("sm2_encrypt"),
                          {}, random);
          }) == "key_invalid");
}

TEST_CASE("signed policy: an older one does not come back") {
    test::ScratchFolder folder;
    refuse_older_policy(folder.path(), 7);
    refuse_older_policy(folder.path(), 7);
    refuse_older_policy(folder.path(), 9);
    CHECK(test::error_name_of([&] { refuse_older_policy(folder.path(), 8); }) == "policy_refused");
}

TEST_CASE("signed policy: its pages are added to the options'; a bad one adds nothing") {
    test::ScratchFolder folder;
    auto write = [&](const std::string& name, const Bytes& content) {
        std::ofstream(folder.path() + "/" + name, std::ios::binary)
            .write(reinterpret_cast<const char*>(content.data()),
                   static_cast<std::streamsize>(content.size()));
        return folder.path() + "/" + name;
    };
    Options options;
    options.origins = {"https://own.example"};
    options.policy_root = write("root.der", to_bytes(test::test_certificate("root").der()));
    options.signed_policy = write("policy.p7s", signed_file(example_policy()));
    Log log(-1);
    OriginPolicy origins = origin_policy(options, folder.path(), in_june, log);
    CHECK(origins.allows("https://own.example"));
    CHECK(origins.allows("https://asked.example"));
    CHECK_FALSE(origins.preloads("https://asked.example"));
    CHECK(origins.preloads("https://listed.example"));
    CHECK(origins.may("https://listed.example", Feature::digests));
    CHECK_FALSE(origins.may("https://listed.example", Feature::decrypt));
    CHECK_FALSE(origins.may("https://asked.example", Feature::digests));

    SignedPolicy older = example_policy();
    older.number = 6;
    options.signed_policy = write("older.p7s", signed_file(older));
    origins = origin_policy(options, folder.path(), in_june, log);
    CHECK(origins.allows("https://own.example"));
    CHECK_FALSE(origins.allows("https://asked.example"));
}

TEST_CASE("log file: is kept small, oldest lines go first, nobody else reads it") {
    test::ScratchFolder folder;
    const std::string path = folder.path() + "/bridge.log";
    {
        LogFile file(path, 100);
        Log log(-1, &file);
        for (int i = 0; i < 10; ++i)
            log.write(LogLevel::info, "test", {{"number", std::to_string(i)}, {"x", "a b\nc"}});
    }
    std::vector<std::string> lines = last_log_lines(path, 100);
    // One line fits into a file, and there are three older ones.
    REQUIRE(lines.size() == 4);
    CHECK(lines[3].find("level=info event=test number=9 x=a_b_c") != std::string::npos);
    CHECK(lines[0].find("number=6") != std::string::npos);
    CHECK(last_log_lines(path, 2) == std::vector<std::string>{lines[2], lines[3]});
    CHECK(last_log_lines(folder.path() + "/none", 5).empty());
    struct stat info {};
    for (const char* name : {"", ".1", ".2", ".3"}) {
        REQUIRE(::stat((path + name).c_str(), &info) == 0);
        CHECK((info.st_mode & 0777) == 0600);
    }
    CHECK(::stat((path + ".4").c_str(), &info) != 0);
    LogFile again(path, 1000);
    again.append("appended\n");
    CHECK(last_log_lines(path, 1) == std::vector<std::string>{"appended"});
}
