// The worker processes of this process.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/types.h>
#include <unistd.h>

namespace bidseal::test {

/// The process of the worker that this process has, or 0.
inline pid_t worker_process() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream in(entry.path() / "stat");
        std::string text;
        std::getline(in, text);
        const size_t name_end = text.rfind(')');
        if (name_end == std::string::npos || text.find("(bidseal-token-w") == std::string::npos)
            continue;
        char state = 0;
        int parent = 0;
        if (std::sscanf(text.c_str() + name_end + 1, " %c %d", &state, &parent) == 2 &&
            parent == ::getpid() && state != 'Z')
            return static_cast<pid_t>(std::stol(entry.path().filename().string()));
    }
    return 0;
}

}  // namespace bidseal::test
