// bidseal-testca: makes certificates, UKeys and revocation lists for tests.
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"

#include "authority.h"
#include "files.h"
#include "provision.h"

namespace bidseal::testca {
namespace {

constexpr char help[] =
    R"(bidseal-testca: a TEST certificate authority. Never trust what it makes outside tests.

  bidseal-testca init DIR [--organization NAME] [--alg sm2|p256|rsa] [--crl-url URL] [--not-before TIME]
      a root and an issuing CA: root.crt issuing.crt, keys beside them, empty CRLs
  bidseal-testca ukey DIR --name ORGANISATION --code CREDITCODE --device NAME --pin PIN --admin-pin PIN
      [--label TEXT] [--retries N] [--default-pin] [--kdf-iterations N]
      a software UKey with signing and encryption certificate, made through its SKF interface;
      DIR/ukeys/NAME/{sign.crt,enc.crt,sign.csr}
  bidseal-testca platform DIR --name ORGANISATION --code CREDITCODE --out FOLDER [--alg sm2|p256|rsa]
  bidseal-testca rescue   DIR --name ORGANISATION --code CREDITCODE --out FOLDER [--alg sm2|p256|rsa]
      key files for a platform or a rescue member: FOLDER/{sign,enc}.{key,crt}, chain.crt
  bidseal-testca renew DIR (--device NAME --pin PIN | --out FOLDER) [--new-encryption-key]
      new certificates over the same keys; the old files become *.old
  bidseal-testca certify DIR --name ORGANISATION --code CREDITCODE --purpose signing|encryption
      --spki FILE --out FILE
      a certificate over a public key from elsewhere (SubjectPublicKeyInfo DER): whoever calls has
      checked whose it is
  bidseal-testca crl DIR [--revoke SERIAL|CERTIFICATE]... [--days N]
      writes issuing.crl and root.crl (DER; .crl.pem beside), revoking first

Options of ukey, platform, rescue, certify, renew:
  --not-before, --not-after TIME   2026-11-22T08:30:00Z; the default is one hour ago, for --days (365)
  --pin-file, --admin-pin-file F   read the PIN from the first line of a file
  --library FILE                   SKF library; the default is libbidseal_softukey.so beside the program
  --ukey-dir FOLDER                where software UKeys live; the default is $BIDSEAL_SOFTUKEY_DIR

Example:
  bidseal-testca init ca && bidseal-testca ukey ca --name 东海建设有限公司 --code 91310000MA1FL0XX0A \
      --device donghai --pin 135790 --admin-pin 24680135
)";

class Options {
public:
    Options(int argc, char** argv) {
        static const std::set<std::string> flags{"--default-pin", "--new-encryption-key"};
        static const std::set<std::string> valued{
            "--organization", "--alg",     "--crl-url",  "--name",           "--code",
            "--device",       "--pin",     "--pin-file", "--admin-pin",      "--admin-pin-file",
            "--label",        "--retries", "--days",     "--kdf-iterations", "--out",
            "--revoke",       "--library", "--ukey-dir", "--not-before",     "--not-after",
            "--purpose",      "--spki"};
        for (int i = 1; i < argc; ++i) {
            const std::string word = argv[i];
            if (flags.count(word) != 0) {
                m_values[word].push_back("");
            } else if (valued.count(word) != 0) {
                require(i + 1 < argc, ErrorCode::usage, (word + " needs a value").c_str());
                m_values[word].push_back(argv[++i]);
            } else {
                require(word.substr(0, 2) != "--", ErrorCode::usage,
                        ("unknown option " + word).c_str());
                m_words.push_back(word);
            }
        }
    }

