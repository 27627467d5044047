// A helper program run in a process of its own, with two channels to it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bridge/os/stream.h"

namespace bidseal::os {

class Child {
public:
    /// Starts the program without arguments: a session of its own, nothing inherited but the two
    /// channels (inherited_stream() there), standard streams at /dev/null, no environment but the
    /// one given ("NAME=value"), no core dumps, no new privileges. Throws Error(token_driver).
    Child(const std::string& program, const std::vector<std::string>& environment);
    /// Kills it, if it still runs, and everything that it started in its session.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    Stream calls;   ///< both ways
    Stream events;  ///< from the child to us

    long process_id() const { return m_process; }
    /// Ends it at once. May be called more than once, from one thread.
    void kill();

private:
    long m_process = -1;
};

}  // namespace bidseal::os
