#include "bidseal/base/wire.h"

namespace bidseal {

void WireReader::check(bool condition) const {
    if (!condition)
        throw Error(m_fault).at(m_at);
}

ByteView WireReader::take(size_t size) {
    check(size <= left());
    const ByteView result = m_bytes.subspan(m_at, size);
    m_at += size;
    return result;
}

uint8_t WireReader::u8() {
    return take(1)[0];
}

uint16_t WireReader::u16() {
    const ByteView v = take(2);
    return static_cast<uint16_t>(v[0] << 8 | v[1]);
}

uint32_t WireReader::u32() {
    return load_u32(take(4).data());
}

uint64_t WireReader::u64() {
    return load_u64(take(8).data());
}

ByteView WireReader::field(size_t min, size_t max) {
    const uint32_t size = u32();
    check(size >= min && size <= max);
    return take(size);
}

void WireReader::constant(ByteView expected) {
    check(equal(take(expected.size()), expected));
}

size_t WireReader::count(size_t min, size_t max) {
    const size_t n = u16();
    check(n >= min && n <= max);
    return n;
}

void WireReader::finish() const {
    check(left() == 0);
}

void append_field(Bytes& to, ByteView what) {
    require(what.size() <= UINT32_MAX, ErrorCode::internal, "a field is too long");
    append_u32(to, static_cast<uint32_t>(what.size()));
    append(to, what);
}

}  // namespace bidseal
