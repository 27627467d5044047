// Steps that several commands share: tender file, trust, public part of a bid, openers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bidseal/bid/fingerprint_words.h"
#include "bidseal/bid/reader.h"
#include "bidseal/bid/release.h"
#include "bidseal/bid/rewrap.h"
#include "bidseal/bid/tender_file.h"
#include "bidseal/protocol/json.h"

#include "tools/cli/args.h"
#include "tools/cli/host.h"
#include "tools/cli/keys.h"
#include "tools/cli/output.h"

namespace bidseal::cli {

/// --tender and the options of trust.
std::vector<Option> trust_options();
/// --at, or the system's time.
std::unique_ptr<Clock> clock_of(const Args& args);

/// The tender file, its signature checked; with --trust, its platform too.
bid::TenderFile load_tender(const Args& args, const std::string& path);
/// What the commands trust: --trust when given, else the issuers that the tender file accepts; plus
/// --crl.
crypto::TrustStore trust_of(const Args& args, const bid::TenderFile& tender);
crypto::RevocationPolicy revocation_policy(const Args& args);

/// A bid file with its public part read and checked.
struct OpenBid {
    InputFile file;
    bid::BidReader reader;
    explicit OpenBid(const std::string& path);
};

/// Checks signer and tender as of `at`: with --trust against those roots, else against the
/// tender's.
crypto::ChainResult judge_signer(const Args& args, const bid::VerifiedIndex& bid,
                                 const bid::TenderFile& tender, Timestamp at);

/// --rewrap and --rewrap-received.
std::vector<Option> rewrap_options();
/// Openers of the bid (version 0) and of every --rewrap file, checked as of its --rewrap-received.
/// Throws Error(usage) when receipts are given, but not one for each rewrap.
std::vector<bid::Openers> all_openers(const Args& args, const bid::VerifiedIndex& bid,
                                      const bid::TenderFile& tender);

/// Every --release file, checked as of `at`.
std::vector<bid::CheckedRelease> all_releases(const Args& args, const bid::VerifiedIndex& bid,
                                              const std::vector<bid::Openers>& openers,
                                              const bid::TenderFile& tender, Timestamp at);

/// The secret of an envelope, by the holder's keys and what others released to them. Slots that are
/// not right are passed over while others serve.
SecretBytes unlock_envelope(const OpenBid& bid, const bid::TenderFile& tender,
                            const std::vector<bid::Openers>& openers,
                            const std::vector<bid::CheckedRelease>& releases, KeyHolder& key,
                            const std::string& envelope);

/// Tries the holder's keys on their wraps of an envelope and releases nothing. Gives whether a
/// whole secret was proved right by the commitment.
bool rehearse_envelope(const OpenBid& bid, const bid::TenderFile& tender,
                       const std::vector<bid::Openers>& openers, KeyHolder& key,
                       const std::string& envelope);

/// All shares of an envelope that the holder's keys give, for others. Throws
/// Error(opener_not_found) when there is none.
std::vector<bid::ReleasedShare> own_shares(const OpenBid& bid, const bid::TenderFile& tender,
                                           const std::vector<bid::Openers>& openers, KeyHolder& key,
                                           const std::string& envelope);

/// Envelopes by stage, then by their place in the index; only those named by --envelope if given.
std::vector<const bid::IndexEnvelope*> chosen_envelopes(const Args& args,
                                                        const bid::BidIndex& index);

/// The public facts of a bid, for people and as JSON.
void show_bid(Output& out, const bid::VerifiedIndex& bid);
protocol::Json bid_json(const bid::VerifiedIndex& bid);

}  // namespace bidseal::cli
