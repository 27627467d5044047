// Which requests get past the door.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "../support/error_of.h"
#include "bridge/local/options.h"
#include "bridge/local/policy/origin.h"
#include "bridge/local/policy/peer.h"
#include "bridge/local/policy/rate_limit.h"

using namespace bidseal;
using namespace bidseal::bridge;

TEST_CASE("origins: only https, and http of this machine in development") {
    for (const char* good : {"https://tender.example", "https://tender.example:8443",
                             "https://a-b.tender.example", "https://[2001:db8::1]:444"}) {
        CAPTURE(good);
        CHECK(is_acceptable_origin(good, false));
    }
    for (const char* local : {"http://localhost:5173", "http://127.0.0.1:8080", "http://[::1]:1"}) {
        CAPTURE(local);
        CHECK(is_acceptable_origin(local, true));
        CHECK_FALSE(is_acceptable_origin(local, false));
    }
    for (const char* bad : {"",
                            "null",
                            "https://",
                            "file://",
                            "https://tender.example/",
                            "https://tender.example/a",
                            "https://Tender.example",
                            "https://user@tender.example",
                            "https://tender.example:443",
                            "https://tender.example:0",
                            "https://tender.example:70000",
                            "https://tender.example:08",
                            "https://tender.example:",
                            "https://.example",
                            "https://a..b",
                            "https://tender.example.",
                            "https://*.example",
                            "https://tender.example, https://evil.example",
                            "http://tender.example",
                            "http://localhost.evil.example",
                            "http://127.0.0.1.evil.example",
                            "http://localhost:80",
                            "ws://localhost",
                            "chrome-extension://abc",
                            "https://[::1",
                            "https://tender.example\n"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_acceptable_origin(bad, true));
    }
}

TEST_CASE("upgrade: each header must be exactly right") {
    OriginPolicy policy;
    policy.allow("https://tender.example");
    const Handshake good{"127.0.0.1:17391", "https://tender.example", "bidseal.v1"};
    CHECK(policy.check_upgrade(good, 17391) == Refusal::none);
    auto host = [&](const char* value) {
        return policy.check_upgrade({value, good.origin, good.protocol}, 17391);
    };
    CHECK(host("localhost:17391") == Refusal::none);
    for (const char* bad : {"", "127.0.0.1", "127.0.0.1:17392", "localhost", "evil.example:17391",
                            "[::1]:17391", "127.0.0.1:17391, 127.0.0.1:17391", "LOCALHOST:17391",
                            "127.1:17391", "localhost.:17391", "localhost:17391 "}) {
        CAPTURE(bad);
        CHECK(host(bad) == Refusal::host);
    }
    auto origin = [&](const char* value) {
        return policy.check_upgrade({good.host, value, good.protocol}, 17391);
    };
    for (const char* bad :
         {"", "null", "http://tender.example", "https://tender.example:444",
          "https://tender.example.evil.example", "https://evil.example",
          "https://tender.example, https://tender.example", "HTTPS://tender.example"}) {
        CAPTURE(bad);
        CHECK(origin(bad) == Refusal::origin);
    }
    auto protocol = [&](const char* value) {
        return policy.check_upgrade({good.host, good.origin, value}, 17391);
    };
    for (const char* bad : {"", "bidseal", "bidseal.v2", "bidseal.v1, bidseal.v2",
                            "bidseal.v1,bidseal.v1", "BIDSEAL.V1", "http"}) {
        CAPTURE(bad);
        CHECK(protocol(bad) == Refusal::protocol);
    }
    CHECK(policy.check_page({good.host, good.origin, ""}, 17391) == Refusal::none);
    CHECK(OriginPolicy().check_page(good, 17391) == Refusal::origin);
}

TEST_CASE("origins that may not be allowed are refused when they are listed") {
    OriginPolicy policy(false);
    CHECK(test::error_name_of([&] { policy.allow("null"); }) == "usage");
    CHECK(test::error_name_of([&] { policy.allow("http://localhost:1"); }) == "usage");
    CHECK(policy.empty());
}

