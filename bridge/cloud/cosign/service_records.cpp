#include "bridge/cloud/cosign/service_records.h"

#include "bidseal/base/wire.h"

namespace bidseal::cloud {
namespace {

constexpr int64_t keep_after_end = 60 * 60;  // repeated requests are answered so much longer

template <class Id>
std::string record_name(const char* kind, const Id& id) {
    return std::string(kind) + "/" + to_hex(id.view());
}

std::string call_name(const AccountId& account, const CallId& call) {
    return record_name("call", account) + "/" + to_hex(call.view());
}

std::string wrap_name(const cosign::KeyId& key, const cosign::Point& c1) {
    return record_name("wrap", key) + "/" + to_hex(crypto::sm3(c1.view()).view());
}

/// A value that perhaps holds a secret, put together without leaving copies behind.
SecretBytes joined(std::initializer_list<ByteView> parts) {
    size_t size = 0;
    for (const ByteView part : parts)
        size += part.size();
    SecretBytes value(size);
    size_t at = 0;
    for (const ByteView part : parts) {
        std::copy(part.begin(), part.end(), value.span().begin() + static_cast<ptrdiff_t>(at));
        at += part.size();
    }
    return value;
}

WireReader open_value(const SecretBytes& value) {
    return WireReader(value.view(), ErrorCode::cosign_record);
}

ByteView view_of(const Bytes& record) {
    return record;
}
ByteView view_of(const SecretBytes& record) {
    return record.view();
}

}  // namespace

cosign::ServiceKey load_key(Batch& batch, const AccountId& account, const cosign::KeyId& id) {
    const auto value = batch.read(record_name("key", id));
    require(value.has_value(), ErrorCode::cosign_state, "no such key");
    WireReader in = open_value(*value);
    // Another account's key looks like one that is not there.
    require(in.fixed<AccountId>() == account, ErrorCode::cosign_state, "no such key");
    return cosign::ServiceKey::parse(in.take(in.left()));
}

void store_key(Batch& batch, const AccountId& account, const cosign::ServiceKey& key) {
    batch.write(record_name("key", key.id()), joined({account.view(), key.serialize().view()}));
}

template <class Operation>
OperationRecord<Operation> load_operation(Batch& batch, const AccountId& account,
                                          const cosign::OperationId& id) {
    const auto value = batch.read(record_name("op", id));
    require(value.has_value(), ErrorCode::cosign_operation, "no such operation");
    WireReader in = open_value(*value);
    require(in.fixed<AccountId>() == account, ErrorCode::cosign_operation, "no such operation");
    const auto items = in.fixed<crypto::Sm3Digest>();
    return {account, items, Operation::parse(in.take(in.left()))};
}

template <class Operation>
void store_operation(Batch& batch, const OperationRecord<Operation>& record) {
    const auto bytes = record.operation.serialize();
    const Timestamp until{record.operation.expires().seconds + keep_after_end};
    batch.write(record_name("op", record.operation.id()),
                joined({record.account.view(), record.items.view(), view_of(bytes)}), until);
}

template OperationRecord<cosign::SignOperation> load_operation(Batch&, const AccountId&,
                                                               const cosign::OperationId&);
template OperationRecord<cosign::DecryptOperation> load_operation(Batch&, const AccountId&,
                                                                  const cosign::OperationId&);
template void store_operation(Batch&, const OperationRecord<cosign::SignOperation>&);
template void store_operation(Batch&, const OperationRecord<cosign::DecryptOperation>&);

SessionRecord load_session(Batch& batch, const AccountId& account, const cosign::SessionId& id) {
    const auto value = batch.read(record_name("session", id));
    require(value.has_value(), ErrorCode::cosign_session_limit, "no such session");
    WireReader in = open_value(*value);
    require(in.fixed<AccountId>() == account, ErrorCode::cosign_session_limit, "no such session");
    const uint32_t last_seq = in.u32();
    Bytes grant = to_bytes(in.field(1, 8192));
    return {account, last_seq, std::move(grant), cosign::SessionShare::parse(in.take(in.left()))};
}

void store_session(Batch& batch, const SessionRecord& record) {
    Bytes head = to_bytes(record.account.view());
    append_u32(head, record.last_seq);
    append_field(head, record.grant);
    const Timestamp until{record.share.limits().expires + keep_after_end};
    batch.write(record_name("session", record.share.id()),
                joined({head, record.share.serialize().view()}), until);
}

bool has_session(Batch& batch, const cosign::SessionId& id) {
    return batch.read(record_name("session", id)).has_value();
}

std::optional<Bytes> find_call(Batch& batch, const AccountId& account, const CallId& call,
                               ByteView body) {
    const auto value = batch.read(call_name(account, call));
    if (!value)
        return std::nullopt;
    WireReader in = open_value(*value);
    require(in.fixed<crypto::Sm3Digest>() == crypto::sm3(body), ErrorCode::cosign_operation,
            "another call under the same id");
    return to_bytes(in.take(in.left()));
}

void note_call(Batch& batch, const AccountId& account, const CallId& call, ByteView body,
               ByteView made, Timestamp until) {
    batch.write(call_name(account, call), joined({crypto::sm3(body).view(), made}),
                Timestamp{until.seconds + keep_after_end});
}

std::optional<WrapRecord> load_wrap(Batch& batch, const cosign::KeyId& key,
                                    const cosign::Point& c1) {
    const auto value = batch.read(wrap_name(key, c1));
    if (!value)
        return std::nullopt;
    WireReader in = open_value(*value);
    WrapRecord wrap;
    wrap.tender = in.fixed<bid::TenderDigest>();
    wrap.opens.seconds = static_cast<int64_t>(in.u64());
    in.finish();
    return wrap;
}

void store_wrap(Batch& batch, const cosign::KeyId& key, const cosign::Point& c1,
                const WrapRecord& wrap) {
    Bytes value = to_bytes(wrap.tender.view());
    append_u64(value, static_cast<uint64_t>(wrap.opens.seconds));
    batch.write(wrap_name(key, c1), SecretBytes::copy_of(value));
}

std::vector<cosign::KeyId> load_key_list(Batch& batch, const AccountId& account) {
    std::vector<cosign::KeyId> keys;
    if (const auto value = batch.read(record_name("keys", account))) {
        WireReader in = open_value(*value);
        while (in.left() > 0)
            keys.push_back(in.fixed<cosign::KeyId>());
    }
    return keys;
}

void store_key_list(Batch& batch, const AccountId& account,
                    const std::vector<cosign::KeyId>& keys) {
    Bytes value;
    for (const cosign::KeyId& key : keys)
        append(value, key.view());
    batch.write(record_name("keys", account), SecretBytes::copy_of(value));
}

}  // namespace bidseal::cloud
