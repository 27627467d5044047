// Pairing: who gets in, who is told nothing, and what an attacker tries.
#include <fstream>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "bidseal/protocol/json.h"

#include "../support/error_of.h"
#include "bridge/local/pairing/identity.h"
#include "bridge/local/policy/origin_display.h"
#include "fakes.h"

using namespace bidseal;
using namespace bidseal::bridge;
using test::Daemon;
using test::error_in;
using test::FakePage;

namespace {

const char* const paired_page = "https://tender.example";

/// Attempts a pairing as a page does; what it knows afterwards.
struct Attempt {
    Bytes secret = Bytes(32, 9);
    Bytes bridge_secret;
    std::string begun, confirmed;
    std::string code;
    bool shows_code = true;
};

std::string begin_pairing(Daemon& daemon, const FakePage& page, const crypto::P256PrivateKey& key,
                          Attempt& attempt, uint32_t id = 2) {
    protocol::PairBeginParams params;
    params.key = to_bytes(key.point().view());
    params.commitment = to_bytes(pairing_commitment(key.point(), attempt.secret).view());
    params.code = attempt.shows_code;
    attempt.begun = daemon.ask(page.id, {protocol::Method::pair_begin, id, params});
    if (!error_in(attempt.begun).empty())
        return error_in(attempt.begun);
    protocol::Json json = protocol::parse_json(as_bytes(attempt.begun));
    attempt.bridge_secret = from_base64(json.find("result")->find("secret")->as_text());
    attempt.code = pairing_code(page.greeting, key.point(), attempt.secret, attempt.bridge_secret);
    return "";
}

std::string confirm_code(Daemon& daemon, const FakePage& page, const crypto::P256PrivateKey& key,
                         const Bytes& secret, uint32_t id = 3) {
    protocol::PairConfirmParams params;
    params.secret = secret;
    params.proof = key.sign(page_proof_message(page.greeting, key.point()), daemon.random);
    return daemon.ask(page.id, {protocol::Method::pair_confirm, id, params});
}

protocol::Request tokens_request(uint32_t id) {
    return {protocol::Method::tokens_list, id, protocol::NoParams{}};
}

}  // namespace

TEST_CASE("pairing: the specification's example") {
    auto counted = [](uint8_t from) {
        Bytes bytes(32);
        for (size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<uint8_t>(from + i);
        return bytes;
    };
    Greeting greeting{paired_page, "127.0.0.1:17391", 1, counted(0), counted(32), {}};
    greeting.daemon_key = crypto::p256_point(
        from_hex("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
    const crypto::P256Point page = crypto::p256_point(
        from_hex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                 "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
    CHECK(to_hex(crypto::sha256({daemon_proof_message(greeting)}).view()) ==
          "021172de32af1376c4b3b287b78f8d7df8d6adf599464e1591df0a3690cb76ef");
    CHECK(to_hex(crypto::sha256({page_proof_message(greeting, page)}).view()) ==
          "aabbcd3bfeca692ee384cb22cdf6ef0311bafa8189f5df30c5cb585795fb2536");
    CHECK(to_hex(pairing_commitment(page, counted(64)).view()) ==
          "042551e3e39f4e8d59e1a276ddb983536bba4e51d865e10bc5bc1694db70b770");
    CHECK(pairing_code(greeting, page, counted(64), counted(96)) == "769621");
}

TEST_CASE("pairing: the window shows the page and the code that the page computes") {
    Daemon daemon;
    FakePage page = daemon.hello();
    Attempt attempt;
    CHECK(begin_pairing(daemon, page, daemon.page_key, attempt) == "");
    CHECK(attempt.begun.find(R"("window":true)") != std::string::npos);
    daemon.dialogs.allow();
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, attempt.secret)) == "");
    REQUIRE(daemon.dialogs.shown.size() == 1);
    const std::string& window = daemon.dialogs.shown[0].description;
    CHECK(window.find("https://tender.example asks to be PAIRED") == 0);
    CHECK(window.find("Code: " + attempt.code.substr(0, 3) + " " + attempt.code.substr(3)) !=
          std::string::npos);
    CHECK(daemon.dialogs.shown[0].ok == "The codes are equal");
    for (const std::string& frame : daemon.frames(page.id))
        CHECK(frame.find(R"("event")") == std::string::npos);
    CHECK(error_in(daemon.ask(page.id, tokens_request(9))) == "");

    // The next connection needs no window.
    FakePage again = daemon.hello();
    CHECK(error_in(daemon.ask(again.id, tokens_request(2))) == "not_paired");
    std::string proved = daemon.prove(again, daemon.page_key, 3);
    CHECK(proved.find(pairing_id(paired_page, daemon.page_key.point())) != std::string::npos);
    CHECK(error_in(daemon.ask(again.id, tokens_request(4))) == "");
    CHECK(daemon.dialogs.shown.size() == 1);
}

TEST_CASE("pairing: no token data before it, whatever is asked") {
    Daemon daemon;
    FakePage page = daemon.hello();
    for (const char* request : {
             R"({"method":"tokens.list","id":10,"params":{}})",
             R"({"method":"certificates.list","id":11,"params":{}})",
             R"({"method":"encrypt","id":12,"params":{"recipients":[],"content":""}})",
         }) {
        CAPTURE(request);
        daemon.receive(page.id, request);
        CHECK(error_in(daemon.frames(page.id).back()) == "not_paired");
    }
    CHECK(daemon.queries.queue.empty());
    CHECK(daemon.operations.queue.empty());
    CHECK(daemon.outbox.closed.empty());
}

TEST_CASE("pairing: refused by the person, nothing is kept") {
    Daemon daemon;
    FakePage page = daemon.hello();
    Attempt attempt;
    begin_pairing(daemon, page, daemon.page_key, attempt);
    daemon.dialogs.refuse();
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, attempt.secret)) ==
          "consent_refused");
    CHECK(daemon.pairings.list().empty());
    CHECK(error_in(daemon.ask(page.id, tokens_request(9))) == "not_paired");
}

