#include "authority.h"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"

#include "files.h"

namespace bidseal::testca {
namespace {

constexpr int64_t day = 86400;

constexpr char warning[] =
    "TEST ONLY. The keys in this folder are not protected, and everybody who reads the project "
    "can\n"
    "make such certificates. Never trust them outside tests.\n";

std::string purpose_name(Purpose purpose) {
    return purpose == Purpose::signing ? "sign" : "enc";
}

// A positive number of 16 bytes, so that no two certificates share one.
Bytes new_serial() {
    Bytes serial = random_bytes(16);
    serial[0] = static_cast<uint8_t>((serial[0] & 0x7F) | 0x40);
    return serial;
}

Bytes der_of(const std::string& path) {
    const auto found = crypto::Certificate::parse_file(read_file(path));
    require(!found.empty(), ErrorCode::certificate_invalid, "no certificate in the file");
    return to_bytes(found.front().der());
}

void append_line(const std::string& path, const std::string& line) {
    std::string text;
    if (file_exists(path))
        text = std::string(as_text(read_file(path)));
    write_file(path, text + line + "\n");
}

std::vector<std::vector<std::string>> read_table(const std::string& path) {
    std::vector<std::vector<std::string>> rows;
    if (!file_exists(path))
        return rows;
    std::istringstream in{std::string(as_text(read_file(path)))};
    for (std::string line; std::getline(in, line);) {
        std::vector<std::string> row;
        std::istringstream cells(line);
        for (std::string cell; std::getline(cells, cell, '\t');)
            row.push_back(cell);
        if (!row.empty())
            rows.push_back(row);
    }
    return rows;
}

}  // namespace

Timestamp now() {
    return {static_cast<int64_t>(std::time(nullptr))};
}

Validity valid_days(int days) {
    return {{now().seconds - 3600}, {now().seconds + days * day}};
}

void check_holder(const Holder& holder) {
    require(is_clean_text(holder.name, 64 * 3), ErrorCode::usage, "--name must be clean text");
    require(holder.credit_code.size() <= 32, ErrorCode::usage, "--code is too long");
    for (const char c : holder.credit_code) {
        require((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'), ErrorCode::usage,
                "--code has digits and capital letters");
    }
}

Authority Authority::create(const std::string& folder, const std::string& organization,
                            crypto::KeyKind kind, const std::string& crl_url,
                            std::optional<Timestamp> not_before) {
    check_holder({organization, ""});
    make_folder(folder);
    Authority ca(folder);
    if (file_exists(ca.path("root.crt"))) {
        throw Error(ErrorCode::file_exists, "there is a CA in this folder");
    }
    ca.m_crl_url = crl_url;
    ca.m_root_key = generate_key(kind);
    ca.m_issuing_key = generate_key(kind);

    CertificatePlan plan;
    plan.purpose = Purpose::authority;
    plan.subject = name_der({organization, organization + " TEST Root"});
    plan.spki = ca.m_root_key->spki();
    plan.issuer = plan.subject;
    plan.issuer_spki = plan.spki;
    plan.serial = new_serial();
    const Validity validity = valid_days(20 * 365);
    plan.not_before = not_before.value_or(validity.from);
    plan.not_after = validity.until;
    ca.m_root = make_certificate(plan, *ca.m_root_key);

    plan.purpose = Purpose::sub_authority;
    plan.subject = name_der({organization, organization + " TEST Issuing"});
    plan.spki = ca.m_issuing_key->spki();
    plan.serial = new_serial();
    plan.not_after = valid_days(10 * 365).until;
    ca.m_issuing = make_certificate(plan, *ca.m_root_key);

    write_file(ca.path("README-TEST.txt"), std::string(warning));
    write_file(ca.path("root.key"), to_pem(ca.m_root_key->pkcs8(), "PRIVATE KEY"), true);
    write_file(ca.path("issuing.key"), to_pem(ca.m_issuing_key->pkcs8(), "PRIVATE KEY"), true);
    write_file(ca.path("issuing.crt"), to_pem(ca.m_issuing, "CERTIFICATE"));
    write_file(ca.path("crl-url.txt"), crl_url);
    write_file(ca.path("root.crt"), to_pem(ca.m_root, "CERTIFICATE"));
    ca.write_crls(30);
    return ca;
}

Authority Authority::open(const std::string& folder) {
    Authority ca(folder);
    ca.m_root = der_of(ca.path("root.crt"));
    ca.m_issuing = der_of(ca.path("issuing.crt"));
    ca.m_root_key = load_key(read_file(ca.path("root.key")));
    ca.m_issuing_key = load_key(read_file(ca.path("issuing.key")));
    ca.m_crl_url = std::string(as_text(read_file(ca.path("crl-url.txt"))));
    return ca;
}

Bytes Authority::issue(const Holder& holder, Purpose purpose, ByteView spki,
                       const Validity& validity) {
    check_holder(holder);
    require(validity.from < validity.until, ErrorCode::usage, "the validity ends before it begins");
    const auto issuing = crypto::Certificate::parse(m_issuing);
    CertificatePlan plan;
    plan.purpose = purpose;
    plan.subject = name_der({holder.name, holder.name});
    plan.spki = to_bytes(spki);
    plan.issuer = to_bytes(issuing.subject_der());
    plan.issuer_spki = m_issuing_key->spki();
    plan.serial = new_serial();
    plan.not_before = validity.from;
    plan.not_after = validity.until;
    plan.credit_code = holder.credit_code;
    plan.crl_url = m_crl_url;
    const Bytes certificate = make_certificate(plan, *m_issuing_key);
    append_line(path("issued.tsv"), to_hex(plan.serial) + "\t" + purpose_name(purpose) + "\t" +
                                        format_time(validity.until) + "\t" + holder.name);
    return certificate;
}

void Authority::revoke(ByteView serial) {
    const std::string hex = to_hex(serial);
    const auto issued = read_table(path("issued.tsv"));
    const bool known = std::any_of(issued.begin(), issued.end(),
                                   [&](const auto& row) { return row.front() == hex; });
    require(known, ErrorCode::usage, "this CA has issued no certificate with that serial");
    for (const Revocation& entry : revoked()) {
        if (equal(entry.serial, serial))
            return;
    }
    append_line(path("revoked.tsv"), hex + "\t" + format_time(now()));
}

std::vector<Revocation> Authority::revoked() const {
    std::vector<Revocation> list;
    for (const auto& row : read_table(path("revoked.tsv"))) {
        require(row.size() == 2, ErrorCode::encoding_invalid, "revoked.tsv is damaged");
        list.push_back({from_hex(row[0]), parse_time(row[1])});
    }
    return list;
}

void Authority::write_crls(int days) {
    const Timestamp begin = now();
    const Timestamp end{begin.seconds + days * day};
    // Seconds since 2020 only grow, as a CRL number must.
    const auto number = static_cast<uint32_t>(begin.seconds - 1577836800);
    const auto write = [&](const std::string& name, const Bytes& certificate,
                           const std::vector<Revocation>& list, const Signer& key) {
        const auto issuer = crypto::Certificate::parse(certificate);
        const Bytes crl = make_crl(issuer.subject_der(), list, begin, end, number, key);
        write_file(path(name + ".crl"), crl);
        write_file(path(name + ".crl.pem"), to_pem(crl, "X509 CRL"));
    };
    write("issuing", m_issuing, revoked(), *m_issuing_key);
    write("root", m_root, {}, *m_root_key);
}

std::string Authority::chain_pem() const {
    return to_pem(m_issuing, "CERTIFICATE") + to_pem(m_root, "CERTIFICATE");
}

}  // namespace bidseal::testca
