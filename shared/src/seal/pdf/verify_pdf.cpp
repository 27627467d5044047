// Signature fields of a PDF, judged one by one.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/seal/pdf_verify.h"

#include "changes.h"
#include "digest.h"
#include "fields.h"
#include "shown.h"

namespace bidseal::seal {
namespace {

using Kind = PdfValue::Kind;

constexpr double mm_per_unit = 25.4 / 72;

/// D:20261201080000Z and its forms with an offset (ISO 32000-2 section 7.9.4); nothing for shorter
/// ones, which name no second.
std::optional<Timestamp> read_date(const PdfValue& value) {
    const std::string& text = value.text;
    if (!value.is(Kind::string) || text.size() < 17 || text.compare(0, 2, "D:") != 0)
        return std::nullopt;
    const auto number = [&](size_t at, size_t digits) {
        int n = 0;
        for (size_t i = at; i < at + digits; i++)
            n = i < text.size() && text[i] >= '0' && text[i] <= '9' && n >= 0
                    ? n * 10 + (text[i] - '0')
                    : -1;
        return n;
    };
    try {
        Timestamp at = make_time(number(2, 4), number(6, 2), number(8, 2), number(10, 2),
                                 number(12, 2), number(14, 2));
        if (text[16] == 'Z')
            return at;
        const int hours = number(17, 2), minutes = number(20, 2);
        if ((text[16] != '+' && text[16] != '-') || hours < 0 || minutes < 0)
            return std::nullopt;
        const int offset = (hours * 60 + minutes) * 60;
        at.seconds += text[16] == '+' ? -offset : offset;
        return at;
    } catch (const Error&) {
        return std::nullopt;
    }
}

class FieldJudge {
public:
    FieldJudge(const RandomAccess& bytes, const PdfFile& file, const SealTrust& trust,
               Timestamp now)
        : m_bytes(bytes), m_file(file), m_trust(trust), m_now(now) {}

    PdfSealReport judge(const SignatureField& field) {
        m_report = {};
        m_report.field = field.name;
        try {
            const PdfValue signature = signature_object(field);
            m_report.sub_filter = m_file.resolve(signature["SubFilter"]).text;
            const CoveredBytes covered = covered_bytes(signature);
            const PdfFile earlier(m_bytes, covered.end);
            check_version(earlier, field, covered);
            judge_container(contents(signature), covered, signature);
            check_later(earlier, covered);
            collect_pictures(field);
        } catch (const Error& error) {
            // What cannot be followed cannot be trusted; the other fields are judged all the same.
            if (error.code() != ErrorCode::pdf_damaged && error.code() != ErrorCode::pdf_range &&
                error.code() != ErrorCode::pdf_place && error.code() != ErrorCode::pdf_encrypted)
                throw;
            add(ErrorCode::pdf_range, SealPart::document);
        }
        return std::move(m_report);
    }

private:
    void add(ErrorCode code, SealPart part) {
        const SealFinding finding{code, part};
        if (std::find(m_report.findings.begin(), m_report.findings.end(), finding) ==
            m_report.findings.end())
            m_report.findings.push_back(finding);
    }

    static void demand(bool condition, const char* what) {
        require(condition, ErrorCode::pdf_range, what);
    }

    /// The signature's dictionary, which has to be an object of its own in the file: only so can it
    /// be said where its bytes are.
    PdfValue signature_object(const SignatureField& field) {
        demand(field.value.is(Kind::reference), "the signature is no object of its own");
        demand(m_file.place(field.value.reference.number).kind == PdfPlace::Kind::file,
               "the signature is hidden in a stream");
        PdfObject object = m_file.object(field.value.reference);
        demand(object.value.is(Kind::dictionary) && !object.stream_begin, "no signature");
        return std::move(object.value);
    }

    /// ByteRange leaves out the hexadecimal string of Contents, exactly, and nothing else.
    CoveredBytes covered_bytes(const PdfValue& signature) {
        const PdfValue &range = signature["ByteRange"], &contents = signature["Contents"];
        demand(range.is(Kind::array) && range.items.size() == 4, "ByteRange has four numbers");
        uint64_t n[4];
        for (size_t i = 0; i < 4; i++) {
            const PdfValue& item = range.items[i];
            demand(item.is(Kind::integer) && item.integer >= 0 &&
                       static_cast<uint64_t>(item.integer) <= m_file.length(),
                   "ByteRange reaches out of the file");
            n[i] = static_cast<uint64_t>(item.integer);
        }
        const CoveredBytes covered{n[1], n[2], n[2] + n[3]};
        demand(n[0] == 0 && covered.end <= m_file.length(), "ByteRange leaves out the beginning");
        demand(contents.is(Kind::string) && covered.before == contents.begin &&
                   covered.after == contents.end,
               "ByteRange leaves out something else than Contents");
        uint8_t bracket = 0;
        m_bytes.read(contents.begin, {&bracket, 1});
        demand(bracket == '<', "Contents is not hexadecimal");
        m_report.covers = covered.end;
        return covered;
    }

