#include "bridge/cloud/store/records.h"

#include "bidseal/base/wire.h"
#include "bidseal/crypto/sm4_gcm.h"

namespace bidseal::cloud {
namespace {

constexpr uint8_t sealed_version = 1;
constexpr size_t salt_size = 16;
constexpr int most_tries = 50;
constexpr const char* head_name = "audit";

/// Each writing has a key of its own, so its nonce is zero.
SecretBytes record_key(const SecretBytes& sealing_key, const std::string& name, ByteView salt) {
    return crypto::hkdf_sm3(sealing_key, salt, as_bytes("bidseal cloud record " + name), 16);
}

const Bytes& zero_nonce() {
    static const Bytes nonce(crypto::sm4_gcm_nonce_size);
    return nonce;
}

std::string entry_name(uint64_t number) {
    const std::string digits = std::to_string(number);
    return "audit/" + std::string(12 - std::min<size_t>(12, digits.size()), '0') + digits;
}

Bytes encode_head(const AuditHead& head) {
    Bytes out;
    append_u64(out, head.count);
    append(out, head.hash.view());
    return out;
}

AuditHead decode_head(ByteView record) {
    WireReader in(record, ErrorCode::cosign_record);
    AuditHead head;
    head.count = in.u64();
    head.hash = in.fixed<crypto::Sm3Digest>();
    in.finish();
    return head;
}

}  // namespace

Bytes seal_record(const SecretBytes& sealing_key, const std::string& name, ByteView plain,
                  Random& random) {
    Bytes out(1 + salt_size);
    out[0] = sealed_version;
    random.fill(std::span(out).subspan(1));
    const SecretBytes key = record_key(sealing_key, name, ByteView(out).subspan(1));
    append(out, crypto::sm4_gcm_seal(key.view(), zero_nonce(), as_bytes(name), plain));
    return out;
}

SecretBytes open_record(const SecretBytes& sealing_key, const std::string& name, ByteView sealed) {
    try {
        WireReader in(sealed, ErrorCode::cosign_record);
        in.check(in.u8() == sealed_version);
        const SecretBytes key = record_key(sealing_key, name, in.take(salt_size));
        return crypto::sm4_gcm_open(key.view(), zero_nonce(), as_bytes(name), in.take(in.left()));
    } catch (const Error&) {
        throw Error(ErrorCode::cosign_record, "a record does not open");
    }
}

Batch::Entry& Batch::entry(const std::string& name) {
    const auto known = m_entries.find(name);
    if (known != m_entries.end())
        return known->second;
    Entry found;
    if (const auto stored = m_store.read(name)) {
        found.version = stored->version;
        found.value = open_record(m_key, name, stored->value);
    }
    return m_entries.emplace(name, std::move(found)).first->second;
}

std::optional<SecretBytes> Batch::read(const std::string& name) {
    const Entry& found = entry(name);
    if (!found.value)
        return std::nullopt;
    return found.value->clone();
}

void Batch::write(const std::string& name, SecretBytes value, std::optional<Timestamp> until) {
    Entry& changed = entry(name);
    changed.value = std::move(value);
    changed.until = until;
    changed.changed = true;
}

void Batch::remove(const std::string& name) {
    Entry& changed = entry(name);
    changed.changed = changed.version != 0;
    changed.value.reset();
}

void Batch::audit(const char* event, protocol::Json::Object members) {
    m_events.push_back({event, std::move(members)});
}

Records::Records(Store& store, SecretBytes sealing_key, const Clock& clock, Random& random)
    : m_store(store), m_key(std::move(sealing_key)), m_clock(clock), m_random(random) {
    require(m_key.size() == sealing_key_size, ErrorCode::usage, "a sealing key has 32 bytes");
}

RecordChange Records::sealed_change(const std::string& name, uint64_t version, ByteView plain,
                                    std::optional<Timestamp> until) {
    return {name, RecordChange::Kind::put, version, seal_record(m_key, name, plain, m_random),
            until};
}

AuditHead Records::read_head(uint64_t& version) {
    version = 0;
    const auto stored = m_store.read(head_name);
    if (!stored)
        return {};
    version = stored->version;
    return decode_head(open_record(m_key, head_name, stored->value).view());
}

void Records::add_audit(const Batch& batch, std::vector<RecordChange>& changes) {
    uint64_t version = 0;
    AuditHead head = read_head(version);
    for (const Batch::AuditEvent& event : batch.m_events) {
        protocol::ObjectBuilder builder;
        builder.size("n", ++head.count)
            .time("time", m_clock.now())
            .hex("previous", head.hash.view())
            .text("event", event.name);
        for (const protocol::JsonMember& member : event.members)
            builder.value(member.name, member.value);
        const std::string line = protocol::write_json(builder.build());
        head.hash = crypto::sm3(as_bytes(line));
        changes.push_back(sealed_change(entry_name(head.count), 0, as_bytes(line), std::nullopt));
    }
    changes.push_back(sealed_change(head_name, version, encode_head(head), std::nullopt));
}

bool Records::commit(Batch& batch) {
    std::vector<RecordChange> changes;
    bool writes = !batch.m_events.empty();
    for (const auto& [name, entry] : batch.m_entries)
        writes = writes || entry.changed;
    if (!writes)
        return true;
    for (const auto& [name, entry] : batch.m_entries) {
        if (!entry.changed)
            changes.push_back({name, RecordChange::Kind::keep, entry.version});
        else if (!entry.value)
            changes.push_back({name, RecordChange::Kind::remove, entry.version});
        else
            changes.push_back(sealed_change(name, entry.version, entry.value->view(), entry.until));
    }
    if (batch.m_events.empty())
        return m_store.write(changes);
    // The trail is one chain, so its head is everybody's: taken here, at the end, so that nobody's
    // work is done anew for it.
    std::lock_guard<std::mutex> lock(m_audit_mutex);
    add_audit(batch, changes);
    return m_store.write(changes);
}

void Records::run(const std::function<void(Batch&)>& work) {
    for (int tries = 0; tries < most_tries; tries++) {
        Batch batch(m_store, m_key);
        work(batch);
        if (commit(batch)) {
            if (batch.m_error)
                std::rethrow_exception(batch.m_error);
            return;
        }
        ++m_conflicts;
    }
    throw Error(ErrorCode::busy, "others write the same records all the time");
}

AuditHead Records::audit_head() {
    uint64_t version = 0;
    return read_head(version);
}

std::vector<std::string> Records::audit_entries(uint64_t from, size_t count) {
    std::vector<std::string> lines;
    for (uint64_t number = from; number < from + count; number++) {
        const std::string name = entry_name(number);
        const auto stored = m_store.read(name);
        if (!stored)
            break;
        lines.emplace_back(as_text(open_record(m_key, name, stored->value).view()));
    }
    return lines;
}

AuditHead Records::verify_audit() {
    const AuditHead head = audit_head();
    AuditHead seen;
    while (seen.count < head.count) {
        const std::vector<std::string> lines = audit_entries(seen.count + 1, 1);
        const uint64_t number = seen.count + 1;
        if (lines.empty())
            throw Error(ErrorCode::cosign_record, "an audit entry is missing").at(number);
        const protocol::Json entry = protocol::parse_canonical_json(as_bytes(lines[0]));
        const protocol::Json* previous = entry.find("previous");
        if (!previous || previous->as_text() != to_hex(seen.hash.view()))
            throw Error(ErrorCode::cosign_record, "an audit entry does not follow").at(number);
        seen = {number, crypto::sm3(as_bytes(lines[0]))};
    }
    if (seen.hash != head.hash)
        throw Error(ErrorCode::cosign_record, "the audit trail's head does not fit").at(head.count);
    return head;
}

}  // namespace bidseal::cloud
