#include "files.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "bidseal/base/error.h"

namespace bidseal::testca {
namespace fs = std::filesystem;

Bytes read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw Error(ErrorCode::io_read, "cannot read " + path);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

void write_file(const std::string& path, ByteView bytes, bool secret) {
    const std::string temporary = path + ".new";
    std::error_code failed;
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        if (secret) {
            fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write, failed);
        }
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (!out)
            throw Error(ErrorCode::io_write, "cannot write " + path);
    }
    fs::rename(temporary, path, failed);
    if (failed)
        throw Error(ErrorCode::io_write, "cannot write " + path);
}

bool file_exists(const std::string& path) {
    return fs::exists(path);
}

void make_folder(const std::string& path) {
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed)
        throw Error(ErrorCode::io_write, "cannot make the folder " + path);
}

}  // namespace bidseal::testca
