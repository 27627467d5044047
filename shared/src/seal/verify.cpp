// Reasons for and against seals.
#include "bidseal/seal/verify.h"

#include <algorithm>

#include "bidseal/base/error.h"

namespace bidseal::seal {
namespace {

constexpr int64_t forgiven_clock_seconds = 15 * 60;

/// Collects findings: every check runs, whatever the others said.
class Judge {
public:
    explicit Judge(Timestamp now) : m_now(now) { m_verdict.revocation_checked = true; }

    void check(bool condition, ErrorCode code, SealPart part) {
        if (!condition)
            add(code, part);
    }

    void check_chain(const crypto::Certificate& leaf, const crypto::TrustStore& trust, Timestamp at,
                     crypto::RevocationPolicy policy, SealPart part) {
        try {
            const crypto::ChainResult chain = crypto::validate_chain(
                leaf, {}, trust, at, crypto::KeyUsage::digital_signature, policy, m_now);
            m_verdict.revocation_checked = m_verdict.revocation_checked && chain.revocation_checked;
        } catch (const Error& error) {
            m_verdict.revocation_checked = false;
            add(error.code(), part);
        }
    }

    void check_seal(const ElectronicSeal& seal, const SealTrust& trust, Timestamp at) {
        const SealInfo& info = seal.info();
        check(picture_fits_type(info.picture), ErrorCode::seal_picture, SealPart::seal);
        check_extensions(info.extensions, SealPart::seal);
        check(seal.signature_fits(), ErrorCode::signature_invalid, SealPart::issuer);
        check_chain(seal.issuer(), trust.issuers, info.created, trust.revocation, SealPart::issuer);
        check(info.valid_from <= at, ErrorCode::seal_not_yet_valid, SealPart::seal);
        check(at <= info.valid_until, ErrorCode::seal_expired, SealPart::seal);
    }

    void check_extensions(const std::vector<SealExtension>& extensions, SealPart part) {
        // We understand none, so one that must be understood stops us.
        check(std::none_of(extensions.begin(), extensions.end(),
                           [](const SealExtension& e) { return e.critical; }),
              ErrorCode::seal_extension_unknown, part);
    }

    void check_signature(const SealSignature& signature, const SealTrust& trust) {
        check(signature.signature_fits(), ErrorCode::signature_invalid, SealPart::signer);
        check(signature.seal().lists(signature.signer()), ErrorCode::seal_signer_not_listed,
              SealPart::signer);
        check_extensions(signature.extensions(), SealPart::signature);
        if (!signature.signed_at()) {
            add(ErrorCode::seal_time_invalid, SealPart::signature);
            check_seal(signature.seal(), trust, m_now);
            return;
        }
        const Timestamp at = *signature.signed_at();
        check(at.seconds <= m_now.seconds + forgiven_clock_seconds, ErrorCode::seal_time_invalid,
              SealPart::signature);
        check_chain(signature.signer(), trust.signers, at, trust.revocation, SealPart::signer);
        check_seal(signature.seal(), trust, at);
    }

    SealVerdict take() { return std::move(m_verdict); }

private:
    void add(ErrorCode code, SealPart part) { m_verdict.findings.push_back({code, part}); }

    Timestamp m_now;
    SealVerdict m_verdict;
};

}  // namespace

const char* seal_part_name(SealPart part) {
    switch (part) {
        case SealPart::seal:
            return "seal";
        case SealPart::issuer:
            return "issuer";
        case SealPart::signature:
            return "signature";
        case SealPart::signer:
            return "signer";
        case SealPart::document:
            return "document";
    }
    return "";
}

bool SealVerdict::has(ErrorCode code) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const SealFinding& f) { return f.code == code; });
}

SealVerdict verify_seal(const ElectronicSeal& seal, const SealTrust& trust, Timestamp at,
                        Timestamp now) {
    Judge judge(now);
    judge.check_seal(seal, trust, at);
    return judge.take();
}

SealVerdict verify_seal_signature(const SealSignature& signature, const crypto::Sm3Digest& document,
                                  const SealTrust& trust, Timestamp now) {
    Judge judge(now);
    judge.check(equal(signature.document_digest(), document.view()),
                ErrorCode::seal_document_mismatch, SealPart::document);
    judge.check_signature(signature, trust);
    return judge.take();
}

SealVerdict verify_seal_signature(const SealSignature& signature, const SealTrust& trust,
                                  Timestamp now) {
    Judge judge(now);
    judge.check_signature(signature, trust);
    return judge.take();
}

}  // namespace bidseal::seal