    const std::vector<std::string>& words() const { return m_words; }
    bool has(const std::string& name) const { return m_values.count(name) != 0; }
    std::vector<std::string> all(const std::string& name) const {
        const auto at = m_values.find(name);
        return at == m_values.end() ? std::vector<std::string>{} : at->second;
    }
    std::string get(const std::string& name, const std::string& otherwise) const {
        const auto at = m_values.find(name);
        return at == m_values.end() ? otherwise : at->second.back();
    }
    std::string need(const std::string& name) const {
        require(has(name), ErrorCode::usage, (name + " is missing").c_str());
        return get(name, "");
    }
    uint32_t number(const std::string& name, uint32_t otherwise) const {
        if (!has(name))
            return otherwise;
        const std::string text = need(name);
        require(is_decimal(text, 0) && text.size() <= 7 && text[0] != '-', ErrorCode::usage,
                (name + " is a number").c_str());
        return static_cast<uint32_t>(std::stoul(text));
    }
    SecretBytes pin(const std::string& name) const {
        if (!has(name + "-file"))
            return SecretBytes::copy_of(as_bytes(need(name)));
        const Bytes file = read_file(need(name + "-file"));
        const std::string_view text = as_text(file);
        return SecretBytes::copy_of(as_bytes(text.substr(0, text.find_first_of("\r\n"))));
    }

private:
    std::vector<std::string> m_words;
    std::map<std::string, std::vector<std::string>> m_values;
};

Validity validity_of(const Options& options) {
    Validity validity = valid_days(static_cast<int>(options.number("--days", 365)));
    if (options.has("--not-before"))
        validity.from = parse_time(options.need("--not-before"));
    if (options.has("--not-after"))
        validity.until = parse_time(options.need("--not-after"));
    return validity;
}

Holder holder_of(const Options& options) {
    Holder holder{options.need("--name"), options.need("--code")};
    check_holder(holder);
    return holder;
}

std::string default_library() {
    char path[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    std::string folder = length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
    folder.erase(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
    for (const char* place : {"/../lib/libbidseal_softukey.so", "/libbidseal_softukey.so"}) {
        if (file_exists(folder + place))
            return folder + place;
    }
    return "libbidseal_softukey.so";
}

// Where the library will look; told to it by the environment variable that it reads.
std::string ukey_folder(const Options& options) {
    if (options.has("--ukey-dir")) {
        ::setenv("BIDSEAL_SOFTUKEY_DIR", options.need("--ukey-dir").c_str(), 1);
    }
    if (const char* set = std::getenv("BIDSEAL_SOFTUKEY_DIR"); set && *set)
        return set;
    const char* home = std::getenv("HOME");
    return std::string(home ? home : "") + "/.local/share/bidseal/softukey";
}

UkeyPlan ukey_plan(const Options& options) {
    UkeyPlan plan;
    plan.library = options.get("--library", default_library());
    plan.device = options.need("--device");
    require(is_identifier(plan.device) && plan.device[0] != '.', ErrorCode::usage,
            "--device is 1 to 64 letters, digits, dots, dashes or underscores");
    plan.label = options.get("--label", plan.device.substr(0, 32));
    plan.user_pin = options.pin("--pin");
    plan.user_tries = options.number("--retries", 6);
    plan.keep_default_pin = options.has("--default-pin");
    plan.validity = validity_of(options);
    return plan;
}

void keep_old(const std::string& path) {
    if (file_exists(path))
        write_file(path + ".old", read_file(path));
}

void write_ukey_files(const std::string& folder, const UkeyCertificates& made) {
    make_folder(folder);
    keep_old(folder + "/sign.crt");
    keep_old(folder + "/enc.crt");
    write_file(folder + "/sign.csr", to_pem(made.request, "CERTIFICATE REQUEST"));
    write_file(folder + "/sign.crt", to_pem(made.signing, "CERTIFICATE"));
    write_file(folder + "/enc.crt", to_pem(made.encryption, "CERTIFICATE"));
    std::printf("%s/sign.crt\n%s/enc.crt\n", folder.c_str(), folder.c_str());
}

void run_init(const Options& options, const std::string& folder) {
    Authority::create(folder, options.get("--organization", "BidSeal"),
                      parse_kind(options.get("--alg", "sm2")), options.get("--crl-url", ""),
                      options.has("--not-before")
                          ? std::optional(parse_time(options.need("--not-before")))
                          : std::nullopt);
    std::printf("%s/root.crt\n%s/issuing.crt\n", folder.c_str(), folder.c_str());
}

void run_ukey(const Options& options, const std::string& folder) {
    Authority ca = Authority::open(folder);
    UkeyPlan plan = ukey_plan(options);
    plan.admin_pin = options.pin("--admin-pin");
    plan.holder = holder_of(options);
    make_blank(ukey_folder(options), plan.device, options.number("--kdf-iterations", 0));
    write_ukey_files(folder + "/ukeys/" + plan.device, provision(ca, plan));
}

// Writes NAME.key (unless it is there) and NAME.crt over it.
void issue_files(Authority& ca, const std::string& base, Purpose purpose, const Holder& holder,
                 const KeyPair& key, const Validity& validity) {
    keep_old(base + ".crt");
    write_file(base + ".key", to_pem(key.pkcs8(), "PRIVATE KEY"), true);
    write_file(base + ".crt",
               to_pem(ca.issue(holder, purpose, key.spki(), validity), "CERTIFICATE"));
    std::printf("%s.crt\n", base.c_str());
}

void run_key_files(const Options& options, const std::string& folder) {
    Authority ca = Authority::open(folder);
    const Holder holder = holder_of(options);
    const std::string out = options.need("--out");
    const auto kind = parse_kind(options.get("--alg", "sm2"));
    if (file_exists(out + "/sign.key")) {
        throw Error(ErrorCode::file_exists, "there are keys in " + out);
    }
    make_folder(out);
    issue_files(ca, out + "/sign", Purpose::signing, holder, *generate_key(kind),
                validity_of(options));
    issue_files(ca, out + "/enc", Purpose::encryption, holder, *generate_key(kind),
                validity_of(options));
    write_file(out + "/chain.crt", ca.chain_pem());
}

void run_renew(const Options& options, const std::string& folder) {
    Authority ca = Authority::open(folder);
    const bool fresh = options.has("--new-encryption-key");
    if (options.has("--device")) {
        const UkeyPlan plan = ukey_plan(options);
        ukey_folder(options);
        write_ukey_files(folder + "/ukeys/" + plan.device, renew(ca, plan, fresh));
        return;
    }
    const std::string out = options.need("--out");
    const auto old = crypto::Certificate::parse_file(read_file(out + "/sign.crt")).at(0);
    const Holder holder{old.holder_name(), old.credit_code()};
    const auto signing = load_key(read_file(out + "/sign.key"));
    auto encryption = load_key(read_file(out + "/enc.key"));
    if (fresh) {
        write_file(out + "/enc.key.old", read_file(out + "/enc.key"), true);
        encryption = generate_key(encryption->kind());
    }
    issue_files(ca, out + "/sign", Purpose::signing, holder, *signing, validity_of(options));
    issue_files(ca, out + "/enc", Purpose::encryption, holder, *encryption, validity_of(options));
}

void run_certify(const Options& options, const std::string& folder) {
    Authority ca = Authority::open(folder);
    const std::string purpose = options.need("--purpose");
    require(purpose == "signing" || purpose == "encryption", ErrorCode::usage,
            "--purpose is signing or encryption");
    const Bytes spki = read_file(options.need("--spki"));
    crypto::Sm2PublicKey::from_spki(spki);
    const Bytes certificate =
        ca.issue(holder_of(options), purpose == "signing" ? Purpose::signing : Purpose::encryption,
                 spki, validity_of(options));
    write_file(options.need("--out"), to_pem(certificate, "CERTIFICATE"));
    std::printf("%s\n", options.need("--out").c_str());
}

void run_crl(const Options& options, const std::string& folder) {
    Authority ca = Authority::open(folder);
    for (const std::string& what : options.all("--revoke")) {
        if (file_exists(what)) {
            const auto found = crypto::Certificate::parse_file(read_file(what));
            require(!found.empty(), ErrorCode::certificate_invalid, "no certificate in the file");
            ca.revoke(found.front().serial());
        } else {
            ca.revoke(from_hex(what));
        }
    }
    ca.write_crls(static_cast<int>(options.number("--days", 30)));
    std::printf("%s/issuing.crl\n%s/root.crl\n", folder.c_str(), folder.c_str());
}

void run(const Options& options) {
    require(options.words().size() == 2, ErrorCode::usage,
            "a command and a folder are needed; see --help");
    const std::string& command = options.words()[0];
    const std::string& folder = options.words()[1];
    if (command == "init")
        return run_init(options, folder);
    if (command == "ukey")
        return run_ukey(options, folder);
    if (command == "platform" || command == "rescue")
        return run_key_files(options, folder);
    if (command == "renew")
        return run_renew(options, folder);
    if (command == "certify")
        return run_certify(options, folder);
    if (command == "crl")
        return run_crl(options, folder);
    throw Error(ErrorCode::usage, "unknown command " + command);
}

}  // namespace
}  // namespace bidseal::testca

int main(int argc, char** argv) {
    using namespace bidseal;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--help" || word == "-h") {
            std::fputs(testca::help, stdout);
            return 0;
        }
    }
    try {
        testca::run(testca::Options(argc, argv));
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "bidseal-testca: %s (%s)\n", error_text(error.code(), false),
                     error.what());
        if (error.retries_left()) {
            std::fprintf(stderr, "  tries left: %u\n", *error.retries_left());
        }
        return error.code() == ErrorCode::usage ? 2 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bidseal-testca: %s\n", error.what());
        return 1;
    }
}
