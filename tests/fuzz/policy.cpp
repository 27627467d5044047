// What the bridge reads of others beside messages: origins in punycode, pairings, signed policies.
// The first byte chooses.
#include <cstdlib>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"

#include "bridge/local/pairing/pairing_store.h"
#include "bridge/local/policy/origin.h"
#include "bridge/local/policy/origin_display.h"
#include "bridge/local/policy/signed_policy.h"

using namespace bidseal;
using namespace bidseal::bridge;

namespace {

void show_origin(std::string_view text) {
    std::optional<std::string> decoded = decode_punycode(text);
    if (decoded && !is_valid_utf8(*decoded))
        std::abort();
    if (is_acceptable_origin(text, false) &&
        origin_for_people(text).find(text) == std::string::npos)
        std::abort();  // the exact origin is always shown
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0)
        return 0;
    const ByteView rest(data + 1, size - 1);
    try {
        switch (data[0] % 4) {
            case 0:
                show_origin(as_text(rest));
                break;
            case 1:
                if (write_pairings(parse_pairings(rest)).empty())
                    std::abort();
                break;
            case 2:
                if (write_policy(parse_policy(rest)) != as_text(rest))
                    std::abort();
                break;
            default:
                open_signed_policy(rest, {}, Timestamp{1780000000});
                std::abort();  // there is no root that it could end at
        }
    } catch (const Error&) {
    }
    return 0;
}
