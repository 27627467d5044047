// Signing, decryption, sealing sessions.
#include "bidseal/base/wire.h"
#include "bidseal/session/grant.h"

#include "bridge/cloud/cosign/service_steps.h"

namespace bidseal::cloud {

using cosign::DecryptOperation;
using cosign::OperationId;
using cosign::ServiceKey;
using cosign::SignOperation;

namespace {

/// One digest for all items, for the audit trail: SM3 of their SM3, one after the other.
crypto::Sm3Digest digest_of(const std::vector<Bytes>& items) {
    crypto::Sm3 all;
    for (const Bytes& item : items)
        all.update(crypto::sm3(item).view());
    return all.finish();
}

crypto::Sm3Digest digest_of(const std::vector<cosign::Point>& points) {
    crypto::Sm3 all;
    for (const cosign::Point& point : points)
        all.update(point.view());
    return all.finish();
}

OperationId operation_id(const Bytes& made) {
    WireReader in(made, ErrorCode::cosign_record);
    return in.fixed<OperationId>();
}

bool same_limits(const cosign::SessionLimits& a, const cosign::SessionLimits& b) {
    return a.count == b.count && a.expires == b.expires && a.idle == b.idle &&
           a.operations == b.operations && a.grant == b.grant;
}

}  // namespace

Bytes CosignService::begin_sign(const Caller& caller, ByteView body) {
    const BeginSign wanted = BeginSign::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        if (const auto made = find_call(batch, caller.account, wanted.call, body)) {
            return load_operation<SignOperation>(batch, caller.account, operation_id(*made))
                .operation.commit()
                .encode();
        }
        const ServiceKey key = load_key(batch, caller.account, wanted.key);
        const Timestamp expires{caller.now.seconds + operation_seconds};
        OperationRecord<SignOperation> record{
            caller.account, digest_of(wanted.items),
            key.begin_sign(draw_id<OperationId>(m_parts.random), wanted.items, caller.now, expires,
                           m_parts.random)};
        store_operation(batch, record);
        note_call(batch, caller.account, wanted.call, body, record.operation.id().view(), expires);
        return record.operation.commit().encode();
    });
}

Bytes CosignService::answer_sign(const Caller& caller, ByteView body) {
    const cosign::SignRequest request = cosign::SignRequest::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        auto record = load_operation<SignOperation>(batch, caller.account, request.operation);
        SignOperation& operation = record.operation;
        ServiceKey key = load_key(batch, caller.account, operation.key());
        std::optional<SessionRecord> session;
        if (operation.session())
            session = load_session(batch, caller.account, *operation.session());
        const bool fresh = !operation.spent();
        const auto step = [&] {
            return session
                       ? key.answer(session->share, operation, request, caller.now, m_parts.random)
                             .encode()
                       : key.answer(operation, request, caller.now, m_parts.random).encode();
        };
        const auto store = [&] {
            store_key(batch, caller.account, key);
            store_operation(batch, record);
            if (session)
                store_session(batch, *session);
        };
        Bytes answer = step_and_store(batch, caller.account, key, step, store);
        if (fresh && operation.spent()) {
            batch.audit(
                "signed",
                {hex_member("account", caller.account), hex_member("device", caller.device),
                 hex_member("key", key.id()), hex_member("operation", operation.id()),
                 number_member("count", operation.count()), hex_member("items", record.items)});
        }
        return answer;
    });
}

Bytes CosignService::register_wraps(const Caller& caller, ByteView body) {
    const RegisterWraps wanted = RegisterWraps::decode(body);
    // The opening time is the buyer's word, not the phone's.
    const bid::TenderFile tender = bid::TenderFile::parse(wanted.tender_file);
    tender.verify_trust(m_parts.trust, caller.now);
    require_platform(*tender.tender().platform_certificate);
    const WrapRecord wrap{tender.digest(), tender.tender().opening};
    return m_parts.records.transact([&](Batch& batch) {
        const ServiceKey key = load_key(batch, caller.account, wanted.key);
        require(key.purpose() == cosign::Purpose::decrypt, ErrorCode::cosign_state);
        for (const cosign::Point& c1 : wanted.c1) {
            const auto known = load_wrap(batch, wanted.key, c1);
            // Who could register a wrap anew under a tender that is over could open it early.
            require(!known || known->tender == wrap.tender, ErrorCode::tender_mismatch,
                    "registered for another tender");
            if (!known)
                store_wrap(batch, wanted.key, c1, wrap);
        }
        batch.audit("wraps_registered", {hex_member("account", caller.account),
                                         hex_member("key", wanted.key),
                                         number_member("count", wanted.c1.size()),
                                         hex_member("tender", wrap.tender),
                                         {"opens", protocol::Json::text(format_time(wrap.opens))}});
        return Bytes();
    });
}

