// bidseal-bridge-tray: an icon in the desktop's tray as long as the bridge of this user runs. It
// speaks StatusNotifierItem (freedesktop.org) over D-Bus, knows nothing of tokens, and the bridge
// does not need it.
#include <cstdio>
#include <exception>

#include "bridge/tray/daemon_watch.h"
#include "bridge/tray/item.h"
#include "bridge/tray/texts.h"

namespace {

int run(int count) {
    if (count > 1) {
        std::fprintf(stderr, "usage: bidseal-bridge-tray (it takes no options)\n");
        return 2;
    }
    using namespace bidseal::tray;
    EventLoop loop;
    Item item(loop, texts_of_session());
    DaemonWatch watch(loop, state_folder(),
                      [&](const std::optional<Daemon>& daemon) { item.show(daemon); });
    return loop.run();
}

}  // namespace

int main(int count, char**) {
    try {
        return run(count);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bidseal-bridge-tray: %s\n", error.what());
        return 1;
    }
}
