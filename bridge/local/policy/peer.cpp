#include "bridge/local/policy/peer.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace bidseal::bridge {

namespace {

/// The address as /proc/net/tcp spells it: 32-bit words in the machine's order, the port in hex.
std::string spell(const sockaddr_storage& address) {
    char text[48];
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        std::snprintf(text, sizeof text, "%08X:%04X", v4.sin_addr.s_addr, ntohs(v4.sin_port));
        return text;
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    uint32_t words[4];
    std::memcpy(words, &v6.sin6_addr, sizeof words);
    std::snprintf(text, sizeof text, "%08X%08X%08X%08X:%04X", words[0], words[1], words[2],
                  words[3], ntohs(v6.sin6_port));
    return text;
}

std::string read_table(const char* path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

std::optional<uint32_t> find_socket_user(std::string_view table, std::string_view local,
                                         std::string_view remote) {
    std::istringstream lines{std::string(table)};
    std::string line;
    while (std::getline(lines, line)) {
        // sl local remote state queues timer retransmits uid …
        std::istringstream words(line);
        std::string slot, from, to, state, queues, timer, retransmits;
        uint32_t uid = 0;
        if (words >> slot >> from >> to >> state >> queues >> timer >> retransmits >> uid &&
            from == local && to == remote) {
            return uid;
        }
    }
    return std::nullopt;
}

std::optional<uint32_t> peer_user(int socket) {
    sockaddr_storage here{}, there{};
    socklen_t here_size = sizeof here, there_size = sizeof there;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&here), &here_size) != 0 ||
        ::getpeername(socket, reinterpret_cast<sockaddr*>(&there), &there_size) != 0) {
        return std::nullopt;
    }
    if (here.ss_family != AF_INET && here.ss_family != AF_INET6)
        return std::nullopt;
    const char* path = here.ss_family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
    // Seen from the peer's socket, its own address is the local one.
    return find_socket_user(read_table(path), spell(there), spell(here));
}

}  // namespace bidseal::bridge
