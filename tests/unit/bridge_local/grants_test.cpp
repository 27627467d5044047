// Grants: one consent and one PIN for a counted batch, and everything that ends it.
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "bidseal/crypto/cms.h"
#include "bidseal/protocol/json.h"

#include "../support/error_of.h"
#include "bridge/local/operations/login.h"
#include "fakes.h"

using namespace bidseal;
using namespace bidseal::bridge;
using protocol::GrantPurpose;
using protocol::Method;
using protocol::SignatureInput;
using test::Daemon;
using test::error_in;

namespace {

const char* const grant_page = "https://tender.example";

std::vector<std::string> messages_of(size_t count) {
    std::vector<std::string> messages;
    for (size_t i = 0; i < count; ++i)
        messages.push_back("document " + std::to_string(i));
    return messages;
}

protocol::GrantOpenParams terms_of(Daemon& daemon, const std::vector<std::string>& messages) {
    protocol::GrantOpenParams params;
    params.key = daemon.tokens.list().at(0).key;
    params.purpose = GrantPurpose::sign;
    params.input = SignatureInput::message;
    for (size_t i = 0; i < messages.size(); ++i) {
        params.items.push_back({"file-" + std::to_string(i) + ".pdf",
                                to_bytes(crypto::sha256({as_bytes(messages[i])}).view())});
    }
    return params;
}

void agree(Daemon& daemon) {
    daemon.dialogs.allow();
    daemon.dialogs.enter("123456");
}

/// A page with its running numbers.
struct Page {
    explicit Page(Daemon& daemon, const std::string& origin = grant_page)
        : daemon(daemon), id(daemon.greet(origin)) {}
    std::string ask(Method method, protocol::Params params) {
        last = daemon.ask(id, {method, next++, std::move(params)});
        return error_in(last);
    }
    /// The grant's name, or the error.
    std::string open(const protocol::GrantOpenParams& params) {
        std::string error = ask(Method::grant_open, params);
        return error.empty() ? result("grant").as_text() : error;
    }
    std::string sign(const std::string& grant, const std::vector<std::string>& messages,
                     const std::vector<uint32_t>& items) {
        protocol::SignMessagesParams params;
        params.grant = grant;
        for (uint32_t item : items)
            params.items.push_back({item, to_bytes(as_bytes(messages.at(item)))});
        return ask(Method::sign_messages, params);
    }
    protocol::Json result(const char* member) const {
        protocol::Json json = protocol::parse_json(as_bytes(last), {1u << 24, 16});
        REQUIRE_MESSAGE(json.find("result") != nullptr, last);
        return *json.find("result")->find(member);
    }
    std::vector<Bytes> signatures() const {
        std::vector<Bytes> found;
        const protocol::Json signatures = result("signatures");
        for (const protocol::Json& each : signatures.as_array())
            found.push_back(from_base64(each.find("signature")->as_text()));
        return found;
    }
    std::vector<int64_t> numbers(const char* member) const {
        std::vector<int64_t> found;
        const protocol::Json listed = result(member);
        for (const protocol::Json& each : listed.as_array())
            found.push_back(each.as_integer());
        return found;
    }

    Daemon& daemon;
    ConnectionId id;
    uint32_t next = 100;
    std::string last;
};

const std::vector<std::string> three = messages_of(3);

}  // namespace

TEST_CASE("grant: one consent and one PIN, each document signed and verified") {
    Daemon daemon;
    Page page(daemon);
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, three));
    REQUIRE(grant.size() == 32);
    CHECK(page.result("expires").as_text() == "2026-06-01T00:10:00Z");
    REQUIRE(daemon.dialogs.shown.size() == 2);
    const std::string& window = daemon.dialogs.shown[0].description;
    const std::string digests = [] {
        Bytes all;
        for (const std::string& message : three)
            append(all, crypto::sha256({as_bytes(message)}).view());
        return to_hex(crypto::sha256({all}).view().first(2));
    }();
    for (const std::string& part :
         {std::string("https://tender.example asks you to SIGN DOCUMENTS"), std::string("Count: 3"),
          std::string("file-0.pdf, file-1.pdf, file-2.pdf"), std::string("UKey: Test UKey"),
          std::string("上海示例建设有限公司"), std::string("10 minutes")}) {
        CAPTURE(part);
        CHECK(window.find(part) != std::string::npos);
    }
    std::string upper = digests;
    for (char& c : upper)
        c = static_cast<char>(std::toupper(c));
    CHECK(window.find("Digest: " + upper) != std::string::npos);

    CHECK(page.sign(grant, three, {0, 2}) == "");
    CHECK(page.sign(grant, three, {1}) == "");
    crypto::Certificate certificate = test::test_certificate("sm2_sign");
    CHECK(certificate.verify(as_bytes(three[1]), page.signatures().at(0),
                             crypto::SignatureKind::sm2_sm3));
    CHECK(daemon.token.signatures == 3);
    CHECK(daemon.token.logins == 1);
    CHECK(daemon.token.logouts == 0);
    CHECK(page.ask(Method::grant_close, protocol::GrantCloseParams{grant}) == "");
    CHECK(page.result("found").as_boolean());
    CHECK(daemon.token.logouts == 1);
    CHECK(page.sign(grant, three, {0}) == "grant_ended");
    CHECK(daemon.dialogs.shown.size() == 2);
}

