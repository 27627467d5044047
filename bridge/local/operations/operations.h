// What a page may ask for, one function and one file per method. They take parsed params and throw
// Error; the dispatcher turns both into messages.
#pragma once

#include "bridge/local/operations/call.h"
#include "bridge/local/pairing/exchange.h"

namespace bidseal::bridge {

/// Name and version that the daemon tells.
inline constexpr const char* daemon_name = "bidseal-bridge";
inline constexpr const char* daemon_version = "0.1.0";

/// Agrees on a version and proves which daemon this is. Throws Error(bridge_outdated), its subject
/// the side that is to be updated: `page` or `bridge`.
protocol::HelloResult hello(const Services& services, const protocol::HelloParams& params,
                            PairingExchange& exchange);

/// Asks the person whether the codes are equal, unless the policy lets the page in without, and
/// keeps the pairing. Throws Error: too_many_requests, consent_refused, what PairingStore::add()
/// and Dialogs throw.
protocol::PairedResult confirm_pairing(Call& call, const PairingOffer& offer);

/// Throws Error: token_failed and others when no driver answers.
protocol::TokensListResult list_tokens(Call& call, const protocol::NoParams& params);
protocol::CertificatesListResult list_certificates(Call& call,
                                                   const protocol::CertificatesListParams& params);

/// Signs a bid's index. The bridge recomputes everything from the whole object and shows it first.
/// Throws what bid::describe_signing_request(), use_key() and the token throw; bid_index when the
/// bytes do not begin as an index does; certificate_expired, certificate_not_yet_valid.
protocol::SignResult sign_bid(Call& call, const protocol::SignBidParams& params);

/// Signs openers that are added to a bid, for the company that signed it. Throws Error:
/// bid_openers, rewrap_refused (another company), and as sign_bid().
protocol::SignResult sign_openers(Call& call, const protocol::SignOpenersParams& params);

/// Releases shares from the opening time on. Throws Error: not_open_yet, opener_not_found,
/// wrap_mismatch, token_unsupported (a wrap that this token cannot open), and what bid::Holder,
/// bid::parse_rewrap_file() and use_key() throw.
protocol::UnwrapResult unwrap_envelopes(Call& call, const protocol::UnwrapParams& params);

/// Signs a message of the bridge's own making, of this page and challenge alone. Throws as
/// sign_bid().
protocol::LoginResult login(Call& call, const protocol::LoginParams& params);

/// Asks for consent and PIN once for a counted batch. Takes up a batch of signatures that was
/// interrupted; nobody is asked when nothing is left of it. Throws Error: policy_refused (digests
/// and decrypting need the policy's leave), busy, token_unsupported (a digest of another
/// algorithm), pin_wrong (at once when there is more than one item), and as sign_bid(),
/// BatchJournal::open().
protocol::GrantOpenResult open_grant(Call& call, const protocol::GrantOpenParams& params);
protocol::GrantCloseResult close_grant(Call& call, const protocol::GrantCloseParams& params);

/// Sign what a grant names; an item that was signed before gets the same signature again. Throw
/// Error: grant_ended, message_invalid (not what was agreed to), policy_refused (a message that
/// only the bridge's other methods sign), and what the token throws.
protocol::SignaturesResult sign_messages(Call& call, const protocol::SignMessagesParams& params);
protocol::SignaturesResult sign_digests(Call& call, const protocol::SignDigestsParams& params);

/// Opens envelopes that a grant names. Throws Error: grant_ended, message_invalid, decrypt_failed
/// (the same for every cause and every envelope of the request).
protocol::DecryptResult decrypt_envelopes(Call& call,
                                          const protocol::DecryptEnvelopesParams& params);

/// Encrypts to certificates. Throws Error: certificate_invalid, certificate_usage, key_invalid.
protocol::EncryptResult encrypt(Call& call, const protocol::EncryptParams& params);

/// Throws Error: token_absent, token_failed.
protocol::RandomResult token_random(Call& call, const protocol::RandomParams& params);

/// The same at any time; releases nothing.
protocol::RehearseResult rehearse_envelopes(Call& call, const protocol::UnwrapParams& params);

}  // namespace bidseal::bridge
