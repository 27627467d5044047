// Building and checking of certificate paths (RFC 5280 section 6).
#include <algorithm>

#include "bidseal/crypto/oids.h"

#include "certificate_impl.h"

namespace bidseal::crypto {
namespace {

constexpr size_t max_path = 8;
constexpr int max_signature_checks = 64;

using Path = std::vector<Certificate>;

bool contains(const std::vector<Certificate>& set, const Certificate& c) {
    return std::find(set.begin(), set.end(), c) != set.end();
}

/// Finds every path from the leaf to a root by names and signatures.
class PathBuilder {
public:
    PathBuilder(const std::vector<Certificate>& extra, const TrustStore& trust)
        : m_extra(extra), m_trust(trust) {}

    std::vector<Path> paths_from(const Certificate& leaf) {
        m_path = {leaf};
        extend();
        return std::move(m_found);
    }

private:
    void extend() {
        const Certificate current = m_path.back();
        if (contains(m_trust.roots, current)) {
            m_found.push_back(m_path);
            return;
        }
        if (m_path.size() == max_path)
            return;
        for (const auto* set : {&m_trust.roots, &m_trust.intermediates, &m_extra}) {
            for (const Certificate& issuer : *set) {
                if (!equal(issuer.subject_der(), current.issuer_der()))
                    continue;
                if (contains(m_path, issuer) || m_tried == max_signature_checks)
                    continue;
                m_tried++;
                if (!current.issued_by(issuer))
                    continue;
                m_path.push_back(issuer);
                extend();
                m_path.pop_back();
            }
        }
    }

