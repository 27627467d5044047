// Pieces of DER that seals and seal signatures share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"
#include "bidseal/seal/electronic_seal.h"

namespace bidseal::seal {

namespace der = crypto::der;

/// Runs `read` and turns what it throws about certificates into the structure's own error: a seal
/// with an unreadable certificate is a seal that cannot be read.
crypto::Certificate read_certificate(ByteView der);

/// An IA5String or PrintableString of printable ASCII, at most `max_size` long; it may be empty.
std::string read_ascii(der::Reader& at, uint8_t tag, size_t max_size);
/// A UTF8String that is clean text, 1 to `max_size` bytes.
std::string read_text(der::Reader& at, size_t max_size);

/// ExtensionDatas: absent, or [0] EXPLICIT, or, as some makers write it, without the tag.
std::vector<SealExtension> read_extensions_if(der::Reader& at);
/// [0] EXPLICIT ExtensionDatas; nothing for none.
Bytes write_extensions(const std::vector<SealExtension>& extensions);

Bytes write_ascii(uint8_t tag, std::string_view text);
/// GeneralizedTime with seconds and Z (X.690 section 11.7).
Bytes write_time(Timestamp at);

/// The signature algorithm of seals: SM2 with SM3, by any of the names that makers give it.
void read_seal_algorithm(der::Reader& at);
Bytes write_seal_algorithm();

/// Whether `text` is printable ASCII of at most `max_size` bytes.
bool is_printable_ascii(std::string_view text, size_t max_size);

/// Throws Error(seal_version) for versions that nobody defined.
SealStandard standard_of(uint32_t version);

}  // namespace bidseal::seal
