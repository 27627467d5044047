#include "bridge/os/files.h"

#include <cstdlib>
#include <memory>

#include <sys/stat.h>

namespace bidseal::os {
namespace {

bool is_admins(const struct stat& info) {
    const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    const bool sticky_folder = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
    return info.st_uid == 0 && (!others_write || sticky_folder);
}

// Each part of an absolute path without symbolic links, from the root down to the file.
bool all_parts_are_admins(const std::string& path) {
    for (size_t end = 1;; ++end) {
        const bool whole = end >= path.size();
        if (!whole && end != 1 && path[end] != '/')
            continue;
        struct stat info {};
        if (::lstat(path.substr(0, end).c_str(), &info) != 0 || !is_admins(info))
            return false;
        if (whole)
            return true;
    }
}

}  // namespace

bool only_admin_writes(const std::string& path) {
    if (path.empty() || path[0] != '/')
        return false;
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    if (real == nullptr)
        return false;
    // The links on the way must be the administrator's too: their folders decide.
    const std::string folder = path.substr(0, path.rfind('/'));
    const std::unique_ptr<char, decltype(&std::free)> real_folder(
        ::realpath(folder.empty() ? "/" : folder.c_str(), nullptr), &std::free);
    return all_parts_are_admins(real.get()) && real_folder != nullptr &&
           all_parts_are_admins(real_folder.get());
}

}  // namespace bidseal::os
