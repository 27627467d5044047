// A store whose records are sealed, read and written in batches, with an audit trail.
//
// Whoever reads the store's file without the sealing key learns names, sizes and times, and can
// neither read a record nor put one in another's place. What sealing cannot show is an old copy of
// the whole file: docs/spec/cloud-service.md says what is to be done about that.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <mutex>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/sm3.h"
#include "bidseal/protocol/json.h"

#include "bridge/cloud/store/store.h"

namespace bidseal::cloud {

inline constexpr size_t sealing_key_size = 32;

/// A record as it stands in a store: `1 | salt 16 | SM4-GCM`, its key from HKDF over the sealing
/// key, the salt and the record's name.
Bytes seal_record(const SecretBytes& sealing_key, const std::string& name, ByteView plain,
                  Random& random);
/// Throws Error(cosign_record), also for a record of another name.
SecretBytes open_record(const SecretBytes& sealing_key, const std::string& name, ByteView sealed);

/// Records of one purpose: what is read stays as it is until the batch is written, or the whole
/// work is done anew.
class Batch {
public:
    std::optional<SecretBytes> read(const std::string& name);
    void write(const std::string& name, SecretBytes value, std::optional<Timestamp> until = {});
    void remove(const std::string& name);
    /// An entry of the audit trail; `members` follow the event's name. No secrets, no contents.
    void audit(const char* event, protocol::Json::Object members = {});
    /// The batch is written, then this is thrown: a wrong PIN has been counted by then.
    void fail(std::exception_ptr error) { m_error = std::move(error); }
    bool failed() const { return m_error != nullptr; }

private:
    friend class Records;
    struct Entry {
        uint64_t version = 0;  // as read
        std::optional<SecretBytes> value;
        std::optional<Timestamp> until;
        bool changed = false;
    };
    Batch(Store& store, const SecretBytes& key) : m_store(store), m_key(key) {}
    Entry& entry(const std::string& name);

    Store& m_store;
    const SecretBytes& m_key;
    std::map<std::string, Entry> m_entries;
    struct AuditEvent {
        const char* name;
        protocol::Json::Object members;
    };
    std::vector<AuditEvent> m_events;
    std::exception_ptr m_error;
};

/// Where an audit trail stands: how many entries, and the hash that the newest one has.
struct AuditHead {
    uint64_t count = 0;
    crypto::Sm3Digest hash{};
};

class Records {
public:
    /// All must outlive it. `sealing_key` has 32 bytes.
    Records(Store& store, SecretBytes sealing_key, const Clock& clock, Random& random);

    /// Runs the work on a batch and writes it, again from the start when somebody else was faster.
    /// So the work must have no effects of its own. Returns what the work returned; throws what it
    /// threw (nothing is written then), what it handed to Batch::fail() (after writing),
    /// Error(busy) after many tries, and what the store throws.
    template <class Work>
    auto transact(Work work) {
        if constexpr (std::is_void_v<decltype(work(std::declval<Batch&>()))>) {
            run([&](Batch& batch) { work(batch); });
        } else {
            std::optional<decltype(work(std::declval<Batch&>()))> result;
            run([&](Batch& batch) { result.emplace(work(batch)); });
            return std::move(*result);
        }
    }

    AuditHead audit_head();
    /// Follows the trail from its beginning to its head. Throws Error(cosign_record), at() the
    /// number of the entry that does not fit.
    AuditHead verify_audit();
    /// The entries `from` … `from + count - 1`, numbers from 1, as canonical JSON.
    std::vector<std::string> audit_entries(uint64_t from, size_t count);
    /// How often a batch had to be done anew.
    uint64_t conflicts() const { return m_conflicts; }

private:
    void run(const std::function<void(Batch&)>& work);
    bool commit(Batch& batch);
    void add_audit(const Batch& batch, std::vector<RecordChange>& changes);
    RecordChange sealed_change(const std::string& name, uint64_t version, ByteView plain,
                               std::optional<Timestamp> until);
    AuditHead read_head(uint64_t& version);

    Store& m_store;
    SecretBytes m_key;
    const Clock& m_clock;
    Random& m_random;
    std::mutex m_audit_mutex;
    std::atomic<uint64_t> m_conflicts{0};
};

}  // namespace bidseal::cloud
