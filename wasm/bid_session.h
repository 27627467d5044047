// A sealed bid that the page reads: public part, then chunks, keys, envelopes or a rewrap.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <emscripten/val.h>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/opener.h"
#include "bidseal/bid/reader.h"
#include "bidseal/bid/release.h"
#include "bidseal/bid/rewrap.h"

#include "io.h"

namespace bidseal::wasm {

/// One step machine is at work at a time: the reader after begin(), the checker of chunks after
/// begin_chunks(), the opener after begin_envelope(). need() and commit() belong to it.
class BidSession {
public:
    /// A file of this size.
    void begin(double file_size);
    /// {offset, length} of the next range; undefined when the machine has all that it needs.
    emscripten::val need() const;
    /// The buffer's first bytes are the next ones of the needed range.
    void commit(double length);

    /// {fingerprint, index, openers, signer}. Usable when the reader needs nothing more.
    emscripten::val info() const;

    // Checking without a key.
    void begin_chunks();
    /// Judges signer and tender as of now; {revocationChecked}.
    emscripten::val check_trust() const;

    // Keys.
    /// Needed for everything below.
    void set_tender(std::string file);
    void add_crl(std::string der_or_pem);
    /// Checks a rewrap and adds its openers.
    void add_rewrap(std::string file);
    /// Checks a release; {signer, created, expires, recipient, shares}.
    emscripten::val read_release(std::string file) const;
    /// The slots of the bid's openers and of all rewraps so far.
    emscripten::val openers() const;
    /// The slots of an envelope that this certificate's key can unwrap.
    emscripten::val tasks(std::string certificate, std::string envelope) const;
    /// {index, openers, signature}: what a key holder checks.
    emscripten::val parts() const;
    /// A released share, which is taken out of the buffer.
    void add_share(std::string envelope, double version, double way, double part, double slot,
                   double length);

    // Opening.
    /// Combines the shares and checks the envelope's commitment.
    void begin_envelope(std::string id);
    /// {event, document?, address?, length?}; data is valid until the next call.
    emscripten::val step();
    /// {documents, summary, nonConformities}: documents from the event `manifest` on.
    emscripten::val contents() const;
    void end_envelope() { m_opener.reset(); }

    // Adding openers.
    void add_opener(std::string der_or_pem);
    void add_way(std::string name);
    /// The bytes to be signed.
    emscripten::val rewrap_content(double version);
    emscripten::val rewrap_file(std::string content, std::string signer, std::string signature);

private:
    const bid::BidReader& ready() const;
    const bid::TenderFile& tender() const;
    std::vector<bid::Openers> all_openers() const;
    SecretBytes secret_of(const std::string& envelope) const;

    std::unique_ptr<bid::BidReader> m_reader;
    RangeCollector m_collector;
    std::optional<bid::ChunkChecker> m_checker;
    std::optional<bid::TenderFile> m_tender;
    std::vector<crypto::RevocationList> m_crls;
    std::map<uint32_t, bid::Openers> m_rewraps;  // by version
    std::vector<bid::ReleasedShare> m_shares;
    std::unique_ptr<bid::EnvelopeOpener> m_opener;
    std::optional<NeedBytes> m_opener_need;
    std::vector<bid::OpenerKey> m_new_openers;
    std::vector<bid::WayKind> m_new_ways;
};

}  // namespace bidseal::wasm
