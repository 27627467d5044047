#include "bidseal/session/types.h"

namespace bidseal::session {

const char* operation_name(Operation operation) {
    switch (operation) {
        case Operation::login:
            return "login";
        case Operation::certificates:
            return "certificates";
        case Operation::sign_bid:
            return "sign_bid";
        case Operation::sign_openers:
            return "sign_openers";
        case Operation::sign_documents:
            return "sign_documents";
        case Operation::seal_documents:
            return "seal_documents";
        case Operation::open_envelopes:
            return "open_envelopes";
        case Operation::withdraw:
            return "withdraw";
        case Operation::open_session:
            return "open_session";
    }
    return "";
}

PageDigest page_digest(const OneTimeKey& key) {
    return {crypto::sm3(key.view()).bytes};
}

}  // namespace bidseal::session
