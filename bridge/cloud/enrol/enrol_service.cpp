#include "bridge/cloud/enrol/enrol_service.h"

#include "bidseal/base/text.h"
#include "bidseal/base/wire.h"
#include "bidseal/protocol/json.h"

#include "bridge/cloud/cosign/bodies.h"
#include "bridge/cloud/cosign/service_steps.h"

namespace bidseal::cloud {
namespace {

using protocol::Json;
using protocol::MemberOrder;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr size_t max_evidence = 512 * 1024;

Json read_json(ByteView json) {
    return protocol::parse_json(json, {1 << 20, 4});
}

/// + and 6 to 15 digits (ITU-T E.164).
std::string read_phone(ObjectReader& in) {
    const std::string phone = in.text("phone", 16);
    const bool fits = phone.size() >= 7 && phone[0] == '+' &&
                      phone.find_first_not_of("0123456789", 1) == std::string::npos;
    if (!fits)
        in.refuse("phone", "no phone number");
    return phone;
}

std::string phone_name(const char* kind, const std::string& phone) {
    return std::string(kind) + "/" + to_hex(crypto::sm3(as_bytes(phone)).view());
}

template <class Id>
std::string id_name(const char* kind, const Id& id) {
    return std::string(kind) + "/" + to_hex(id.view());
}

/// code/PHONE: `code 6 | u64 sent | u8 tries left`.
struct CodeRecord {
    std::string code;
    Timestamp sent;
    uint8_t tries = 0;

    SecretBytes encode() const {
        Bytes out = to_bytes(as_bytes(code));
        append_u64(out, static_cast<uint64_t>(sent.seconds));
        out.push_back(tries);
        return SecretBytes::copy_of(out);
    }
    static CodeRecord decode(const SecretBytes& value) {
        WireReader in(value.view(), ErrorCode::cosign_record);
        CodeRecord record;
        record.code = std::string(as_text(in.take(6)));
        record.sent.seconds = static_cast<int64_t>(in.u64());
        record.tries = in.u8();
        in.finish();
        return record;
    }
};

/// device/ID: `account | key | u8 1 good, 2 revoked`.
struct DeviceRecord {
    AccountId account;
    crypto::P256Point key;
    bool good = true;

