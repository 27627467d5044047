#include "fields.h"

#include <algorithm>

#include "bidseal/base/error.h"

namespace bidseal::seal {
namespace {

constexpr size_t max_fields = 100000;
constexpr int max_depth = 32;

class FieldWalk {
public:
    explicit FieldWalk(const PdfFile& file) : m_file(file) {}

    void walk(const PdfValue& field, const std::string& parent, bool is_signature, PdfValue value,
              int depth) {
        if (!field.is(PdfValue::Kind::reference))
            return;  // a field must be a reference; nothing can be signed in this one
        require(depth <= max_depth && m_seen.size() < max_fields &&
                    std::find(m_seen.begin(), m_seen.end(), field.reference) == m_seen.end(),
                ErrorCode::pdf_damaged, "the form goes round");
        m_seen.push_back(field.reference);
        PdfValue dictionary = m_file.object(field.reference).value;
        std::string name = parent;
        const PdfValue part = m_file.resolve(dictionary["T"]);
        if (part.is(PdfValue::Kind::string))
            name += (name.empty() ? "" : ".") + pdf_text(part);
        const PdfValue type = m_file.resolve(dictionary["FT"]);
        if (!type.is_null())
            is_signature = type.is_name("Sig");
        if (!dictionary["V"].is_null())
            value = dictionary["V"];
        const PdfValue kids = m_file.resolve(dictionary["Kids"]);
        bool has_fields = false;
        for (const PdfValue& kid : kids.items)
            // A kid with a name of its own is a field, one without is a widget of this field.
            if (!m_file.resolve(m_file.resolve(kid)["T"]).is_null()) {
                has_fields = true;
                walk(kid, name, is_signature, value, depth + 1);
            }
        if (is_signature && !has_fields)
            found.push_back({field.reference, name, std::move(dictionary), std::move(value)});
    }

    std::vector<SignatureField> found;

private:
    const PdfFile& m_file;
    std::vector<PdfReference> m_seen;
};

bool is_one(const PdfFile& file, const PdfValue& value) {
    const PdfValue p = file.resolve(value);
    return p.is(PdfValue::Kind::integer) && p.integer == 1;
}

bool certifies_against_changes(const PdfFile& file, const PdfValue& signature) {
    const PdfValue references = file.resolve(file.resolve(signature)["Reference"]);
    return std::any_of(references.items.begin(), references.items.end(), [&](const PdfValue& r) {
        const PdfValue reference = file.resolve(r);
        return file.resolve(reference["TransformMethod"]).is_name("DocMDP") &&
               is_one(file, file.resolve(reference["TransformParams"])["P"]);
    });
}

}  // namespace

std::vector<SignatureField> signature_fields(const PdfFile& file) {
    const PdfValue form = file.resolve(file.catalog()["AcroForm"]);
    const PdfValue fields = file.resolve(form["Fields"]);
    FieldWalk walk(file);
    for (const PdfValue& field : fields.items)
        walk.walk(field, "", false, {}, 0);
    return std::move(walk.found);
}

bool forbids_changes(const PdfFile& file) {
    const PdfValue permissions = file.resolve(file.catalog()["Perms"]);
    if (certifies_against_changes(file, permissions["DocMDP"]))
        return true;
    const std::vector<SignatureField> fields = signature_fields(file);
    return std::any_of(fields.begin(), fields.end(), [&](const SignatureField& field) {
        return !file.resolve(field.value).is_null() &&
               (certifies_against_changes(file, field.value) ||
                is_one(file, file.resolve(field.dictionary["Lock"])["P"]));
    });
}

}  // namespace bidseal::seal
