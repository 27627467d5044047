#include "path_set.h"

#include "bidseal/base/text.h"

namespace bidseal::bid {

PathSet::PathSet() {
    m_files.insert(fold_path("manifest.json"));
}

bool PathSet::add(std::string_view path) {
    const std::string folded = fold_path(path);
    // Folders above the new file that are files.
    for (size_t slash = folded.find('/'); slash != std::string::npos;
         slash = folded.find('/', slash + 1)) {
        if (m_files.count(folded.substr(0, slash)) != 0) {
            return false;
        }
    }
    // Files below the new file: in order of bytes they stand together.
    const std::string inside = folded + "/";
    const auto next = m_files.lower_bound(inside);
    if (next != m_files.end() && next->compare(0, inside.size(), inside) == 0) {
        return false;
    }
    return m_files.insert(folded).second;
}

}  // namespace bidseal::bid