Bytes CosignService::begin_decrypt(const Caller& caller, ByteView body) {
    const BeginDecrypt wanted = BeginDecrypt::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        if (const auto made = find_call(batch, caller.account, wanted.call, body)) {
            const auto record =
                load_operation<DecryptOperation>(batch, caller.account, operation_id(*made));
            return DecryptBegun{record.operation.id(), record.operation.expires()}.encode();
        }
        const ServiceKey key = load_key(batch, caller.account, wanted.key);
        std::vector<cosign::RegisteredCiphertext> registered;
        for (const cosign::Point& c1 : wanted.c1) {
            if (const auto wrap = load_wrap(batch, wanted.key, c1))
                registered.push_back({c1, wrap->opens});
        }
        const Timestamp expires{caller.now.seconds + operation_seconds};
        OperationRecord<DecryptOperation> record{
            caller.account, digest_of(wanted.c1),
            key.begin_decrypt(draw_id<OperationId>(m_parts.random), wanted.c1, registered,
                              caller.now, expires)};
        store_operation(batch, record);
        note_call(batch, caller.account, wanted.call, body, record.operation.id().view(), expires);
        return DecryptBegun{record.operation.id(), expires}.encode();
    });
}

Bytes CosignService::answer_decrypt(const Caller& caller, ByteView body) {
    const cosign::DecryptRequest request = cosign::DecryptRequest::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        auto record = load_operation<DecryptOperation>(batch, caller.account, request.operation);
        ServiceKey key = load_key(batch, caller.account, record.operation.key());
        const auto step = [&] {
            Bytes answer =
                key.answer(record.operation, request, caller.now, m_parts.random).encode();
            batch.audit(
                "decrypted",
                {hex_member("account", caller.account), hex_member("device", caller.device),
                 hex_member("key", key.id()), hex_member("operation", record.operation.id()),
                 number_member("count", request.c1.size()), hex_member("items", record.items)});
            return answer;
        };
        return step_and_store(batch, caller.account, key, step, [&] {
            store_key(batch, caller.account, key);
            store_operation(batch, record);
        });
    });
}

Bytes CosignService::open_session(const Caller& caller, ByteView body) {
    const OpenSession wanted = OpenSession::decode(body);
    const cosign::GrantRequest request = cosign::GrantRequest::decode(wanted.request.view());
    require(same_limits(request.limits, session_limits(wanted.grant)), ErrorCode::session_scope,
            "limits that are not the grant's");
    return m_parts.records.transact([&](Batch& batch) {
        if (has_session(batch, request.session)) {
            const SessionRecord known = load_session(batch, caller.account, request.session);
            require(known.grant == wanted.grant, ErrorCode::cosign_operation,
                    "another grant under the same id");
            return Bytes();
        }
        ServiceKey key = load_key(batch, caller.account, request.key);
        const auto step = [&] {
            store_session(batch, {caller.account, 0, wanted.grant,
                                  key.grant(request, caller.now, m_parts.random)});
            batch.audit(
                "session_opened",
                {hex_member("account", caller.account), hex_member("key", key.id()),
                 hex_member("session", request.session), hex_member("grant", request.limits.grant),
                 number_member("count", request.limits.count)});
            return Bytes();
        };
        return step_and_store(batch, caller.account, key, step,
                              [&] { store_key(batch, caller.account, key); });
    });
}

Bytes CosignService::sign_in_session(const Caller& caller, ByteView body) {
    const SessionSign wanted = SessionSign::decode(body);
    return m_parts.records.transact([&](Batch& batch) {
        if (const auto made = find_call(batch, caller.account, wanted.call, body)) {
            return load_operation<SignOperation>(batch, caller.account, operation_id(*made))
                .operation.commit()
                .encode();
        }
        SessionRecord session = load_session(batch, caller.account, wanted.session);
        const session::Grant grant = session::Grant::parse(session.grant);
        const session::RequestExpectation expected{grant.sid,
                                                   wanted.page,
                                                   session::request_digest(wanted.request.request),
                                                   session.last_seq + 1,
                                                   std::nullopt,
                                                   caller.now};
        const session::Request request = session::check_signed_request(
            wanted.request, expected, m_parts.trust, crypto::RevocationPolicy::use_if_present);
        require_platform(crypto::Certificate::parse(wanted.request.certificate));
        session::GrantUse(grant, caller.now).check(request, caller.now);
        std::vector<Bytes> items;
        for (const session::RequestItem& item : request.items)
            items.push_back(item.to_be_signed);
        const ServiceKey key = load_key(batch, caller.account, session.share.key());
        const auto kind = request.operation == session::Operation::seal_documents
                              ? cosign::SessionOperation::seal
                              : cosign::SessionOperation::sign_document;
        OperationRecord<SignOperation> record{
            caller.account, digest_of(items),
            key.begin_sign(session.share, draw_id<OperationId>(m_parts.random), kind,
                           session.share.limits().grant, items, caller.now, m_parts.random)};
        session.last_seq = request.seq;
        store_session(batch, session);
        store_operation(batch, record);
        note_call(batch, caller.account, wanted.call, body, record.operation.id().view(),
                  record.operation.expires());
        return record.operation.commit().encode();
    });
}

Bytes CosignService::end_session(const Caller& caller, ByteView body) {
    WireReader in(body, ErrorCode::cosign_message);
    const auto id = in.fixed<cosign::SessionId>();
    in.finish();
    return m_parts.records.transact([&](Batch& batch) {
        SessionRecord session = load_session(batch, caller.account, id);
        if (session.share.ended())
            return Bytes();
        session.share.end();
        store_session(batch, session);
        batch.audit("session_ended",
                    {hex_member("account", caller.account), hex_member("session", id)});
        return Bytes();
    });
}

}  // namespace bidseal::cloud