TEST_CASE("grant: an item is signed once, asked for as often as one likes") {
    Daemon daemon;
    Page page(daemon);
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, three));
    CHECK(page.sign(grant, three, {1}) == "");
    std::vector<Bytes> first = page.signatures();
    CHECK(page.sign(grant, three, {1}) == "");
    CHECK(page.signatures() == first);
    CHECK(daemon.token.signatures == 1);
    CHECK(page.sign(grant, three, {1, 1}) == "message_invalid");
}

TEST_CASE("grant: nothing that was not agreed to is signed") {
    Daemon daemon;
    Page page(daemon);
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, three));
    std::vector<std::string> swapped = three;
    swapped[2] += "!";
    CHECK(page.sign(grant, swapped, {0, 2}) == "message_invalid");
    CHECK(page.sign(grant, messages_of(4), {3}) == "message_invalid");
    CHECK(page.sign(grant, three, {}) == "message_invalid");
    CHECK(page.ask(Method::sign_digests, protocol::SignDigestsParams{grant, {0}}) == "grant_ended");
    CHECK(page.ask(Method::decrypt_envelopes,
                   protocol::DecryptEnvelopesParams{grant, {{0, Bytes(1)}}}) == "grant_ended");
    CHECK(daemon.token.signatures == 0);
}

TEST_CASE("grant: another connection, even of the same page, has nothing of it") {
    Daemon daemon;
    Page page(daemon), same(daemon), other(daemon, "https://other.example");
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, three));
    CHECK(same.sign(grant, three, {0}) == "grant_ended");
    CHECK(other.sign(grant, three, {0}) == "grant_ended");
    CHECK(other.ask(Method::grant_close, protocol::GrantCloseParams{grant}) == "");
    CHECK_FALSE(other.result("found").as_boolean());
    CHECK(page.sign(grant, three, {0}) == "");
}

TEST_CASE("grant: ends with its time, and logs out") {
    Daemon daemon;
    Page page(daemon);
    agree(daemon);
    protocol::GrantOpenParams params = terms_of(daemon, three);
    params.minutes = 2;
    std::string grant = page.open(params);
    daemon.dialogs.now += std::chrono::seconds(119);
    CHECK(page.sign(grant, three, {0}) == "");
    daemon.dialogs.now += std::chrono::seconds(1);
    CHECK(page.sign(grant, three, {1}) == "grant_ended");
    daemon.frames(page.id).clear();
    daemon.dispatcher.tick();
    daemon.queries.run_all();
    CHECK(daemon.frames(page.id).back() ==
          R"({"event":"grant.ended","data":{"grant":")" + grant + R"(","reason":"timed_out"}})");
    CHECK(daemon.token.logouts == 1);
}

TEST_CASE("grant: ends when the page goes, the token goes, or the pairing is revoked") {
    for (int way = 0; way < 3; ++way) {
        CAPTURE(way);
        Daemon daemon;
        Page page(daemon);
        agree(daemon);
        std::string grant = page.open(terms_of(daemon, three));
        if (way == 0) {
            daemon.dispatcher.disconnected(page.id);
        } else if (way == 1) {
            daemon.dispatcher.tokens_changed({{}, {daemon.tokens.list().at(0).token}});
        } else {
            daemon.pairings.revoke(grant_page);
            daemon.dispatcher.tick();
        }
        daemon.queries.run_all();
        CHECK(daemon.token.logouts == 1);
        CHECK(test::error_name_of([&] {
                  daemon.grants.find(grant, page.id, GrantPurpose::sign);
              }) == "grant_ended");
    }
}

