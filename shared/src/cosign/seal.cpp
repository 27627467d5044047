#include "bidseal/cosign/seal.h"

#include "bidseal/base/error.h"
#include "bidseal/base/wire.h"
#include "bidseal/crypto/sm4_gcm.h"

namespace bidseal::cosign {
namespace {

constexpr std::string_view seal_magic = "BSE1";
constexpr size_t max_wrapped_key = 160;
constexpr size_t max_sealed = 1 << 20;

/// The keys of one call from its 32 random bytes. A key serves one request, so its nonce is zero;
/// the answer's key may serve several answers, each under a random nonce.
struct CallKeys {
    SecretBytes request, answer;

    CallKeys(const SecretBytes& secret, std::string_view context)
        : request(
              crypto::hkdf_sm3(secret, as_bytes(context), as_bytes("bidseal cosign request"), 16)),
          answer(
              crypto::hkdf_sm3(secret, as_bytes(context), as_bytes("bidseal cosign answer"), 16)) {}
};

const Bytes& zero_nonce() {
    static const Bytes nonce(crypto::sm4_gcm_nonce_size);
    return nonce;
}

}  // namespace

SealedCall::SealedCall(const crypto::Sm2PublicKey& service, ByteView request,
                       std::string_view context, Random& random) {
    SecretBytes secret(32);
    random.fill(secret.span());
    CallKeys keys(secret, context);
    append(m_request, as_bytes(seal_magic));
    append_field(m_request, service.encrypt(secret.view(), random));
    // The head is bound too: one request has one spelling.
    const Bytes sealed =
        crypto::sm4_gcm_seal(keys.request.view(), zero_nonce(), m_request, request);
    append(m_request, sealed);
    m_binding = crypto::sm3(m_request);
    m_answer_key = std::move(keys.answer);
}

SecretBytes SealedCall::open_answer(ByteView sealed) const {
    require(sealed.size() > crypto::sm4_gcm_nonce_size, ErrorCode::decrypt_failed);
    return crypto::sm4_gcm_open(m_answer_key.view(), sealed.first(crypto::sm4_gcm_nonce_size),
                                m_binding.view(), sealed.subspan(crypto::sm4_gcm_nonce_size));
}

OpenedCall::OpenedCall(const crypto::Sm2PrivateKey& service, ByteView sealed,
                       std::string_view context) {
    require(sealed.size() <= max_sealed, ErrorCode::decrypt_failed);
    WireReader in(sealed, ErrorCode::decrypt_failed);
    in.constant(as_bytes(seal_magic));
    const SecretBytes secret = service.decrypt(in.field(1, max_wrapped_key));
    require(secret.size() == 32, ErrorCode::decrypt_failed);
    CallKeys keys(secret, context);
    const ByteView body = in.take(in.left());
    m_request = crypto::sm4_gcm_open(keys.request.view(), zero_nonce(),
                                     sealed.first(sealed.size() - body.size()), body);
    m_binding = crypto::sm3(sealed);
    m_answer_key = std::move(keys.answer);
}

Bytes OpenedCall::seal_answer(ByteView answer, Random& random) const {
    Bytes out(crypto::sm4_gcm_nonce_size);
    random.fill(out);
    append(out, crypto::sm4_gcm_seal(m_answer_key.view(), out, m_binding.view(), answer));
    return out;
}

}  // namespace bidseal::cosign
