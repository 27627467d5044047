// Who may change a file.
#pragma once

#include <string>

namespace bidseal::os {

/// Whether the file and every folder above it belong to the administrator and nobody else may write
/// there (in a folder with the sticky bit others may, but not touch what is not theirs). False when
/// something is missing or the path is not absolute or goes through a symbolic link of somebody
/// else.
bool only_admin_writes(const std::string& path);

}  // namespace bidseal::os
