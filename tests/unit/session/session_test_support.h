// A platform with a certificate, and what a session needs of it.
#pragma once

#include <string>

#include "bidseal/crypto/private_key.h"
#include "bidseal/session/grant.h"
#include "bidseal/session/hub.h"
#include "bidseal/session/page.h"
#include "bidseal/session/phone.h"

namespace bidseal::test {

/// A reproducible stream.
class SeededRandom : public Random {
public:
    explicit SeededRandom(uint64_t seed);
    void fill(std::span<uint8_t> out) override { m_stream.fill(out); }
    /// A number from 0 to `below` - 1.
    uint64_t number(uint64_t below);
    bool chance(int percent) { return number(100) < static_cast<uint64_t>(percent); }

private:
    crypto::DerivedRandom m_stream;
};

template <class Id>
Id fresh_id(Random& random) {
    Id id;
    random.fill(id.bytes);
    return id;
}

Bytes read_test_file(const std::string& name);

/// A platform of tests/vectors/certificates; `now` lies within its certificate.
struct Platform {
    Platform();
    crypto::PrivateKey key;
    crypto::Certificate certificate;
    crypto::TrustStore trust;
    Timestamp now;

    session::SignedRequest sign(const session::Request& request, Random& random) const;
    /// A request to sign `items` documents.
    session::Request request(const session::Sid& sid, const session::OneTimeKey& page, uint32_t seq,
                             size_t items) const;
};
/// Read once: opening the key file takes a while.
const Platform& platform();

/// Sid, K_sid and draft of a session for this page.
struct Opened {
    session::Sid sid;
    session::Request request;
    session::SignedRequest signed_request;
    session::Draft draft(Random& random) const;
    Opened(const session::OneTimeKey& page, Random& random, size_t items = 2);
};

/// All actions of one kind in a list.
template <class Wanted, class Action>
std::vector<const Wanted*> all_of(const std::vector<Action>& actions) {
    std::vector<const Wanted*> found;
    for (const Action& action : actions) {
        if (const auto* wanted = std::get_if<Wanted>(&action))
            found.push_back(wanted);
    }
    return found;
}

}  // namespace bidseal::test
