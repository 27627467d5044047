// Files, terminal and signals of the operating system.
#pragma once

#include <functional>
#include <string>

#include "bidseal/base/bytes.h"
#include "bidseal/base/secret.h"

#include "bridge/host/system.h"

namespace bidseal::cli {

using host::FixedClock;
using host::SystemClock;
using host::SystemRandom;

/// A regular file, read by position. Notices when the file changes under it.
class InputFile {
public:
    /// Throws Error(io_read).
    explicit InputFile(const std::string& path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    uint64_t size() const { return m_size; }
    /// Exactly `length` bytes at `offset`. Throws Error(io_read), Error(file_changed) when they are
    /// not there any more.
    void read(uint64_t offset, std::span<uint8_t> out) const;
    Bytes read(uint64_t offset, uint64_t length) const;
    /// Throws Error(file_changed) when size or times are not those of the opening.
    void check_unchanged() const;

private:
    int m_fd = -1;
    uint64_t m_size = 0;
    int64_t m_changed_s = 0, m_changed_ns = 0;
};

/// A small file as a whole. Throws Error: io_read, limit_exceeded.
Bytes read_file(const std::string& path, uint64_t limit);

/// Writes under a temporary name beside the target and takes the final name only at commit():
/// whatever happens before, nothing half-written stands under the final name.
class OutputFile : public Sink {
public:
    /// Without `sync`, what makes it survive a power cut is left to the OutputFolder around it.
    /// Throws Error: file_exists (without `overwrite`), io_write.
    OutputFile(std::string path, bool overwrite, bool sync = true);
    ~OutputFile() override;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// Throws Error: disk_full, io_write.
    void write(ByteView bytes) override;
    void commit();

private:
    void flush();
    std::string m_path, m_temporary;
    bool m_overwrite, m_sync;
    int m_fd = -1;
    Bytes m_buffer;
};

void write_file(const std::string& path, ByteView bytes, bool overwrite);

/// Makes a folder and those above it. Throws Error: disk_full, io_write.
void make_folder(const std::string& path);

/// A folder that is filled under a temporary name and takes its own at commit().
class OutputFolder {
public:
    /// Throws Error: file_exists, io_write.
    explicit OutputFolder(std::string path);
    ~OutputFolder();
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;
    /// The place of a document (its folders are made); `relative` is a safe path.
    std::string place(const std::string& relative);
    void commit();

private:
    std::string m_path, m_temporary;
    bool m_committed = false;
};

/// Removes unfinished files and ends with exit code 130 on SIGINT and SIGTERM: called in loops.
/// Throws Error(cancelled).
void check_cancelled();
void install_signal_handlers();

/// Asks on the terminal without echo; from standard input's first line when `from_stdin`.
/// Throws Error(pin_cancelled).
SecretBytes ask_secret(const std::string& prompt, bool from_stdin);
/// The first line of a file, as a secret.
SecretBytes read_secret(const std::string& path);

}  // namespace bidseal::cli
