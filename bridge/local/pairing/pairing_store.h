// Which pages were paired: kept in a file of the user, so that the command line can list and revoke
// them while the daemon runs.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/time.h"
#include "bidseal/crypto/p256.h"

#include "bridge/local/base/private_files.h"

namespace bidseal::bridge {

struct Pairing {
    std::string id;  ///< 16 hex digits of SM3 over origin and key: names it on the command line
    std::string origin;
    crypto::P256Point key;
    Timestamp paired;
    bool preloaded = false;  ///< without a window, because the organisation's policy lists the page
};

/// The id of a pairing.
std::string pairing_id(const std::string& origin, const crypto::P256Point& key);

inline constexpr size_t most_pairings = 256;
inline constexpr size_t most_pairings_of_origin = 16;  ///< browsers and profiles of one user

/// Thread safe; other processes of the user may write the file as well.
class PairingStore {
public:
    /// `folder` must exist; it need not hold a file. Throws Error(json_invalid) for a damaged one.
    explicit PairingStore(const std::string& folder);

    /// The pairing of exactly this origin and key. Looks at the file again when it has changed.
    std::optional<Pairing> find(const std::string& origin, const crypto::P256Point& key);
    /// Adds one, or does nothing when it is there. The oldest of the origin, then the oldest of
    /// all, make room. Throws Error: io_write, disk_full.
    void add(const std::string& origin, const crypto::P256Point& key, Timestamp now,
             bool preloaded);
    std::vector<Pairing> list();
    /// Removes what the text names: an id or an origin. The number of pairings removed.
    size_t revoke(const std::string& id_or_origin);

private:
    void reload();
    void save();

    std::string m_path, m_lock_path;
    std::mutex m_mutex;
    std::vector<Pairing> m_pairings;
    FileStamp m_stamp;
};

/// The file's text and back. Throws Error(json_invalid).
std::vector<Pairing> parse_pairings(ByteView json);
std::string write_pairings(const std::vector<Pairing>& pairings);

}  // namespace bidseal::bridge
