// One act of sealing a PDF.
#include <algorithm>
#include <cstdio>

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/seal/pdf_seal.h"
#include "bidseal/seal/pdf_update.h"
#include "bidseal/seal/seal_signature.h"

#include "appearance.h"
#include "digest.h"
#include "fields.h"

namespace bidseal::seal {
namespace {

constexpr size_t max_placements = 20000;
constexpr int64_t print = 4, read_only = 64, locked = 128, locked_contents = 512;
constexpr int64_t signatures_exist = 1, append_only = 2;

/// The finished file: what is there, and the new section in memory behind it.
class Extended : public RandomAccess {
public:
    Extended(const RandomAccess& file, uint64_t length, ByteView more)
        : m_file(file), m_length(length), m_more(more) {}
    uint64_t size() const override { return m_length + m_more.size(); }
    void read(uint64_t offset, std::span<uint8_t> out) const override {
        const size_t old =
            offset >= m_length
                ? 0
                : static_cast<size_t>(std::min<uint64_t>(out.size(), m_length - offset));
        if (old > 0)
            m_file.read(offset, out.first(old));
        if (old < out.size())
            MemoryAccess(m_more).read(offset + old - m_length, out.subspan(old));
    }

private:
    const RandomAccess& m_file;
    uint64_t m_length;
    ByteView m_more;
};

/// D:20261201080000Z
std::string pdf_date(Timestamp at) {
    const CalendarTime t = to_calendar(at);
    char text[40];
    std::snprintf(text, sizeof text, "D:%04d%02d%02d%02d%02d%02dZ", t.year, t.month, t.day, t.hour,
                  t.minute, t.second);
    return text;
}

void check_plan(const PdfSealPlan& plan) {
    require(plan.placements.size() <= max_placements, ErrorCode::limit_exceeded);
    if (!plan.seal) {
        require(plan.placements.empty() || plan.picture, ErrorCode::pdf_place,
                "there is nothing to show");
        return;
    }
    const SealInfo& info = plan.seal->info();
    require(plan.seal->lists(plan.signer), ErrorCode::seal_signer_not_listed);
    require(info.valid_from <= plan.time, ErrorCode::seal_not_yet_valid);
    require(plan.time <= info.valid_until, ErrorCode::seal_expired);
}

/// A name for the new field that no other field has.
std::string field_name(const PdfFile& file, PdfReference field) {
    const PdfValue form = file.resolve(file.catalog()["AcroForm"]);
    std::vector<std::string> names;
    for (const PdfValue& other : file.resolve(form["Fields"]).items)
        names.push_back(pdf_text(file.resolve(file.resolve(other)["T"])));
    std::string name = "Seal" + std::to_string(field.number);
    while (std::find(names.begin(), names.end(), name) != names.end())
        name += "a";
    return name;
}

/// Makes the field known to the document's form.
void add_to_form(PdfUpdate& update, const PdfFile& file, PdfReference field) {
    PdfValue catalog = update.current(file.catalog_reference());
    const PdfValue where = catalog["AcroForm"];
    PdfValue form = where.is(PdfValue::Kind::reference) ? update.current(where.reference) : where;
    if (!form.is(PdfValue::Kind::dictionary))
        form = PdfValue::make_dictionary({});
    const PdfValue list = form["Fields"];
    if (list.is(PdfValue::Kind::reference) &&
        update.current(list.reference).is(PdfValue::Kind::array)) {
        PdfValue fields = update.current(list.reference);
        fields.items.push_back(PdfValue::make_reference(field));
        update.put(list.reference, std::move(fields));
    } else {
        PdfValue fields = list.is(PdfValue::Kind::array) ? list : PdfValue::make_array({});
        fields.items.push_back(PdfValue::make_reference(field));
        form.set("Fields", std::move(fields));
    }
    form.set("SigFlags", PdfValue::make_integer(signatures_exist | append_only));
    if (where.is(PdfValue::Kind::reference)) {
        update.put(where.reference, std::move(form));
    } else {
        catalog.set("AcroForm", std::move(form));
        update.put(file.catalog_reference(), std::move(catalog));
    }
}

size_t max_signature_size(const crypto::Certificate& signer) {
    // An RSA signature is as long as the modulus, which is shorter than the key's own structure.
    return signer.key_kind() == crypto::KeyKind::rsa ? signer.spki().size() : 72;
}

}  // namespace

std::string default_filter(const PdfSealPlan& plan) {
    return plan.seal ? "GM.PKILite" : "Adobe.PPKLite";
}
std::string default_sub_filter(const PdfSealPlan& plan) {
    return plan.seal ? "GM.sm2seal" : "adbe.pkcs7.detached";
}

struct PdfSealing::State {
    PdfSealPlan plan;
    PdfUpdate::Section section;
    Bytes to_be_signed;
    size_t room = 0;