    SecretBytes encode() const {
        Bytes out = to_bytes(account.view());
        append(out, key.view());
        out.push_back(good ? 1 : 2);
        return SecretBytes::copy_of(out);
    }
    static DeviceRecord decode(const SecretBytes& value) {
        WireReader in(value.view(), ErrorCode::cosign_record);
        DeviceRecord record;
        record.account = in.fixed<AccountId>();
        record.key = in.fixed<crypto::P256Point>();
        record.good = in.u8() == 1;
        in.finish();
        return record;
    }
};

std::string draw_code(Random& random) {
    std::string code;
    while (code.size() < 6) {
        uint8_t byte = 0;
        random.fill({&byte, 1});
        if (byte < 250)
            code += static_cast<char>('0' + byte % 10);
    }
    return code;
}

/// A split key that certificates are asked for.
struct KeyClaim {
    cosign::KeyId key;
    cosign::Point point;
    Bytes statement;
};

KeyClaim read_claim(ObjectReader in) {
    KeyClaim claim;
    claim.key = in.hex<cosign::KeyId>("key");
    claim.point = in.base64_fixed<cosign::Point>("point");
    claim.statement = in.base64("statement", 1, 80);
    in.finish();
    return claim;
}

}  // namespace

Bytes renewal_bytes(const DeviceId& device, Timestamp time) {
    Bytes out = to_bytes(as_bytes("SBID1 renewal"));
    append(out, device.view());
    append_u64(out, static_cast<uint64_t>(time.seconds));
    return out;
}

Bytes certificates_bytes(ByteView content) {
    Bytes out = to_bytes(as_bytes("SBID1 certificates"));
    append(out, content);
    return out;
}

std::string EnrolService::ticket_of(const DeviceId& device, const AccountId& account,
                                    const crypto::P256Point& key) {
    const DeviceTicket ticket =
        DeviceTicket::issue(device, account, key, m_parts.clock.now(), m_parts.key, m_parts.random);
    return protocol::write_json(ObjectBuilder()
                                    .hex("account", account.view())
                                    .hex("device", device.view())
                                    .base64("ticket", ticket.encode())
                                    .time("expires", ticket.expires)
                                    .build());
}

std::string EnrolService::send_code(ByteView json) {
    const Json value = read_json(json);
    ObjectReader in(value, MemberOrder::any);
    const std::string phone = read_phone(in);
    in.finish();
    const Timestamp now = m_parts.clock.now();
    const std::string code = m_parts.records.transact([&](Batch& batch) {
        const std::string name = phone_name("code", phone);
        if (const auto before = batch.read(name)) {
            const CodeRecord known = CodeRecord::decode(*before);
            require(now.seconds - known.sent.seconds >= code_pause_seconds,
                    ErrorCode::too_many_requests);
        }
        const CodeRecord record{draw_code(m_parts.random), now, code_tries};
        batch.write(name, record.encode(), Timestamp{now.seconds + code_seconds});
        return record.code;
    });
    m_parts.sms.send(phone, code);
    return "{}";
}

void EnrolService::take_code(Batch& batch, const std::string& phone, const std::string& code,
                             Timestamp now) {
    const std::string name = phone_name("code", phone);
    const auto value = batch.read(name);
    require(value.has_value(), ErrorCode::pin_wrong, "no code was sent");
    CodeRecord record = CodeRecord::decode(*value);
    require(record.tries > 0 && now.seconds - record.sent.seconds < code_seconds,
            ErrorCode::pin_wrong, "the code is used up");
    if (constant_time_equal(as_bytes(record.code), as_bytes(code))) {
        batch.remove(name);
        return;
    }
    record.tries--;
    batch.write(name, record.encode(), Timestamp{record.sent.seconds + code_seconds});
    batch.fail(std::make_exception_ptr(Error(ErrorCode::pin_wrong).retries(record.tries)));
}

std::string EnrolService::enrol_device(ByteView json) {
    const Json value = read_json(json);
    ObjectReader in(value, MemberOrder::any);
    const std::string phone = read_phone(in);
    const std::string code = in.text("code", 6);
    const std::string person = in.clean_text("name", 128);
    const Bytes evidence = in.base64("evidence", 1, max_evidence);
    const auto key = crypto::p256_point(in.base64("key", 65, 65));
    in.finish();
    const Timestamp now = m_parts.clock.now();
    const bool is_person = m_parts.face.is_person(person, evidence);
    const auto [device, account] = m_parts.records.transact([&](Batch& batch) {
        std::pair<DeviceId, AccountId> made{draw_id<DeviceId>(m_parts.random),
                                            draw_id<AccountId>(m_parts.random)};
        take_code(batch, phone, code, now);
        if (batch.failed())
            return made;
        require(is_person, ErrorCode::certificate_untrusted, "not the person");
        const std::string number = phone_name("phone", phone);
        if (const auto known = batch.read(number)) {
            WireReader record(known->view(), ErrorCode::cosign_record);
            made.second = record.fixed<AccountId>();
            // A number that went to somebody else brings no account along.
            require(as_text(record.take(record.left())) == person, ErrorCode::certificate_untrusted,
                    "another person's account");
        } else {
            Bytes record = to_bytes(made.second.view());
            append(record, as_bytes(person));
            batch.write(number, SecretBytes::copy_of(record));
        }
        batch.write(id_name("device", made.first), DeviceRecord{made.second, key, true}.encode());
        batch.audit("device_enrolled",
                    {hex_member("account", made.second), hex_member("device", made.first)});
        return made;
    });
    return ticket_of(device, account, key);
}

std::string EnrolService::renew_ticket(ByteView json) {
    const Json value = read_json(json);
    ObjectReader in(value, MemberOrder::any);
    const auto device = in.hex<DeviceId>("device");
    const Timestamp time = in.time("time");
    const Bytes signature = in.base64("signature", 64, 64);
    in.finish();
    const int64_t age = m_parts.clock.now().seconds - time.seconds;
    require(age <= renewal_skew_seconds && -age <= renewal_skew_seconds,
            ErrorCode::signature_invalid, "signed at another time");
    const DeviceRecord record = m_parts.records.transact([&](Batch& batch) {
        const auto known = batch.read(id_name("device", device));
        require(known.has_value(), ErrorCode::certificate_untrusted, "no such device");
        return DeviceRecord::decode(*known);
    });
    require(record.good, ErrorCode::certificate_untrusted, "a revoked device");
    require(crypto::p256_verify(record.key, renewal_bytes(device, time), signature),
            ErrorCode::signature_invalid);
    return ticket_of(device, record.account, record.key);
}

void EnrolService::revoke_device(const DeviceId& device) {
    m_parts.records.transact([&](Batch& batch) {
        const auto known = batch.read(id_name("device", device));
        require(known.has_value(), ErrorCode::usage, "no such device");
        DeviceRecord record = DeviceRecord::decode(*known);
        record.good = false;
        batch.write(id_name("device", device), record.encode());
        batch.audit("device_revoked",
                    {hex_member("account", record.account), hex_member("device", device)});
    });
}

std::string EnrolService::issue_certificates(ByteView json) {
    const Json value = read_json(json);
    ObjectReader in(value, MemberOrder::any);
    const DeviceTicket ticket = DeviceTicket::decode(in.base64("ticket", 1, max_ticket));
    const Bytes content = in.base64("content", 1, 4096);
    const Bytes device_signature = in.base64("signature", 64, 64);
    const Bytes consent = in.base64("consent", 1, 80);
    in.finish();
    ticket.check(m_parts.key.public_key(), m_parts.clock.now());
    require(ticket.verify(certificates_bytes(content), device_signature),
            ErrorCode::signature_invalid, "the device did not sign this");

    const Json wanted = read_json(content);
    ObjectReader asked(wanted, MemberOrder::any);
    const std::string person = asked.clean_text("name", 128);
    const std::string company = asked.clean_text("company", 128);
    const std::string credit_code = asked.text("credit_code", 32);
    const KeyClaim signing = read_claim(asked.object("signing"));
    const KeyClaim encryption = read_claim(asked.object("encryption"));
    asked.finish();
    const auto vouched = [&](const KeyClaim& claim, cosign::Purpose purpose) {
        return m_parts.cosign.verify(key_statement(ticket.account, claim.key, purpose, claim.point),
                                     claim.statement);
    };
    require(
        vouched(signing, cosign::Purpose::sign) && vouched(encryption, cosign::Purpose::decrypt),
        ErrorCode::certificate_untrusted, "not split keys of this account");
    const auto signing_key = crypto::Sm2PublicKey::from_point(signing.point.view());
    require(signing_key.verify(certificates_bytes(content), consent), ErrorCode::signature_invalid,
            "the new key did not sign this");
    require(m_parts.registry.may_act(person, company, credit_code),
            ErrorCode::certificate_untrusted, "not this company's");

    const std::string name = id_name("certificates", crypto::sm3(content));
    const auto made = m_parts.records.transact([&](Batch& batch) { return batch.read(name); });
    if (made)
        return std::string(as_text(made->view()));
    using Purpose = CertificateIssuer::Purpose;
    const std::string answer = protocol::write_json(
        ObjectBuilder()
            .base64("signing",
                    m_parts.issuer.issue(company, credit_code, Purpose::signing, signing_key))
            .base64("encryption",
                    m_parts.issuer.issue(company, credit_code, Purpose::encryption,
                                         crypto::Sm2PublicKey::from_point(encryption.point.view())))
            .build());
    m_parts.records.transact([&](Batch& batch) {
        batch.write(name, SecretBytes::copy_of(as_bytes(answer)));
        batch.audit("certificates_issued",
                    {hex_member("account", ticket.account), hex_member("signing", signing.key),
                     hex_member("encryption", encryption.key)});
    });
    return answer;
}

}  // namespace bidseal::cloud
