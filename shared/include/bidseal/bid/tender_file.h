// The tender file (.tender): what the buyer publishes, signed by the platform.
// docs/spec/tender-file.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"
#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/cms.h"

namespace bidseal::bid {

using TenderDigest = FixedBytes<32, struct TenderDigestTag>;  ///< SM3 of the tender's content JSON

enum class EnvelopeKind { qualification, technical, commercial, price };
/// `qualification`, `technical`, `commercial`, `price`.
const char* envelope_kind_name(EnvelopeKind kind);
std::optional<EnvelopeKind> envelope_kind_from(std::string_view name);

/// A place for documents in an envelope.
struct DocumentSlot {
    std::string id;
    std::string title;
    bool required = true;
    /// Names of bid/document_check.h (`pdf`, `docx` …), or the single name `any`.
    std::vector<std::string> formats;
    uint64_t max_bytes = 0;  ///< of one document
    uint32_t max_count = 1;
};

struct EnvelopeRule {
    std::string id;
    EnvelopeKind kind = EnvelopeKind::technical;
    uint32_t stage = 1;  ///< 1 to 16; envelopes of a lower stage are opened first
    std::string title;
    std::vector<DocumentSlot> slots;
};

enum class FieldType { amount, quantity, integer, text, date, choice };
const char* field_type_name(FieldType type);

/// One figure of the bid summary (read out at the opening). Amounts and quantities are decimal
/// strings with exactly `scale` digits after the point; integers have scale 0; dates are
/// YYYY-MM-DD.
struct SummaryField {
    std::string id;
    std::string title;
    std::string envelope;  ///< the envelope whose manifest holds the value
    FieldType type = FieldType::amount;
    std::string unit;                     ///< may be empty
    int scale = 0;                        ///< 0 to 9
    std::optional<std::string> min, max;  ///< decimals of that scale, or dates
    bool required = true;
    std::vector<std::string> choices;  ///< of a choice field
};

struct LotRule {
    std::string id;
    std::string title;
};

/// Who may open: see docs/spec/bid-format.md section 8.
enum class WayKind { supplier, supplier_platform, platform_rescue };
/// `supplier`, `supplier+platform`, `platform+rescue`.
const char* way_name(WayKind way);
std::optional<WayKind> way_from(std::string_view name);

struct WayRule {
    WayKind way = WayKind::supplier;
    bool mandatory = false;
};

/// The typed content of a tender file. Vectors keep the file's order.
struct Tender {
    std::string platform_id, platform_name;
    std::string project_id, project_title, buyer;
    Timestamp published, deadline, opening;
    uint32_t window_minutes = 30;  ///< the decryption window
    std::vector<LotRule> lots;
    std::vector<EnvelopeRule> envelopes;
    std::vector<SummaryField> summary;
    std::vector<WayRule> ways;  ///< the allowed ones, in the buyer's order of preference
    std::optional<crypto::Certificate>
        platform_certificate;  ///< signs; always present in a parsed file
    std::optional<crypto::Certificate> platform_encryption;  ///< needed by ways with the platform
    uint32_t rescue_threshold = 0;  ///< t of the rescue group; 0 without one
    std::vector<crypto::Certificate> rescue_members;
    std::vector<crypto::Certificate> roots, intermediates;  ///< accepted issuers
    std::vector<std::string> crl_urls;
    std::vector<crypto::RevocationList> crls;

    const LotRule* find_lot(std::string_view id) const;
    const EnvelopeRule* find_envelope(std::string_view id) const;
    const SummaryField* find_field(std::string_view id) const;
    bool allows(WayKind way) const;
    /// Accepted issuers and embedded revocation lists.
    crypto::TrustStore trust() const;
};

const DocumentSlot* find_slot(const EnvelopeRule& envelope, std::string_view id);

/// The content octets (canonical JSON) of a tender, the bytes that the platform signs. Checks every
/// rule of the format. Throws Error(tender_invalid) with the offending id as subject.
Bytes tender_content(const Tender& tender);

/// Puts content, signature (by the key of tender.platform_certificate, over the content octets) and
/// certificates into a tender file. The signature is verified first. Throws
/// Error(tender_signature).
Bytes build_tender_file(ByteView content, ByteView signature,
                        const std::vector<crypto::Certificate>& chain = {},
                        const std::vector<crypto::RevocationList>& crls = {});

/// A tender file whose structure and signature have been checked.
class TenderFile {
public:
    /// Checks DER, signature, canonical JSON and all rules. The signer is the platform certificate
    /// that the content names; whether that one is to be trusted is verify_trust()'s question.
    /// Throws Error: tender_invalid, tender_signature, limit_exceeded.
    static TenderFile parse(ByteView file);

    const Tender& tender() const { return m_tender; }
    const TenderDigest& digest() const { return m_digest; }
    ByteView content() const { return m_content; }
    /// Certificates that came along with the signature.
    const std::vector<crypto::Certificate>& carried() const { return m_carried; }

    /// Checks the platform's certificate against roots that the user trusts, as of `at`.
    /// Throws what crypto::validate_chain throws.
    void verify_trust(const crypto::TrustStore& trust, Timestamp at) const;

private:
    Tender m_tender;
    TenderDigest m_digest;
    Bytes m_content;
    std::vector<crypto::Certificate> m_carried;
};

/// Checks one value of the bid summary against its field.
/// Throws Error(summary_invalid) or Error(summary_out_of_range) with the field's id as subject.
void check_summary_value(const SummaryField& field, std::string_view value);

}  // namespace bidseal::bid
