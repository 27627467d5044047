// The paths of one envelope's documents, none of which may be taken for another or lie inside it.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace bidseal::bid {

/// Holds the folded paths (fold_path()) of an envelope; `manifest.json` is there from the start.
/// docs/spec/bid-format.md section 7.
class PathSet {
public:
    PathSet();
    /// Adds a safe path. False, and nothing is added, when it folds to one that is there, or when
    /// one of the two would be a folder of the other: no file system holds a file `a` beside `a/b`.
    bool add(std::string_view path);

private:
    std::set<std::string> m_files;
};

}  // namespace bidseal::bid
