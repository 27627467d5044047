// Writes ZIPs of the profile into a folder, with the plain files beside them, for other programs to
// judge: tests/stages/30-zip-others.
//
//   write_zips FOLDER            small.zip and plain/, many.zip
//   write_zips FOLDER --large    large.zip, beyond four GiB (a sparse file)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bidseal/base/error.h"
#include "bidseal/zip/writer.h"

using namespace bidseal;

namespace {

/// Writes a file and leaves a hole for pieces that are all zero.
class SparseFileSink : public Sink {
public:
    explicit SparseFileSink(const std::filesystem::path& path)
        : m_file(path, std::ios::binary | std::ios::trunc) {}

    void write(ByteView bytes) override {
        const bool zero = std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
        if (zero && bytes.size() > 4096) {
            m_file.seekp(static_cast<std::streamoff>(bytes.size()), std::ios::cur);
        } else {
            m_file.write(reinterpret_cast<const char*>(bytes.data()),
                         static_cast<std::streamsize>(bytes.size()));
        }
        require(m_file.good(), ErrorCode::io_write);
    }

private:
    std::ofstream m_file;
};

void add(zip::Writer& writer, const std::string& name, ByteView content, zip::Method method) {
    writer.begin_file(name, content.size(), method);
    writer.write(content);
    writer.end_file();
}

void write_small(const std::filesystem::path& folder) {
    Bytes table;
    for (int row = 0; row < 20000; ++row) {
        append(table, as_bytes(std::to_string(row) + ";unit price;" +
                               std::to_string(row * 37 % 101) + ".50\n"));
    }
    Bytes noise(200000);
    uint32_t state = 1;
    for (uint8_t& byte : noise) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<uint8_t>(state >> 24);
    }
    const std::pair<std::string, Bytes> files[] = {
        {"manifest.json", to_bytes(as_bytes("{}"))},
        {"empty.txt", {}},
        {"报价/分项报价表.csv", table},
        {"技术/方案 (最终版).pdf", noise},
        {"Preisübersicht.csv", table},
    };
    SparseFileSink sink(folder / "small.zip");
    zip::Writer writer(sink);
    for (const auto& method : {zip::Method::stored, zip::Method::deflated}) {
        const std::string top = method == zip::Method::stored ? "stored/" : "deflated/";
        for (const auto& [name, content] : files) {
            add(writer, top + name, content, method);
            const std::filesystem::path plain = folder / "plain" / (top + name);
            std::filesystem::create_directories(plain.parent_path());
            std::ofstream(plain, std::ios::binary)
                .write(reinterpret_cast<const char*>(content.data()),
                       static_cast<std::streamsize>(content.size()));
        }
    }
    writer.finish();
}

void write_many(const std::filesystem::path& folder) {
    SparseFileSink sink(folder / "many.zip");
    zip::Writer writer(sink);
    for (int i = 0; i < 65540; ++i) {
        add(writer, std::to_string(i) + ".txt", as_bytes("x"), zip::Method::stored);
    }
    writer.finish();
}

void write_zeros(zip::Writer& writer, const std::string& name, uint64_t size, zip::Method method) {
    const Bytes zeros(1 << 20);
    writer.begin_file(name, size, method);
    for (uint64_t left = size; left > 0;) {
        const auto part = std::min<uint64_t>(left, zeros.size());
        writer.write(ByteView(zeros).first(static_cast<size_t>(part)));
        left -= part;
    }
    writer.end_file();
}

void write_large(const std::filesystem::path& folder) {
    SparseFileSink sink(folder / "large.zip");
    zip::Writer writer(sink, 1);
    write_zeros(writer, "deflated.bin", zip::zip64_from_size, zip::Method::deflated);
    write_zeros(writer, "stored.bin", (uint64_t{1} << 32) + 1, zip::Method::stored);
    add(writer, "behind.txt", as_bytes("behind four GiB\n"), zip::Method::deflated);
    writer.finish();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: write_zips FOLDER [--large]\n";
        return 2;
    }
    try {
        const std::filesystem::path folder = std::filesystem::u8path(argv[1]);
        if (argc > 2 && std::string(argv[2]) == "--large") {
            write_large(folder);
        } else {
            write_small(folder);
            write_many(folder);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
