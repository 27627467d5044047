// How the command line writes files: all or nothing, and never over what is there.
#include <filesystem>
#include <fstream>

#include <stdlib.h>

#include <doctest/doctest.h>

#include "support/error_of.h"
#include "tools/cli/host.h"

// The command line is one program and no library: its source is taken in here.
#include "tools/cli/host.cpp"

using namespace bidseal;
using namespace bidseal::cli;
using bidseal::test::error_name_of;
namespace fs = std::filesystem;

namespace {

/// A folder of its own, gone at the end.
struct Folder {
    Folder() {
        char name[] = "/tmp/bidseal-files-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
    std::string at(const char* name) const { return (path / name).string(); }
    size_t count() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(path), {}));
    }
    fs::path path;
};

void put(const std::string& path, std::string_view content) {
    std::ofstream(path) << content;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a file has its name when it is whole, and not before") {
    const Folder folder;
    {
        OutputFile file(folder.at("a"), false);
        file.write(as_bytes("half"));
        CHECK_FALSE(fs::exists(folder.at("a")));
    }
    CHECK(folder.count() == 0);
    OutputFile file(folder.at("a"), false);
    file.write(as_bytes("whole"));
    file.commit();
    CHECK(content_of(folder.at("a")) == "whole");
    CHECK(folder.count() == 1);
}

TEST_CASE("a file is replaced only when that is wanted") {
    const Folder folder;
    put(folder.at("a"), "old");
    CHECK(error_name_of([&] { OutputFile(folder.at("a"), false); }) == "file_exists");
    fs::create_symlink(folder.at("nowhere"), folder.at("link"));
    CHECK(error_name_of([&] { OutputFile(folder.at("link"), false); }) == "file_exists");
    CHECK(folder.count() == 2);
    write_file(folder.at("a"), as_bytes("new"), true);
    CHECK(content_of(folder.at("a")) == "new");
    CHECK(folder.count() == 2);
}

TEST_CASE("a file that appears while its content is written is not replaced") {
    const Folder folder;
    {
        OutputFile file(folder.at("a"), false);
        file.write(as_bytes("ours"));
        put(folder.at("a"), "theirs");
        CHECK(error_name_of([&] { file.commit(); }) == "file_exists");
    }
    CHECK(content_of(folder.at("a")) == "theirs");
    CHECK(folder.count() == 1);
}

TEST_CASE("a folder has its name when all of it is there, and not before") {
    const Folder folder;
    {
        OutputFolder out(folder.at("out"));
        write_file(out.place("sub/a"), as_bytes("x"), false);
        CHECK_FALSE(fs::exists(folder.at("out")));
    }
    CHECK(folder.count() == 0);
    OutputFolder out(folder.at("out"));
    write_file(out.place("sub/a"), as_bytes("x"), false);
    fs::create_directory(folder.at("out"));
    CHECK(error_name_of([&] { out.commit(); }) == "file_exists");
    fs::remove(folder.at("out"));
    out.commit();
    CHECK(content_of(folder.at("out") + "/sub/a") == "x");
    CHECK(folder.count() == 1);
    CHECK(error_name_of([&] { OutputFolder(folder.at("out")); }) == "file_exists");
}

TEST_CASE("a file that changes while it is read is noticed") {
    const Folder folder;
    put(folder.at("a"), "content");
    const InputFile file(folder.at("a"));
    CHECK(file.read(0, 7).size() == 7);
    file.check_unchanged();
    put(folder.at("a"), "longer content");
    CHECK(error_name_of([&] { file.check_unchanged(); }) == "file_changed");
    fs::resize_file(folder.at("a"), 3);
    CHECK(error_name_of([&] { file.read(0, 7); }) == "file_changed");
    CHECK(error_name_of([&] { InputFile(folder.path.string()); }) == "io_read");
}
