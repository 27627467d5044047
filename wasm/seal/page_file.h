// A file of the page, read where the core asks.
#pragma once

#include "bidseal/base/host.h"

namespace bidseal::wasm {

/// Reads through the function `readRange` that the worker gave to the module: a worker can read
/// files synchronously (FileReaderSync), so judging and sealing need no steps.
class PageFile : public RandomAccess {
public:
    explicit PageFile(uint64_t size) : m_size(size) {}
    uint64_t size() const override { return m_size; }
    /// Throws Error: file_changed, io_read.
    void read(uint64_t offset, std::span<uint8_t> out) const override;

private:
    uint64_t m_size;
};

}  // namespace bidseal::wasm
