#include "session_test_support.h"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

namespace bidseal::test {

using namespace session;

namespace {

SecretBytes seed_key(uint64_t seed) {
    Bytes bytes = to_bytes(as_bytes("bidseal session test"));
    append_u64(bytes, seed);
    return SecretBytes::copy_of(crypto::sm3(bytes).view());
}

crypto::Certificate load(const std::string& name) {
    return crypto::Certificate::parse(read_test_file("vectors/certificates/" + name + ".der"));
}

}  // namespace

SeededRandom::SeededRandom(uint64_t seed) : m_stream(seed_key(seed)) {}

uint64_t SeededRandom::number(uint64_t below) {
    uint8_t bytes[8];
    fill(bytes);
    return load_u64(bytes) % below;
}

Bytes read_test_file(const std::string& name) {
    std::ifstream in(std::string(BIDSEAL_TESTS_DIR) + "/" + name, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read tests/", name);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return to_bytes(as_bytes(text));
}

Platform::Platform()
    : key(crypto::PrivateKey::from_file(
          read_test_file("vectors/certificates/sm2_sign.test-secret.pem"), "test-secret")),
      certificate(load("sm2_sign")),
      now(parse_time("2026-03-15T00:00:00Z")) {
    trust.roots.push_back(load("root"));
    trust.intermediates.push_back(load("intermediate"));
}

const Platform& platform() {
    static const Platform the_platform;
    return the_platform;
}

SignedRequest Platform::sign(const Request& request, Random& random) const {
    SignedRequest result;
    result.request = request.serialize();
    result.signature = key.sign(result.request, random);
    result.certificate = to_bytes(certificate.der());
    return result;
}

Request Platform::request(const Sid& sid, const OneTimeKey& page, uint32_t seq,
                          size_t items) const {
    Request request;
    request.sid = sid;
    request.seq = seq;
    request.platform = "ggzy.example";
    request.origin = "https://bid.example.com";
    request.operation = Operation::sign_documents;
    request.project = "P2026-001";
    request.expires = {now.seconds + 3600};
    request.page = page_digest(page);
    for (size_t i = 0; i < items; i++) {
        const Bytes text = to_bytes(as_bytes("document " + std::to_string(seq * 1000 + i)));
        request.items.push_back(
            {"投标函 " + std::to_string(i) + ".pdf", text.size(), crypto::sm3(text), text});
    }
    request.show.push_back({"项目", "跨江大桥施工"});
    return request;
}

Opened::Opened(const OneTimeKey& page, Random& random, size_t items)
    : sid(fresh_id<Sid>(random)),
      request(platform().request(sid, page, 1, items)),
      signed_request(platform().sign(request, random)) {}

Draft Opened::draft(Random& random) const {
    Draft draft;
    draft.sid = sid;
    draft.page = request.page;
    draft.request = request_digest(signed_request.request);
    draft.certificate = platform().certificate.digest();
    draft.operation = request.operation;
    draft.platform = request.platform;
    draft.expires = request.expires;
    draft.k_sid = SecretBytes(32);
    random.fill(draft.k_sid.span());
    return draft;
}

}  // namespace bidseal::test
