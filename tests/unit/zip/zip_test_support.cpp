#include "zip_test_support.h"

#include <algorithm>

#include "bidseal/base/error.h"

#include "support/error_of.h"

namespace bidseal::test {
namespace {

void put(Bytes& to, uint64_t value, int size) {
    for (int i = 0; i < size; ++i) {
        to.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
}

/// CRC-32 bit by bit: independent of the library that the module uses.
uint32_t crc_of(ByteView bytes) {
    uint32_t crc = 0xFFFFFFFF;
    for (uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        }
    }
    return ~crc;
}

template <class Call>
void in_pieces(ByteView bytes, size_t step, Call call) {
    for (size_t i = 0; i < bytes.size(); i += step) {
        call(bytes.subspan(i, std::min(step, bytes.size() - i)));
    }
}

}  // namespace

Bytes noise(size_t length, uint32_t seed) {
    Bytes bytes(length);
    uint32_t state = seed * 2654435761u + 1;
    for (uint8_t& byte : bytes) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        byte = static_cast<uint8_t>(state >> 11);
    }
    return bytes;
}

Bytes prose(size_t length) {
    Bytes bytes;
    for (int line = 0; bytes.size() < length; ++line) {
        append(bytes, as_bytes("item " + std::to_string(line % 97) + ", unit price 12.50\n"));
    }
    bytes.resize(length);
    return bytes;
}

Bytes make_zip(const std::vector<File>& files, size_t step, int level) {
    MemorySink sink;
    zip::Writer writer(sink, level);
    for (const File& file : files) {
        writer.begin_file(file.name, file.content.size(), file.method);
        in_pieces(file.content, step, [&](ByteView piece) { writer.write(piece); });
        writer.end_file();
    }
    writer.finish();
    require(writer.length() == sink.bytes.size(), ErrorCode::internal, "length() is wrong");
    return sink.bytes;
}

std::vector<File> read_zip(ByteView bytes, size_t step, const zip::Limits& limits) {
    const NeedBytes end = zip::end_range(bytes.size());
    const zip::Directory directory =
        zip::parse_end(bytes.subspan(end.offset, end.length), bytes.size(), limits);
    const std::vector<zip::Entry> entries =
        zip::parse_directory(bytes.subspan(directory.offset, directory.length), directory);
    std::vector<File> files;
    for (const zip::Entry& entry : entries) {
        MemorySink sink;
        zip::EntryReader reader(entry, sink);
        in_pieces(bytes.subspan(entry.offset, entry.length()), step,
                  [&](ByteView piece) { reader.write(piece); });
        reader.finish();
        files.push_back({entry.name, sink.bytes, entry.method});
    }
    return files;
}

std::string zip_refusal(ByteView bytes, size_t step) {
    const auto error = error_of([&] { read_zip(bytes, step); });
    if (!error) {
        return "";
    }
    const std::string message = error->what();
    if (error->code() != ErrorCode::zip_invalid || message.rfind("ZIP: ", 0) != 0) {
        return error_name(error->code());
    }
    return message.substr(5);
}

RawFile stored_file(const std::string& name, const std::string& content) {
    RawFile file;
    file.name = name;
    file.data = to_bytes(as_bytes(content));
    file.crc = crc_of(file.data);
    file.size = static_cast<uint32_t>(content.size());
    return file;
}

RawFile deflated_file(const std::string& name, ByteView content) {
    const Bytes zip = make_zip({{name, to_bytes(content), zip::Method::deflated}});
    const size_t header = 30 + name.size();
    const size_t tail = 16 + 46 + name.size() + 22;
    RawFile file;
    file.name = name;
    file.method = 8;
    file.data = Bytes(zip.begin() + static_cast<std::ptrdiff_t>(header),
                      zip.end() - static_cast<std::ptrdiff_t>(tail));
    file.crc = crc_of(content);
    file.size = static_cast<uint32_t>(content.size());
    return file;
}

Bytes build(const RawZip& zip) {
    Bytes bytes = zip.before;
    Bytes directory;
    for (const RawFile& file : zip.files) {
        const auto central = [&](const char* field, uint64_t value) {
            const auto found = file.central.find(field);
            return found == file.central.end() ? value : found->second;
        };
        const uint64_t offset = bytes.size();
        put(bytes, 0x04034b50, 4);
        put(bytes, file.version, 2);
        put(bytes, file.flags, 2);
        put(bytes, file.method, 2);
        put(bytes, file.time, 2);
        put(bytes, file.date, 2);
        put(bytes, file.local_crc, 4);
        put(bytes, file.local_compressed_size, 4);
        put(bytes, file.local_size, 4);
        put(bytes, file.name.size(), 2);
        put(bytes, file.local_extra.size(), 2);
        append(bytes, as_bytes(file.name));
        append(bytes, file.local_extra);
        append(bytes, file.data);
        if (file.has_descriptor) {
            if (file.has_descriptor_signature) {
                put(bytes, file.descriptor_signature, 4);
            }
            put(bytes, file.crc, 4);
            put(bytes, file.data.size(), 4);
            put(bytes, file.size, 4);
        }
        const std::string& name = file.central_name.empty() ? file.name : file.central_name;
        put(directory, 0x02014b50, 4);
        put(directory, file.made_by, 2);
        put(directory, central("version", file.version), 2);
        put(directory, central("flags", file.flags), 2);
        put(directory, central("method", file.method), 2);
        put(directory, central("time", file.time), 2);
        put(directory, central("date", file.date), 2);
        put(directory, central("crc", file.crc), 4);
        put(directory, central("compressed_size", file.data.size()), 4);
        put(directory, central("size", file.size), 4);
        put(directory, name.size(), 2);
        put(directory, file.central_extra.size(), 2);
        put(directory, file.comment.size(), 2);
        put(directory, file.disk, 2);
        put(directory, file.internal_attributes, 2);
        put(directory, file.external_attributes, 4);
        put(directory, central("offset", offset), 4);
        append(directory, as_bytes(name));
        append(directory, file.central_extra);
        append(directory, as_bytes(file.comment));
    }
    append(bytes, zip.between);
    const uint64_t offset = bytes.size() + static_cast<uint64_t>(zip.offset_lie);
    const uint64_t length = directory.size() + static_cast<uint64_t>(zip.length_lie);
    const uint64_t count = zip.files.size() + static_cast<uint64_t>(zip.count_lie);
    append(bytes, directory);
    append(bytes, zip.before_end);
    put(bytes, 0x06054b50, 4);
    put(bytes, zip.disk, 2);
    put(bytes, zip.disk, 2);
    put(bytes, count, 2);
    put(bytes, count, 2);
    put(bytes, length, 4);
    put(bytes, offset, 4);
    put(bytes, zip.comment.size(), 2);
    append(bytes, as_bytes(zip.comment));
    append(bytes, zip.after);
    return bytes;
}

}  // namespace bidseal::test
