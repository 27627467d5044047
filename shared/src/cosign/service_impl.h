#pragma once

#include "bidseal/base/wire.h"
#include "bidseal/cosign/service.h"

#include "curve.h"

namespace bidseal::cosign {

struct ServiceKey::Impl {
    KeyId id;
    Purpose purpose = Purpose::sign;
    KeyState state = KeyState::pending;
    uint32_t epoch = 0;
    PinCounter pin;
    SecretBytes d2;  // empty when closed
    Point p1, public_key;
    /// What the commitment of the key generation holds; kept until the first refresh, so that a
    /// repeated request gets its answer again.
    std::optional<KeyGenOpen> opening;
    struct NextShare {
        SecretBytes d2;
        Point p1;
    };
    std::optional<NextShare> next;

    /// Throws Error(cosign_state) unless the key may be used for this.
    void require_usable(Purpose wanted) const;
    /// Checks a proof that only the right PIN makes. Counts a wrong one.
    void require_pin(ByteView context, const std::vector<Point>& points, const Proof& proof,
                     const AttemptDigest& attempt, Timestamp now, Masks& masks);
    KeyStatus status() const { return {id, epoch, next.has_value()}; }
};

/// SM3 of a request: tells a repetition from another try.
AttemptDigest attempt_digest(ByteView request);

/// Records of the store: helpers for optional parts and secrets.
void append_flag(Bytes& record, bool flag);
bool read_flag(WireReader& record);
SecretBytes finish_record(Bytes& record);

/// Throws Error(cosign_message) unless all are points of the curve.
void require_points(const std::vector<Point>& points);

/// The nonces w2 that a seed stands for.
std::vector<Number> nonces_of(const SecretBytes& seed, size_t count);

inline constexpr int64_t max_operation_seconds = 30 * 60;

}  // namespace bidseal::cosign
