// Messages between phone and co-sign service. docs/spec/mobile-ca.md section 3.
//
// Each begins with "BSC1" and a type byte. decode() throws Error(cosign_message) for anything that
// encode() would not write. All of them travel inside seal.h: for a thief of the phone's storage a
// proof or an answer would be a way to test PINs.
#pragma once

#include "bidseal/base/secret.h"
#include "bidseal/cosign/types.h"

namespace bidseal::cosign {

/// Key generation 1, service to phone: SM3(salt | P2 | T | z) of what KeyGenOpen will hold.
struct KeyGenCommit {
    KeyId key;
    Purpose purpose = Purpose::sign;
    Commitment commitment;
    Bytes encode() const;
    static KeyGenCommit decode(ByteView bytes);
};

/// Key generation 2, phone to service.
struct KeyGenShare {
    KeyId key;
    Point p1;
    Proof proof;
    Bytes encode() const;
    static KeyGenShare decode(ByteView bytes);
};

/// Key generation 3, service to phone.
struct KeyGenOpen {
    KeyId key;
    Salt salt;
    Point p2;
    Proof proof;
    Bytes encode() const;
    static KeyGenOpen decode(ByteView bytes);
};

/// Signing 1, service to phone: SM3(salt | operation | w2·G of each item), before the phone has
/// shown anything.
struct SignCommit {
    KeyId key;
    OperationId operation;
    uint32_t epoch = 0;
    uint16_t count = 0;
    Commitment commitment;
    Bytes encode() const;
    static SignCommit decode(ByteView bytes);
};

/// Signing 2, phone to service: its nonces and one proof of share and nonces.
struct SignRequest {
    OperationId operation;
    std::vector<Point> q1;
    Proof proof;
    Bytes encode() const;
    static SignRequest decode(ByteView bytes);
};

/// Signing 3, service to phone.
struct SignAnswer {
    struct Partial {
        Scalar r;
        Scalar s1;
    };
    OperationId operation;
    Salt salt;
    std::vector<Partial> items;
    Bytes encode() const;
    static SignAnswer decode(ByteView bytes);
};

/// Decryption 1, phone to service.
struct DecryptRequest {
    OperationId operation;
    std::vector<Point> c1;
    Proof proof;
    Bytes encode() const;
    static DecryptRequest decode(ByteView bytes);
};

/// Decryption 2, service to phone.
struct DecryptAnswer {
    struct Partial {
        Point t2;
        EqualityProof proof;
    };
    OperationId operation;
    std::vector<Partial> items;
    Bytes encode() const;
    static DecryptAnswer decode(ByteView bytes);
};

/// Refresh 1, phone to service. `rho` is secret: it ties the old shares to the new ones.
struct RefreshRequest {
    KeyId key;
    uint32_t epoch = 0;  ///< the one that ends
    SecretBytes rho;     ///< 32 bytes
    Point p1;            ///< of the new share
    Proof proof;
    SecretBytes encode() const;
    static RefreshRequest decode(ByteView bytes);
};

/// Refresh 3, phone to service: made with the new share, after the phone has stored it.
struct RefreshCommit {
    KeyId key;
    uint32_t epoch = 0;  ///< the one that begins
    Proof proof;
    Bytes encode() const;
    static RefreshCommit decode(ByteView bytes);
};

/// Refresh 2 and 4, service to phone: which epoch is in force and which waits for its commit.
struct KeyStatus {
    KeyId key;
    uint32_t epoch = 0;
    bool refresh_waits = false;
    Bytes encode() const;
    static KeyStatus decode(ByteView bytes);
};

/// Session share, phone to service.
struct GrantRequest {
    KeyId key;
    SessionId session;
    SessionLimits limits;
    SecretBytes rho;  ///< 32 bytes
    Point p1;         ///< of the session's share
    Proof proof;
    SecretBytes encode() const;
    static GrantRequest decode(ByteView bytes);
};

}  // namespace bidseal::cosign
