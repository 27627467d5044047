// Object identifiers (dotted text) that certificates, keys and messages carry.
#pragma once

#include <string_view>

namespace bidseal::crypto::oid {

// GM/T 0006, GB/T 33560: algorithms.
inline constexpr std::string_view sm2 = "1.2.156.10197.1.301";
inline constexpr std::string_view sm2_sign = "1.2.156.10197.1.301.1";
inline constexpr std::string_view sm2_exchange = "1.2.156.10197.1.301.2";
inline constexpr std::string_view sm2_encrypt = "1.2.156.10197.1.301.3";
inline constexpr std::string_view sm3 = "1.2.156.10197.1.401";
inline constexpr std::string_view sm3_plain = "1.2.156.10197.1.401.1";
inline constexpr std::string_view sm2_with_sm3 = "1.2.156.10197.1.501";
inline constexpr std::string_view sm4 = "1.2.156.10197.1.104";
inline constexpr std::string_view sm4_cbc = "1.2.156.10197.1.104.2";
inline constexpr std::string_view hmac_sm3 = "1.2.156.10197.1.401.2";
inline constexpr std::string_view hmac_sm3_openssl = "1.2.156.10197.1.401.3.1";

// GB/T 35275: message syntax.
inline constexpr std::string_view gm_data = "1.2.156.10197.6.1.4.2.1";
inline constexpr std::string_view gm_signed_data = "1.2.156.10197.6.1.4.2.2";
inline constexpr std::string_view gm_enveloped_data = "1.2.156.10197.6.1.4.2.3";

// RFC 5652: the same in CMS.
inline constexpr std::string_view cms_data = "1.2.840.113549.1.7.1";
inline constexpr std::string_view cms_signed_data = "1.2.840.113549.1.7.2";
inline constexpr std::string_view cms_enveloped_data = "1.2.840.113549.1.7.3";
inline constexpr std::string_view attribute_content_type = "1.2.840.113549.1.9.3";
inline constexpr std::string_view attribute_message_digest = "1.2.840.113549.1.9.4";

// International algorithms.
inline constexpr std::string_view ec_public_key = "1.2.840.10045.2.1";
inline constexpr std::string_view curve_p256 = "1.2.840.10045.3.1.7";
inline constexpr std::string_view ecdsa_sha256 = "1.2.840.10045.4.3.2";
inline constexpr std::string_view ecdsa_sha384 = "1.2.840.10045.4.3.3";
inline constexpr std::string_view ecdsa_sha512 = "1.2.840.10045.4.3.4";
inline constexpr std::string_view rsa = "1.2.840.113549.1.1.1";
inline constexpr std::string_view rsa_oaep = "1.2.840.113549.1.1.7";
inline constexpr std::string_view rsa_sha256 = "1.2.840.113549.1.1.11";
inline constexpr std::string_view rsa_sha384 = "1.2.840.113549.1.1.12";
inline constexpr std::string_view rsa_sha512 = "1.2.840.113549.1.1.13";
inline constexpr std::string_view mgf1 = "1.2.840.113549.1.1.8";
inline constexpr std::string_view sha1 = "1.3.14.3.2.26";
inline constexpr std::string_view sha256 = "2.16.840.1.101.3.4.2.1";

// PKCS #5 (RFC 8018): encrypted key files.
inline constexpr std::string_view pbes2 = "1.2.840.113549.1.5.13";
inline constexpr std::string_view pbkdf2 = "1.2.840.113549.1.5.12";
inline constexpr std::string_view hmac_sha1 = "1.2.840.113549.2.7";
inline constexpr std::string_view hmac_sha256 = "1.2.840.113549.2.9";
inline constexpr std::string_view hmac_sha512 = "1.2.840.113549.2.11";
inline constexpr std::string_view aes128_cbc = "2.16.840.1.101.3.4.1.2";
inline constexpr std::string_view aes192_cbc = "2.16.840.1.101.3.4.1.22";
inline constexpr std::string_view aes256_cbc = "2.16.840.1.101.3.4.1.42";

// RFC 5280 section 4.2: certificate and list extensions.
inline constexpr std::string_view subject_key_identifier = "2.5.29.14";
inline constexpr std::string_view key_usage = "2.5.29.15";
inline constexpr std::string_view subject_alt_name = "2.5.29.17";
inline constexpr std::string_view basic_constraints = "2.5.29.19";
inline constexpr std::string_view crl_number = "2.5.29.20";
inline constexpr std::string_view crl_reason = "2.5.29.21";
inline constexpr std::string_view invalidity_date = "2.5.29.24";
inline constexpr std::string_view delta_crl_indicator = "2.5.29.27";
inline constexpr std::string_view issuing_distribution_point = "2.5.29.28";
inline constexpr std::string_view certificate_issuer = "2.5.29.29";
inline constexpr std::string_view name_constraints = "2.5.29.30";
inline constexpr std::string_view crl_distribution_points = "2.5.29.31";
inline constexpr std::string_view certificate_policies = "2.5.29.32";
inline constexpr std::string_view authority_key_identifier = "2.5.29.35";
inline constexpr std::string_view extended_key_usage = "2.5.29.37";

// Who the holder is: GM/T 0015, and what CAs write in practice.
inline constexpr std::string_view gm_credit_code = "1.2.156.10260.4.4";
inline constexpr std::string_view gm_organization_code = "1.2.156.10260.4.1.4";
inline constexpr std::string_view common_name = "2.5.4.3";
inline constexpr std::string_view serial_number = "2.5.4.5";
inline constexpr std::string_view organization_name = "2.5.4.10";
inline constexpr std::string_view organization_identifier = "2.5.4.97";

}  // namespace bidseal::crypto::oid
