// Routes, keys, refresh, administration.
#include "bridge/cloud/cosign/service.h"

#include <algorithm>
#include <map>

#include "bidseal/base/wire.h"

#include "bridge/cloud/cosign/service_steps.h"

namespace bidseal::cloud {

using cosign::ServiceKey;

CosignService::Handler CosignService::handler_of(const std::string& route) {
    static const std::map<std::string, Handler> handlers = {
        {"keys/create", &CosignService::create_key},
        {"keys/complete", &CosignService::complete_key},
        {"keys/status", &CosignService::key_status},
        {"sign/begin", &CosignService::begin_sign},
        {"sign/answer", &CosignService::answer_sign},
        {"decrypt/register", &CosignService::register_wraps},
        {"decrypt/begin", &CosignService::begin_decrypt},
        {"decrypt/answer", &CosignService::answer_decrypt},
        {"refresh/prepare", &CosignService::prepare_refresh},
        {"refresh/commit", &CosignService::commit_refresh},
        {"sessions/open", &CosignService::open_session},
        {"sessions/sign", &CosignService::sign_in_session},
        {"sessions/end", &CosignService::end_session},
    };
    const auto found = handlers.find(route);
    require(found != handlers.end(), ErrorCode::method_unknown);
    return found->second;
}

const std::vector<std::string>& CosignService::routes() {
    static const std::vector<std::string> names = {
        "keys/create",      "keys/complete", "keys/status",    "sign/begin",      "sign/answer",
        "decrypt/register", "decrypt/begin", "decrypt/answer", "refresh/prepare", "refresh/commit",
        "sessions/open",    "sessions/sign", "sessions/end"};
    return names;
}

Bytes CosignService::handle(const std::string& route, const AccountId& account, ByteView sealed) {
    const Handler handler = handler_of(route);
    const auto observe = [&](const char* outcome) {
        if (m_parts.observer)
            m_parts.observer(route, outcome);
    };
    const Timestamp now = m_parts.clock.now();
    std::optional<DeviceCall> call;
    try {
        call.emplace(m_parts.key, m_parts.enrol, route, account, sealed, now);
    } catch (const Error& error) {
        observe(error_name(error.code()));
        throw;
    }
    try {
        const Bytes answer = (this->*handler)({account, call->ticket().device, now}, call->body());
        observe("ok");
        return call->seal_result(answer, m_parts.random);
    } catch (const Error& error) {
        observe(error_name(error.code()));
        return call->seal_error(error, m_parts.random);
    }
}

Bytes CosignService::create_key(const Caller& caller, ByteView body) {
    const CreateKey wanted = CreateKey::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        if (const auto made = find_call(batch, caller.account, wanted.call, body)) {
            WireReader in(*made, ErrorCode::cosign_record);
            return load_key(batch, caller.account, in.fixed<cosign::KeyId>()).commit().encode();
        }
        std::vector<cosign::KeyId> keys = load_key_list(batch, caller.account);
        require(keys.size() < max_keys_of_account, ErrorCode::limit_exceeded);
        const ServiceKey key = ServiceKey::create(draw_id<cosign::KeyId>(m_parts.random),
                                                  wanted.purpose, m_parts.random);
        keys.push_back(key.id());
        store_key_list(batch, caller.account, keys);
        store_key(batch, caller.account, key);
        note_call(batch, caller.account, wanted.call, body, key.id().view(), caller.now);
        batch.audit("key_created",
                    {hex_member("account", caller.account), hex_member("device", caller.device),
                     hex_member("key", key.id()),
                     number_member("purpose", static_cast<size_t>(wanted.purpose))});
        return key.commit().encode();
    });
}

Bytes CosignService::complete_key(const Caller& caller, ByteView body) {
    const cosign::KeyGenShare share = cosign::KeyGenShare::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        ServiceKey key = load_key(batch, caller.account, share.key);
        const bool first = key.state() == cosign::KeyState::pending;
        CompletedKey completed;
        completed.open = key.complete(share, m_parts.random);
        completed.statement = m_parts.key.sign(
            key_statement(caller.account, key.id(), key.purpose(), key.public_key()),
            m_parts.random);
        if (first) {
            store_key(batch, caller.account, key);
            batch.audit("key_completed",
                        {hex_member("account", caller.account), hex_member("key", key.id()),
                         hex_member("public_key", crypto::sm3(key.public_key().view()))});
        }
        return completed.encode();
    });
}

Bytes CosignService::key_status(const Caller& caller, ByteView body) {
    WireReader in(body, ErrorCode::cosign_message);
    const auto id = in.fixed<cosign::KeyId>();
    in.finish();
    return m_parts.records.transact([&](Batch& batch) {
        const ServiceKey key = load_key(batch, caller.account, id);
        KeyReport report;
        report.status = key.status();
        report.state = key.state();
        report.tries_left = static_cast<uint8_t>(key.pin().tries_left());
        report.tries_before_pause = static_cast<uint8_t>(key.pin().tries_before_pause());
        report.paused_until = key.pin().paused_until().value_or(Timestamp());
        return report.encode();
    });
}

Bytes CosignService::prepare_refresh(const Caller& caller, ByteView body) {
    const cosign::RefreshRequest request = cosign::RefreshRequest::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        ServiceKey key = load_key(batch, caller.account, request.key);
        return step_and_store(
            batch, caller.account, key,
            [&] { return key.prepare_refresh(request, caller.now, m_parts.random).encode(); },
            [&] { store_key(batch, caller.account, key); });
    });
}

Bytes CosignService::commit_refresh(const Caller& caller, ByteView body) {
    const cosign::RefreshCommit request = cosign::RefreshCommit::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        ServiceKey key = load_key(batch, caller.account, request.key);
        const uint32_t before = key.status().epoch;
        Bytes answer = step_and_store(
            batch, caller.account, key,
            [&] { return key.commit_refresh(request, caller.now, m_parts.random).encode(); },
            [&] { store_key(batch, caller.account, key); });
        if (key.status().epoch != before) {
            batch.audit("refreshed",
                        {hex_member("account", caller.account), hex_member("key", key.id()),
                         number_member("epoch", key.status().epoch)});
        }
        return answer;
    });
}

void CosignService::require_platform(const crypto::Certificate& certificate) const {
    const auto& known = m_parts.platforms;
    require(std::find(known.begin(), known.end(), certificate.digest()) != known.end(),
            ErrorCode::certificate_untrusted, "not a platform that the service knows");
}

void CosignService::administer(const cosign::KeyId& id, const char* event,
                               const std::function<void(ServiceKey&)>& change) {
    m_parts.records.transact([&](Batch& batch) {
        const std::string name = "key/" + to_hex(id.view());
        const auto value = batch.read(name);
        require(value.has_value(), ErrorCode::usage, "no such key");
        WireReader in(value->view(), ErrorCode::cosign_record);
        const auto account = in.fixed<AccountId>();
        ServiceKey key = ServiceKey::parse(in.take(in.left()));
        change(key);
        store_key(batch, account, key);
        batch.audit(event, {hex_member("account", account), hex_member("key", id)});
    });
}

void CosignService::unlock(const cosign::KeyId& key) {
    administer(key, "key_unlocked", [](ServiceKey& each) { each.unlock(); });
}

void CosignService::retire(const cosign::KeyId& key) {
    administer(key, "key_retired", [](ServiceKey& each) { each.retire(); });
}

void CosignService::close(const cosign::KeyId& key) {
    administer(key, "key_closed", [](ServiceKey& each) { each.close(); });
}

}  // namespace bidseal::cloud
