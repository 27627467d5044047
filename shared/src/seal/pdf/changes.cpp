#include "changes.h"

#include <algorithm>
#include <functional>

#include "bidseal/base/error.h"

#include "fields.h"
#include "shown.h"

namespace bidseal::seal {
namespace {

using Kind = PdfValue::Kind;

bool one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Two views of one file, walked from the earlier one's catalogue.
class Comparison {
public:
    Comparison(const PdfFile& earlier, const PdfFile& later)
        : m_earlier(earlier), m_later(later), m_seen(earlier.object_limit() + 1) {
        for (const SignatureField& field : signature_fields(later))
            if (!later.resolve(field.value).is_null())
                m_signatures.push_back(field);
    }

    bool run() {
        if (!(m_earlier.catalog_reference() == m_later.catalog_reference()))
            return false;
        if (!hides_nothing())
            return false;
        m_work.push_back({m_earlier.catalog_reference(), true});
        while (!m_work.empty()) {
            const auto [reference, is_catalog] = m_work.back();
            m_work.pop_back();
            if (!compare_object(reference, is_catalog))
                return false;
        }
        return true;
    }

private:
    struct Work {
        PdfReference reference;
        bool is_catalog;
    };

    /// Later sections that old readers see in another way than new ones would be two documents.
    bool hides_nothing() const {
        const size_t added = m_later.sections().size() -
                             std::min(m_later.sections().size(), m_earlier.sections().size());
        return std::all_of(m_later.sections().begin(),
                           m_later.sections().begin() + static_cast<ptrdiff_t>(added),
                           [](const PdfSection& s) { return s.trailer["XRefStm"].is_null(); });
    }

    bool compare_object(PdfReference reference, bool is_catalog) {
        if (reference.number < m_seen.size()) {
            if (m_seen[reference.number])
                return true;
            m_seen[reference.number] = true;
        }
        const PdfPlace &before = m_earlier.place(reference.number),
                       &after = m_later.place(reference.number);
        const PdfValue old = m_earlier.object(reference).value;
        walk(old);
        if (same_place(before, after))
            return true;
        // What was nothing and is something now shows where it was referred to.
        const PdfObject fresh = m_later.object(reference);
        if (!old.is(Kind::dictionary) || !fresh.value.is(Kind::dictionary) || fresh.stream_begin)
            return may_become(reference, old, fresh);
        if (is_catalog)
            return compare_catalog(old, fresh.value);
        if (old["Type"].is_name("Page"))
            return compare_page(old, fresh.value);
        if (is_form(reference))
            return compare_form(old, fresh.value);
        return compare_field(reference, old, fresh.value);
    }

    /// In use in the same place, or unused in both: whether a number is free or unknown is the
    /// same.
    static bool same_place(const PdfPlace& a, const PdfPlace& b) {
        const auto unused = [](const PdfPlace& p) {
            return p.kind == PdfPlace::Kind::absent || p.kind == PdfPlace::Kind::free;
        };
        return (unused(a) && unused(b)) || a == b;
    }

    /// Arrays of their own: the form's fields, a page's annotations.
    bool may_become(PdfReference reference, const PdfValue& old, const PdfObject& fresh) {
        if (!old.is(Kind::array) || !fresh.value.is(Kind::array))
            return false;
        const PdfValue form = m_earlier.resolve(m_earlier.catalog()["AcroForm"]);
        if (form["Fields"].is(Kind::reference) && form["Fields"].reference == reference)
            return grows(old, fresh.value, [&](const PdfValue& v) { return is_new_field(v); });
        if (is_annotation_list(reference))
            return grows(old, fresh.value, [&](const PdfValue& v) { return is_new_annotation(v); });
        return false;
    }

    bool is_annotation_list(PdfReference reference) const {
        return std::any_of(m_earlier.pages().begin(), m_earlier.pages().end(), [&](PdfReference p) {
            const PdfValue page = m_earlier.object(p).value;
            return page["Annots"].is(Kind::reference) && page["Annots"].reference == reference;
        });
    }

    bool is_form(PdfReference reference) const {
        const PdfValue catalog = m_earlier.catalog();
        return catalog["AcroForm"].is(Kind::reference) &&
               catalog["AcroForm"].reference == reference;
    }

    /// All entries are the same but those that `may` allows.
    bool same_but(
        const PdfValue& old, const PdfValue& fresh,
        const std::function<bool(std::string_view, const PdfValue&, const PdfValue&)>& may) const {
        std::vector<std::string> keys;
        for (const PdfEntry& e : old.entries)
            keys.push_back(e.key);
        for (const PdfEntry& e : fresh.entries)
            keys.push_back(e.key);
        return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
            return old[key].same_as(fresh[key]) || may(key, old[key], fresh[key]);
        });
    }