    /// The covered bytes are a whole PDF, in which this field already holds this signature.
    void check_version(const PdfFile& earlier, const SignatureField& field,
                       const CoveredBytes& covered) {
        demand(earlier.end_of_marker() == covered.end, "ByteRange ends inside of a version");
        const PdfReference signature = field.value.reference;
        demand(earlier.place(signature.number) == m_file.place(signature.number),
               "the signature is not part of the version that it covers");
        const std::vector<SignatureField> fields = signature_fields(earlier);
        demand(std::any_of(fields.begin(), fields.end(),
                           [&](const SignatureField& f) {
                               return f.reference == field.reference && f.name == field.name &&
                                      f.value.is(Kind::reference) && f.value.reference == signature;
                           }),
               "the field is not part of the version that it covers");
    }

    /// The container's DER, with nothing but zeros behind it.
    Bytes contents(const PdfValue& signature) {
        Bytes bytes = to_bytes(as_bytes(signature["Contents"].text));
        crypto::der::Reader reader(bytes, ErrorCode::pdf_range);
        const size_t size = reader.any().whole.size();
        demand(std::all_of(bytes.begin() + static_cast<ptrdiff_t>(size), bytes.end(),
                           [](uint8_t b) { return b == 0; }),
               "something hides behind the signature");
        bytes.resize(size);
        return bytes;
    }

    void judge_container(const Bytes& container, const CoveredBytes& covered,
                         const PdfValue& signature) {
        crypto::der::Reader outer(container, ErrorCode::pdf_range);
        const bool is_signed_data =
            outer.enter(crypto::der::sequence).next_is(crypto::der::object_id);
        try {
            if (is_signed_data)
                judge_signed_data(crypto::parse_signed_data(container), covered, signature);
            else
                judge_seal(SealSignature::parse(container), covered);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::signature_format &&
                error.code() != ErrorCode::seal_format && error.code() != ErrorCode::seal_version)
                throw;
            add(error.code(), SealPart::signature);
        }
    }

    void judge_seal(const SealSignature& seal, const CoveredBytes& covered) {
        m_report.container = PdfContainer::gbt_38540;
        m_report.signer = seal.signer();
        m_report.signed_at = seal.signed_at();
        m_report.seal = seal;
        take(verify_seal_signature(seal, covered_sm3(m_bytes, covered), m_trust, m_now));
    }

    void take(const SealVerdict& verdict) {
        for (const SealFinding& finding : verdict.findings)
            add(finding.code, finding.part);
        m_report.revocation_checked = verdict.revocation_checked;
    }

    void judge_signed_data(const crypto::ParsedSignedData& data, const CoveredBytes& covered,
                           const PdfValue& signature) {
        const bool gm = data.kind == crypto::SignatureKind::sm2_sm3;
        m_report.container = gm ? PdfContainer::gbt_35275 : PdfContainer::cms;
        m_report.signer = data.signer;
        m_report.signed_at = read_date(m_file.resolve(signature["M"]));
        // A signature over content of its own says nothing of the document around it.
        if (data.content)
            add(ErrorCode::seal_document_mismatch, SealPart::document);
        else if (!document_fits(data, covered))
            add(ErrorCode::seal_document_mismatch, SealPart::document);
        if (data.has_signed_attributes &&
            !data.signer.verify(data.signed_attributes, data.signature, data.kind))
            add(ErrorCode::signature_invalid, SealPart::signer);
        check_signer(data);
    }

    /// Whether the document is what was signed: by its digest in the attributes, or, without
    /// attributes, by the signature itself.
    bool document_fits(const crypto::ParsedSignedData& data, const CoveredBytes& covered) {
        const bool gm = data.kind == crypto::SignatureKind::sm2_sm3;
        if (data.has_signed_attributes) {
            const Bytes digest = gm ? to_bytes(covered_sm3(m_bytes, covered).view())
                                    : covered_sha256(m_bytes, covered);
            return equal(digest, data.attribute_digest);
        }
        if (gm) {
            const crypto::Sm2PublicKey key = data.signer.sm2_key();
            return key.verify_digest(covered_sm3(m_bytes, covered, key.z().view()), data.signature);
        }
        // Without attributes these sign all bytes at once: refused, for nobody in the field does.
        add(ErrorCode::signature_format, SealPart::signature);
        return true;
    }

    void check_signer(const crypto::ParsedSignedData& data) {
        constexpr int64_t forgiven = 15 * 60;
        if (m_report.signed_at && m_report.signed_at->seconds > m_now.seconds + forgiven)
            add(ErrorCode::seal_time_invalid, SealPart::signature);
        crypto::TrustStore trust = m_trust.signers;
        try {
            const crypto::ChainResult chain = crypto::validate_chain(
                data.signer, data.certificates, trust, m_report.signed_at.value_or(m_now),
                crypto::KeyUsage::digital_signature, m_trust.revocation, m_now);
            m_report.revocation_checked = chain.revocation_checked;
        } catch (const Error& error) {
            add(error.code(), SealPart::signer);
        }
    }

