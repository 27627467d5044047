// Reading of certificate revocation lists (RFC 5280 section 5).
#include <algorithm>

#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/oids.h"

#include "certificate_impl.h"
#include "pem.h"

namespace bidseal::crypto {
namespace {

constexpr size_t max_list = size_t{16} << 20;
constexpr ErrorCode fault = ErrorCode::crl_invalid;

bool serial_less(ByteView a, ByteView b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

/// Full lists and partitions of a CA's own certificates are read; indirect lists and lists of some
/// reasons or of attribute certificates are not.
void read_distribution_point(ByteView content, RevocationList::Impl& list) {
    der::Reader outer(content, fault);
    der::Reader members = outer.enter(der::sequence);
    outer.finish();
    while (!members.done()) {
        const der::Value member = members.any();
        const bool set = member.content.size() == 1 && member.content[0] != 0;
        switch (member.tag) {
            case der::context_constructed(0):
                list.distribution_points = read_distribution_point_name(member.content, fault);
                members.check(!list.distribution_points.empty());
                break;
            case der::context(1):
                list.only_user_certificates = set;
                break;
            case der::context(2):
                list.only_ca_certificates = set;
                break;
            case der::context(4):
            case der::context(5):
                members.check(!set);
                break;
            default:
                members.check(false);
        }
    }
}

void read_list_extensions(ByteView sequence, RevocationList::Impl& list) {
    for (const Extension& e : read_extensions(sequence, fault)) {
        if (e.type == oid::issuing_distribution_point) {
            read_distribution_point(e.content, list);
        } else {
            // The delta indicator says that most of the list is missing, critical or not.
            require(e.type != oid::delta_crl_indicator, fault, "a delta list");
            require(
                !e.critical || e.type == oid::crl_number || e.type == oid::authority_key_identifier,
                fault, "an unknown critical extension");
        }
    }
}

void read_entries(der::Reader entries, RevocationList::Impl& list) {
    while (!entries.done()) {
        der::Reader one = entries.enter(der::sequence);
        RevocationList::Impl::Entry entry;
        entry.serial = one.integer_octets();
        entry.when = one.time();
        if (!one.done()) {
            for (const Extension& e : read_extensions(one.value(der::sequence).whole, fault))
                one.check(!e.critical || e.type == oid::crl_reason ||
                          e.type == oid::invalidity_date);
        }
        one.finish();
        list.entries.push_back(entry);
    }
    std::stable_sort(list.entries.begin(), list.entries.end(),
                     [](const auto& a, const auto& b) { return serial_less(a.serial, b.serial); });
}

void read_to_be_signed(RevocationList::Impl& list) {
    der::Reader outer(list.signed_object.to_be_signed, fault);
    der::Reader tbs = outer.enter(der::sequence);
    outer.finish();
    bool version_2 = false;
    if (tbs.next_is(der::integer)) {
        tbs.check(tbs.small() == 1);
        version_2 = true;
    }
    tbs.check(read_plain_algorithm(tbs.value(der::sequence).whole, fault) ==
              list.signed_object.algorithm);
    list.issuer = tbs.value(der::sequence).whole;
    list.this_update = tbs.time();
    if (tbs.next_is(der::utc_time) || tbs.next_is(der::generalized_time))
        list.next_update = tbs.time();
    if (auto entries = tbs.enter_if(der::sequence))
        read_entries(*entries, list);
    if (auto extensions = tbs.enter_if(der::context_constructed(0))) {
        extensions->check(version_2);
        const ByteView sequence = extensions->value(der::sequence).whole;
        extensions->finish();
        read_list_extensions(sequence, list);
    }
    tbs.finish();
}

}  // namespace

RevocationList RevocationList::parse(ByteView der_or_pem) {
    require(der_or_pem.size() <= max_list, fault, "a revocation list has at most 16 MiB");
    auto impl = std::make_shared<Impl>();
    if (looks_like_pem(der_or_pem)) {
        auto blocks = read_pem(der_or_pem, fault);
        require(blocks.size() == 1 && blocks[0].label == "X509 CRL", fault,
                "not one revocation list");
        impl->der = std::move(blocks[0].content);
    } else {
        impl->der = to_bytes(der_or_pem);
    }
    der::check(impl->der, fault);
    impl->signed_object = SignedObject::read(impl->der, fault);
    read_to_be_signed(*impl);
    RevocationList list;
    list.m_impl = std::move(impl);
    return list;
}

ByteView RevocationList::der() const {
    return m_impl ? ByteView(m_impl->der) : ByteView();
}
ByteView RevocationList::issuer_der() const {
    return m_impl->issuer;
}
Timestamp RevocationList::this_update() const {
    return m_impl->this_update;
}
std::optional<Timestamp> RevocationList::next_update() const {
    return m_impl->next_update;
}

std::optional<Timestamp> RevocationList::revoked_at(ByteView serial) const {
    const auto& entries = m_impl->entries;
    // The first of several entries for one serial would be any of them: take the earliest time.
    std::optional<Timestamp> earliest;
    for (auto it = std::lower_bound(
             entries.begin(), entries.end(), serial,
             [](const Impl::Entry&e, ByteView s) { return serial_less(e.serial, s); });
         it != entries.end() && equal(it->serial, serial); ++it)
        if (!earliest || it->when < *earliest)
            earliest = it->when;
    return earliest;
}

bool RevocationList::issued_by(const Certificate& issuer) const {
    return equal(m_impl->issuer, issuer.subject_der()) &&
           m_impl->signed_object.verified_by(issuer.impl().key);
}

bool RevocationList::Impl::covers(const Certificate& certificate) const {
    const Certificate::Impl& c = certificate.impl();
    if (only_user_certificates && c.is_ca)
        return false;
    if (only_ca_certificates && !c.is_ca)
        return false;
    if (distribution_points.empty())
        return true;
    return std::any_of(
        distribution_points.begin(), distribution_points.end(), [&](const std::string& point) {
            return std::find(c.crl_urls.begin(), c.crl_urls.end(), point) != c.crl_urls.end();
        });
}

}  // namespace bidseal::crypto
