#include "digest.h"

#include <algorithm>

#include "bidseal/crypto/sha256.h"

namespace bidseal::seal {
namespace {

constexpr size_t block_size = 1 << 20;

template <class Hash>
void feed(Hash& hash, const RandomAccess& file, uint64_t begin, uint64_t end) {
    Bytes block;
    while (begin < end) {
        block.resize(static_cast<size_t>(std::min<uint64_t>(block_size, end - begin)));
        file.read(begin, block);
        hash.update(block);
        begin += block.size();
    }
}

template <class Hash>
void feed(Hash& hash, const RandomAccess& file, const CoveredBytes& covered) {
    feed(hash, file, 0, covered.before);
    feed(hash, file, covered.after, covered.end);
}

}  // namespace

crypto::Sm3Digest covered_sm3(const RandomAccess& file, const CoveredBytes& covered,
                              ByteView prefix) {
    crypto::Sm3 hash;
    hash.update(prefix);
    feed(hash, file, covered);
    return hash.finish();
}

Bytes covered_sha256(const RandomAccess& file, const CoveredBytes& covered) {
    crypto::Sha256 hash;
    feed(hash, file, covered);
    return hash.finish();
}

}  // namespace bidseal::seal
