// The openers as JSON, and the rules between their members.
#include <set>

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/openers.h"
#include "bidseal/protocol/json.h"

namespace bidseal::bid {

namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr ErrorCode fault = ErrorCode::bid_openers;
constexpr const char* kind_names[] = {"ukey", "mobile", "cms", "cms-oaep-sha1"};
constexpr const char* role_names[] = {"supplier", "platform", "rescue"};
constexpr size_t max_wrap_bytes = 4096;
constexpr size_t max_opener_certificates = 64;
constexpr size_t max_certificate_bytes = 65536;

WrapKind wrap_kind_from(std::string_view name) {
    for (int i = 0; i < 4; ++i) {
        if (name == kind_names[i]) {
            return static_cast<WrapKind>(i);
        }
    }
    return WrapKind::unknown;
}

Json part_json(const Part& part) {
    Json::Array slots;
    for (const Slot& slot : part.slots) {
        slots.push_back(ObjectBuilder()
                            .text("kind", slot.kind_name)
                            .size("certificate", slot.certificate)
                            .base64("data", slot.data)
                            .build());
    }
    return ObjectBuilder()
        .text("role", part_role_name(part.role))
        .integer("threshold", part.threshold)
        .array("slots", std::move(slots))
        .build();
}

Slot read_slot(ObjectReader& r) {
    Slot slot;
    slot.kind_name = r.identifier("kind");
    slot.kind = wrap_kind_from(slot.kind_name);
    slot.certificate = r.size("certificate", max_opener_certificates - 1);
    slot.data = r.base64("data", 1, max_wrap_bytes);
    return slot;
}

Part read_part(const Json& json) {
    ObjectReader r(json, protocol::MemberOrder::stated, fault);
    Part part;
    part.role = static_cast<PartRole>(r.choice("role", {"supplier", "platform", "rescue"}));
    part.threshold = static_cast<uint32_t>(r.integer("threshold", 1, max_shares));
    part.slots = r.objects("slots", 1, max_shares, read_slot);
    r.finish();
    require(part.threshold <= part.slots.size(), fault, "threshold above the number of slots");
    std::set<std::pair<size_t, std::string>> seen;
    for (const Slot& slot : part.slots) {
        // Of a shared part one certificate holds one share; a direct one may be wrapped to it
        // twice.
        const std::string kind = part.threshold == 1 ? slot.kind_name : std::string();
        require(seen.insert({slot.certificate, kind}).second, fault, "a certificate stands twice");
    }
    return part;
}

EnvelopeWays read_envelope(ObjectReader& r) {
    EnvelopeWays envelope;
    envelope.envelope = r.identifier("id");
    size_t wraps = 0;
    for (const Json& way_json : r.array("ways", 1, max_ways)) {
        require(way_json.is_array(), fault, "a way is a list of parts");
        const Json::Array& parts = way_json.as_array();
        require(!parts.empty() && parts.size() <= max_parts, fault, "number of parts");
        Way way;
        for (const Json& part : parts) {
            way.parts.push_back(read_part(part));
            wraps += way.parts.back().slots.size();
        }
        envelope.ways.push_back(std::move(way));
    }
    require(wraps <= max_wraps, ErrorCode::limit_exceeded, "too many wraps");
    return envelope;
}

/// Certificates stand in the order of their first use, each once.
void check_certificates(const Openers& openers) {
    size_t used = 0;
    for (const EnvelopeWays& envelope : openers.envelopes) {
        for (const Way& way : envelope.ways) {
            for (const Part& part : way.parts) {
                for (const Slot& slot : part.slots) {
                    require(slot.certificate <= used, fault, "certificates not in order of use");
                    used += slot.certificate == used ? 1 : 0;
                }
            }
        }
    }
    require(used == openers.certificates.size(), fault, "unused or missing certificate");
    std::set<Bytes> seen;
    for (const crypto::Certificate& certificate : openers.certificates) {
        require(seen.insert(to_bytes(certificate.der())).second, fault,
                "a certificate stands twice");
    }
}

void check_envelope_ids(const Openers& openers) {
    std::set<std::string> ids;
    for (const EnvelopeWays& envelope : openers.envelopes) {
        require(ids.insert(envelope.envelope).second, fault, "an envelope stands twice");
    }
}

Bytes decode(const ObjectReader& r, const std::string& text) {
    try {
        return from_base64(text);
    } catch (const Error&) {
        r.refuse("certificates", "not base64");
    }
}

std::vector<crypto::Certificate> read_certificates(ObjectReader& r) {
    std::vector<crypto::Certificate> certificates;
    for (const std::string& text :
         r.texts("certificates", 1, max_opener_certificates, max_openers_bytes)) {
        const Bytes der = decode(r, text);
        require(der.size() <= max_certificate_bytes, ErrorCode::limit_exceeded);
        certificates.push_back(crypto::Certificate::parse(der));
    }
    return certificates;
}

Openers read_openers(const Json& json) {
    Openers openers;
    ObjectReader r(json, protocol::MemberOrder::stated, fault);
    r.constant("type", "SBID1-openers");
    const int64_t version = r.integer("version", 0, 255);
    require(version <= max_openers_version, ErrorCode::bid_version, "unknown openers version");
    openers.version = static_cast<uint32_t>(version);
    openers.nonce = r.hex<BidNonce>("nonce");
    if (!r.take_null("fingerprint")) {
        openers.fingerprint = r.hex<Fingerprint>("fingerprint");
    }
    require(openers.fingerprint.has_value() == (openers.version > 0), fault,
            "a fingerprint stands exactly in rewraps");
    openers.created = r.time("created");
    openers.certificates = read_certificates(r);
    openers.envelopes = r.objects("envelopes", 1, max_envelopes, read_envelope);
    r.finish();
    check_envelope_ids(openers);
    check_certificates(openers);
    return openers;
}

}  // namespace

