// Where keys come from on the command line: a UKey's library, or files.
#pragma once

#include <memory>
#include <vector>

#include "bidseal/bid/holder.h"
#include "bidseal/crypto/certificate.h"

#include "tools/cli/args.h"

namespace bidseal::cli {

/// One supplier's (or platform's) keys, whatever they live in.
class KeyHolder {
public:
    virtual ~KeyHolder() = default;
    /// Throws Error(key_not_found) when there is none.
    virtual const crypto::Certificate& signing_certificate() const = 0;
    /// Certificates whose private keys can unwrap here.
    virtual const std::vector<crypto::Certificate>& encryption_certificates() const = 0;
    /// A signature over the message by the signing key, in the certificate's kind.
    virtual Bytes sign(ByteView message) = 0;
    /// What bid::Holder::accept() wants: the share, or the content key of a `cms` wrap.
    virtual SecretBytes unwrap(const bid::UnwrapTask& task, const crypto::Certificate& by) = 0;
};

/// Options of commands that use a key.
std::vector<Option> key_options();
/// From --ukey … or --sign-cert/--sign-key and --encrypt-cert/--encrypt-key.
/// Throws Error: usage, token_*, pin_*, key_*.
std::unique_ptr<KeyHolder> open_keys(const Args& args);

/// Certificates of all files given by a repeated option.
std::vector<crypto::Certificate> certificates_of(const Args& args, const std::string& option);
std::vector<crypto::RevocationList> crls_of(const Args& args);

}  // namespace bidseal::cli
