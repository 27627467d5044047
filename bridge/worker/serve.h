// The worker's side: one library, asked over a channel.
#pragma once

#include "bridge/os/stream.h"

namespace bidseal::worker {

/// Answers requests until the bridge closes the channel, then ends the process. The first request
/// loads the library. Ends the process too when the bridge speaks another protocol, or when the
/// library was caught writing outside its room: this memory can no longer be trusted.
[[noreturn]] void serve(os::Stream calls, os::Stream events);

}  // namespace bidseal::worker
