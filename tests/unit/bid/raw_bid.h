// Builds bids by hand, so that each rule of the format can be broken alone.
#pragma once

#include "bidseal/zip/writer.h"

#include "bid_test_support.h"

namespace bidseal::bid::test {

struct RawEntry {
    std::string name;
    Bytes content;
    zip::Method method = zip::Method::stored;
};
Bytes make_zip(const std::vector<RawEntry>& entries);

/// The manifest of the documents as a good writer makes it, with figures that nobody checks.
Manifest manifest_of(const std::string& envelope, const std::vector<Document>& documents,
                     const std::vector<SummaryValue>& summary = {});

struct RawEnvelope {
    std::string id;
    Bytes zip;
    Bytes manifest;  ///< what is committed to
    /// Makes the plaintext from the ZIP; by default the right padding.
    std::function<Bytes(Bytes zip, EnvelopeKind kind)> pad = {};
};
/// ZIP and manifest of the documents, all as it should be.
RawEnvelope good_envelope(const std::string& id, const std::vector<Document>& documents,
                          const std::vector<SummaryValue>& summary = {});
/// A technical envelope with one small PDF.
RawEnvelope one_envelope();

/// A signer with keys of its own instead of those of the vectors.
struct RawSigner {
    Certificate certificate;
    std::function<Bytes(ByteView message)> sign;
};

/// Places where the making can be bent; what comes later is made from what was bent.
struct RawChanges {
    std::function<void(Openers&)> openers = {};
    std::function<void(BidIndex&)> index = {};
    std::function<std::string(std::string)> index_text = {};
    std::function<Bytes(const Bytes& signed_data, const Bytes& index)> signature = {};
    std::string signer = "supplier_sign";
    std::string signer_in_index = "supplier_sign";
    std::string seed = "raw";
    std::string lot = "1";
    Timestamp created = parse_time(making_time);
    std::optional<RawSigner> own_signer = {};  ///< stands for both of the names above
    std::vector<WayKind> ways = {WayKind::supplier};
    std::vector<OpenerKey> supplier = {};  ///< by default supplier_encrypt
};
Bytes make_raw_bid(const TenderFile& tender, const std::vector<RawEnvelope>& envelopes,
                   const RawChanges& changes = {});

/// Parts of a finished file, for swapping them.
struct FileParts {
    Bytes head, body, table, openers, index, signature;
};
FileParts split_file(const Bytes& file);
/// Joins them with a footer that fits.
Bytes join_file(const FileParts& parts);

/// The SignedData with something wrong: signed or unsigned attributes, another version, or its
/// SignerInfo twice.
Bytes with_attributes(const Bytes& signed_data, ByteView content = {});
/// A right signature over attributes, with the content embedded.
Bytes signed_with_attributes(const std::string& signer, const Bytes& content);
Bytes with_unsigned_attributes(const Bytes& signed_data);
Bytes with_version(const Bytes& signed_data, uint8_t version);
Bytes with_two_signers(const Bytes& signed_data);

}  // namespace bidseal::bid::test
