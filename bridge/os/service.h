// What a program tells the service manager that started it.
#pragma once

#include <string>

namespace bidseal::os {

/// Sends a state such as `READY=1` to the service manager, where one listens (sd_notify(3): a
/// datagram to the socket that NOTIFY_SOCKET names). Without one, and when it cannot be reached,
/// nothing happens: a program runs without a manager too.
void tell_service_manager(const std::string& state);

}  // namespace bidseal::os
