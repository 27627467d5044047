#include "bridge/local/policy/peer.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bidseal::bridge {

namespace {

constexpr std::string_view time_wait = "06";

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

void put_address(const sockaddr_storage& address, __be32 (&words)[4], __be16& port) {
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        words[0] = v4.sin_addr.s_addr;
        port = v4.sin_port;
        return;
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(words, &v6.sin6_addr, sizeof words);
    port = v6.sin6_port;
}

struct DiagQuestion {
    nlmsghdr head;
    inet_diag_req_v2 asked;
};

/// What the kernel says of one socket, by its two addresses (sock_diag(7)): unlike the table this
/// costs the same however many sockets there are. Nothing where the kernel does not answer that.
std::optional<uint32_t> ask_kernel(const sockaddr_storage& local, const sockaddr_storage& remote) {
    const int link = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (link < 0)
        return std::nullopt;
    constexpr timeval patience{1, 0};
    ::setsockopt(link, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    DiagQuestion question{};
    question.head.nlmsg_len = sizeof question;
    question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.head.nlmsg_flags = NLM_F_REQUEST;
    question.asked.sdiag_family = static_cast<uint8_t>(local.ss_family);
    question.asked.sdiag_protocol = IPPROTO_TCP;
    question.asked.idiag_states = ~0u;
    inet_diag_sockid& id = question.asked.id;
    put_address(local, id.idiag_src, id.idiag_sport);
    put_address(remote, id.idiag_dst, id.idiag_dport);
    id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    alignas(nlmsghdr) char room[4096];
    ssize_t size = -1;
    if (::send(link, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question))
        size = ::recv(link, room, sizeof room, 0);
    ::close(link);
    if (size < static_cast<ssize_t>(NLMSG_SPACE(sizeof(inet_diag_msg))))
        return std::nullopt;
    nlmsghdr head{};
    std::memcpy(&head, room, sizeof head);
    inet_diag_msg answer{};
    std::memcpy(&answer, room + NLMSG_HDRLEN, sizeof answer);
    // Where the connection is gone the kernel tells of one that listens there.
    const bool same =
        answer.id.idiag_sport == id.idiag_sport && answer.id.idiag_dport == id.idiag_dport;
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || !same || answer.idiag_state == TCP_TIME_WAIT)
        return std::nullopt;
    return answer.idiag_uid;
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
            // A socket that is closed already has no owner any more.
            if (state == time_wait)
                return std::nullopt;
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
    if (auto user = ask_kernel(there, here))
        return user;
    const char* path = here.ss_family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
    // Seen from the peer's socket, its own address is the local one.
    return find_socket_user(read_table(path), spell(there), spell(here));
}

}  // namespace bidseal::bridge
