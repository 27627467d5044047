// Profiles as files: see docs/guide/ukey-profiles.md.
#pragma once

#include <string>

#include "bidseal/base/bytes.h"
#include "bidseal/protocol/json.h"

#include "bridge/ukey/profile.h"

namespace bidseal::ukey {

/// Reads a profile. What a file does not say is as the standard has it. Throws Error(json_invalid).
Profile parse_profile(ByteView json);
Profile read_profile(protocol::ObjectReader& reader);

/// The same as a file, a line for each member; what is as the standard has it is written too.
std::string write_profile(const Profile& profile);

/// The texts of files. Throw Error(json_invalid).
Charset charset_named(const std::string& text);
Architecture architecture_named(const std::string& text);

}  // namespace bidseal::ukey