TEST_CASE("pairing: one guess at the code, and none that fits what is seen later") {
    Daemon daemon;
    FakePage page = daemon.hello();
    Attempt attempt;
    begin_pairing(daemon, page, daemon.page_key, attempt);
    // A program in between that looks for a secret with a code that it wants.
    Bytes other = attempt.secret;
    other[0] ^= 1;
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, other)) == "message_invalid");
    // The attempt is gone: the right secret comes too late.
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, attempt.secret, 4)) ==
          "message_invalid");
    CHECK(daemon.dialogs.shown.empty());
    // A new attempt has a new secret of the bridge, so a new code.
    Attempt second;
    begin_pairing(daemon, page, daemon.page_key, second, 5);
    CHECK(second.bridge_secret != attempt.bridge_secret);
    CHECK(second.code != attempt.code);
}

TEST_CASE("pairing: a confirmation without a beginning, or by another key") {
    Daemon daemon;
    FakePage page = daemon.hello();
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, Bytes(32, 9), 2)) ==
          "message_invalid");
    auto thief = crypto::P256PrivateKey::generate(daemon.random);
    Attempt attempt;
    begin_pairing(daemon, page, daemon.page_key, attempt, 3);
    CHECK(error_in(confirm_code(daemon, page, thief, attempt.secret, 4)) == "message_invalid");
    protocol::PairBeginParams params;
    params.key = Bytes(65, 4);
    params.commitment = Bytes(32, 0);
    params.code = true;
    CHECK(error_in(daemon.ask(page.id, {protocol::Method::pair_begin, 5, params})) ==
          "message_invalid");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("pairing: a stolen key is worth nothing from another origin") {
    Daemon daemon;
    daemon.greet(paired_page);
    FakePage elsewhere = daemon.hello("https://other.example");
    CHECK(error_in(daemon.prove(elsewhere, daemon.page_key)) == "not_paired");
    // Nor does it help to sign for the first origin.
    FakePage lying = daemon.hello("https://other.example");
    lying.greeting.origin = paired_page;
    CHECK(error_in(daemon.prove(lying, daemon.page_key)) == "not_paired");
    CHECK(error_in(daemon.ask(lying.id, tokens_request(3))) == "not_paired");
}