    State(const PdfFile& file, PdfSealPlan given) : plan(std::move(given)) {
        check_plan(plan);
        require(!forbids_changes(file), ErrorCode::pdf_certified);
        room = most_contents();
        write_section(file);
        const Extended finished(file.file(), file.length(), section.bytes);
        const CoveredBytes covered{section.before, section.after, section.end};
        if (plan.signer.key_kind() == crypto::KeyKind::sm2)
            set_content(covered_sm3(finished, covered));
        else
            to_be_signed =
                crypto::signed_attributes(plan.signer, covered_sha256(finished, covered));
    }

    void set_content(const crypto::Sm3Digest& digest) {
        to_be_signed = plan.seal ? seal_signature_content(*plan.seal, digest, plan.time, "")
                                 : crypto::signed_attributes(plan.signer, digest.view());
    }

    crypto::SignedDataParts parts(ByteView signature) const {
        crypto::SignedDataParts result;
        result.signer = plan.signer;
        result.chain = plan.chain;
        result.evidence = plan.evidence;
        result.signature = to_bytes(signature);
        result.signed_attributes = to_be_signed;
        return result;
    }

    /// How long the container can become; its parts but the signature have their final length.
    size_t most_contents() {
        set_content({});
        if (plan.seal)
            return max_seal_signature_length(to_be_signed.size(), plan.signer);
        const Bytes longest(max_signature_size(plan.signer), 0x30);
        return crypto::build_signed_data(parts(longest)).size() + 16;
    }

    void write_section(const PdfFile& file) {
        PdfUpdate update(file);
        const PdfReference signature = update.reserve();
        const PdfReference field = update.reserve();
        const std::string title = field_name(file, field);
        PdfValue widget =
            PdfValue::make_dictionary({{"Type", PdfValue::make_name("Annot")},
                                       {"Subtype", PdfValue::make_name("Widget")},
                                       {"FT", PdfValue::make_name("Sig")},
                                       {"T", PdfValue::make_text(title)},
                                       {"V", PdfValue::make_reference(signature)},
                                       {"F", PdfValue::make_integer(print | locked)}});
        if (plan.placements.empty())
            place_invisible(update, file, field, widget);
        else
            place_pictures(update, file, field, widget, title);
        update.put(field, std::move(widget));
        add_to_form(update, file, field);
        update.put_signature(signature, signature_dictionary(), room);
        // Before the signature there is nothing random at hand; the content is what differs.
        section = update.write(to_be_signed);
    }

    void place_invisible(PdfUpdate& update, const PdfFile& file, PdfReference field,
                         PdfValue& widget) const {
        const PdfPage page = file.page(0);
        widget.set("Rect", box_value({}));
        widget.set("P", PdfValue::make_reference(page.reference));
        add_to_page(update, page, field);
    }

    void place_pictures(PdfUpdate& update, const PdfFile& file, PdfReference field,
                        PdfValue& widget, const std::string& title) const {
        const SealPicture& picture = plan.seal ? plan.seal->info().picture : *plan.picture;
        const PdfReference image = add_picture(update, picture);
        for (size_t i = 0; i < plan.placements.size(); i++) {
            const SealPlacement& placement = plan.placements[i];
            const PdfPage page = file.page(placement.page);
            const PdfValue rect = box_value(place_on_page(page, placement));
            const PdfValue looks = PdfValue::make_dictionary(
                {{"N", PdfValue::make_reference(add_form(update, page, placement, image))}});
            if (i == 0) {
                widget.set("Rect", rect);
                widget.set("P", PdfValue::make_reference(page.reference));
                widget.set("AP", looks);
                add_to_page(update, page, field);
                continue;
            }
            const int64_t flags = print | read_only | locked | locked_contents;
            const PdfReference stamp = update.add(PdfValue::make_dictionary(
                {{"Type", PdfValue::make_name("Annot")},
                 {"Subtype", PdfValue::make_name("Stamp")},
                 {"Rect", rect},
                 {"P", PdfValue::make_reference(page.reference)},
                 {"F", PdfValue::make_integer(flags)},
                 {"NM", PdfValue::make_text(title + ":" + std::to_string(i))},
                 {"AP", looks}}));
            add_to_page(update, page, stamp);
        }
    }