TEST_CASE("grant: a certificate that changes in the middle ends it") {
    Daemon daemon;
    Page page(daemon);
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, three));
    CHECK(page.sign(grant, three, {0}) == "");
    daemon.token.signing_certificate = "sm2_encrypt";
    CHECK(page.sign(grant, three, {1}) == "grant_ended");
    daemon.token.signing_certificate = "sm2_sign";
    CHECK(page.sign(grant, three, {1}) == "grant_ended");
    CHECK(daemon.token.signatures == 1);
    CHECK(daemon.token.logouts == 1);
}

TEST_CASE("grant: a token that signs with another key ends it, and nothing leaves") {
    Daemon daemon;
    Page page(daemon);
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, three));
    daemon.token.wrong_signature = true;
    CHECK(page.sign(grant, three, {0}) == "signature_invalid");
    daemon.token.wrong_signature = false;
    CHECK(page.sign(grant, three, {0}) == "grant_ended");
}

TEST_CASE("grant: a batch stops at the first wrong PIN, a single document asks again") {
    Daemon daemon;
    Page page(daemon);
    daemon.dialogs.allow();
    daemon.dialogs.enter("000000");
    CHECK(page.open(terms_of(daemon, three)) == "pin_wrong");
    CHECK(test::retries_in(page.last) == 5);
    CHECK(daemon.token.logins == 1);
    daemon.dialogs.allow();
    daemon.dialogs.enter("000000");
    daemon.dialogs.enter("123456");
    CHECK(page.open(terms_of(daemon, messages_of(1))).size() == 32);
}

TEST_CASE("grant: terms that make no sense, and one grant of a page on a token") {
    Daemon daemon;
    Page page(daemon);
    protocol::GrantOpenParams params = terms_of(daemon, three);
    auto refused = [&](const std::function<void(protocol::GrantOpenParams&)>& change) {
        protocol::GrantOpenParams changed = params;
        change(changed);
        return page.open(changed);
    };
    CHECK(refused([](auto& p) { p.items.clear(); }) == "message_invalid");
    CHECK(refused([](auto& p) { p.minutes = 0; }) == "message_invalid");
    CHECK(refused([](auto& p) { p.key = "00"; }) == "key_not_found");
    CHECK(refused([](auto& p) { p.items.resize(1001, p.items[0]); }) == "message_invalid");
    CHECK(daemon.dialogs.shown.empty());
    agree(daemon);
    CHECK(page.open(params).size() == 32);
    CHECK(page.open(params) == "busy");
    daemon.dialogs.refuse();
    Page other(daemon, "https://other.example");
    CHECK(other.open(params) == "consent_refused");
}

TEST_CASE("grant: digests only where the policy says so, with a warning") {
    Daemon daemon;
    Page page(daemon);
    protocol::GrantOpenParams params = terms_of(daemon, three);
    params.input = SignatureInput::sm3_e_with_z;
    CHECK(page.open(params) == "policy_refused");
    daemon.origins.permit(Feature::digests, grant_page);
    crypto::Certificate certificate = test::test_certificate("sm2_sign");
    const crypto::Sm3Digest e = certificate.sm2_key().message_digest(as_bytes("hello"));
    params.items = {{"hello.txt", to_bytes(e.view())}};
    agree(daemon);
    std::string grant = page.open(params);
    REQUIRE(grant.size() == 32);
    CHECK(daemon.dialogs.shown[0].description.find("SIGN DIGESTS") != std::string::npos);
    CHECK(daemon.dialogs.shown[0].description.find("Warning") != std::string::npos);
    CHECK(page.ask(Method::sign_digests, protocol::SignDigestsParams{grant, {0}}) == "");
    CHECK(certificate.verify(as_bytes("hello"), page.signatures().at(0),
                             crypto::SignatureKind::sm2_sm3));
    params.input = SignatureInput::sha256_digest;
    CHECK(page.open(params) == "busy");
    page.ask(Method::grant_close, protocol::GrantCloseParams{grant});
    CHECK(page.open(params) == "token_unsupported");
}

