// How the co-sign service's records stand in its store.
#pragma once

#include "bidseal/crypto/sm3.h"

#include "bridge/cloud/cosign/service.h"

namespace bidseal::cloud {

/// key/ID: `account | ServiceKey`.
cosign::ServiceKey load_key(Batch& batch, const AccountId& account, const cosign::KeyId& id);
void store_key(Batch& batch, const AccountId& account, const cosign::ServiceKey& key);

/// op/ID: `account | items' digest | SignOperation or DecryptOperation`.
template <class Operation>
struct OperationRecord {
    AccountId account;
    crypto::Sm3Digest items{};
    Operation operation;
};
/// Throws Error(cosign_operation) when there is none of this account.
template <class Operation>
OperationRecord<Operation> load_operation(Batch& batch, const AccountId& account,
                                          const cosign::OperationId& id);
template <class Operation>
void store_operation(Batch& batch, const OperationRecord<Operation>& record);

/// session/ID: `account | u32 newest seq | field(grant) | SessionShare`.
struct SessionRecord {
    AccountId account;
    uint32_t last_seq = 0;
    Bytes grant;
    cosign::SessionShare share;
};
/// Throws Error(cosign_session_limit) when there is none of this account.
SessionRecord load_session(Batch& batch, const AccountId& account, const cosign::SessionId& id);
void store_session(Batch& batch, const SessionRecord& record);
bool has_session(Batch& batch, const cosign::SessionId& id);

/// call/ACCOUNT/ID: `SM3(body) | what the call made`. Nothing when the call is new; throws
/// Error(cosign_operation) when the id stood for another body.
std::optional<Bytes> find_call(Batch& batch, const AccountId& account, const CallId& call,
                               ByteView body);
void note_call(Batch& batch, const AccountId& account, const CallId& call, ByteView body,
               ByteView made, Timestamp until);

/// wrap/KEY/SM3(C1): `SM3 of the tender's content | u64 opening time`.
struct WrapRecord {
    bid::TenderDigest tender;
    Timestamp opens;
};
std::optional<WrapRecord> load_wrap(Batch& batch, const cosign::KeyId& key,
                                    const cosign::Point& c1);
void store_wrap(Batch& batch, const cosign::KeyId& key, const cosign::Point& c1,
                const WrapRecord& wrap);

/// keys/ACCOUNT: the ids of its keys.
std::vector<cosign::KeyId> load_key_list(Batch& batch, const AccountId& account);
void store_key_list(Batch& batch, const AccountId& account, const std::vector<cosign::KeyId>& keys);

}  // namespace bidseal::cloud
