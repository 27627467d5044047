// What is left of a batch when the bridge is killed: which of its items were signed, and how.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bidseal/base/time.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::bridge {

/// Journals of batches that nobody took up again are removed after this time.
inline constexpr int64_t journal_seconds = 24 * 60 * 60;
inline constexpr size_t most_journals = 64;

/// One batch: a file that is only written at its end. It holds a digest over the terms of the
/// batch, numbers of items and their signatures; no contents, names, pages or PINs. Not thread
/// safe.
class BatchJournal {
public:
    /// Takes up the batch of this name, or begins it. `terms` stands for everything that the person
    /// agreed to. Throws Error: message_invalid (the name was used for other terms), busy (the
    /// batch is being worked on), io_write, disk_full.
    static std::unique_ptr<BatchJournal> open(const std::string& folder, const std::string& name,
                                              const crypto::Sm3Digest& terms, uint32_t count);
    ~BatchJournal();
    BatchJournal(const BatchJournal&) = delete;
    BatchJournal& operator=(const BatchJournal&) = delete;

    /// The signatures made so far, by item.
    const std::map<uint32_t, Bytes>& done() const { return m_done; }
    /// Items whose signing was begun when the bridge ended: the token may have signed them, but the
    /// signature went nowhere.
    std::vector<uint32_t> unsure() const;

    /// Notes that the token will be asked now. Outlives a killed process at once.
    void intend(uint32_t item);
    /// Keeps the signature. Outlives a killed process at once, a power cut after flush().
    void record(uint32_t item, ByteView signature);
    /// Brings everything to the disk; before signatures are given out.
    void flush();
    /// The batch is over: the file goes.
    void remove();

private:
    BatchJournal(std::string path, int fd) : m_path(std::move(path)), m_fd(fd) {}
    void read(const crypto::Sm3Digest& terms, uint32_t count);
    void append_line(const std::string& line);

    std::string m_path;
    int m_fd;
    std::map<uint32_t, Bytes> m_done;
    std::map<uint32_t, bool> m_begun;
    bool m_fresh = true;
};

/// Removes journals that were not written for journal_seconds, and the oldest beyond most_journals.
/// Those that are being worked on stay.
void remove_old_journals(const std::string& folder, Timestamp now);

}  // namespace bidseal::bridge