TEST_CASE("grant: a document that looks like a bid or a login is not signed as a document") {
    Daemon daemon;
    Page page(daemon);
    const std::vector<std::string> reserved = {
        R"({"type":"SBID1-index","x":1})", R"({"type":"SBID1-openers",)",
        R"({"type":"bidseal-login-1","origin":"https://other.example"})"};
    agree(daemon);
    std::string grant = page.open(terms_of(daemon, reserved));
    for (uint32_t item : {0u, 1u, 2u})
        CHECK(page.sign(grant, reserved, {item}) == "policy_refused");
    CHECK(daemon.token.signatures == 0);
}

TEST_CASE("login: the bridge writes what is signed; it is of this page and challenge") {
    Daemon daemon;
    Page page(daemon);
    protocol::LoginParams params;
    params.key = daemon.tokens.list().at(0).key;
    params.challenge = Bytes(15, 1);
    CHECK(page.ask(Method::login, params) == "message_invalid");
    params.challenge = Bytes(32, 1);
    agree(daemon);
    CHECK(page.ask(Method::login, params) == "");
    crypto::Certificate certificate = test::test_certificate("sm2_sign");
    const Bytes message = from_base64(page.result("message").as_text());
    CHECK(as_text(message) ==
          R"({"type":"bidseal-login-1","origin":"https://tender.example","challenge":")" +
              to_base64(params.challenge) + R"(","time":"2026-06-01T00:00:00Z","certificate":")" +
              to_hex(certificate.digest().view()) + "\"}");
    CHECK(certificate.verify(message, from_base64(page.result("signature").as_text()),
                             crypto::SignatureKind::sm2_sm3));
    CHECK(daemon.dialogs.shown[0].description.find("https://tender.example asks you to LOG IN") ==
          0);
    CHECK(daemon.token.logouts == 1);
}

TEST_CASE("a login opens nothing else: no grant stands, no other page is served") {
    Daemon daemon;
    Page page(daemon), other(daemon, "https://other.example");
    protocol::LoginParams params;
    params.key = daemon.tokens.list().at(0).key;
    params.challenge = Bytes(32, 1);
    agree(daemon);
    CHECK(page.ask(Method::login, params) == "");
    daemon.dialogs.refuse();
    CHECK(page.open(terms_of(daemon, three)) == "consent_refused");
    daemon.dialogs.refuse();
    CHECK(other.ask(Method::login, params) == "consent_refused");
    CHECK(daemon.token.logins == 1);
}

TEST_CASE("journal: a batch that was interrupted is taken up, nothing is signed twice") {
    Daemon daemon;
    protocol::GrantOpenParams params = terms_of(daemon, three);
    params.batch = Bytes(16, 7);
    std::vector<Bytes> first;
    {
        Page page(daemon);
        agree(daemon);
        std::string grant = page.open(params);
        CHECK(page.sign(grant, three, {0, 1}) == "");
        first = page.signatures();
        daemon.dispatcher.disconnected(page.id);
        daemon.queries.run_all();
    }
    Page again(daemon);
    agree(daemon);
    std::string grant = again.open(params);
    CHECK(again.numbers("done") == std::vector<int64_t>{0, 1});
    CHECK(again.numbers("unsure").empty());
    const std::string& window = daemon.dialogs.shown.at(2).description;
    CHECK(window.find("Count: 1 of 3; the others were done before") != std::string::npos);
    CHECK(window.find("Files: file-2.pdf") != std::string::npos);
    CHECK(again.sign(grant, three, {0, 1, 2}) == "");
    CHECK(again.signatures().at(0) == first[0]);
    CHECK(again.signatures().at(1) == first[1]);
    CHECK(daemon.token.signatures == 3);

    // Finished, but the page went before it closed the grant: nobody is asked any more.
    daemon.dispatcher.disconnected(again.id);
    daemon.queries.run_all();
    Page third(daemon);
    size_t windows = daemon.dialogs.shown.size();
    grant = third.open(params);
    CHECK(third.numbers("done").size() == 3);
    CHECK(daemon.dialogs.shown.size() == windows);
    CHECK(third.sign(grant, three, {1}) == "");
    CHECK(third.signatures().at(0) == first[1]);
    CHECK(third.ask(Method::grant_close, protocol::GrantCloseParams{grant}) == "");
    CHECK(std::filesystem::is_empty(daemon.services.journal_folder));
}

TEST_CASE("journal: other terms, another page, and a batch that is being worked on") {
    Daemon daemon;
    protocol::GrantOpenParams params = terms_of(daemon, three);
    params.batch = Bytes(16, 7);
    Page page(daemon), other(daemon, "https://other.example"), same(daemon);
    agree(daemon);
    std::string grant = page.open(params);
    CHECK(page.sign(grant, three, {0}) == "");
    CHECK(same.open(params) == "busy");
    // Another page with the same name begins a batch of its own.
    agree(daemon);
    CHECK(other.open(params).size() == 32);
    CHECK(other.numbers("done").empty());
    daemon.dispatcher.disconnected(page.id);
    daemon.queries.run_all();
    protocol::GrantOpenParams changed = params;
    changed.items[2].digest[0] ^= 1;
    CHECK(same.open(changed) == "message_invalid");
    changed = params;
    changed.items.pop_back();
    CHECK(same.open(changed) == "message_invalid");
    changed = params;
    changed.purpose = GrantPurpose::decrypt;
    CHECK(same.open(changed) == "message_invalid");
}

TEST_CASE("journal: an item that was begun is told; a torn line says nothing") {
    test::ScratchFolder folder;
    const crypto::Sm3Digest terms = crypto::sm3(as_bytes("terms"));
    {
        auto journal = BatchJournal::open(folder.path() + "/j", "batch", terms, 5);
        journal->intend(0);
        journal->record(0, Bytes(70, 1));
        journal->intend(3);
        CHECK(test::error_name_of(
                  [&] { BatchJournal::open(folder.path() + "/j", "batch", terms, 5); }) == "busy");
    }
    std::ofstream(folder.path() + "/j/batch", std::ios::app) << R"({"item":4,"signature":"AAA)";
    {
        auto journal = BatchJournal::open(folder.path() + "/j", "batch", terms, 5);
        CHECK(journal->done() == std::map<uint32_t, Bytes>{{0, Bytes(70, 1)}});
        CHECK(journal->unsure() == std::vector<uint32_t>{3});
        journal->record(3, Bytes(71, 2));
        journal->flush();
    }
    auto journal = BatchJournal::open(folder.path() + "/j", "batch", terms, 5);
    CHECK(journal->done().size() == 2);
    CHECK(journal->unsure().empty());
    CHECK(test::error_name_of([&] {
              BatchJournal::open(folder.path() + "/j", "other", terms, 5);
              BatchJournal::open(folder.path() + "/j", "other", crypto::sm3(as_bytes("x")), 5);
          }) == "message_invalid");
    struct stat info {};
    REQUIRE(::stat((folder.path() + "/j/batch").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);

    // Old ones go, those that are worked on stay.
    const Timestamp much_later{static_cast<int64_t>(::time(nullptr)) + journal_seconds + 60};
    remove_old_journals(folder.path() + "/j", much_later);
    CHECK(std::filesystem::exists(folder.path() + "/j/batch"));
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/j/other"));
}

TEST_CASE("decrypt: only where the policy says so; the content key stays in the token") {
    Daemon daemon;
    Page page(daemon);
    const crypto::Certificate certificate = test::test_certificate("sm2_encrypt");
    std::vector<std::string> contents = {"", "short", std::string(16, 'x'), std::string(9000, 'y')};
    std::vector<Bytes> envelopes;
    protocol::GrantOpenParams params;
    params.key = daemon.tokens.list().at(0).key;
    params.purpose = GrantPurpose::decrypt;
    params.input = SignatureInput::message;
    protocol::DecryptEnvelopesParams asked;
    for (uint32_t i = 0; i < contents.size(); ++i) {
        envelopes.push_back(
            crypto::build_enveloped_data({certificate}, as_bytes(contents[i]), daemon.random));
        params.items.push_back({"e", to_bytes(crypto::sha256({envelopes[i]}).view())});
        asked.items.push_back({i, envelopes[i]});
    }
    CHECK(page.open(params) == "policy_refused");
    daemon.origins.permit(Feature::decrypt, grant_page);
    agree(daemon);
    asked.grant = page.open(params);
    REQUIRE(asked.grant.size() == 32);
    CHECK(daemon.dialogs.shown[0].description.find("envelopes of bids too") != std::string::npos);
    CHECK(page.ask(Method::decrypt_envelopes, asked) == "");
    const protocol::Json found = page.result("contents");
    for (size_t i = 0; i < contents.size(); ++i)
        CHECK(as_text(from_base64(found.as_array()[i].find("content")->as_text())) == contents[i]);
    CHECK(page.sign(asked.grant, three, {0}) == "grant_ended");
}

TEST_CASE("decrypt: whatever is wrong with an envelope is told alike") {
    Daemon daemon;
    daemon.origins.permit(Feature::decrypt, grant_page);
    const crypto::Certificate certificate = test::test_certificate("sm2_encrypt");
    const Bytes good =
        crypto::build_enveloped_data({certificate}, as_bytes("hello"), daemon.random);
    std::vector<Bytes> bad = {good, good, Bytes(10, 0x30),
                              crypto::build_enveloped_data({test::test_certificate("sm2_sign")},
                                                           as_bytes("x"), daemon.random)};
    bad[0].back() ^= 1;               // the padding
    bad[1][good.size() / 2] ^= 0x10;  // the wrapped key, or what stands around it
    for (const Bytes& envelope : bad) {
        Page page(daemon);
        protocol::GrantOpenParams params;
        params.key = daemon.tokens.list().at(0).key;
        params.purpose = GrantPurpose::decrypt;
        params.input = SignatureInput::message;
        params.items = {{"e", to_bytes(crypto::sha256({envelope}).view())}};
        agree(daemon);
        const std::string grant = page.open(params);
        CHECK(page.ask(Method::decrypt_envelopes, protocol::DecryptEnvelopesParams{
                                                      grant, {{0, envelope}}}) == "decrypt_failed");
        daemon.dispatcher.disconnected(page.id);
        daemon.queries.run_all();
    }
}

TEST_CASE("encrypt and random need no PIN; what is encrypted opens with the key") {
    Daemon daemon;
    Page page(daemon);
    const crypto::Certificate certificate = test::test_certificate("sm2_encrypt");
    protocol::EncryptParams params{{to_bytes(certificate.der())}, to_bytes(as_bytes("hello"))};
    CHECK(page.ask(Method::encrypt, params) == "");
    const Bytes envelope = from_base64(page.result("envelope").as_text());
    const auto parsed = crypto::parse_enveloped_data(envelope);
    const auto* recipient = crypto::find_recipient(parsed, certificate);
    REQUIRE(recipient != nullptr);
    const SecretBytes key = test::test_key("sm2_encrypt").decrypt(recipient->encrypted_key);
    CHECK(as_text(crypto::open_enveloped_content(parsed, key.view()).view()) == "hello");
    params.recipients = {to_bytes(test::test_certificate("sm2_sign").der())};
    CHECK(page.ask(Method::encrypt, params) == "certificate_usage");
    params.recipients.clear();
    CHECK(page.ask(Method::encrypt, params) == "message_invalid");

    protocol::RandomParams wanted{daemon.tokens.list().at(0).token, 20};
    CHECK(page.ask(Method::random, wanted) == "");
    CHECK(from_base64(page.result("bytes").as_text()) == Bytes(20, 7));
    wanted.size = 0;
    CHECK(page.ask(Method::random, wanted) == "message_invalid");
    wanted = {"00", 20};
    CHECK(page.ask(Method::random, wanted) == "token_absent");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("certificates come with their issuers and the days left") {
    Daemon daemon;
    daemon.services.issuers = {test::test_certificate("other_root"), test::test_certificate("root"),
                               test::test_certificate("intermediate")};
    Page page(daemon);
    CHECK(page.ask(Method::certificates_list, protocol::CertificatesListParams{}) == "");
    const protocol::Json keys = page.result("keys");
    const protocol::Json& signing = *keys.as_array()[0].find("signing");
    const crypto::Certificate certificate = test::test_certificate("sm2_sign");
    const int64_t days = (certificate.not_after().seconds - daemon.clock.now().seconds) / 86400;
    CHECK(signing.find("days_left")->as_integer() == days);
    const protocol::Json::Array& chain = signing.find("chain")->as_array();
    REQUIRE(!chain.empty());
    CHECK(certificate.issued_by(crypto::Certificate::parse(from_base64(chain[0].as_text()))));
}

TEST_CASE("a request whose time is over is given up, a page that asks too often is told") {
    Daemon daemon;
    Page page(daemon);
    protocol::Request request{Method::grant_open, page.next++, terms_of(daemon, three)};
    request.timeout = 1000;
    daemon.dialogs.answers.push_back({true, "", std::chrono::milliseconds(2000), [&] {
                                          daemon.dispatcher.tick();
                                      }});
    CHECK(error_in(daemon.ask(page.id, request)) == "timed_out");

    std::string last;
    int answered = 0;
    for (; answered < 2000 && last.empty(); ++answered)
        last = page.ask(Method::tokens_list, protocol::NoParams{});
    CHECK(last == "too_many_requests");
    CHECK(answered > 400);
    daemon.dialogs.now += std::chrono::seconds(1);
    CHECK(page.ask(Method::tokens_list, protocol::NoParams{}) == "");
}
