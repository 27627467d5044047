// What the calls of the co-sign service have in common. For its own sources.
#pragma once

#include "bridge/cloud/cosign/service_records.h"

namespace bidseal::cloud {

template <class Id>
protocol::JsonMember hex_member(const char* name, const Id& id) {
    return {name, protocol::Json::text(to_hex(id.view()))};
}

inline protocol::JsonMember number_member(const char* name, size_t number) {
    return {name, protocol::Json::integer(static_cast<int64_t>(number))};
}

template <class Id>
Id draw_id(Random& random) {
    Id id;
    random.fill(id.bytes);
    return id;
}

/// Runs a step that may count a wrong PIN, use nonces up or end a session, then `store`, ALSO WHEN
/// IT THROWS: the error goes out once the batch has been written. A wrong PIN is noted in the
/// trail.
template <class Step, class Keep>
Bytes step_and_store(Batch& batch, const AccountId& account, cosign::ServiceKey& key, Step step,
                     Keep store) {
    const uint32_t failures = key.pin().failures();
    Bytes answer;
    try {
        answer = step();
    } catch (const Error&) {
        batch.fail(std::current_exception());
    }
    store();
    if (key.pin().failures() > failures) {
        batch.audit("pin_wrong", {hex_member("account", account), hex_member("key", key.id()),
                                  number_member("failures", key.pin().failures())});
    }
    return answer;
}

}  // namespace bidseal::cloud
