// Drives our side of the comparison with other people's programs (check_crypto.py):
//   interop_crypto COMMAND FILE...   message, content or ciphertext on standard input
// Exit code 0 when the thing holds, 1 when it does not, 2 when it was called wrongly.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/crypto/private_key.h"

using namespace bidseal;
using namespace bidseal::crypto;

namespace {

class DeviceRandom : public Random {
public:
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& b : out)
            b = static_cast<uint8_t>(m_device());
    }

private:
    std::random_device m_device;
};

Bytes read_stream(std::istream& in) {
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return to_bytes(as_bytes(text));
}

Bytes read_file(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    require(in.good(), ErrorCode::io_read, "a file cannot be read");
    return read_stream(in);
}

PrivateKey key_of(const std::string& name) {
    return PrivateKey::from_file(read_file(name), "test-secret");
}
Certificate certificate_of(const std::string& name) {
    return Certificate::parse_file(read_file(name)).front();
}

void write(ByteView bytes) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

/// signed-data KEY CERTIFICATE detached|embedded [CHAIN...]
Bytes make_signed_data(const std::vector<std::string>& files, const Bytes& content,
                       Random& random) {
    SignedDataParts parts;
    parts.signer = certificate_of(files.at(1));
    parts.signature = key_of(files.at(0)).sign(content, random);
    if (files.at(2) == "embedded")
        parts.content = content;
    for (size_t i = 3; i < files.size(); i++)
        parts.chain.push_back(certificate_of(files[i]));
    return build_signed_data(parts);
}

/// open KEY CERTIFICATE ENVELOPE [sha1]
SecretBytes open_envelope(const std::vector<std::string>& files, Random& random) {
    const ParsedEnvelopedData env = parse_enveloped_data(read_file(files.at(2)));
    const auto* recipient = find_recipient(env, certificate_of(files.at(1)));
    require(recipient != nullptr, ErrorCode::decrypt_failed, "not a recipient");
    const bool sha1 = files.size() > 3 && files[3] == "sha1";
    const SecretBytes key = key_of(files.at(0)).decrypt(recipient->encrypted_key, random, sha1);
    return open_enveloped_content(env, key.view());
}

bool run(const std::string& command, const std::vector<std::string>& files) {
    DeviceRandom random;
    const Bytes input = read_stream(std::cin);
    if (command == "sign") {
        write(key_of(files.at(0)).sign(input, random));
    } else if (command == "verify") {
        const Certificate c = certificate_of(files.at(0));
        return c.verify(input, read_file(files.at(1)), c.signature_kind());
    } else if (command == "encrypt") {
        write(certificate_of(files.at(0)).sm2_key().encrypt(input, random));
    } else if (command == "decrypt") {
        write(key_of(files.at(0)).decrypt(input, random).view());
    } else if (command == "point") {
        write(certificate_of(files.at(0)).sm2_key().point());
    } else if (command == "scalar") {
        write(key_of(files.at(0)).sm2().scalar().view());
    } else if (command == "signed-data") {
        write(make_signed_data(files, input, random));
    } else if (command == "verify-signed-data") {
        const ParsedSignedData parsed = parse_signed_data(read_file(files.at(0)));
        require(parsed.signer == certificate_of(files.at(1)), ErrorCode::signature_invalid,
                "another signer");
        write(as_bytes(parsed.has_signed_attributes ? "attributes" : "content"));
        return verify_signed_data(parsed, input);
    } else if (command == "envelope" || command == "envelope-sha1") {
        std::vector<Certificate> recipients;
        for (const std::string& file : files)
            recipients.push_back(certificate_of(file));
        write(build_enveloped_data(recipients, input, random, command == "envelope-sha1"));
    } else if (command == "open") {
        write(open_envelope(files, random).view());
    } else if (command == "chain") {
        TrustStore trust;
        trust.roots = {certificate_of(files.at(1))};
        for (size_t i = 2; i < files.size(); i++)
            trust.intermediates.push_back(certificate_of(files[i]));
        validate_chain(certificate_of(files.at(0)), {}, trust, parse_time("2026-03-15T00:00:00Z"),
                       KeyUsage::digital_signature, RevocationPolicy::use_if_present);
    } else {
        throw Error(ErrorCode::usage, "unknown command");
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2)
        return 2;
    try {
        return run(argv[1], std::vector<std::string>(argv + 2, argv + argc)) ? 0 : 1;
    } catch (const Error& error) {
        std::fprintf(stderr, "%s: %s\n", error_name(error.code()), error.what());
        return error.code() == ErrorCode::usage ? 2 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
