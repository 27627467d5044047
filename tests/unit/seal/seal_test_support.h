// What the tests of seals share: keys, a seal, trust, samples made by others.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bidseal/crypto/private_key.h"
#include "bidseal/seal/verify.h"

namespace bidseal::seal::test {

using crypto::Certificate;

/// The bytes of tests/<name>; fails the test when there is no such file.
Bytes read_test_file(const std::string& name);
void write_test_file(const std::string& name, ByteView bytes);
/// Whether BIDSEAL_WRITE_VECTORS is set: files of tests are written before they are compared.
bool writing_vectors();
/// tests/vectors/bid/keys/<name>.der, all of one test authority.
Certificate certificate(const std::string& name);
/// tests/vectors/certificates/<name>.der, of other test authorities.
Certificate vector_certificate(const std::string& name);
/// A signature by the key tests/<path>.test-secret.pem, in the key's kind.
Bytes sign_with(const std::string& path, ByteView message);
/// The same by a key of tests/vectors/bid/keys.
Bytes sign(const std::string& name, ByteView message);

/// A small PNG: 40 x 40 pixels, half of them transparent.
Bytes small_png();

/// A seal of supplier_sign by platform_sign, valid 2026-11-23 to 2028-11-22. `change` may alter it.
SealInfo example_info(const std::function<void(SealInfo&)>& change = {});
ElectronicSeal make_seal(const std::function<void(SealInfo&)>& change = {},
                         const std::string& issuer = "platform_sign");
/// Seals the digest at sealing_time.
SealSignature make_signature(const ElectronicSeal& seal, const crypto::Sm3Digest& digest,
                             Timestamp at);

inline const Timestamp sealing_time = parse_time("2026-12-01T08:00:00Z");
inline const Timestamp verifying_time = parse_time("2026-12-02T08:00:00Z");

/// Trusts the test authority for issuers and signers, with its revocation list.
SealTrust test_trust();

/// A file of the folder with samples that other projects made: $BIDSEAL_SAMPLES, or
/// ../shared/samples beside the project. Nothing, and a loud message, when it is not there.
std::optional<Bytes> sample(const std::string& name);

/// The verdict's findings as text: "signer:certificate_revoked seal:seal_expired".
std::string findings(const SealVerdict& verdict);

}  // namespace bidseal::seal::test
