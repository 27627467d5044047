// Who is at the other end of a loopback connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bidseal::bridge {

/// The user id of the process that owns the peer's socket, as the kernel tells it (sock_diag), or
/// the uid column of /proc/net/tcp or /proc/net/tcp6 where it does not. Nothing when the socket is
/// not a TCP socket or is not listed.
std::optional<uint32_t> peer_user(int socket);

/// The uid of the line whose local address and port are `local` and whose remote ones are `remote`,
/// both as the kernel writes them (`0100007F:1F90`). `table` is the file's text.
std::optional<uint32_t> find_socket_user(std::string_view table, std::string_view local,
                                         std::string_view remote);

}  // namespace bidseal::bridge
