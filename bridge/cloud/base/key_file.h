// Keys of the service that stand in files of their own: the sealing key, and the service's SM2
// keys.
#pragma once

#include <string>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::cloud {

/// A folder for this user alone; made when it is not there. Throws Error(io_write) when it cannot
/// be made, or others may read or write it.
void open_private_folder(const std::string& path);

/// Secret bytes in hex, one line. Drawn and written, readable for this user alone, when the file is
/// not there. Throws Error: io_read (others may read the file, or it is of another length),
/// io_write.
SecretBytes load_or_make_secret(const std::string& path, size_t size, Random& random);

/// The same for an SM2 key: its number.
crypto::Sm2PrivateKey load_or_make_key(const std::string& path, Random& random);

/// A whole file. Throws Error: io_read, limit_exceeded.
Bytes read_whole_file(const std::string& path, size_t max_bytes);

}  // namespace bidseal::cloud