    void check_later(const PdfFile& earlier, const CoveredBytes& covered) {
        m_report.covers_all = only_space_behind(covered.end);
        if (m_report.covers_all)
            return;
        if (m_file.end_of_marker() == covered.end || !only_signatures_added(earlier, m_file)) {
            m_report.changed_after = true;
            add(ErrorCode::pdf_changed_after, SealPart::document);
        }
    }

    bool only_space_behind(uint64_t end) const {
        constexpr uint64_t most = 64;
        if (m_file.length() - end > most)
            return false;
        Bytes rest(static_cast<size_t>(m_file.length() - end));
        m_bytes.read(end, rest);
        return std::all_of(rest.begin(), rest.end(), [](uint8_t b) {
            return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == 0;
        });
    }

    /// Widgets and stamps of the field, page by page.
    void collect_pictures(const SignatureField& field) {
        const std::vector<PdfReference>& pages = m_file.pages();
        for (size_t i = 0; i < pages.size(); i++) {
            const PdfValue list = m_file.resolve(m_file.object(pages[i]).value["Annots"]);
            for (const PdfValue& item : list.items) {
                const PdfValue annotation = m_file.resolve(item);
                const bool own = item.is(Kind::reference) && item.reference == field.reference;
                const bool kid = annotation["Parent"].is(Kind::reference) &&
                                 annotation["Parent"].reference == field.reference;
                const std::string stamp = pdf_text(m_file.resolve(annotation["NM"]));
                if (own || kid || stamp.rfind(field.name + ":", 0) == 0) {
                    add_picture(i, annotation);
                    check_shown(annotation);
                }
            }
        }
    }

    /// A seal's holder must not show another one's picture.
    void check_shown(const PdfValue& annotation) {
        if (!m_report.seal || annotation["AP"].is_null())
            return;
        const Shown shown = compare_shown(m_file, annotation, m_report.seal->seal().info().picture);
        if (shown == Shown::different)
            add(ErrorCode::seal_appearance, SealPart::document);
        m_report.pictures_compared = m_report.pictures_compared && shown == Shown::same;
    }

    void add_picture(size_t index, const PdfValue& annotation) {
        const PdfValue rect = m_file.resolve(annotation["Rect"]);
        double n[4] = {};
        for (size_t i = 0; i < 4; i++) {
            const auto number =
                i < rect.items.size() ? m_file.resolve(rect.items[i]).number() : std::nullopt;
            if (!number)
                return;
            n[i] = *number;
        }
        const PdfBox box{std::min(n[0], n[2]), std::min(n[1], n[3]), std::max(n[0], n[2]),
                         std::max(n[1], n[3])};
        if (box.width() <= 0 || box.height() <= 0)
            return;
        const PdfPage page = m_file.page(index);
        const double scale = page.user_unit * mm_per_unit;
        double left = box.left - page.crop.left, top = page.crop.top - box.top;
        double width = box.width(), height = box.height();
        if (page.rotate == 90) {
            left = box.bottom - page.crop.bottom;
            top = box.left - page.crop.left;
        } else if (page.rotate == 180) {
            left = page.crop.right - box.right;
            top = box.bottom - page.crop.bottom;
        } else if (page.rotate == 270) {
            left = page.crop.top - box.top;
            top = page.crop.right - box.right;
        }
        if (page.rotate % 180 != 0)
            std::swap(width, height);
        m_report.pictures.push_back(
            {index, left * scale, top * scale, width * scale, height * scale});
    }

    const RandomAccess& m_bytes;
    const PdfFile& m_file;
    const SealTrust& m_trust;
    Timestamp m_now;
    PdfSealReport m_report;
};

}  // namespace

const char* pdf_container_name(PdfContainer container) {
    switch (container) {
        case PdfContainer::none:
            return "none";
        case PdfContainer::gbt_38540:
            return "gbt_38540";
        case PdfContainer::gbt_35275:
            return "gbt_35275";
        case PdfContainer::cms:
            return "cms";
    }
    return "";
}

bool PdfSealReport::has(ErrorCode code) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const SealFinding& f) { return f.code == code; });
}

std::vector<PdfSealReport> verify_pdf(const RandomAccess& bytes, const SealTrust& trust,
                                      Timestamp now) {
    const PdfFile file(bytes);
    std::vector<PdfSealReport> reports;
    FieldJudge judge(bytes, file, trust, now);
    for (const SignatureField& field : signature_fields(file))
        if (!file.resolve(field.value).is_null())
            reports.push_back(judge.judge(field));
    return reports;
}

}  // namespace bidseal::seal
