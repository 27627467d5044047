// Where the service keeps what it must not forget: records with versions, under names.
//
// The one rule that everything else follows from: write() takes all its changes or none, and none
// unless every record still has the version that was read. An embedded SQLite does that with a
// transaction, PostgreSQL with `UPDATE … WHERE version = …`, Redis with a script.
// tests/unit/cloud/store_conformance.h is what a store has to pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"

namespace bidseal::cloud {

struct StoredRecord {
    Bytes value;
    /// Never 0, and never the same again for another value of this name.
    uint64_t version = 0;
};

struct RecordChange {
    enum class Kind {
        put,     ///< the new value
        remove,  ///< the record goes
        keep,    ///< nothing changes, but the version must be the one that was read
    };
    std::string name;  ///< ASCII
    Kind kind = Kind::put;
    /// Of the record that was read; 0: there was none.
    uint64_t version = 0;
    Bytes value = {};
    /// When the record may be dropped; nothing: never.
    std::optional<Timestamp> until = {};
};

/// Safe for use by several threads, and by several processes at once. All functions throw
/// Error(cosign_record) when the store cannot be read, Error: io_write, disk_full when it cannot be
/// written.
class Store {
public:
    virtual ~Store() = default;
    virtual std::optional<StoredRecord> read(const std::string& name) = 0;
    /// All changes or none: false, and nothing has changed, when a record has another version. What
    /// was written is there after a crash. The names must differ.
    virtual bool write(const std::vector<RecordChange>& changes) = 0;
    /// Names that begin with `prefix` and come after `after`, in the order of their bytes.
    virtual std::vector<std::string> names(const std::string& prefix, const std::string& after,
                                           size_t limit) = 0;
    /// Drops records whose time is over, at most `limit`; how many.
    virtual size_t drop_expired(Timestamp now, size_t limit) = 0;
};

}  // namespace bidseal::cloud
