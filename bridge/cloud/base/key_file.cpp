#include "bridge/cloud/base/key_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bidseal/base/error.h"

namespace bidseal::cloud {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_fd; }

private:
    int m_fd;
};

void write_new_file(const std::string& path, ByteView content) {
    // Under another name first: a crash leaves no half of a key behind.
    const std::string fresh = path + ".new";
    ::unlink(fresh.c_str());
    Descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    const auto size = static_cast<ssize_t>(content.size());
    const bool written = file.get() >= 0 &&
                         ::write(file.get(), content.data(), content.size()) == size &&
                         ::fsync(file.get()) == 0 && ::link(fresh.c_str(), path.c_str()) == 0;
    ::unlink(fresh.c_str());
    require(written, ErrorCode::io_write, "a key file cannot be written");
}

SecretBytes read_secret(const std::string& path, size_t size) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat info {};
    require(file.get() >= 0 && ::fstat(file.get(), &info) == 0, ErrorCode::io_read);
    require(info.st_uid == ::geteuid() && (info.st_mode & 077) == 0, ErrorCode::io_read,
            "a key file that others may read");
    SecretBytes text(2 * size);
    const ssize_t got = ::read(file.get(), text.span().data(), text.size());
    require(got == static_cast<ssize_t>(text.size()), ErrorCode::io_read, "no key file");
    Bytes bytes = from_hex(as_text(text.view()));
    SecretBytes secret = SecretBytes::copy_of(bytes);
    wipe(bytes.data(), bytes.size());
    return secret;
}

}  // namespace

void open_private_folder(const std::string& path) {
    ::mkdir(path.c_str(), 0700);
    struct stat info {};
    const bool usable = ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
                        info.st_uid == ::geteuid() && (info.st_mode & 077) == 0;
    require(usable, ErrorCode::io_write, "the state folder is not this user's alone");
}

SecretBytes load_or_make_secret(const std::string& path, size_t size, Random& random) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        SecretBytes fresh(size);
        random.fill(fresh.span());
        std::string text = to_hex(fresh.view()) + "\n";
        write_new_file(path, as_bytes(text));
        wipe(text.data(), text.size());
    }
    return read_secret(path, size);
}

crypto::Sm2PrivateKey load_or_make_key(const std::string& path, Random& random) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        std::string text = to_hex(crypto::Sm2PrivateKey::generate(random).scalar().view()) + "\n";
        write_new_file(path, as_bytes(text));
        wipe(text.data(), text.size());
    }
    return crypto::Sm2PrivateKey::from_scalar(read_secret(path, 32));
}

Bytes read_whole_file(const std::string& path, size_t max_bytes) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    require(file.get() >= 0 && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode),
            ErrorCode::io_read);
    require(static_cast<uint64_t>(info.st_size) <= max_bytes, ErrorCode::limit_exceeded);
    Bytes content(static_cast<size_t>(info.st_size));
    size_t filled = 0;
    while (filled < content.size()) {
        const ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
        if (got < 0 && errno == EINTR)
            continue;
        require(got > 0, ErrorCode::io_read);
        filled += static_cast<size_t>(got);
    }
    return content;
}

}  // namespace bidseal::cloud
