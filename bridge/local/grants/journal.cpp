#include "bridge/local/grants/journal.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bidseal/base/error.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/private_files.h"
#include "bridge/local/base/system.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_journal_bytes = 4u << 20;
constexpr std::string_view journal_type = "bidseal-batch-1";

[[noreturn]] void fail_to_keep() {
    throw Error(errno == ENOSPC || errno == EDQUOT ? ErrorCode::disk_full : ErrorCode::io_write,
                "the batch's journal");
}

std::string head_line(const crypto::Sm3Digest& terms, uint32_t count) {
    return protocol::write_json(protocol::ObjectBuilder()
                                    .text("type", journal_type)
                                    .hex("terms", terms.view())
                                    .integer("count", count)
                                    .build());
}

/// Opens and locks; the lock ends with the process.
int open_locked(const std::string& path) {
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        fail_to_keep();
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        throw Error(ErrorCode::busy, "the batch is being worked on");
    }
    return fd;
}

}  // namespace

std::unique_ptr<BatchJournal> BatchJournal::open(const std::string& folder, const std::string& name,
                                                 const crypto::Sm3Digest& terms, uint32_t count) {
    make_private_folder(folder);
    std::string path = folder + "/" + name;
    std::unique_ptr<BatchJournal> journal(new BatchJournal(path, open_locked(path)));
    journal->read(terms, count);
    if (journal->m_fresh)
        journal->append_line(head_line(terms, count));
    return journal;
}

BatchJournal::~BatchJournal() {
    ::close(m_fd);
}

/// A last line without its end was being written when the machine stopped: it says nothing.
void BatchJournal::read(const crypto::Sm3Digest& terms, uint32_t count) {
    const Bytes content = read_file(m_path, max_journal_bytes, FileOwner::user_or_admin);
    std::string_view text = as_text(content);
    size_t whole = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
    if (whole < text.size() && ::ftruncate(m_fd, static_cast<off_t>(whole)) != 0)
        fail_to_keep();
    text = text.substr(0, whole);
    m_fresh = text.empty();
    bool first = true;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        if (first) {
            require(line == head_line(terms, count), ErrorCode::message_invalid,
                    "the batch's name was used for another batch");
            first = false;
            continue;
        }
        protocol::Json value = protocol::parse_json(as_bytes(line), {4096, 2});
        protocol::ObjectReader r(value);
        const uint32_t item = static_cast<uint32_t>(r.integer("item", 0, int64_t{count} - 1));
        if (r.has("signature"))
            m_done[item] = r.base64("signature", 1, 1024);
        m_begun[item] = true;
        r.finish();
    }
}

std::vector<uint32_t> BatchJournal::unsure() const {
    std::vector<uint32_t> items;
    for (const auto& [item, begun] : m_begun) {
        if (m_done.count(item) == 0)
            items.push_back(item);
    }
    return items;
}

void BatchJournal::append_line(const std::string& line) {
    const std::string text = line + "\n";
    ssize_t wrote = 0;
    do {
        wrote = ::write(m_fd, text.data(), text.size());
    } while (wrote < 0 && errno == EINTR);
    if (wrote != static_cast<ssize_t>(text.size()))
        fail_to_keep();
    m_fresh = false;
}

void BatchJournal::intend(uint32_t item) {
    append_line(protocol::write_json(protocol::ObjectBuilder().integer("item", item).build()));
    m_begun[item] = true;
}

void BatchJournal::record(uint32_t item, ByteView signature) {
    append_line(protocol::write_json(
        protocol::ObjectBuilder().integer("item", item).base64("signature", signature).build()));
    m_done[item] = to_bytes(signature);
}

void BatchJournal::flush() {
    if (::fdatasync(m_fd) != 0)
        fail_to_keep();
}

void BatchJournal::remove() {
    ::unlink(m_path.c_str());
}

void remove_old_journals(const std::string& folder, Timestamp now) {
    namespace fs = std::filesystem;
    struct Found {
        int64_t written;
        std::string path;
    };
    std::vector<Found> found;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        struct stat info {};
        if (::lstat(entry.path().c_str(), &info) == 0 && S_ISREG(info.st_mode))
            found.push_back({info.st_mtim.tv_sec, entry.path().string()});
    }
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.written > b.written; });
    for (size_t i = 0; i < found.size(); ++i) {
        if (i < most_journals && found[i].written + journal_seconds > now.seconds)
            continue;
        int fd = ::open(found[i].path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
            ::unlink(found[i].path.c_str());
        ::close(fd);
    }
}

}  // namespace bidseal::bridge
