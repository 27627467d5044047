#include "bridge/local/trust/files.h"

#include <unistd.h>

#include "bidseal/crypto/certificate.h"

#include "bridge/local/base/private_files.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_file = 16 * 1024;

TlsFiles names_in(const std::string& state) {
    const std::string folder = state + "/tls/";
    return {folder + "authority.pem", folder + "server.pem", folder + "server.key", {}};
}

void write_pem(const std::string& path, ByteView der, const char* label) {
    std::string pem = to_pem(der, label);
    write_private_file(path, as_bytes(pem));
    wipe(pem.data(), pem.size());
}

}  // namespace

void write_tls_files(const std::string& state, const LocalCertificates& made) {
    const TlsFiles files = names_in(state);
    make_private_folder(state + "/tls");
    // Never a certificate beside another one's key: the certificate goes first and comes last.
    remove_tls_files(state);
    write_pem(files.authority, made.authority, "CERTIFICATE");
    write_pem(files.key, made.server_key.view(), "PRIVATE KEY");
    write_pem(files.certificate, made.server, "CERTIFICATE");
}

void remove_tls_files(const std::string& state) {
    const TlsFiles files = names_in(state);
    for (const std::string& path : {files.certificate, files.key, files.authority})
        ::unlink(path.c_str());
}

std::optional<TlsFiles> find_tls_files(const std::string& state) {
    TlsFiles files = names_in(state);
    const std::optional<Bytes> content = read_private_file(files.certificate, max_file);
    if (!content || ::access(files.key.c_str(), R_OK) != 0)
        return std::nullopt;
    files.not_after = crypto::Certificate::parse_file(*content).at(0).not_after();
    return files;
}

}  // namespace bidseal::bridge
