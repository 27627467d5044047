// Makes a TokenDriver of a raw one: digests, encodings, certificates and the check of every
// signature are done here, in the caller's process, so that nothing hangs on what a vendor's
// library says.
#pragma once

#include <memory>
#include <string>

#include "bridge/ukey/profile.h"
#include "bridge/ukey/raw.h"
#include "bridge/ukey/token.h"

namespace bidseal::ukey {

/// `library` is the path for TokenInfo; of the profile interface and character set count here.
std::unique_ptr<TokenDriver> make_driver(std::unique_ptr<RawDriver> raw, std::string library,
                                         const Profile& profile);

/// An ENVELOPEDKEYBLOB (GM/T 0016, ULONG of 32 bits, little-endian) taken apart. Throws
/// Error(encoding_invalid).
RawEnvelopedKey parse_enveloped_key(ByteView blob);

}  // namespace bidseal::ukey
