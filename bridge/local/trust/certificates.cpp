#include "bridge/local/trust/certificates.h"

#include <cstdio>
#include <vector>

#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"
#include "bidseal/crypto/p256.h"

namespace bidseal::bridge {

namespace {

namespace der = crypto::der;
namespace oid = crypto::oid;

constexpr std::string_view server_authentication = "1.3.6.1.5.5.7.3.1";
constexpr uint8_t boolean_tag = 0x01, utf8_tag = 0x0C, utc_time_tag = 0x17, set_tag = 0x31;
// GeneralName (RFC 5280 section 4.2.1.6).
constexpr uint8_t dns_name = 0x82, ip_address = 0x87;
constexpr int64_t day = 24 * 3600;

Bytes text(std::string_view characters) {
    return Bytes(characters.begin(), characters.end());
}

Bytes name_of(const std::string& common_name) {
    const Bytes attribute =
        der::sequence_of({der::oid(oid::common_name), der::value(utf8_tag, as_bytes(common_name))});
    return der::sequence_of({der::value(set_tag, attribute)});
}

/// UTCTime, which RFC 5280 section 4.1.2.5 wants until 2049.
Bytes utc_time(Timestamp when) {
    const CalendarTime t = to_calendar(when);
    char digits[32];
    std::snprintf(digits, sizeof digits, "%02d%02d%02d%02d%02d%02dZ", t.year % 100, t.month, t.day,
                  t.hour, t.minute, t.second);
    return der::value(utc_time_tag, as_bytes(std::string_view(digits)));
}

Bytes public_key(const crypto::P256PrivateKey& key) {
    return der::sequence_of({der::algorithm(oid::ec_public_key, der::oid(oid::curve_p256)),
                             der::bits(key.point().view())});
}

/// A name for the key: 160 bits of SHA-256 over the point (RFC 7093 section 2, method 1).
Bytes key_identifier(const crypto::P256PrivateKey& key) {
    constexpr size_t size = 20;
    const crypto::Sha256Digest digest = crypto::sha256({key.point().view()});
    return Bytes(digest.bytes.begin(), digest.bytes.begin() + size);
}

Bytes extension(std::string_view name, bool critical, ByteView content) {
    const uint8_t yes = 0xFF;
    return critical ? der::sequence_of({der::oid(name), der::value(boolean_tag, ByteView(&yes, 1)),
                                        der::octets(content)})
                    : der::sequence_of({der::oid(name), der::octets(content)});
}

/// KeyUsage with one bit of the first octet.
Bytes key_usage(uint8_t bit) {
    uint8_t unused = 0;
    while (((bit >> unused) & 1) == 0)
        ++unused;
    const Bytes content{unused, bit};
    return extension(oid::key_usage, true, der::value(0x03, content));
}

Bytes for_servers_alone() {
    return extension(oid::extended_key_usage, false,
                     der::sequence_of({der::oid(server_authentication)}));
}

/// The addresses of this computer, with masks of all ones where they are constraints.
std::vector<Bytes> local_addresses(bool with_mask) {
    std::vector<Bytes> addresses{{127, 0, 0, 1}, Bytes(16, 0)};
    addresses[1].back() = 1;
    if (with_mask) {
        for (Bytes& address : addresses)
            address.insert(address.end(), address.size(), 0xFF);
    }
    return addresses;
}

/// What the CA may sign for: RFC 5280 section 4.2.1.10.
Bytes constraints() {
    Bytes permitted = der::sequence_of({der::value(dns_name, text("localhost"))});
    for (const Bytes& address : local_addresses(true))
        append(permitted, der::sequence_of({der::value(ip_address, address)}));
    return extension(oid::name_constraints, true, der::sequence_of({der::value(0xA0, permitted)}));
}

Bytes names_of_this_computer() {
    Bytes names = der::value(dns_name, text("localhost"));
    for (const Bytes& address : local_addresses(false))
        append(names, der::value(ip_address, address));
    return extension(oid::subject_alt_name, false, der::value(0x30, names));
}

struct Plan {
    const Bytes &issuer, &subject;
    const crypto::P256PrivateKey& holder;
    Timestamp now;
    std::vector<Bytes> extensions;
};

/// Certificate of RFC 5280 section 4.1, signed with ECDSA and SHA-256.
Bytes sign_certificate(const Plan& plan, const crypto::P256PrivateKey& signer, Random& random) {
    constexpr size_t serial_bytes = 16;
    Bytes serial(serial_bytes);
    random.fill(serial);
    serial[0] = static_cast<uint8_t>((serial[0] & 0x7F) | 0x40);  // positive, of fixed length
    const Bytes version = der::value(0xA0, der::small_integer(2));
    const Bytes algorithm = der::algorithm(oid::ecdsa_sha256);
    const Bytes validity =
        der::sequence_of({utc_time({plan.now.seconds - day}),
                          utc_time({plan.now.seconds + int64_t{local_certificate_days} * day})});
    Bytes extensions;
    for (const Bytes& one : plan.extensions)
        append(extensions, one);
    const Bytes to_be_signed = der::sequence_of(
        {version, der::unsigned_integer(serial), algorithm, plan.issuer, validity, plan.subject,
         public_key(plan.holder), der::value(0xA3, der::value(0x30, extensions))});
    const Bytes rs = signer.sign(to_be_signed, random);
    const ByteView both = rs;
    const Bytes signature = der::sequence_of({der::unsigned_integer(both.first(rs.size() / 2)),
                                              der::unsigned_integer(both.subspan(rs.size() / 2))});
    return der::sequence_of({to_be_signed, algorithm, der::bits(signature)});
}

/// OneAsymmetricKey with ECPrivateKey (RFC 5915) inside.
SecretBytes private_key_file(const crypto::P256PrivateKey& key) {
    const SecretBytes scalar = key.scalar();
    Bytes inner = der::sequence_of({der::small_integer(1), der::octets(scalar.view()),
                                    der::value(0xA1, der::bits(key.point().view()))});
    Bytes octets = der::octets(inner);
    Bytes whole =
        der::sequence_of({der::small_integer(0),
                          der::algorithm(oid::ec_public_key, der::oid(oid::curve_p256)), octets});
    SecretBytes result = SecretBytes::copy_of(whole);
    for (Bytes* each : {&inner, &octets, &whole})
        wipe(each->data(), each->size());
    return result;
}

}  // namespace

LocalCertificates make_local_certificates(Random& random, Timestamp now) {
    // It lives in this function alone.
    const crypto::P256PrivateKey authority = crypto::P256PrivateKey::generate(random);
    const crypto::P256PrivateKey server = crypto::P256PrivateKey::generate(random);
    // People find it by this name in their browser's list; the number tells one machine's from
    // another's.
    const Bytes authority_id = key_identifier(authority), server_id = key_identifier(server);
    const Bytes issuer =
        name_of("BidSeal bridge of this computer " + to_hex(ByteView(authority_id).first(4)));
    const Bytes subject = name_of("localhost");
    const uint8_t yes = 0xFF;
    const Bytes is_authority =
        der::sequence_of({der::value(boolean_tag, ByteView(&yes, 1)), der::small_integer(0)});

    LocalCertificates made{{}, {}, private_key_file(server)};
    made.authority = sign_certificate(
        {issuer,
         issuer,
         authority,
         now,
         {extension(oid::basic_constraints, true, is_authority), key_usage(0x04),
          for_servers_alone(), constraints(),
          extension(oid::subject_key_identifier, false, der::octets(authority_id))}},
        authority, random);
    made.server =
        sign_certificate({issuer,
                          subject,
                          server,
                          now,
                          {extension(oid::basic_constraints, true, der::value(0x30, Bytes{})),
                           key_usage(0x80), for_servers_alone(), names_of_this_computer(),
                           extension(oid::subject_key_identifier, false, der::octets(server_id)),
                           extension(oid::authority_key_identifier, false,
                                     der::sequence_of({der::value(0x80, authority_id)}))}},
                         authority, random);
    return made;
}

std::string to_pem(ByteView content, const char* label) {
    constexpr size_t line = 64;
    std::string base64 = to_base64(content);
    std::string pem = std::string("-----BEGIN ") + label + "-----\n";
    for (size_t at = 0; at < base64.size(); at += line) {
        pem.append(base64, at, line);
        pem += '\n';
    }
    wipe(base64.data(), base64.size());
    return pem + "-----END " + label + "-----\n";
}

}  // namespace bidseal::bridge
