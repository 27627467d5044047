// The way to a private key: find it, ask the person, log in, use it, log out.
#pragma once

#include <functional>

#include "bidseal/bid/reader.h"

#include "bridge/local/dialogs/consent.h"
#include "bridge/local/operations/call.h"

namespace bidseal::bridge {

/// The container that a page names. Throws what TokenService::find() throws.
TokenKey find_key(Call& call, const std::string& key);

/// Its signing certificate, which must be valid now and allowed to sign. Throws Error:
/// key_not_found, certificate_invalid, certificate_expired, certificate_not_yet_valid,
/// certificate_usage.
crypto::Certificate signing_certificate(const TokenKey& key, Timestamp now);

/// Its encryption certificate, whatever its dates: old bids stay openable.
/// Throws Error: key_not_found, certificate_invalid.
crypto::Certificate encryption_certificate(const TokenKey& key);

/// Certificates that a page gives to complete paths; none of them is trusted. Throws
/// Error(certificate_invalid).
std::vector<crypto::Certificate> helping_certificates(
    const std::optional<std::vector<Bytes>>& intermediates);

/// The tender file, its own signature checked, and the platform's certificate too when roots of
/// platforms are configured. Throws what TenderFile::parse() and verify_trust() throw.
bid::TenderFile open_tender(const Call& call, ByteView file);

/// Lines that every window has: project, lot, certificate, UKey, platform.
std::vector<ConsentLine> common_lines(const Call& call, const bid::TenderFile& tender,
                                      const std::string& lot, const TokenKey& key,
                                      const crypto::Certificate& certificate);

/// `3F2A 90C1 4B2D 77E0 … word word word`, enough to be compared by eye.
std::string fingerprint_line(const bid::Fingerprint& fingerprint);

/// Asks for consent and PIN and gives the session, logged in. Throws Error: too_many_requests,
/// pin_locked (before any window), consent_refused, what log_in() throws.
std::unique_ptr<ukey::TokenSession> unlock_key(Call& call, const TokenKey& key,
                                               const ConsentRequest& consent,
                                               bool stop_at_wrong_pin = false);

/// unlock_key(), then runs `use` with the open session; logs out whatever happens.
/// Throws what unlock_key() and `use` throw.
void use_key(Call& call, const TokenKey& key, const ConsentRequest& consent,
             const std::function<void(ukey::TokenSession&)>& use);

/// Signs the whole message and checks the result against the certificate. Throws
/// Error(signature_invalid) and what TokenSession::sign() throws.
protocol::SignResult sign_message(ukey::TokenSession& session,
                                  const crypto::Certificate& certificate, ByteView message);

}  // namespace bidseal::bridge
