#include "bidseal/bid/release.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/protocol/json.h"

#include "exact_signed_data.h"
#include "plan_check.h"
#include "release_content.h"
#include "tender_rules.h"

namespace bidseal::bid {

namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr ErrorCode fault = ErrorCode::release_invalid;
constexpr std::string_view release_start = R"({"type":"SBID1-release",)";
constexpr size_t max_data_bytes = 4096;
constexpr size_t block_size = 16;

ReleaseItem read_item(ObjectReader& r) {
    ReleaseItem item;
    item.envelope = r.identifier("envelope");
    item.version = static_cast<uint32_t>(r.integer("version", 0, max_openers_version));
    item.way = r.size("way", max_ways - 1);
    item.part = r.size("part", max_parts - 1);
    item.slot = r.size("slot", max_shares - 1);
    item.data = r.base64("data", 1, max_data_bytes);
    return item;
}

Release read_release(const Json& json) {
    ObjectReader r(json, protocol::MemberOrder::stated, fault);
    Release release;
    r.constant("type", "SBID1-release");
    release.fingerprint = r.hex<Fingerprint>("fingerprint");
    release.created = r.time("created");
    release.expires = r.time("expires");
    release.recipient = r.hex<crypto::CertificateDigest>("recipient");
    release.shares = r.objects("shares", 1, max_release_shares, read_item);
    r.finish();
    require(release.created < release.expires, fault, "it ends before it begins");
    std::set<std::tuple<std::string, uint32_t, size_t, size_t, size_t>> seen;
    for (const ReleaseItem& item : release.shares) {
        require(seen.insert({item.envelope, item.version, item.way, item.part, item.slot}).second,
                fault, "a share stands twice");
    }
    return release;
}

const Openers& openers_of(const std::vector<Openers>& all, uint32_t version) {
    for (const Openers& openers : all) {
        if (openers.version == version) {
            return openers;
        }
    }
    throw Error(ErrorCode::opener_not_found);
}

EnvelopeContext context_of(const BidIndex& index, std::string_view envelope) {
    const IndexEnvelope& entry = index.envelope(envelope);
    return envelope_context(index, entry.id, entry.stage);
}

/// The signer must be the one to whom the slot's share was given.
void check_signer(const ReleaseItem& item, const Openers& openers, const CheckedRelease& checked,
                  const TenderFile& tender) {
    const EnvelopeWays* ways = openers.find(item.envelope);
    require(ways != nullptr && item.way < ways->ways.size() &&
                item.part < ways->ways[item.way].parts.size(),
            ErrorCode::share_invalid, "share of an unknown slot");
    const Part& part = ways->ways[item.way].parts[item.part];
    require(item.slot < part.slots.size(), ErrorCode::share_invalid, "share of an unknown slot");
    const auto& platform = tender.tender().platform_certificate;
    if (part.role == PartRole::platform && platform && *platform == checked.signer) {
        return;
    }
    const std::string code = checked.signer.credit_code();
    require(!code.empty() &&
                openers.certificates[part.slots[item.slot].certificate].credit_code() == code,
            ErrorCode::release_refused, "signed by another than the share's holder");
}

crypto::ParsedSignedData parse_container(ByteView file) {
    require(file.size() <= max_signature_bytes, ErrorCode::limit_exceeded);
    try {
        return crypto::parse_signed_data(file);
    } catch (const Error& error) {
        // Most likely another file was given: say that, rather than which byte of it is wrong.
        if (error.code() == ErrorCode::signature_format) {
            throw Error(fault, "not a signed object");
        }
        throw;
    }
}

}  // namespace

Bytes Release::serialize() const {
    Json::Array items;
    for (const ReleaseItem& item : shares) {
        items.push_back(ObjectBuilder()
                            .text("envelope", item.envelope)
                            .integer("version", item.version)
                            .size("way", item.way)
                            .size("part", item.part)
                            .size("slot", item.slot)
                            .base64("data", item.data)
                            .build());
    }
    const Json json = ObjectBuilder()
                          .text("type", "SBID1-release")
                          .hex("fingerprint", fingerprint.view())
                          .time("created", created)
                          .time("expires", expires)
                          .hex("recipient", recipient.view())
                          .array("shares", std::move(items))
                          .build();
    read_release(json);  // what a reader would refuse is not written
    const std::string text = protocol::write_json(json);
    require(text.size() <= max_release_bytes, ErrorCode::limit_exceeded, "release too large");
    return to_bytes(as_bytes(text));
}

Release Release::parse(ByteView bytes) {
    return read_release(protocol::parse_canonical_json(bytes, {max_release_bytes, json_depth}));
}

Bytes release_share_content(const SecretBytes& share, const EnvelopeContext& context,
                            const crypto::Sm3Digest& way, size_t part, size_t slot) {
    Bytes content = to_bytes(as_bytes("SBID1 release"));
    append(content, context.digest.view());
    append(content, way.view());
    content.push_back(static_cast<uint8_t>(part));
    content.push_back(static_cast<uint8_t>(slot));
    append(content, share.view());
    return content;
}

