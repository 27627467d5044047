// Where the certificates of the second way in stand: state folder, `tls/`.
#pragma once

#include <optional>
#include <string>

#include "bidseal/base/time.h"

#include "bridge/local/trust/certificates.h"

namespace bidseal::bridge {

/// PEM files of this user alone.
struct TlsFiles {
    std::string authority, certificate, key;
    Timestamp not_after;  ///< of `certificate`
};

/// Replaces what stands there. Throws what write_private_file() throws.
void write_tls_files(const std::string& state, const LocalCertificates& made);
/// Removes all of them; nothing happens when there are none.
void remove_tls_files(const std::string& state);
/// Nothing when there are none. Throws what read_private_file() throws, and
/// Error(certificate_invalid).
std::optional<TlsFiles> find_tls_files(const std::string& state);

}  // namespace bidseal::bridge
