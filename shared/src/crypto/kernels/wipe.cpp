#include <cstring>

#include "bidseal/crypto/kernels.h"

namespace bidseal::crypto::kernels {

void wipe(void* memory, std::size_t size) noexcept {
    if (size == 0) {
        return;
    }
    std::memset(memory, 0, size);
    // The compiler must assume that this reads the memory, so the zeros have to be there.
    asm volatile("" : : "r"(memory) : "memory");
}

}  // namespace bidseal::crypto::kernels