TEST_CASE("pairing: a proof is for one connection, host, daemon and version") {
    Daemon daemon;
    daemon.greet(paired_page);
    FakePage first = daemon.hello(), second = daemon.hello();
    protocol::PairProveParams params;
    params.key = to_bytes(daemon.page_key.point().view());
    params.proof = daemon.page_key.sign(page_proof_message(first.greeting, daemon.page_key.point()),
                                        daemon.random);
    // Replayed on another connection of the same page.
    CHECK(error_in(daemon.ask(second.id, {protocol::Method::pair_prove, 2, params})) ==
          "not_paired");
    CHECK(error_in(daemon.ask(first.id, {protocol::Method::pair_prove, 2, params})) == "");
    auto refused = [&](const std::function<void(Greeting&)>& change) {
        FakePage page = daemon.hello();
        change(page.greeting);
        return error_in(daemon.prove(page, daemon.page_key)) == "not_paired";
    };
    CHECK(refused([](Greeting& g) { g.host = "localhost:17391"; }));
    CHECK(refused([](Greeting& g) { g.version = 2; }));
    CHECK(refused([](Greeting& g) { g.page_nonce[0] ^= 1; }));
    CHECK(refused([](Greeting& g) { g.bridge_nonce[0] ^= 1; }));
    CHECK(refused([&](Greeting& g) {
        g.daemon_key = crypto::P256PrivateKey::generate(daemon.random).point();
    }));
    // The daemon's own proof is none of a page.
    FakePage page = daemon.hello();
    params.key = page.hello.daemon_key;
    params.proof = page.hello.proof;
    CHECK(error_in(daemon.ask(page.id, {protocol::Method::pair_prove, 2, params})) == "not_paired");
}

TEST_CASE("pairing: a page of the organisation's list needs no window, as long as it is listed") {
    Daemon daemon;
    Attempt attempt;
    attempt.shows_code = false;
    CHECK(begin_pairing(daemon, daemon.hello(), daemon.page_key, attempt) == "policy_refused");
    FakePage page = daemon.hello(test::listed_origin);
    begin_pairing(daemon, page, daemon.page_key, attempt);
    CHECK(attempt.begun.find(R"("window":false)") != std::string::npos);
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, attempt.secret)) == "");
    CHECK(daemon.dialogs.shown.empty());
    CHECK(error_in(daemon.ask(page.id, tokens_request(9))) == "");
    daemon.origins = OriginPolicy();
    daemon.origins.allow(test::listed_origin);
    CHECK(error_in(daemon.ask(page.id, tokens_request(10))) == "not_paired");
    CHECK(error_in(daemon.prove(daemon.hello(test::listed_origin), daemon.page_key)) ==
          "not_paired");
    // One that shows a code is asked for like any other, and stays paired.
    Daemon careful;
    FakePage shown = careful.hello(test::listed_origin);
    Attempt with_code;
    begin_pairing(careful, shown, careful.page_key, with_code);
    CHECK(with_code.begun.find(R"("window":true)") != std::string::npos);
    careful.dialogs.allow();
    CHECK(error_in(confirm_code(careful, shown, careful.page_key, with_code.secret)) == "");
    CHECK(careful.dialogs.shown.size() == 1);
    CHECK_FALSE(careful.pairings.list().at(0).preloaded);
}

TEST_CASE("pairing: revoked by the command line, a page is out at its next request") {
    Daemon daemon;
    auto id = daemon.greet();
    CHECK(error_in(daemon.ask(id, tokens_request(12))) == "");
    PairingStore command_line(daemon.folder.path());
    CHECK(command_line.revoke("https://nobody.example") == 0);
    CHECK(command_line.revoke(paired_page) == 1);
    CHECK(error_in(daemon.ask(id, tokens_request(13))) == "not_paired");
    daemon.frames(id).clear();
    daemon.dispatcher.tokens_changed({{}, {"abc"}});
    CHECK(daemon.frames(id).empty());
}

TEST_CASE("pairing: windows are limited, pairings too") {
    Daemon daemon;
    uint32_t id = 2;
    FakePage page = daemon.hello();
    for (int i = 0; i < 20; ++i) {
        Attempt attempt;
        begin_pairing(daemon, page, daemon.page_key, attempt, id++);
        daemon.dialogs.answers.push_back({false, "", std::chrono::milliseconds(0), {}});
        CHECK(error_in(confirm_code(daemon, page, daemon.page_key, attempt.secret, id++)) ==
              "consent_refused");
    }
    Attempt attempt;
    begin_pairing(daemon, page, daemon.page_key, attempt, id++);
    CHECK(error_in(confirm_code(daemon, page, daemon.page_key, attempt.secret, id++)) ==
          "too_many_requests");

    std::vector<crypto::P256Point> keys;
    for (size_t i = 0; i <= most_pairings_of_origin; ++i) {
        keys.push_back(crypto::P256PrivateKey::generate(daemon.random).point());
        daemon.pairings.add(paired_page, keys.back(), daemon.clock.now(), false);
    }
    CHECK(daemon.pairings.list().size() == most_pairings_of_origin);
    CHECK_FALSE(daemon.pairings.find(paired_page, keys.front()).has_value());
    CHECK(daemon.pairings.find(paired_page, keys.back()).has_value());
}

