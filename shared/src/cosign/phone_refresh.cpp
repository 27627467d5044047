#include "contexts.h"
#include "phone_session.h"
#include "pin_share.h"
#include "proofs.h"

namespace bidseal::cosign {

struct PhoneRefresh::Impl {
    RefreshRequest request;
    PhoneShare next;
};

namespace {

/// Proof of the old and the new share: (a1, a1') for (P1, P1'). P1 itself is not sent.
Proof prove_both(ByteView context, const Number& a1, const Number& a1_new, const Point& p1_new,
                 Random& random, Masks& masks) {
    return prove_knowledge(context, {a1, a1_new},
                           {write_point(masks.base(a1), ErrorCode::internal), p1_new}, random,
                           masks);
}

}  // namespace

PhoneRefresh::PhoneRefresh(const PhoneShare& share, ByteView old_pin, ByteView new_pin,
                           Random& random)
    : m_impl(std::make_unique<Impl>()) {
    require(is_pin(old_pin) && is_pin(new_pin), ErrorCode::usage, "a PIN has six digits");
    Masks masks(random);
    const Number d1 = unblind(share, old_pin);
    const Number rho = draw_number(random);
    const Number d1_new = d1 * rho;
    const Number a1_new = d1_new.invert();

    RefreshRequest& request = m_impl->request;
    request.key = share.key;
    request.epoch = share.epoch;
    request.rho = write_secret(rho);
    request.p1 = write_point(masks.base(a1_new), ErrorCode::internal);
    request.proof = prove_both(refresh_context(share.key, share.epoch), d1.invert(), a1_new,
                               request.p1, random, masks);

    m_impl->next = share.clone();
    m_impl->next.epoch = share.epoch + 1;
    blind(m_impl->next, d1_new, new_pin, share.hardness, random);
}

PhoneRefresh::~PhoneRefresh() = default;
PhoneRefresh::PhoneRefresh(PhoneRefresh&&) noexcept = default;
PhoneRefresh& PhoneRefresh::operator=(PhoneRefresh&&) noexcept = default;

const RefreshRequest& PhoneRefresh::request() const {
    return m_impl->request;
}

const PhoneShare& PhoneRefresh::next() const {
    return m_impl->next;
}

RefreshCommit PhoneRefresh::confirm(const PhoneShare& next, ByteView pin, Random& random) {
    Masks masks(random);
    const Number a1 = unblind(next, pin).invert();
    RefreshCommit commit;
    commit.key = next.key;
    commit.epoch = next.epoch;
    commit.proof =
        prove_knowledge(refresh_commit_context(next.key, next.epoch), {a1},
                        {write_point(masks.base(a1), ErrorCode::internal)}, random, masks);
    return commit;
}

PhoneSessionShare::PhoneSessionShare(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
PhoneSessionShare::~PhoneSessionShare() = default;
PhoneSessionShare::PhoneSessionShare(PhoneSessionShare&&) noexcept = default;
PhoneSessionShare& PhoneSessionShare::operator=(PhoneSessionShare&&) noexcept = default;

const SessionId& PhoneSessionShare::session() const {
    return m_impl->session;
}

const SessionLimits& PhoneSessionShare::limits() const {
    return m_impl->limits;
}

struct PhoneGrant::Impl {
    GrantRequest request;
    std::unique_ptr<PhoneSessionShare::Impl> share;
};

PhoneGrant::PhoneGrant(const PhoneShare& share, const SessionId& session,
                       const SessionLimits& limits, ByteView pin, Random& random)
    : m_impl(std::make_unique<Impl>()) {
    require(share.purpose == Purpose::sign, ErrorCode::usage, "not a signing key");
    require(limits_allowed(limits), ErrorCode::usage, "beyond the limits of a session");
    Masks masks(random);
    const Number d1 = unblind(share, pin);
    const Number rho = draw_number(random);
    const Number d1_session = d1 * rho;
    const Number a1_session = d1_session.invert();

    GrantRequest& request = m_impl->request;
    request.key = share.key;
    request.session = session;
    request.limits = limits;
    request.rho = write_secret(rho);
    request.p1 = write_point(masks.base(a1_session), ErrorCode::internal);
    request.proof = prove_both(grant_context(share.key, session, limits), d1.invert(), a1_session,
                               request.p1, random, masks);
    m_impl->share = std::make_unique<PhoneSessionShare::Impl>(
        PhoneSessionShare::Impl{share.key, session, limits, d1_session});
}

PhoneGrant::~PhoneGrant() = default;
PhoneGrant::PhoneGrant(PhoneGrant&&) noexcept = default;
PhoneGrant& PhoneGrant::operator=(PhoneGrant&&) noexcept = default;

const GrantRequest& PhoneGrant::request() const {
    return m_impl->request;
}

PhoneSessionShare PhoneGrant::take() {
    require(m_impl->share != nullptr, ErrorCode::usage, "the session share was taken");
    return PhoneSessionShare(std::move(m_impl->share));
}

}  // namespace bidseal::cosign
