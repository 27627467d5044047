// Values that a second program computed: tests/interop/cosign/make_session_vectors.py.
#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "bidseal/session/qr_content.h"

#include "session_test_support.h"

using namespace bidseal;
using namespace bidseal::session;
using namespace bidseal::test;

namespace {

using Block = std::map<std::string, std::string>;

/// Blocks of `name: value` lines, separated by empty lines; '#' begins a comment.
std::vector<Block> read_blocks(const std::string& name) {
    const Bytes file = read_test_file(name);
    std::vector<Block> blocks(1);
    std::string_view rest = as_text(file);
    while (!rest.empty()) {
        const std::string line(rest.substr(0, rest.find('\n')));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.empty()) {
            if (!blocks.back().empty())
                blocks.emplace_back();
        } else if (line[0] != '#') {
            const size_t colon = line.find(':');
            REQUIRE(colon != std::string::npos);
            blocks.back()[line.substr(0, colon)] =
                line.size() > colon + 2 ? line.substr(colon + 2) : "";
        }
    }
    return blocks;
}

template <class Fixed>
Fixed fixed(const Block& block, const std::string& name) {
    const Bytes bytes = from_hex(block.at(name));
    REQUIRE(bytes.size() == Fixed::size());
    Fixed result;
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

SecretBytes secret(const Block& block, const std::string& name) {
    return SecretBytes::copy_of(from_hex(block.at(name)));
}

void check_code(const Block& v) {
    const auto sid = fixed<Sid>(v, "sid");
    const auto page = fixed<OneTimeKey>(v, "page");
    const auto step = static_cast<uint32_t>(std::stoul(v.at("step")));
    const Rotation rotation = rotation_of(secret(v, "k_sid"), sid, step, page);
    CHECK(to_hex(rotation.view()) == v.at("rotation"));
    const QrContent content{sid, secret(v, "k"), page, step, rotation};
    CHECK(content.encode() == v.at("text"));
    CHECK(QrContent::parse(v.at("text")).rotation == rotation);
}

void check_channel(const Block& v) {
    const auto page = crypto::Sm2PrivateKey::from_scalar(secret(v, "page_d"));
    const auto phone = crypto::Sm2PrivateKey::from_scalar(secret(v, "phone_d"));
    Transcript transcript;
    transcript.sid = fixed<Sid>(v, "sid");
    const Bytes e = page.public_key().compressed(), f = phone.public_key().compressed();
    std::copy(e.begin(), e.end(), transcript.page.bytes.begin());
    std::copy(f.begin(), f.end(), transcript.phone.bytes.begin());
    transcript.request = fixed<RequestDigest>(v, "request");
    transcript.platform = fixed<crypto::CertificateDigest>(v, "certificate");
    CHECK(to_hex(transcript.digest().view()) == v.at("th"));

    ChannelKeys at_page = ChannelKeys::derive(page, phone.public_key(), secret(v, "k"), transcript);
    ChannelKeys at_phone =
        ChannelKeys::derive(phone, page.public_key(), secret(v, "k"), transcript);
    for (const ChannelKeys* keys : {&at_page, &at_phone}) {
        CHECK(to_hex(keys->page_to_phone.view()) == v.at("page_to_phone"));
        CHECK(to_hex(keys->phone_to_page.view()) == v.at("phone_to_page"));
        CHECK(keys->code == v.at("code"));
        CHECK(keys->choices[0] + " " + keys->choices[1] + " " + keys->choices[2] ==
              v.at("choices"));
    }
    const auto type = static_cast<MessageType>(std::stoi(v.at("type")));
    const Bytes plain = from_hex(v.at("plain"));
    Channel from_page(std::move(at_page), transcript.sid, Side::page);
    Channel from_phone(std::move(at_phone), transcript.sid, Side::phone);
    CHECK(to_hex(from_page.seal(type, plain)[0]) == v.at("page_frame"));
    CHECK(to_hex(from_phone.seal(type, plain)[0]) == v.at("phone_frame"));
    CHECK(equal(from_phone.open(from_hex(v.at("page_frame")))->content.view(), plain));
    CHECK(equal(from_page.open(from_hex(v.at("phone_frame")))->content.view(), plain));
}

}  // namespace

TEST_CASE("session vectors") {
    int codes = 0, channels = 0;
    for (const Block& block : read_blocks("vectors/session/session.vec")) {
        if (block.at("kind") == "code") {
            check_code(block);
            codes++;
        } else {
            REQUIRE(block.at("kind") == "channel");
            check_channel(block);
            channels++;
        }
    }
    CHECK(codes == 4);
    CHECK(channels == 4);
}