    const std::vector<Certificate>& m_extra;
    const TrustStore& m_trust;
    Path m_path;
    std::vector<Path> m_found;
    int m_tried = 0;
};

void check_validity(const Certificate& c, Timestamp at) {
    require(c.not_before() <= at, ErrorCode::certificate_not_yet_valid);
    require(at <= c.not_after(), ErrorCode::certificate_expired);
}

/// Extended purposes limit a certificate when they are there. These alone never mean a bid.
void check_leaf_usage(const Certificate& leaf, KeyUsage usage) {
    require(leaf.allows(usage), ErrorCode::certificate_usage, "key usage");
    const auto& purposes = leaf.impl().extended_key_usage;
    if (!purposes)
        return;
    static constexpr std::string_view other_purposes[] = {
        "1.3.6.1.5.5.7.3.1",  // TLS server
        "1.3.6.1.5.5.7.3.3",  // code signing
        "1.3.6.1.5.5.7.3.8",  // time stamping
        "1.3.6.1.5.5.7.3.9",  // OCSP signing
    };
    const bool only_others = std::all_of(purposes->begin(), purposes->end(), [](const auto& p) {
        return std::find(std::begin(other_purposes), std::end(other_purposes), p) !=
               std::end(other_purposes);
    });
    require(!only_others, ErrorCode::certificate_usage, "extended key usage");
}

void check_authority(const Path& path, size_t index) {
    const Certificate& authority = path[index];
    const Certificate::Impl& c = authority.impl();
    const bool is_root = index + 1 == path.size();
    // A version 1 root has no extensions; that it is an authority is what the trust store says.
    const bool old_root = is_root && c.version < 3;
    require(c.is_ca || old_root, ErrorCode::certificate_untrusted, "the issuer is no authority");
    require(authority.allows(KeyUsage::key_cert_sign), ErrorCode::certificate_untrusted,
            "the issuer may not sign certificates");
    if (!c.path_length)
        return;
    size_t below = 0;
    for (size_t i = 1; i < index; i++)
        if (!path[i].self_issued())
            below++;
    require(below <= *c.path_length, ErrorCode::certificate_untrusted, "the path is too long");
}

/// Looks for the certificate on its issuer's lists. Returns the list that says it is not revoked,
/// if any is current.
std::optional<RevocationList> check_revocation(const Certificate& c, const Certificate& issuer,
                                               const std::vector<RevocationList>& lists,
                                               Timestamp at) {
    std::optional<RevocationList> evidence;
    if (!issuer.allows(KeyUsage::crl_sign))
        return evidence;
    for (const RevocationList& list : lists) {
        if (!equal(list.issuer_der(), issuer.subject_der()) || !list.issued_by(issuer))
            continue;
        // A revocation counts whatever the age of the list that tells it.
        const auto revoked = list.revoked_at(c.serial());
        require(!revoked || *revoked > at, ErrorCode::certificate_revoked);
        const bool current =
            list.this_update() <= at && list.next_update() && at <= *list.next_update();
        if (!current || !list.impl().covers(c))
            continue;
        if (!evidence || evidence->this_update() < list.this_update())
            evidence = list;
    }
    return evidence;
}

ChainResult check_path(const Path& path, const TrustStore& trust, Timestamp at, KeyUsage usage,
                       RevocationPolicy policy, Timestamp revocation_at) {
    ChainResult result;
    result.path = path;
    for (size_t i = 0; i < path.size(); i++) {
        const Certificate::Impl& c = path[i].impl();
        require(!c.has_unknown_critical && !c.has_name_constraints,
                ErrorCode::certificate_untrusted, "an extension that is not understood");
        if (i > 0)
            check_authority(path, i);
    }
    for (const Certificate& c : path)
        check_validity(c, at);
    check_leaf_usage(path.front(), usage);

    result.revocation_checked = true;
    for (size_t i = 0; i + 1 < path.size(); i++) {
        auto list = check_revocation(path[i], path[i + 1], trust.crls, revocation_at);
        if (!list) {
            result.revocation_checked = false;
            continue;
        }
        const bool known =
            std::any_of(result.evidence.begin(), result.evidence.end(),
                        [&](const RevocationList& e) { return equal(e.der(), list->der()); });
        if (!known)
            result.evidence.push_back(*list);
    }
    require(result.revocation_checked || policy == RevocationPolicy::use_if_present,
            ErrorCode::revocation_unknown);
    return result;
}

/// Which of several paths' faults says most about what to do.
int severity(ErrorCode code) {
    switch (code) {
        case ErrorCode::certificate_revoked:
            return 5;
        case ErrorCode::certificate_expired:
            return 4;
        case ErrorCode::certificate_not_yet_valid:
            return 3;
        case ErrorCode::certificate_usage:
            return 2;
        case ErrorCode::revocation_unknown:
            return 1;
        default:
            return 0;
    }
}

}  // namespace

KeyUsage signing_usage(const Certificate& certificate) {
    return certificate.allows(KeyUsage::digital_signature) ? KeyUsage::digital_signature
                                                           : KeyUsage::non_repudiation;
}

KeyUsage encryption_usage(const Certificate& certificate) {
    if (certificate.allows(KeyUsage::key_encipherment))
        return KeyUsage::key_encipherment;
    return certificate.allows(KeyUsage::data_encipherment) ? KeyUsage::data_encipherment
                                                           : KeyUsage::key_agreement;
}

ChainResult validate_chain(const Certificate& leaf, const std::vector<Certificate>& extra,
                           const TrustStore& trust, Timestamp at, KeyUsage usage,
                           RevocationPolicy policy, std::optional<Timestamp> revocation_at) {
    std::optional<Error> worst;
    for (const Path& path : PathBuilder(extra, trust).paths_from(leaf)) {
        try {
            return check_path(path, trust, at, usage, policy, revocation_at.value_or(at));
        } catch (const Error& error) {
            if (!worst || severity(error.code()) > severity(worst->code()))
                worst = error;
        }
    }
    if (worst)
        throw *worst;
    throw Error(ErrorCode::certificate_untrusted, "no path to an accepted authority");
}

}  // namespace bidseal::crypto