SecretBytes content_of_blocks(const SecretBytes& blocks, ByteView iv, ByteView ciphertext) {
    const size_t padded = release_share_content_size / block_size * block_size + block_size;
    require(iv.size() == block_size && ciphertext.size() == padded && blocks.size() == padded,
            ErrorCode::share_invalid);
    SecretBytes plain = blocks.clone();
    for (size_t i = 0; i < padded; ++i) {
        plain.span()[i] ^= i < block_size ? iv[i] : ciphertext[i - block_size];
    }
    const size_t padding = padded - release_share_content_size;
    uint8_t wrong = 0;
    for (size_t i = release_share_content_size; i < padded; ++i) {
        wrong |= static_cast<uint8_t>(plain.view()[i] ^ padding);
    }
    require(wrong == 0, ErrorCode::share_invalid);
    return SecretBytes::copy_of(plain.view().first(release_share_content_size));
}

bool share_fits_slot(const Openers& openers, std::string_view envelope, size_t way, size_t part,
                     size_t slot, const SecretBytes& share, const EnvelopeContext& context) {
    const Slot& target = openers.slot(envelope, way, part, slot);
    const crypto::Sm3Digest digest = way_digest(openers, way, openers.find(envelope)->ways[way]);
    try {
        return constant_time_equal(wrap_share(target.kind, openers.certificates[target.certificate],
                                              share, context, digest, part, slot),
                                   target.data);
    } catch (const Error&) {
        return false;  // a certificate whose key cannot take this wrap: nothing fits it
    }
}

void check_release_recipient(const crypto::Certificate& recipient, const VerifiedIndex& bid,
                             const std::vector<Openers>& openers,
                             const std::vector<crypto::Certificate>& extra,
                             const crypto::TrustStore& trust, Timestamp at) {
    require(can_decrypt(recipient), ErrorCode::certificate_usage);
    for (const Openers& each : openers) {
        for (const crypto::Certificate& known : each.certificates) {
            if (known == recipient) {
                return;
            }
        }
    }
    require(recipient.credit_code() == bid.index.supplier_code, ErrorCode::release_recipient,
            "neither an opener nor the bidding company");
    crypto::validate_chain(recipient, extra, trust, at, encryption_usage(recipient),
                           crypto::RevocationPolicy::use_if_present);
}

Bytes release_content(const VerifiedIndex& bid, const std::vector<Openers>& openers,
                      const std::vector<ReleasedShare>& shares,
                      const crypto::Certificate& recipient, Timestamp created, Timestamp expires,
                      Random& random) {
    Release release;
    release.fingerprint = bid.fingerprint;
    release.created = created;
    release.expires = expires;
    release.recipient = recipient.digest();
    for (const ReleasedShare& share : shares) {
        const Openers& own = openers_of(openers, share.version);
        const EnvelopeContext context = context_of(bid.index, share.envelope);
        require(share_fits_slot(own, share.envelope, share.way, share.part, share.slot, share.value,
                                context),
                ErrorCode::share_invalid);
        const crypto::Sm3Digest digest =
            way_digest(own, share.way, own.find(share.envelope)->ways[share.way]);
        Bytes content = release_share_content(share.value, context, digest, share.part, share.slot);
        Bytes data = crypto::build_enveloped_data({recipient}, content, random);
        wipe(content.data(), content.size());
        release.shares.push_back(
            {share.envelope, share.version, share.way, share.part, share.slot, std::move(data)});
    }
    return release.serialize();
}

Bytes build_release_file(ByteView content, const crypto::Certificate& signer, ByteView signature,
                         const std::vector<crypto::Certificate>& chain,
                         const std::vector<crypto::RevocationList>& evidence) {
    require(signer.verify(content, signature, signer.signature_kind()),
            ErrorCode::signature_invalid);
    return crypto::build_signed_data(
        {signer, chain, evidence, to_bytes(signature), to_bytes(content)});
}

CheckedRelease parse_release_file(ByteView file, const VerifiedIndex& bid,
                                  const std::vector<Openers>& openers, const TenderFile& tender,
                                  const crypto::TrustStore& trust, Timestamp at) {
    const crypto::ParsedSignedData signature = parse_container(file);
    require(signature.content &&
                as_text(*signature.content).substr(0, release_start.size()) == release_start,
            fault, "another type of content");
    require(!signature.has_signed_attributes, ErrorCode::signature_format);
    check_exact_form(signature, file);
    require(crypto::verify_signed_data(signature, *signature.content),
            ErrorCode::signature_invalid);
    require(can_sign(signature.signer), ErrorCode::certificate_usage);
    const CheckedRelease checked{Release::parse(*signature.content), signature.signer};
    require(checked.release.fingerprint == bid.fingerprint, ErrorCode::release_other_bid);
    check_index_against_tender(bid.index, tender);
    for (const ReleaseItem& item : checked.release.shares) {
        bid.index.envelope(item.envelope);  // it must be one of the bid's
        const auto own = std::find_if(openers.begin(), openers.end(), [&](const Openers& each) {
            return each.version == item.version;
        });
        require(own != openers.end(), ErrorCode::share_invalid, "its added openers are missing");
        check_signer(item, *own, checked, tender);
    }
    const auto& platform = tender.tender().platform_certificate;
    if (!platform || !(*platform == checked.signer)) {
        crypto::TrustStore with_lists = trust;
        with_lists.crls.insert(with_lists.crls.end(), signature.crls.begin(), signature.crls.end());
        crypto::validate_chain(checked.signer, signature.certificates, with_lists, at,
                               signing_usage(checked.signer),
                               crypto::RevocationPolicy::use_if_present);
    }
    require(at < checked.release.expires, ErrorCode::release_expired);
    return checked;
}

}  // namespace bidseal::bid
