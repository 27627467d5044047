// What every store has to do, whatever is behind it.
#pragma once

#include <functional>
#include <memory>

#include "bridge/cloud/store/store.h"

namespace bidseal::test {

/// Opens another handle of the same store, as a second process would have it.
using OpenStore = std::function<std::shared_ptr<cloud::Store>()>;

/// Doctest assertions; the store behind `open` must be empty.
void check_store_basics(const OpenStore& open);
void check_store_versions(const OpenStore& open);
void check_store_names(const OpenStore& open);
void check_store_expiry(const OpenStore& open);
/// Threads that count up the same records, each with a handle of its own: nothing is lost.
void check_store_races(const OpenStore& open);

}  // namespace bidseal::test
