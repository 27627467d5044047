// A store that forgets everything with the process: for tests and trials.
#pragma once

#include <map>
#include <mutex>

#include "bridge/cloud/store/store.h"

namespace bidseal::cloud {

class MemoryStore : public Store {
public:
    std::optional<StoredRecord> read(const std::string& name) override;
    bool write(const std::vector<RecordChange>& changes) override;
    std::vector<std::string> names(const std::string& prefix, const std::string& after,
                                   size_t limit) override;
    size_t drop_expired(Timestamp now, size_t limit) override;

private:
    struct Entry {
        StoredRecord record;
        std::optional<Timestamp> until;
    };
    std::mutex m_mutex;
    std::map<std::string, Entry> m_records;
    uint64_t m_last = 0;
};

}  // namespace bidseal::cloud
