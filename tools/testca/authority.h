// The test CA's folder: a root, an intermediate that issues, what was issued and revoked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"

#include "keys.h"
#include "x509.h"

namespace bidseal::testca {

/// When a certificate is valid. The default begins an hour ago, against clocks that differ.
struct Validity {
    Timestamp from;
    Timestamp until;
};

/// From now minus one hour, for `days`.
Validity valid_days(int days);
Timestamp now();

/// Who gets certificates.
struct Holder {
    std::string name;         ///< 单位名称, the organisation
    std::string credit_code;  ///< 统一社会信用代码, 18 characters
};

/// Throws Error(usage) unless the name is clean text and the code is empty or [0-9A-Z]{1,32}.
void check_holder(const Holder& holder);

class Authority {
public:
    /// Makes a new CA in the folder. Throws Error(file_exists) when there is one.
    static Authority create(const std::string& folder, const std::string& organization,
                            crypto::KeyKind kind, const std::string& crl_url,
                            std::optional<Timestamp> not_before = std::nullopt);
    /// Throws Error(io_read) where there is none.
    static Authority open(const std::string& folder);

    /// DER of a new certificate over the holder's key; noted in issued.tsv.
    Bytes issue(const Holder& holder, Purpose purpose, ByteView spki, const Validity& validity);

    /// Notes the serial as revoked now. Throws Error(usage) when it was never issued here.
    void revoke(ByteView serial);

    /// Writes issuing.crl, root.crl (DER) and the same as .crl.pem, valid for `days`.
    void write_crls(int days);

    const std::string& folder() const { return m_folder; }
    /// PEM of intermediate and root.
    std::string chain_pem() const;

private:
    explicit Authority(std::string folder) : m_folder(std::move(folder)) {}
    std::string path(const std::string& name) const { return m_folder + "/" + name; }
    std::vector<Revocation> revoked() const;

    std::string m_folder;
    std::string m_crl_url;
    std::unique_ptr<KeyPair> m_root_key;
    std::unique_ptr<KeyPair> m_issuing_key;
    Bytes m_root;
    Bytes m_issuing;
};

}  // namespace bidseal::testca