    bool compare_catalog(const PdfValue& old, const PdfValue& fresh) {
        return same_but(
            old, fresh, [&](std::string_view key, const PdfValue& a, const PdfValue& b) {
                if (key == "DSS")
                    return true;
                if (key == "Extensions")
                    return a.is_null();
                if (key != "AcroForm" || a.is(Kind::reference))
                    return false;
                const PdfValue form = m_later.resolve(b);
                return form.is(Kind::dictionary) &&
                       compare_form(a.is_null() ? PdfValue::make_dictionary({}) : a, form);
            });
    }

    bool compare_form(const PdfValue& old, const PdfValue& fresh) {
        return same_but(old, fresh,
                        [&](std::string_view key, const PdfValue& a, const PdfValue& b) {
                            if (key == "SigFlags")
                                return true;
                            if (one_of(key, {"DR", "DA"}))
                                return a.is_null();
                            if (key != "Fields" || a.is(Kind::reference))
                                return false;
                            return grows(a, m_later.resolve(b),
                                         [&](const PdfValue& v) { return is_new_field(v); });
                        });
    }

    bool compare_page(const PdfValue& old, const PdfValue& fresh) {
        return same_but(old, fresh,
                        [&](std::string_view key, const PdfValue& a, const PdfValue& b) {
                            if (key != "Annots" || a.is(Kind::reference))
                                return false;
                            return grows(a, m_later.resolve(b),
                                         [&](const PdfValue& v) { return is_new_annotation(v); });
                        });
    }

    /// A field that was prepared for a signature gets it.
    bool compare_field(PdfReference reference, const PdfValue& old, const PdfValue& fresh) const {
        const bool is_signed_now =
            std::any_of(m_signatures.begin(), m_signatures.end(),
                        [&](const SignatureField& f) { return f.reference == reference; });
        if (!is_signed_now || !m_earlier.resolve(old["V"]).is_null())
            return false;
        return same_but(old, fresh, [](std::string_view key, const PdfValue&, const PdfValue&) {
            return one_of(key, {"V", "AP", "M", "F", "MK"});
        });
    }

    /// `fresh` begins with all of `old`, and what it adds is allowed.
    bool grows(const PdfValue& old, const PdfValue& fresh,
               const std::function<bool(const PdfValue&)>& may) const {
        if (!fresh.is(Kind::array) || !(old.is(Kind::array) || old.is_null()) ||
            fresh.items.size() < old.items.size())
            return false;
        for (size_t i = 0; i < fresh.items.size(); i++)
            if (i < old.items.size() ? !fresh.items[i].same_as(old.items[i]) : !may(fresh.items[i]))
                return false;
        return true;
    }

    bool is_new(PdfReference reference) const {
        return m_earlier.object(reference).value.is_null();
    }

    bool is_new_field(const PdfValue& value) const {
        return value.is(Kind::reference) && is_new(value.reference) &&
               std::any_of(m_signatures.begin(), m_signatures.end(),
                           [&](const SignatureField& f) { return f.reference == value.reference; });
    }

    bool is_new_annotation(const PdfValue& value) const {
        if (is_new_field(value))
            return true;
        if (!value.is(Kind::reference) || !is_new(value.reference))
            return false;
        const PdfValue annotation = m_later.object(value.reference).value;
        return std::any_of(m_signatures.begin(), m_signatures.end(), [&](const SignatureField& f) {
            return is_new(f.reference) &&
                   (is_widget_of(f, value.reference, annotation) || is_stamp_of(f, annotation));
        });
    }

    bool is_widget_of(const SignatureField& field, PdfReference reference,
                      const PdfValue& annotation) const {
        const PdfValue kids = m_later.resolve(field.dictionary["Kids"]);
        return annotation["Subtype"].is_name("Widget") &&
               std::any_of(kids.items.begin(), kids.items.end(), [&](const PdfValue& kid) {
                   return kid.is(Kind::reference) && kid.reference == reference;
               });
    }

    /// A stamp may show nothing but the picture of the signature's own place: else it could cover
    /// what was signed with something else.
    bool is_stamp_of(const SignatureField& field, const PdfValue& annotation) const {
        const std::string stamp_name = pdf_text(m_later.resolve(annotation["NM"]));
        const PdfValue picture = only_picture(m_later, field.dictionary);
        return annotation["Subtype"].is_name("Stamp") &&
               stamp_name.rfind(field.name + ":", 0) == 0 && picture.is(Kind::reference) &&
               picture.same_as(only_picture(m_later, annotation));
    }

    /// Notes every object that the value refers to.
    void walk(const PdfValue& value) {
        if (value.is(Kind::reference))
            m_work.push_back({value.reference, false});
        for (const PdfValue& item : value.items)
            walk(item);
        for (const PdfEntry& entry : value.entries)
            walk(entry.value);
    }

    const PdfFile& m_earlier;
    const PdfFile& m_later;
    std::vector<bool> m_seen;
    std::vector<Work> m_work;
    std::vector<SignatureField> m_signatures;
};

}  // namespace

bool only_signatures_added(const PdfFile& earlier, const PdfFile& later) {
    return Comparison(earlier, later).run();
}

}  // namespace bidseal::seal
