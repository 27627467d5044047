// What a page may ask for, one function and one file per method. They take parsed params and throw
// Error; the dispatcher turns both into messages.
#pragma once

#include "bridge/local/operations/call.h"

namespace bidseal::bridge {

/// Name and version that the daemon tells.
inline constexpr const char* daemon_name = "bidseal-bridge";
inline constexpr const char* daemon_version = "0.1.0";

/// Agrees on a version. Throws Error(bridge_outdated).
protocol::HelloResult hello(const Services& services, const protocol::HelloParams& params);

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

/// The same at any time; releases nothing.
protocol::RehearseResult rehearse_envelopes(Call& call, const protocol::UnwrapParams& params);

}  // namespace bidseal::bridge