TEST_CASE("peer: the uid column of the socket table") {
    constexpr std::string_view table =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
        "   0: 0100007F:43EF 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 1\n"
        "   1: 0100007F:43EF 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000 0 2\n"
        "   2: 0100007F:9C40 0100007F:43EF 01 00000000:00000000 00:00000000 00000000  1001 0 3\n"
        "   3: 0100007F:9C42 0100007F:43EF 06 00000000:00000000 03:00000C11 00000000  0 0 0\n";
    CHECK(find_socket_user(table, "0100007F:9C40", "0100007F:43EF") == 1001u);
    CHECK(find_socket_user(table, "0100007F:43EF", "0100007F:9C40") == 1000u);
    CHECK_FALSE(find_socket_user(table, "0100007F:9C41", "0100007F:43EF").has_value());
    CHECK_FALSE(find_socket_user("", "0100007F:9C40", "0100007F:43EF").has_value());
    // Closed already: the zero there is no owner.
    CHECK_FALSE(find_socket_user(table, "0100007F:9C42", "0100007F:43EF").has_value());
}

TEST_CASE("peer: a real connection of this process is ours") {
    for (int family : {AF_INET, AF_INET6}) {
        sockaddr_storage address{};
        socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        address.ss_family = static_cast<sa_family_t>(family);
        if (family == AF_INET) {
            reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        } else {
            reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
        }
        int listening = ::socket(family, SOCK_STREAM, 0);
        if (listening < 0 || ::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0) {
            REQUIRE_MESSAGE(family == AF_INET6, "no IPv4 loopback");
            continue;
        }
        REQUIRE(::listen(listening, 1) == 0);
        REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        int calling = ::socket(family, SOCK_STREAM, 0);
        REQUIRE(::connect(calling, reinterpret_cast<sockaddr*>(&address), size) == 0);
        int accepted = ::accept(listening, nullptr, nullptr);
        CHECK(peer_user(accepted) == static_cast<uint32_t>(::getuid()));
        for (int fd : {listening, calling, accepted})
            ::close(fd);
    }
    CHECK_FALSE(peer_user(-1).has_value());
}

TEST_CASE("rate limit: so many windows in a period, for each page") {
    std::chrono::steady_clock::time_point now{};
    RateLimit limit(2, std::chrono::seconds(60), [&] { return now; });
    limit.take("a");
    now += std::chrono::seconds(30);
    limit.take("a");
    CHECK(test::error_name_of([&] { limit.take("a"); }) == "too_many_requests");
    limit.take("b");
    now += std::chrono::seconds(29);
    CHECK(test::error_name_of([&] { limit.take("a"); }) == "too_many_requests");
    now += std::chrono::seconds(1);
    limit.take("a");
    CHECK(test::error_name_of([&] { limit.take("a"); }) == "too_many_requests");
}

TEST_CASE("options and policy file") {
    Options options = parse_options({"--port", "17391", "--port=17392", "--allow-origin",
                                     "https://tender.example", "--test-clock",
                                     "2026-11-22T08:30:00Z", "--language", "zh"});
    CHECK(options.ports == std::vector<uint16_t>{17391, 17392});
    CHECK(options.origins == std::vector<std::string>{"https://tender.example"});
    CHECK(options.test_clock == parse_time("2026-11-22T08:30:00Z"));
    CHECK(options.language == Language::chinese);
    CHECK_FALSE(options.development);

    options.pinentry = "/usr/bin/mine";
    apply_policy(options, as_bytes(R"({"origins":["https://b.example"],"development":true,)"
                                   R"("pinentry":"/usr/bin/other","trust":["/etc/root.pem"]})"));
    CHECK(options.origins.size() == 2);
    CHECK(options.development);
    CHECK(options.pinentry == "/usr/bin/mine");
    CHECK(options.trust_files == std::vector<std::string>{"/etc/root.pem"});

    auto refused = [](std::vector<std::string> arguments) {
        return test::error_name_of([&] { parse_options(arguments); });
    };
    CHECK(refused({"--port"}) == "usage");
    CHECK(refused({"--port", "0"}) == "usage");
    CHECK(refused({"--port", "65536"}) == "usage");
    CHECK(refused({"--port", "12x"}) == "usage");
    CHECK(refused({"--pin", "123456"}) == "usage");
    CHECK(refused({"--test-clock", "now"}) == "usage");
    CHECK(test::error_name_of([&] { apply_policy(options, as_bytes(R"({"origin":[]})")); }) ==
          "json_invalid");
}
