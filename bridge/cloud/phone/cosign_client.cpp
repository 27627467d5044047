#include "bridge/cloud/phone/cosign_client.h"

#include "bidseal/session/grant.h"

namespace bidseal::cloud {
namespace {

std::vector<cosign::Point> first_points(const std::vector<Bytes>& ciphertexts) {
    std::vector<cosign::Point> points;
    for (const Bytes& ciphertext : ciphertexts)
        points.push_back(first_point(ciphertext));
    return points;
}

}  // namespace

cosign::Point first_point(ByteView ciphertext) {
    const crypto::Sm2CipherFields fields = crypto::sm2_cipher_from_der(ciphertext);
    cosign::Point point;
    point.bytes[0] = 0x04;
    std::copy(fields.x.begin(), fields.x.end(), point.bytes.begin() + 1);
    std::copy(fields.y.begin(), fields.y.end(), point.bytes.begin() + 33);
    return point;
}

CallId CosignClient::fresh_call() {
    CallId call;
    m_random.fill(call.bytes);
    return call;
}

SecretBytes CosignClient::call(const std::string& route, ByteView body) {
    const Bytes signature = m_device.key.sign(call_bytes(route, body), m_random);
    const SecretBytes content = call_content(m_device.ticket, signature, body);
    const AccountId& account = m_device.ticket.account;
    const cosign::SealedCall sealed(m_service, content.view(), call_context(route, account),
                                    m_random);
    return read_answer(sealed.open_answer(m_carry(route, account, sealed.request())));
}

CosignClient::NewKey CosignClient::make_key(cosign::Purpose purpose, ByteView pin,
                                            cosign::PinHardness hardness) {
    const SecretBytes offered = call("keys/create", CreateKey{fresh_call(), purpose}.encode());
    cosign::PhoneKeyGen generation(cosign::KeyGenCommit::decode(offered.view()), purpose, m_random);
    const SecretBytes answer = call("keys/complete", generation.share().encode());
    const CompletedKey completed = CompletedKey::decode(answer.view());
    NewKey made{generation.finish(completed.open, pin, m_random, hardness), completed.statement};
    const Bytes statement =
        key_statement(m_device.ticket.account, made.share.key, purpose, made.share.public_key);
    require(m_service.verify(statement, made.statement), ErrorCode::signature_invalid,
            "the service's statement of the key");
    return made;
}

KeyReport CosignClient::report(const cosign::KeyId& key) {
    return KeyReport::decode(call("keys/status", key.view()).view());
}

std::vector<Bytes> CosignClient::sign(const cosign::PhoneShare& share, ByteView pin,
                                      const std::vector<Bytes>& items) {
    const SecretBytes begun =
        call("sign/begin", BeginSign{fresh_call(), share.key, items}.encode());
    cosign::PhoneSigning signing(share, cosign::SignCommit::decode(begun.view()), items);
    const SecretBytes answer = call("sign/answer", signing.prove(share, pin, m_random).encode());
    return signing.finish(cosign::SignAnswer::decode(answer.view()), m_random);
}

void CosignClient::register_wraps(const cosign::PhoneShare& share, ByteView tender_file,
                                  const std::vector<Bytes>& ciphertexts) {
    call("decrypt/register",
         RegisterWraps{share.key, to_bytes(tender_file), first_points(ciphertexts)}.encode());
}

std::vector<SecretBytes> CosignClient::decrypt(const cosign::PhoneShare& share, ByteView pin,
                                               const std::vector<Bytes>& ciphertexts) {
    const SecretBytes begun = call(
        "decrypt/begin", BeginDecrypt{fresh_call(), share.key, first_points(ciphertexts)}.encode());
    const DecryptBegun operation = DecryptBegun::decode(begun.view());
    cosign::PhoneDecryption decryption(share, operation.operation, ciphertexts);
    const SecretBytes answer =
        call("decrypt/answer", decryption.prove(share, pin, m_random).encode());
    return decryption.finish(cosign::DecryptAnswer::decode(answer.view()), m_random);
}

cosign::PhoneShare CosignClient::refresh(
    const cosign::PhoneShare& share, ByteView old_pin, ByteView new_pin,
    const std::function<void(const cosign::PhoneShare&)>& keep) {
    cosign::PhoneRefresh refresh(share, old_pin, new_pin, m_random);
    call("refresh/prepare", refresh.request().encode().view());
    if (keep)
        keep(refresh.next());
    const cosign::RefreshCommit commit =
        cosign::PhoneRefresh::confirm(refresh.next(), new_pin, m_random);
    const SecretBytes answer = call("refresh/commit", commit.encode());
    const cosign::KeyStatus status = cosign::KeyStatus::decode(answer.view());
    require(status.epoch == refresh.next().epoch, ErrorCode::cosign_epoch);
    return refresh.next().clone();
}

cosign::PhoneSessionShare CosignClient::open_session(const cosign::PhoneShare& share, ByteView pin,
                                                     const Bytes& grant) {
    cosign::SessionId id;
    m_random.fill(id.bytes);
    cosign::PhoneGrant phone(share, id, session_limits(grant), pin, m_random);
    call("sessions/open", OpenSession{grant, phone.request().encode()}.encode().view());
    return phone.take();
}

std::vector<Bytes> CosignClient::sign(const cosign::PhoneShare& share,
                                      const cosign::PhoneSessionShare& session,
                                      const session::OneTimeKey& page,
                                      const session::SignedRequest& request) {
    const SessionSign wanted{fresh_call(), session.session(), page, request};
    const SecretBytes begun = call("sessions/sign", wanted.encode());
    std::vector<Bytes> items;
    for (const session::RequestItem& item : session::Request::parse(request.request).items)
        items.push_back(item.to_be_signed);
    cosign::PhoneSigning signing(share, cosign::SignCommit::decode(begun.view()), items);
    const SecretBytes answer = call("sign/answer", signing.prove(session, m_random).encode());
    return signing.finish(cosign::SignAnswer::decode(answer.view()), m_random);
}

void CosignClient::end_session(const cosign::SessionId& session) {
    call("sessions/end", session.view());
}

}  // namespace bidseal::cloud
