#include "bidseal/bid/tender_file.h"

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"

#include "exact_signed_data.h"
#include "tender_json.h"
#include "tender_rules.h"

namespace bidseal::bid {

namespace {

constexpr const char* kind_names[] = {"qualification", "technical", "commercial", "price"};
constexpr const char* type_names[] = {"amount", "quantity", "integer", "text", "date", "choice"};
constexpr const char* way_names[] = {"supplier", "supplier+platform", "platform+rescue"};

template <class Enum, size_t N>
std::optional<Enum> find_name(const char* const (&names)[N], std::string_view name) {
    for (size_t i = 0; i < N; ++i) {
        if (name == names[i]) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

template <class Items>
auto find_id(const Items& items, std::string_view id) -> decltype(items.data()) {
    for (const auto& item : items) {
        if (item.id == id) {
            return &item;
        }
    }
    return nullptr;
}

Tender parse_content(ByteView content) {
    return tender_from_json(
        protocol::parse_canonical_json(content, {max_tender_content_bytes, json_depth}));
}

crypto::ParsedSignedData parse_signature(ByteView file) {
    try {
        crypto::ParsedSignedData parsed = crypto::parse_signed_data(file);
        if (!parsed.has_signed_attributes) {  // they have a code of their own
            check_exact_form(parsed, file);
        }
        return parsed;
    } catch (const Error&) {
        throw Error(ErrorCode::tender_invalid, "not a SignedData of the form asked for");
    }
}

}  // namespace

const char* envelope_kind_name(EnvelopeKind kind) {
    return kind_names[static_cast<int>(kind)];
}
std::optional<EnvelopeKind> envelope_kind_from(std::string_view name) {
    return find_name<EnvelopeKind>(kind_names, name);
}
const char* field_type_name(FieldType type) {
    return type_names[static_cast<int>(type)];
}
const char* way_name(WayKind way) {
    return way_names[static_cast<int>(way)];
}
std::optional<WayKind> way_from(std::string_view name) {
    return find_name<WayKind>(way_names, name);
}

const LotRule* Tender::find_lot(std::string_view id) const {
    return find_id(lots, id);
}
const EnvelopeRule* Tender::find_envelope(std::string_view id) const {
    return find_id(envelopes, id);
}
const SummaryField* Tender::find_field(std::string_view id) const {
    return find_id(summary, id);
}
const DocumentSlot* find_slot(const EnvelopeRule& envelope, std::string_view id) {
    return find_id(envelope.slots, id);
}

bool Tender::allows(WayKind way) const {
    for (const WayRule& rule : ways) {
        if (rule.way == way) {
            return true;
        }
    }
    return false;
}

crypto::TrustStore Tender::trust() const {
    return {roots, intermediates, crls};
}

Bytes tender_content(const Tender& tender) {
    const protocol::Json json = tender_to_json(tender);
    tender_from_json(json);  // what a reader would refuse is not written
    const std::string text = protocol::write_json(json);
    require(text.size() <= max_tender_content_bytes, ErrorCode::limit_exceeded);
    return to_bytes(as_bytes(text));
}

Bytes build_tender_file(ByteView content, ByteView signature,
                        const std::vector<crypto::Certificate>& chain,
                        const std::vector<crypto::RevocationList>& crls) {
    const Tender tender = parse_content(content);
    const crypto::Certificate& signer = *tender.platform_certificate;
    require(signer.verify(content, signature, signer.signature_kind()),
            ErrorCode::tender_signature);
    return crypto::build_signed_data({signer, chain, crls, to_bytes(signature), to_bytes(content)});
}

TenderFile TenderFile::parse(ByteView file) {
    require(file.size() <= max_tender_file_bytes, ErrorCode::limit_exceeded);
    const crypto::ParsedSignedData signature = parse_signature(file);
    require(signature.content.has_value(), ErrorCode::tender_invalid, "no embedded content");
    require(!signature.has_signed_attributes, ErrorCode::tender_signature, "signed attributes");

    TenderFile result;
    result.m_content = *signature.content;
    // The type is looked at first: other signed things of the platform are not tender files.
    constexpr std::string_view start = R"({"type":"SBID1-tender",)";
    require(as_text(result.m_content).substr(0, start.size()) == start, ErrorCode::tender_invalid,
            "another type of content");
    result.m_tender = parse_content(result.m_content);
    require(signature.signer == *result.m_tender.platform_certificate, ErrorCode::tender_signature,
            "signed with another certificate");
    require(crypto::verify_signed_data(signature, result.m_content), ErrorCode::tender_signature);
    require(can_sign(signature.signer), ErrorCode::certificate_usage);
    result.m_digest.bytes = crypto::sm3(result.m_content).bytes;
    result.m_carried = signature.certificates;
    return result;
}

void TenderFile::verify_trust(const crypto::TrustStore& trust, Timestamp at) const {
    crypto::validate_chain(*m_tender.platform_certificate, m_carried, trust, at,
                           signing_usage(*m_tender.platform_certificate),
                           crypto::RevocationPolicy::use_if_present);
}

}  // namespace bidseal::bid