TEST_CASE("pairing: the file says the same after a restart; a damaged one lets nobody in") {
    test::ScratchFolder folder;
    test::CountingRandom random;
    auto key = crypto::P256PrivateKey::generate(random).point();
    {
        PairingStore store(folder.path());
        store.add(paired_page, key, parse_time("2026-06-01T00:00:00Z"), false);
    }
    PairingStore again(folder.path());
    std::optional<Pairing> found = again.find(paired_page, key);
    REQUIRE(found.has_value());
    CHECK(format_time(found->paired) == "2026-06-01T00:00:00Z");
    CHECK(again.list().at(0).id == pairing_id(paired_page, key));
    struct stat info {};
    REQUIRE(::stat((folder.path() + "/pairings.json").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);

    std::ofstream(folder.path() + "/pairings.json") << "{\"type\":\"other\"}";
    CHECK(test::error_name_of([&] { again.find(paired_page, key); }) == "json_invalid");
    CHECK(test::error_name_of([&] { PairingStore broken(folder.path()); }) == "json_invalid");
    REQUIRE(::chmod((folder.path() + "/pairings.json").c_str(), 0666) == 0);
    CHECK(test::error_name_of([&] { PairingStore loose(folder.path()); }) == "io_read");
}

TEST_CASE("the daemon keeps its key, and does not replace a damaged one") {
    test::ScratchFolder folder;
    test::CountingRandom random;
    crypto::P256Point first = load_or_make_identity(folder.path(), random).point();
    CHECK(load_or_make_identity(folder.path(), random).point() == first);
    const std::string path = folder.path() + "/daemon-key";
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    REQUIRE(::chmod(path.c_str(), 0660) == 0);
    CHECK(test::error_name_of([&] { load_or_make_identity(folder.path(), random); }) == "io_read");
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    std::ofstream(path) << "short";
    CHECK(test::error_name_of([&] { load_or_make_identity(folder.path(), random); }) ==
          "key_invalid");
}

TEST_CASE("private files: a folder of another kind is refused, a lock is held once") {
    test::ScratchFolder folder;
    make_private_folder(folder.path() + "/a/b");
    write_private_file(folder.path() + "/a/b/file", as_bytes("one"));
    write_private_file(folder.path() + "/a/b/file", as_bytes("two"));
    CHECK(as_text(*read_private_file(folder.path() + "/a/b/file", 10)) == "two");
    CHECK_FALSE(read_private_file(folder.path() + "/a/b/none", 10).has_value());
    CHECK(test::error_name_of([&] { make_private_folder(folder.path() + "/a/b/file"); }) ==
          "io_write");
    REQUIRE(::chmod((folder.path() + "/a").c_str(), 0777) == 0);
    CHECK(test::error_name_of([&] { make_private_folder(folder.path() + "/a"); }) == "io_write");
    FileLock lock(folder.path() + "/lock", false);
    CHECK(test::error_name_of([&] { FileLock second(folder.path() + "/lock", false); }) == "busy");
}

TEST_CASE("origins in other scripts are shown both ways") {
    CHECK(origin_for_people("https://tender.example") == "https://tender.example");
    CHECK(origin_for_people("https://xn--fsqu00a.xn--0zwm56d:8443") ==
          "https://例子.测试:8443 (https://xn--fsqu00a.xn--0zwm56d:8443)");
    CHECK(origin_for_people("https://www.xn--bcher-kva.example") ==
          "https://www.bücher.example (https://www.xn--bcher-kva.example)");
    // RFC 3492 section 7.1 (B), and what decodes to nothing that may be shown.
    CHECK(decode_punycode("ihqwcrb4cv8a8dqg056pqjye") == "他们为什么不说中文");
    CHECK_FALSE(decode_punycode("").has_value());
    CHECK_FALSE(decode_punycode("abc-").has_value());
    CHECK_FALSE(decode_punycode("99999999").has_value());
    CHECK_FALSE(decode_punycode("a!b").has_value());
    CHECK(origin_for_people("https://xn--99999999.example") == "https://xn--99999999.example");
}
