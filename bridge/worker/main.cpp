// bidseal-token-worker: holds one vendor's library for the bridge, so that a crash or a hang there
// costs one operation. It is started by the bridge and talks over inherited channels only.
#include <cstdio>

#include "bridge/os/process.h"
#include "bridge/worker/serve.h"

int main(int count, char**) {
    if (count != 1) {
        std::fputs("bidseal-token-worker is started by bidseal-bridge\n", stderr);
        return 2;
    }
    bidseal::os::harden_worker();
    bidseal::worker::serve(bidseal::os::inherited_stream(0), bidseal::os::inherited_stream(1));
}
