// What the tests of tender files and sealed bids share: keys, a tender, bids, opening.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/opener.h"
#include "bidseal/bid/rewrap.h"
#include "bidseal/bid/signing.h"
#include "bidseal/bid/writer.h"
#include "bidseal/crypto/private_key.h"

namespace bidseal::bid::test {

using crypto::Certificate;
using crypto::PrivateKey;

/// The bytes of tests/vectors/bid/<name>; fails the test when there is no such file.
Bytes read_vector(const std::string& name);
void write_vector(const std::string& name, ByteView bytes);
/// Whether BIDSEAL_WRITE_VECTORS is set: vectors are written, not compared.
bool writing_vectors();

/// tests/vectors/bid/keys/<name>.der and its key.
Certificate certificate(const std::string& name);
PrivateKey private_key(const std::string& name);

/// The same bytes at every run; `seed` tells streams apart.
std::unique_ptr<Random> fixed_random(const std::string& seed);

class FixedClock : public Clock {
public:
    explicit FixedClock(std::string_view time) : m_now(parse_time(time)) {}
    Timestamp now() const override { return m_now; }

private:
    Timestamp m_now;
};
inline constexpr std::string_view making_time = "2026-12-01T08:00:00Z";

/// A tender with the envelopes qualification (stage 1), technical (1) and price (2), all ways
/// allowed and none mandatory, a rescue group of 2 in 3. `change` may alter it before it is signed.
TenderFile make_tender(const std::function<void(Tender&)>& change = {});
/// The signed file of it.
Bytes make_tender_file(const std::function<void(Tender&)>& change = {});

struct Document {
    std::string path, slot;
    Bytes content;
};
struct Content {
    std::string envelope;
    std::vector<Document> documents;
};

/// A plan of the supplier for lot 1 with all figures.
BidPlan make_plan();
/// Some documents for each envelope; small.
std::vector<Content> make_content();

struct Packed {
    Bytes file;
    SigningRequest request;
};
/// Writes a bid, cutting documents in pieces of `step` bytes (0: whole).
Packed pack(const TenderFile& tender, const BidPlan& plan, const std::vector<Content>& content,
            size_t step = 0, const std::string& signer = "supplier_sign",
            const std::string& seed = "bid");

/// Runs a reader over a file in memory.
BidReader read_bid(const Bytes& file);
void check_body(const BidReader& reader, const Bytes& file);

/// The share of a task, unwrapped the way a token (ukey) or a key file does it.
SecretBytes unwrap(const UnwrapTask& task, const PrivateKey& key);
/// The released share of the holder's first task that has this way.
ReleasedShare release(const BidReader& reader, const TenderFile& tender,
                      const std::string& envelope, const std::string& holder, size_t way);
/// The secret by way 0 with one holder.
SecretBytes open_alone(const BidReader& reader, const TenderFile& tender,
                       const std::string& envelope, const std::string& holder);

struct Opened {
    Manifest manifest;
    std::vector<Bytes> documents;
    Bytes zip;  ///< as it was sealed
    std::vector<NonConformity> nonconformities;
};
Opened open_envelope(const BidReader& reader, const Bytes& file, const std::string& envelope,
                     SecretBytes secret, const TenderFile* tender = nullptr);

/// Signs the content octets and wraps them as a tender file of the platform would be.
Bytes sign(const std::string& key, ByteView message);

/// A file of `size` bytes that begins as a PDF and ends as one.
Bytes make_pdf(size_t size, std::string_view inside = {});
Bytes text(std::string_view content);

}  // namespace bidseal::bid::test
