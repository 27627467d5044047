#include "bridge/local/trust/nss.h"

#include <algorithm>
#include <filesystem>

#include "bidseal/base/error.h"
#include "bidseal/crypto/certificate.h"

#include "bridge/local/base/private_files.h"
#include "bridge/local/base/program.h"
#include "bridge/os/process.h"

namespace bidseal::bridge {

namespace {

namespace fs = std::filesystem;

constexpr const char* nickname = "BidSeal bridge (this computer)";

/// Below a user's home: where profiles are folders of one folder.
constexpr const char* firefox_folders[] = {
    "/.mozilla/firefox",
    "/.config/mozilla/firefox",
    "/snap/firefox/common/.mozilla/firefox",
    "/.var/app/org.mozilla.firefox/.mozilla/firefox",
};
/// Chromium's own: the older one, which it goes on using where it is there, and the newer one.
constexpr const char* chromium_own[] = {"/.pki/nssdb", "/.local/share/pki/nssdb"};
constexpr const char* chromium_folders[] = {
    "/snap/chromium/current/.pki/nssdb",
    "/.var/app/org.chromium.Chromium/.pki/nssdb",
    "/.var/app/com.google.Chrome/.pki/nssdb",
};

bool is_database(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / "cert9.db", ignored);
}

}  // namespace

std::vector<std::string> find_nss_databases(const std::string& home) {
    std::vector<std::string> found;
    for (const char* folder : chromium_own) {
        if (is_database(home + folder))
            found.push_back(home + folder);
    }
    // Made where there is none yet: Chromium makes its own only when it needs one.
    if (found.empty())
        found.push_back(home + chromium_own[0]);
    for (const char* folder : chromium_folders) {
        if (is_database(home + folder))
            found.push_back(home + folder);
    }
    std::vector<std::string> profiles;
    for (const char* folder : firefox_folders) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(home + folder, none)) {
            if (is_database(entry.path()))
                profiles.push_back(entry.path().string());
        }
    }
    std::sort(profiles.begin(), profiles.end());
    found.insert(found.end(), profiles.begin(), profiles.end());
    return found;
}

std::string find_certutil() {
    constexpr const char* path = "/usr/bin/certutil";
    return os::is_program(path) ? path : "";
}

NssDatabase::NssDatabase(std::string certutil, std::string folder)
    : m_certutil(std::move(certutil)), m_folder(std::move(folder)) {}

bool NssDatabase::exists() const {
    return is_database(m_folder);
}

bool NssDatabase::run(std::vector<std::string> words) {
    words.insert(words.begin() + 1, {"-d", "sql:" + m_folder});
    const ProgramOutcome outcome = run_program(m_certutil, words);
    if (outcome.code != 0)
        m_problem = outcome.output;
    return outcome.code == 0;
}

std::vector<Bytes> NssDatabase::ours() const {
    if (!exists())
        return {};
    const ProgramOutcome listed =
        run_program(m_certutil, {"-L", "-d", "sql:" + m_folder, "-n", nickname, "-a"});
    std::vector<Bytes> found;
    if (listed.code == 0) {
        for (const crypto::Certificate& each :
             crypto::Certificate::parse_file(as_bytes(listed.output)))
            found.emplace_back(each.der().begin(), each.der().end());
    }
    return found;
}

bool NssDatabase::trusts(ByteView certificate) const {
    const std::vector<Bytes> stand = ours();
    if (std::none_of(stand.begin(), stand.end(), [&](const Bytes& each) {
            return std::equal(each.begin(), each.end(), certificate.begin(), certificate.end());
        }))
        return false;
    const ProgramOutcome listed = run_program(m_certutil, {"-L", "-d", "sql:" + m_folder});
    const size_t line = listed.output.find(nickname);
    if (line == std::string::npos)
        return false;
    // "nickname   C,," at the line's end: a trusted CA of TLS servers.
    const std::string rest = listed.output.substr(line, listed.output.find('\n', line) - line);
    return rest.find(" C,") != std::string::npos;
}

bool NssDatabase::add(const std::string& pem_file) {
    if (!exists()) {
        try {
            make_private_folder(m_folder);
        } catch (const Error& error) {
            m_problem = error.what();
            return false;
        }
        if (!run({"-N", "--empty-password"}))
            return false;
    }
    return run({"-A", "-n", nickname, "-t", "C,,", "-i", pem_file});
}

bool NssDatabase::remove_all() {
    // Each call takes one; a number of rounds, for a database that cannot be written.
    for (size_t left = ours().size(); left > 0; --left) {
        if (!run({"-D", "-n", nickname}))
            return false;
    }
    return ours().empty();
}

}  // namespace bidseal::bridge
