#include "bridge/cloud/store/memory_store.h"

namespace bidseal::cloud {

std::optional<StoredRecord> MemoryStore::read(const std::string& name) {
    std::lock_guard<std::mutex> lock(m_mutex);
    const auto found = m_records.find(name);
    if (found == m_records.end())
        return std::nullopt;
    return found->second.record;
}

bool MemoryStore::write(const std::vector<RecordChange>& changes) {
    std::lock_guard<std::mutex> lock(m_mutex);
    for (const RecordChange& change : changes) {
        const auto found = m_records.find(change.name);
        if ((found == m_records.end() ? 0 : found->second.record.version) != change.version)
            return false;
    }
    ++m_last;
    for (const RecordChange& change : changes) {
        if (change.kind == RecordChange::Kind::put)
            m_records[change.name] = {{change.value, m_last}, change.until};
        else if (change.kind == RecordChange::Kind::remove)
            m_records.erase(change.name);
    }
    return true;
}

std::vector<std::string> MemoryStore::names(const std::string& prefix, const std::string& after,
                                            size_t limit) {
    std::lock_guard<std::mutex> lock(m_mutex);
    std::vector<std::string> found;
    for (auto at = m_records.lower_bound(prefix);
         at != m_records.end() && found.size() < limit && at->first.starts_with(prefix); ++at) {
        if (at->first > after)
            found.push_back(at->first);
    }
    return found;
}

size_t MemoryStore::drop_expired(Timestamp now, size_t limit) {
    std::lock_guard<std::mutex> lock(m_mutex);
    size_t dropped = 0;
    for (auto at = m_records.begin(); at != m_records.end() && dropped < limit;) {
        const bool over = at->second.until && *at->second.until <= now;
        at = over ? m_records.erase(at) : std::next(at);
        dropped += over ? 1 : 0;
    }
    return dropped;
}

}  // namespace bidseal::cloud
