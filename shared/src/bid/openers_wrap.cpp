// Shares of a way and their wraps: all of it follows from secret, context and certificates.
#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/openers.h"
#include "bidseal/bid/shamir.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/crypto/sm4.h"

#include "wrap_content.h"

namespace bidseal::bid {

namespace {

uint8_t small(size_t value) {
    require(value < 256, ErrorCode::limit_exceeded);
    return static_cast<uint8_t>(value);
}

/// "SBID1 …" tails: way digest and small numbers.
Bytes place(const crypto::Sm3Digest& way, std::initializer_list<size_t> numbers) {
    Bytes tail = to_bytes(way.view());
    for (size_t n : numbers) {
        tail.push_back(small(n));
    }
    return tail;
}

void xor_into(SecretBytes& to, const SecretBytes& what) {
    for (size_t i = 0; i < to.size(); ++i) {
        to.span()[i] ^= what.view()[i];
    }
}

/// Part p of a way: all but the last are derived, the last completes the XOR to the secret.
SecretBytes derive_part(const SecretBytes& secret, const EnvelopeContext& context,
                        const crypto::Sm3Digest& way, size_t part, size_t count) {
    const auto derived = [&](size_t p) {
        return derive(secret, context, "SBID1 part", place(way, {p}), secret_size);
    };
    if (part + 1 < count) {
        return derived(part);
    }
    SecretBytes last = secret.clone();
    for (size_t p = 0; p + 1 < count; ++p) {
        xor_into(last, derived(p));
    }
    return last;
}

}  // namespace

Bytes cms_wrap_content(const SecretBytes& share, const EnvelopeContext& context,
                       const crypto::Sm3Digest& way, size_t part, size_t slot) {
    Bytes content = to_bytes(as_bytes("SBID1 wrap"));
    append(content, context.digest.view());
    append(content, place(way, {part, slot}));
    append(content, share.view());
    return content;
}

crypto::Sm3Digest way_digest(const Openers& openers, size_t way, const Way& shape) {
    Bytes input = to_bytes(as_bytes("SBID1 way"));
    input.push_back(small(openers.version));
    input.push_back(small(way));
    input.push_back(small(shape.parts.size()));
    for (const Part& part : shape.parts) {
        input.push_back(static_cast<uint8_t>(part.role));
        input.push_back(small(part.threshold));
        input.push_back(small(part.slots.size()));
        for (const Slot& slot : part.slots) {
            input.push_back(small(slot.kind_name.size()));
            append(input, as_bytes(slot.kind_name));
            append(input, openers.certificates.at(slot.certificate).digest().view());
        }
    }
    return crypto::sm3(input);
}

SecretBytes derive_share(const Openers& openers, std::string_view envelope, size_t way, size_t part,
                         size_t slot, const SecretBytes& secret, const EnvelopeContext& context) {
    openers.slot(envelope, way, part, slot);  // it must exist
    const Way& shape = openers.find(envelope)->ways[way];
    const crypto::Sm3Digest digest = way_digest(openers, way, shape);
    SecretBytes value = derive_part(secret, context, digest, part, shape.parts.size());
    const uint32_t threshold = shape.parts[part].threshold;
    if (threshold == 1) {
        return value;
    }
    std::vector<SecretBytes> coefficients;
    for (uint32_t j = 1; j < threshold; ++j) {
        coefficients.push_back(
            derive(secret, context, "SBID1 shamir", place(digest, {part, j}), secret_size));
    }
    return shamir_share(value, coefficients, static_cast<uint8_t>(slot + 1));
}

Bytes wrap_share(WrapKind kind, const crypto::Certificate& certificate, const SecretBytes& share,
                 const EnvelopeContext& context, const crypto::Sm3Digest& way, size_t part,
                 size_t slot) {
    Bytes tail = place(way, {part, slot});
    append(tail, certificate.digest().view());
    const SecretBytes seed = derive(share, context, "SBID1 wrap", tail, 64);
    const ByteView key = seed.view().first(16);
    const SecretBytes nonce = SecretBytes::copy_of(seed.view().last(48));
    switch (kind) {
        case WrapKind::ukey: {
            const SecretBytes blocks = crypto::sm4_ecb_encrypt(key, share.view());
            Bytes data = to_bytes(blocks.view());
            append(data, certificate.sm2_key().encrypt_with_nonce(key, nonce));
            return data;
        }
        case WrapKind::mobile:
            return certificate.sm2_key().encrypt_with_nonce(share.view(), nonce);
        case WrapKind::cms:
        case WrapKind::cms_oaep_sha1: {
            crypto::DerivedRandom random(SecretBytes::copy_of(seed.view().first(32)));
            Bytes content = cms_wrap_content(share, context, way, part, slot);
            Bytes data = crypto::build_enveloped_data({certificate}, content, random,
                                                      kind == WrapKind::cms_oaep_sha1);
            wipe(content.data(), content.size());
            return data;
        }
        case WrapKind::unknown:
            break;
    }
    throw Error(ErrorCode::usage, "unknown wrap kind");
}

OpenersAudit recompute_openers(const Openers& openers, std::string_view envelope,
                               const SecretBytes& secret, const EnvelopeContext& context) {
    OpenersAudit audit;
    const EnvelopeWays* ways = openers.find(envelope);
    require(ways != nullptr, ErrorCode::opener_not_found);
    for (size_t w = 0; w < ways->ways.size(); ++w) {
        const Way& way = ways->ways[w];
        const crypto::Sm3Digest digest = way_digest(openers, w, way);
        for (size_t p = 0; p < way.parts.size(); ++p) {
            for (size_t s = 0; s < way.parts[p].slots.size(); ++s) {
                const Slot& slot = way.parts[p].slots[s];
                if (slot.kind == WrapKind::unknown) {
                    audit.unknown.push_back({w, p, s});
                    continue;
                }
                const SecretBytes share = derive_share(openers, envelope, w, p, s, secret, context);
                Bytes expected;
                try {
                    expected = wrap_share(slot.kind, openers.certificates[slot.certificate], share,
                                          context, digest, p, s);
                } catch (const Error&) {
                    // A certificate whose key cannot take this wrap: nothing can be right here.
                }
                if (!equal(expected, slot.data)) {
                    audit.junk.push_back({w, p, s});
                }
            }
        }
    }
    return audit;
}

}  // namespace bidseal::bid
