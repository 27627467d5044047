#include "state.h"

#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bidseal/protocol/json.h"

#include "bridge/cloud/base/key_file.h"

namespace bidseal::phone {
namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr size_t max_state = 64 * 1024;

std::string path_of(const std::string& folder) {
    return folder + "/phone.json";
}

void add_share(ObjectBuilder& out, const char* name,
               const std::optional<cosign::PhoneShare>& share) {
    if (!share) {
        out.null(name);
        return;
    }
    out.base64(name, share->serialize().view());
}

std::optional<cosign::PhoneShare> read_share(ObjectReader& in, const char* name) {
    if (in.take_null(name))
        return std::nullopt;
    return cosign::PhoneShare::parse(in.base64(name, 1, 512));
}

}  // namespace

void save_state(const std::string& folder, const PhoneState& state) {
    ObjectBuilder out;
    out.text("enrol", state.enrol)
        .text("hub", state.hub)
        .text("cosign", state.cosign)
        .text("name", state.name)
        .text("company", state.company)
        .text("credit_code", state.credit_code)
        .base64("cosign_key", state.cosign_key.point())
        .base64("ticket", state.device.ticket.encode())
        .base64("device_key", state.device.key.scalar().view());
    add_share(out, "signing", state.signing);
    add_share(out, "encryption", state.encryption);
    out.base64("signing_certificate", state.signing_certificate)
        .base64("encryption_certificate", state.encryption_certificate);
    std::string text = protocol::write_json(out.build());
    const std::string fresh = path_of(folder) + ".new";
    const int fd =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0)
        ::close(fd);
    wipe(text.data(), text.size());
    require(written && ::rename(fresh.c_str(), path_of(folder).c_str()) == 0, ErrorCode::io_write);
}

PhoneState load_state(const std::string& folder) {
    Bytes file = cloud::read_whole_file(path_of(folder), max_state);
    const Json json = protocol::parse_json(file, {max_state, 2});
    wipe(file.data(), file.size());
    ObjectReader in(json);
    std::string enrol = in.text("enrol", 256), hub = in.text("hub", 256);
    std::string cosign = in.text("cosign", 256);
    std::string name = in.text("name", 128);
    std::string company = in.text("company", 128), credit_code = in.text("credit_code", 32);
    auto cosign_key = crypto::Sm2PublicKey::from_point(in.base64("cosign_key", 65, 65));
    auto ticket = cloud::DeviceTicket::decode(in.base64("ticket", 1, cloud::max_ticket));
    Bytes scalar = in.base64("device_key", 32, 32);
    auto key = crypto::P256PrivateKey::from_scalar(SecretBytes::copy_of(scalar));
    wipe(scalar.data(), scalar.size());
    auto signing = read_share(in, "signing"), encryption = read_share(in, "encryption");
    PhoneState state{std::move(enrol),
                     std::move(hub),
                     std::move(cosign),
                     std::move(name),
                     std::move(company),
                     std::move(credit_code),
                     std::move(cosign_key),
                     {std::move(ticket), std::move(key)},
                     std::move(signing),
                     std::move(encryption),
                     {},
                     {}};
    state.signing_certificate = in.base64("signing_certificate", 0, 16 * 1024);
    state.encryption_certificate = in.base64("encryption_certificate", 0, 16 * 1024);
    in.finish();
    return state;
}

}  // namespace bidseal::phone
