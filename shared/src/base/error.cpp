// Names and texts of the error codes, from the generated table.
#include "bidseal/protocol/error_codes.h"
#include "bidseal/protocol/error_texts.h"

namespace bidseal {
namespace {

const generated::ErrorText& entry(ErrorCode code) {
    const auto index = static_cast<uint16_t>(code);
    // A number that is no code can only be a mistake of this program.
    return generated::error_texts[index < error_count ? index
                                                      : static_cast<uint16_t>(ErrorCode::internal)];
}

}  // namespace

ErrorArea error_area(ErrorCode code) {
    return entry(code).area;
}

const char* error_name(ErrorCode code) {
    return entry(code).name;
}

const char* error_text(ErrorCode code, bool chinese) {
    return chinese ? entry(code).zh : entry(code).en;
}

const char* error_action(ErrorCode code, bool chinese) {
    return chinese ? entry(code).zh_action : entry(code).en_action;
}

}  // namespace bidseal