    PdfValue signature_dictionary() const {
        const auto name = [](const std::string& chosen, const std::string& usual) {
            return PdfValue::make_name(chosen.empty() ? usual : chosen);
        };
        PdfValue dictionary = PdfValue::make_dictionary(
            {{"Type", PdfValue::make_name("Sig")},
             {"Filter", name(plan.filter, default_filter(plan))},
             {"SubFilter", name(plan.sub_filter, default_sub_filter(plan))},
             {"M", PdfValue::make_string(as_bytes(pdf_date(plan.time)))},
             {"Name",
              PdfValue::make_text(plan.name.empty() ? plan.signer.holder_name() : plan.name)}});
        if (!plan.reason.empty())
            dictionary.set("Reason", PdfValue::make_text(plan.reason));
        if (!plan.location.empty())
            dictionary.set("Location", PdfValue::make_text(plan.location));
        return dictionary;
    }

    Bytes container(ByteView signature) const {
        if (plan.seal)
            return to_bytes(build_seal_signature(to_be_signed, plan.signer, signature).der());
        require(plan.signer.verify(to_be_signed, signature, plan.signer.signature_kind()),
                ErrorCode::signature_invalid);
        return crypto::build_signed_data(parts(signature));
    }
};

PdfSealing::PdfSealing(const PdfFile& file, PdfSealPlan plan)
    : m_state(std::make_unique<State>(file, std::move(plan))) {}
PdfSealing::~PdfSealing() = default;
PdfSealing::PdfSealing(PdfSealing&&) noexcept = default;
PdfSealing& PdfSealing::operator=(PdfSealing&&) noexcept = default;

const Bytes& PdfSealing::to_be_signed() const {
    return m_state->to_be_signed;
}

Bytes PdfSealing::finish(ByteView signature) {
    const Bytes contents = m_state->container(signature);
    require(contents.size() <= m_state->room, ErrorCode::internal, "the room was too small");
    const PdfUpdate::Section& section = m_state->section;
    Bytes bytes = section.bytes;
    const uint64_t base = section.end - bytes.size();
    const std::string hex = to_hex(contents);
    // Behind the opening bracket; what is left stays zero.
    std::copy(hex.begin(), hex.end(),
              bytes.begin() + static_cast<ptrdiff_t>(section.before - base + 1));
    return bytes;
}

std::vector<SealPlacement> cross_page_placements(const PdfFile& file, size_t first, size_t count,
                                                 double width_mm, double height_mm,
                                                 double middle_mm, size_t pages_per_seal) {
    const size_t pages = file.pages().size();
    require(count >= 2 && pages_per_seal >= 2 && first < pages && count <= pages - first,
            ErrorCode::pdf_place, "a cross-page seal needs two pages or more");
    // Rather one page more than a seal that lies on a single page.
    const size_t groups = std::min((count + pages_per_seal - 1) / pages_per_seal, count / 2);
    std::vector<SealPlacement> placements;
    for (size_t group = 0; group < groups; group++) {
        const size_t begin = count * group / groups, end = count * (group + 1) / groups;
        for (size_t i = begin; i < end; i++) {
            SealPlacement p;
            p.page = first + i;
            p.width_mm = width_mm;
            p.height_mm = height_mm;
            p.slice_begin = static_cast<double>(i - begin) / static_cast<double>(end - begin);
            p.slice_end = static_cast<double>(i - begin + 1) / static_cast<double>(end - begin);
            const PdfPage page = file.page(p.page);
            p.left_mm = page.width_mm() - width_mm * (p.slice_end - p.slice_begin);
            p.top_mm = middle_mm - height_mm / 2;
            place_on_page(page, p);
            placements.push_back(p);
        }
    }
    return placements;
}

}  // namespace bidseal::seal
