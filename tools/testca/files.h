// Reading and writing of whole files.
#pragma once

#include <string>

#include "bidseal/base/bytes.h"

namespace bidseal::testca {

/// Throws Error(io_read).
Bytes read_file(const std::string& path);
/// Writes through a temporary name; `secret` files are readable by their owner alone.
/// Throws Error(io_write).
void write_file(const std::string& path, ByteView bytes, bool secret = false);
inline void write_file(const std::string& path, const std::string& text, bool secret = false) {
    write_file(path, as_bytes(text), secret);
}
bool file_exists(const std::string& path);
/// Makes the folder and those above it. Throws Error(io_write).
void make_folder(const std::string& path);

}  // namespace bidseal::testca