const char* wrap_kind_name(WrapKind kind) {
    return kind == WrapKind::unknown ? "unknown" : kind_names[static_cast<int>(kind)];
}

const char* part_role_name(PartRole role) {
    return role_names[static_cast<int>(role)];
}

Bytes Openers::serialize() const {
    Json::Array items;
    for (const EnvelopeWays& envelope : envelopes) {
        Json::Array ways;
        for (const Way& way : envelope.ways) {
            Json::Array parts;
            for (const Part& part : way.parts) {
                parts.push_back(part_json(part));
            }
            ways.push_back(Json::array(std::move(parts)));
        }
        items.push_back(
            ObjectBuilder().text("id", envelope.envelope).array("ways", std::move(ways)).build());
    }
    std::vector<std::string> ders;
    for (const crypto::Certificate& certificate : certificates) {
        ders.push_back(to_base64(certificate.der()));
    }
    ObjectBuilder builder;
    builder.text("type", "SBID1-openers").integer("version", version).hex("nonce", nonce.view());
    if (fingerprint) {
        builder.hex("fingerprint", fingerprint->view());
    } else {
        builder.null("fingerprint");
    }
    const Json json = builder.time("created", created)
                          .texts("certificates", ders)
                          .array("envelopes", std::move(items))
                          .build();
    read_openers(json);  // what a reader would refuse is not written
    const std::string text = protocol::write_json(json);
    require(text.size() <= max_openers_bytes, ErrorCode::limit_exceeded, "openers too large");
    return to_bytes(as_bytes(text));
}

Openers Openers::parse(ByteView bytes) {
    return read_openers(protocol::parse_canonical_json(bytes, {max_openers_bytes, json_depth}));
}

const EnvelopeWays* Openers::find(std::string_view envelope) const {
    for (const EnvelopeWays& e : envelopes) {
        if (e.envelope == envelope) {
            return &e;
        }
    }
    return nullptr;
}

const Slot& Openers::slot(std::string_view envelope, size_t way, size_t part, size_t slot) const {
    const EnvelopeWays* e = find(envelope);
    require(e != nullptr && way < e->ways.size() && part < e->ways[way].parts.size() &&
                slot < e->ways[way].parts[part].slots.size(),
            ErrorCode::opener_not_found);
    return e->ways[way].parts[part].slots[slot];
}

}  // namespace bidseal::bid
