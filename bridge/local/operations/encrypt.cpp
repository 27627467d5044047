#include "bidseal/crypto/cms.h"

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

protocol::EncryptResult encrypt(Call& call, const protocol::EncryptParams& params) {
    require(!params.recipients.empty(), ErrorCode::message_invalid, "no recipients");
    std::vector<crypto::Certificate> recipients;
    for (const Bytes& der : params.recipients) {
        recipients.push_back(crypto::Certificate::parse(der));
        require(recipients.back().allows(crypto::KeyUsage::key_encipherment) ||
                    recipients.back().allows(crypto::KeyUsage::data_encipherment) ||
                    recipients.back().allows(crypto::KeyUsage::key_agreement),
                ErrorCode::certificate_usage);
    }
    return {crypto::build_enveloped_data(recipients, params.content, call.services.random)};
}

}  // namespace bidseal::bridge
