// The embedded store: one SQLite file.
#pragma once

#include <memory>

#include "bridge/cloud/store/store.h"

namespace bidseal::cloud {

class SqliteStore : public Store {
public:
    enum class Durability {
        process,  ///< survives the end of the process; a power cut may take the newest writes
        power,    ///< survives a power cut: each write waits for the disk
    };
    /// Opens or makes the file, readable for this user alone. Throws Error: cosign_record (no
    /// store, or of a newer version), io_write.
    explicit SqliteStore(const std::string& path, Durability durability = Durability::power);
    ~SqliteStore() override;

    std::optional<StoredRecord> read(const std::string& name) override;
    bool write(const std::vector<RecordChange>& changes) override;
    std::vector<std::string> names(const std::string& prefix, const std::string& after,
                                   size_t limit) override;
    size_t drop_expired(Timestamp now, size_t limit) override;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::cloud
