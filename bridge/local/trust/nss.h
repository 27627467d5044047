// The lists of trusted CAs that browsers on Linux keep for their user: NSS databases, changed with
// certutil (Debian: libnss3-tools).
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/bytes.h"

namespace bidseal::bridge {

/// The databases of this user's browsers that are there: Chromium's and Firefox' profiles, those of
/// packages with homes of their own as well. One of Chromium's is on the list whether it is there
/// or not. Folders, without `sql:`; `home` without a slash at its end.
std::vector<std::string> find_nss_databases(const std::string& home);

/// certutil, or an empty text when it is not installed.
std::string find_certutil();

class NssDatabase {
public:
    /// `certutil` from find_certutil().
    NssDatabase(std::string certutil, std::string folder);

    const std::string& folder() const { return m_folder; }
    bool exists() const;
    /// The certificates that stand there under the bridge's nickname, DER.
    std::vector<Bytes> ours() const;
    /// Whether this very certificate stands there and is trusted for TLS servers.
    bool trusts(ByteView certificate) const;
    /// Makes the database where there is none, and has it trust the certificate of this PEM file
    /// for TLS servers, nothing else. False with certutil's words in problem() when that fails.
    bool add(const std::string& pem_file);
    /// Takes all of ours() out. False as add().
    bool remove_all();
    const std::string& problem() const { return m_problem; }

private:
    bool run(std::vector<std::string> words);

    std::string m_certutil, m_folder, m_problem;
};

}  // namespace bidseal::bridge
