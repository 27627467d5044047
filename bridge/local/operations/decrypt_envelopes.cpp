#include <algorithm>

#include "bidseal/crypto/cms.h"
#include "bidseal/crypto/sm2.h"

#include "bridge/local/operations/grant_use.h"

namespace bidseal::bridge {

namespace {

constexpr size_t block_size = 16;
constexpr size_t most_at_once = 4096;  // bytes that a token decrypts in one call
constexpr std::string_view sm4_cbc_oid = "1.2.156.10197.1.104.2";

/// CBC from the token's ECB (GB/T 17964 section 8): each block of its output is combined with the
/// block of cipher text before it. The content key stays in the token.
SecretBytes decrypt_cbc(ukey::TokenSession& session, ByteView wrapped_key, ByteView iv,
                        ByteView cipher) {
    SecretBytes plain(cipher.size());
    for (size_t at = 0; at < cipher.size(); at += most_at_once) {
        const ByteView piece = cipher.subspan(at, std::min(most_at_once, cipher.size() - at));
        const SecretBytes blocks = session.unwrap(wrapped_key, piece);
        require(blocks.size() == piece.size(), ErrorCode::decrypt_failed);
        for (size_t i = 0; i < piece.size(); ++i) {
            const size_t place = at + i;
            const uint8_t before = place < block_size ? iv[place] : cipher[place - block_size];
            plain.span()[place] = blocks.view()[i] ^ before;
        }
    }
    return plain;
}

/// Takes the padding off (RFC 5652 section 6.3), looking at a whole block whatever it holds.
SecretBytes take_padding_off(const SecretBytes& padded) {
    const ByteView all = padded.view();
    const uint8_t count = all.back();
    uint32_t wrong = count == 0 || count > block_size ? 1 : 0;
    for (size_t i = 1; i <= block_size; ++i) {
        const uint32_t inside = i <= count ? 1 : 0;
        wrong |= inside & (all[all.size() - i] != count ? 1 : 0);
    }
    require(wrong == 0, ErrorCode::decrypt_failed);
    return SecretBytes::copy_of(all.first(all.size() - count));
}

SecretBytes open_envelope(ukey::TokenSession& session, const crypto::Certificate& certificate,
                          ByteView der) {
    const crypto::ParsedEnvelopedData envelope = crypto::parse_enveloped_data(der);
    const auto* recipient = crypto::find_recipient(envelope, certificate);
    const Bytes& cipher = envelope.encrypted_content;
    const bool fits = recipient != nullptr && envelope.content_algorithm == sm4_cbc_oid &&
                      envelope.iv.size() == block_size && !cipher.empty() &&
                      cipher.size() % block_size == 0;
    require(fits, ErrorCode::decrypt_failed);
    return take_padding_off(decrypt_cbc(session, recipient->encrypted_key, envelope.iv, cipher));
}

}  // namespace

protocol::DecryptResult decrypt_envelopes(Call& call,
                                          const protocol::DecryptEnvelopesParams& params) {
    require(!params.items.empty(), ErrorCode::message_invalid, "no items");
    GrantUse use(call, params.grant, protocol::GrantPurpose::decrypt);
    for (const protocol::DecryptItem& item : params.items)
        use.check_content(item.item, item.envelope);
    protocol::DecryptResult result;
    bool failed = false;
    for (const protocol::DecryptItem& item : params.items) {
        use.with_session([&](ukey::TokenSession& session) {
            try {
                result.contents.push_back(
                    {item.item, open_envelope(session, *use.grant().certificate, item.envelope)});
            } catch (const Error& error) {
                // Whatever is wrong with an envelope is told alike, and after all were tried.
                if (error.code() != ErrorCode::decrypt_failed &&
                    error.code() != ErrorCode::signature_format)
                    throw;
                failed = true;
            }
        });
    }
    require(!failed, ErrorCode::decrypt_failed);
    return result;
}

}  // namespace bidseal::bridge
