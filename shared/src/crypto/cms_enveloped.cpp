// EnvelopedData: GB/T 35275-2017 section 9 for SM2 recipients, RFC 5652 section 6 for RSA ones.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"
#include "bidseal/crypto/sm4.h"

#include "certificate_impl.h"
#include "cms_parts.h"

namespace bidseal::crypto {
namespace {

constexpr ErrorCode fault = ErrorCode::decrypt_failed;
constexpr cms::TypePair enveloped_data_type{oid::gm_enveloped_data, oid::cms_enveloped_data};
constexpr cms::TypePair data_type{oid::gm_data, oid::cms_data};
constexpr size_t max_recipients = 64;
constexpr size_t raw_cipher_overhead = 64 + 32;  // x, y and hash

/// RSAES-OAEP-params (RFC 4055 section 4.1). The defaults, which DER leaves out, are SHA-1.
Bytes oaep_algorithm(bool sha1) {
    if (sha1)
        return der::algorithm(oid::rsa_oaep, der::sequence_of({}));
    const Bytes hash = der::algorithm(oid::sha256, der::null_value());
    const Bytes mask = der::algorithm(oid::mgf1, hash);
    return der::algorithm(oid::rsa_oaep,
                          der::sequence_of({der::value(der::context_constructed(0), hash),
                                            der::value(der::context_constructed(1), mask)}));
}

Bytes build_recipient(const Certificate& recipient, const SecretBytes& content_key, Random& random,
                      bool oaep_sha1, bool gm) {
    Bytes algorithm, encrypted;
    switch (recipient.key_kind()) {
        case KeyKind::sm2: {
            SecretBytes nonce(48);
            random.fill(nonce.span());
            algorithm = der::algorithm(oid::sm2_encrypt);
            encrypted = recipient.sm2_key().encrypt_with_nonce(content_key.view(), nonce);
            break;
        }
        case KeyKind::rsa:
            algorithm = oaep_algorithm(oaep_sha1);
            encrypted = recipient.impl().key.encrypt_oaep(content_key.view(),
                                                          oaep_sha1 ? "SHA-1" : "SHA-256", random);
            break;
        case KeyKind::p256:
            throw Error(ErrorCode::key_invalid, "P-256 keys only sign");
    }
    return der::sequence_of({der::small_integer(gm ? 1 : 0), cms::certificate_name(recipient),
                             algorithm, der::octets(encrypted)});
}

bool is_sm2_encryption(std::string_view name) {
    return name == oid::sm2_encrypt || name == oid::sm2_exchange || name == oid::sm2 ||
           name == oid::sm2_sign;
}

/// Some makers write x || y || C2 || C3, with or without 04 in front, instead of SM2Cipher.
Bytes converted_cipher(ByteView encrypted) {
    try {
        sm2_cipher_from_der(encrypted);
        return to_bytes(encrypted);
    } catch (const Error&) {
    }
    ByteView raw = encrypted;
    if (raw.size() == 1 + raw_cipher_overhead + 16 && raw[0] == 0x04)
        raw = raw.subspan(1);
    require(raw.size() == raw_cipher_overhead + 16, fault, "not an SM2 ciphertext");
    Sm2CipherFields fields;
    std::copy_n(raw.begin(), 32, fields.x.begin());
    std::copy_n(raw.begin() + 32, 32, fields.y.begin());
    fields.cipher = to_bytes(raw.subspan(64, 16));
    std::copy_n(raw.begin() + 80, 32, fields.hash.begin());
    return sm2_cipher_to_der(fields);
}

ParsedEnvelopedData::Recipient read_recipient(der::Reader info) {
    ParsedEnvelopedData::Recipient recipient;
    const uint32_t version = info.small();
    info.check(version <= 2);
    if (info.next_is(der::context(0))) {
        recipient.key_identifier = to_bytes(info.any().content);
        info.check(version == 2 && !recipient.key_identifier.empty());
    } else {
        cms::CertificateName name = cms::read_certificate_name(info);
        recipient.issuer_der = std::move(name.issuer);
        recipient.serial = std::move(name.serial);
    }
    recipient.algorithm = cms::read_algorithm(info);
    const ByteView encrypted = info.octets();
    info.finish();
    info.check(!encrypted.empty() && encrypted.size() <= 4096);
    recipient.encrypted_key =
        is_sm2_encryption(recipient.algorithm) ? converted_cipher(encrypted) : to_bytes(encrypted);
    return recipient;
}

}  // namespace

Bytes build_enveloped_data(const std::vector<Certificate>& recipients, ByteView content,
                           Random& random, bool oaep_sha1) {
    require(!recipients.empty() && recipients.size() <= max_recipients, ErrorCode::usage,
            "an envelope has 1 to 64 recipients");
    const bool gm = recipients.front().key_kind() == KeyKind::sm2;
    SecretBytes key(16);
    Bytes iv(16);
    random.fill(key.span());
    random.fill(iv);

    std::vector<Bytes> infos;
    for (const Certificate& recipient : recipients)
        infos.push_back(build_recipient(recipient, key, random, oaep_sha1, gm));
    const Bytes encrypted = sm4_cbc_encrypt(key.view(), iv, content);
    const Bytes encrypted_content =
        der::sequence_of({der::oid(data_type.of(gm)), der::algorithm(oid::sm4_cbc, der::octets(iv)),
                          der::value(der::context(0), encrypted)});
    const Bytes enveloped = der::sequence_of(
        {der::small_integer(gm ? 1 : 0), der::set_of(std::move(infos)), encrypted_content});
    return cms::content_info(enveloped_data_type.of(gm), enveloped);
}

ParsedEnvelopedData parse_enveloped_data(ByteView der) {
    der::Reader data = cms::open_content_info(der, enveloped_data_type, fault);
    data.check(data.small() <= 2);

    ParsedEnvelopedData result;
    der::Reader recipients = data.enter(der::set);
    while (!recipients.done()) {
        result.recipients.push_back(read_recipient(recipients.enter(der::sequence)));
        data.check(result.recipients.size() <= max_recipients);
    }
    data.check(!result.recipients.empty());

    der::Reader content = data.enter(der::sequence);
    data.finish();
    const std::string content_type = content.oid();
    content.check(content_type == data_type.gm || content_type == data_type.cms);
    der::Reader algorithm = content.enter(der::sequence);
    result.content_algorithm = algorithm.oid();
    algorithm.check(result.content_algorithm == oid::sm4_cbc ||
                    result.content_algorithm == oid::sm4);
    result.iv = to_bytes(algorithm.octets());
    algorithm.check(result.iv.size() == 16);
    algorithm.finish();
    result.encrypted_content = to_bytes(content.value(der::context(0)).content);
    // The two sharedInfo fields of GB/T 35275 are not used by anyone.
    while (!content.done()) {
        content.check(content.next_is(der::context(1)) || content.next_is(der::context(2)));
        content.any();
    }
    return result;
}

const ParsedEnvelopedData::Recipient* find_recipient(const ParsedEnvelopedData& env,
                                                     const Certificate& certificate) {
    const Bytes& identifier = certificate.impl().subject_key_identifier;
    for (const auto& recipient : env.recipients) {
        if (!recipient.key_identifier.empty()) {
            if (!identifier.empty() && recipient.key_identifier == identifier)
                return &recipient;
        } else if (equal(recipient.issuer_der, certificate.issuer_der()) &&
                   equal(recipient.serial, certificate.serial())) {
            return &recipient;
        }
    }
    return nullptr;
}

SecretBytes open_enveloped_content(const ParsedEnvelopedData& env, ByteView content_key) {
    require(content_key.size() == 16 && env.iv.size() == 16, ErrorCode::decrypt_failed);
    return sm4_cbc_decrypt(content_key, env.iv, env.encrypted_content);
}

}  // namespace bidseal::crypto
