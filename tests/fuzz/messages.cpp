// Requests as a page may send them: nothing but Error may come out, and what is accepted must be
// written and read again to the same text.
#include <cstdlib>

#include "bidseal/protocol/message_io.h"

using namespace bidseal;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    ByteView frame(data, size);
    std::optional<uint32_t> id;
    try {
        protocol::Request request = protocol::parse_request(frame, id);
        if (!id || *id != request.id)
            std::abort();
        if (size > protocol::method_frame_limit(request.method))
            std::abort();
        std::string text = protocol::write_request(request);
        protocol::Request again = protocol::parse_request(as_bytes(text), id);
        if (protocol::write_request(again) != text)
            std::abort();
    } catch (const Error& error) {
        // Whatever went wrong can be told to the page.
        protocol::write_error(id, protocol::describe(error));
    }
    return 0;
}
