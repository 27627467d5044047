#include "bridge/local/pairing/greeting.h"

namespace bidseal::bridge {

namespace {

/// Every part with its length, so that no two different sets of parts give the same bytes; the
/// first part says what it is for, so that no proof passes for another.
Bytes transcript(std::string_view purpose, std::initializer_list<ByteView> parts) {
    Bytes text;
    append_u32(text, static_cast<uint32_t>(purpose.size()));
    append(text, as_bytes(purpose));
    for (ByteView part : parts) {
        append_u32(text, static_cast<uint32_t>(part.size()));
        append(text, part);
    }
    return text;
}

Bytes big_endian(uint32_t value) {
    Bytes bytes;
    append_u32(bytes, value);
    return bytes;
}

}  // namespace

Bytes daemon_proof_message(const Greeting& g) {
    return transcript("bidseal.v1 daemon hello",
                      {g.page_nonce, g.bridge_nonce, as_bytes(g.origin), as_bytes(g.host),
                       g.daemon_key.view(), big_endian(g.version)});
}

Bytes page_proof_message(const Greeting& g, const crypto::P256Point& page_key) {
    return transcript("bidseal.v1 page proof",
                      {g.page_nonce, g.bridge_nonce, as_bytes(g.origin), as_bytes(g.host),
                       g.daemon_key.view(), big_endian(g.version), page_key.view()});
}

crypto::Sha256Digest pairing_commitment(const crypto::P256Point& page_key, ByteView page_secret) {
    return crypto::sha256(
        {transcript("bidseal.v1 pairing commitment", {page_key.view(), page_secret})});
}

std::string pairing_code(const Greeting& g, const crypto::P256Point& page_key, ByteView page_secret,
                         ByteView bridge_secret) {
    const crypto::Sha256Digest digest = crypto::sha256({transcript(
        "bidseal.v1 pairing code",
        {g.page_nonce, g.bridge_nonce, as_bytes(g.origin), as_bytes(g.host), g.daemon_key.view(),
         big_endian(g.version), page_key.view(), page_secret, bridge_secret})});
    std::string digits = std::to_string(load_u64(digest.data()) % 1000000);
    return std::string(6 - digits.size(), '0') + digits;
}

}  // namespace bidseal::bridge
