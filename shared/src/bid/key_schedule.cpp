#include "bidseal/bid/key_schedule.h"

namespace bidseal::bid {

namespace {

void add_field(Bytes& to, ByteView field) {
    append_u32(to, static_cast<uint32_t>(field.size()));
    append(to, field);
}

}  // namespace

EnvelopeContext envelope_context(const BidIndex& index, std::string_view envelope, uint32_t stage) {
    const uint8_t suite = 1;
    const uint8_t stage_byte = static_cast<uint8_t>(stage);
    Bytes input = to_bytes(as_bytes("SBID1 ctx"));
    add_field(input, {&suite, 1});
    add_field(input, as_bytes(index.platform));
    add_field(input, as_bytes(index.project));
    add_field(input, as_bytes(index.lot));
    add_field(input, index.tender.view());
    add_field(input, index.certificate.view());
    add_field(input, index.nonce.view());
    add_field(input, as_bytes(envelope));
    add_field(input, {&stage_byte, 1});
    return {crypto::sm3(input)};
}

SecretBytes derive(const SecretBytes& secret, const EnvelopeContext& context,
                   std::string_view label, ByteView tail, size_t length) {
    Bytes info = to_bytes(as_bytes(label));
    append(info, tail);
    return crypto::hkdf_sm3(secret, context.digest.view(), info, length);
}

EnvelopeKeys derive_envelope_keys(const SecretBytes& secret, const EnvelopeContext& context) {
    const SecretBytes both = derive(secret, context, "SBID1 enc", {}, 32);
    return {SecretBytes::copy_of(both.view().first(16)), SecretBytes::copy_of(both.view().last(16)),
            derive(secret, context, "SBID1 manifest", {}, 32)};
}

crypto::Sm3Digest key_commitment(const SecretBytes& secret, const EnvelopeContext& context,
                                 const crypto::Sm3Digest& root, uint64_t length,
                                 const crypto::Sm3Digest& manifest_commitment) {
    Bytes tail = to_bytes(root.view());
    append_u64(tail, length);
    append(tail, manifest_commitment.view());
    const SecretBytes value = derive(secret, context, "SBID1 commit", tail, 32);
    crypto::Sm3Digest commitment;
    std::memcpy(commitment.data(), value.view().data(), commitment.size());
    return commitment;
}

}  // namespace bidseal::bid
