// For tests and tools only: keys from files in place of a UKey, and tender files. This is not part
// of the page's module.
#include <memory>

#include <emscripten/bind.h>

#include "bidseal/bid/holder.h"
#include "bidseal/crypto/sm2.h"
#include "bidseal/crypto/sm4.h"

#include "../certificates.h"
#include "../guard.h"
#include "../io.h"
#include "../values.h"

namespace bidseal::wasm {

namespace {

/// An SM2 key that does what the bridge with a UKey does: the same checks before a share is
/// released, by the same core.
class KeyFile {
public:
    /// PKCS #8 DER, unencrypted.
    void load(std::string pkcs8) {
        m_key = std::make_unique<crypto::Sm2PrivateKey>(
            crypto::Sm2PrivateKey::from_pkcs8(view_of(pkcs8)));
    }

    emscripten::val sign(std::string message) {
        PageRandom random;
        return bytes(key().sign(view_of(message), random));
    }

    /// The share of one slot; the whole bid is checked first, as a holder must.
    emscripten::val release(std::string tender, std::string index, std::string openers,
                            std::string signature, std::string certificate, std::string envelope,
                            double way, double part, double slot) {
        const Found found = find(tender, index, openers, signature, certificate, envelope,
                                 size_from(way), size_from(part), size_from(slot));
        return bytes(found.holder->accept(found.task, unwrap(found.task)).value.view());
    }

    /// {opensEnvelope} without releasing anything.
    emscripten::val rehearse(std::string tender, std::string index, std::string openers,
                             std::string signature, std::string certificate, std::string envelope,
                             double way, double part, double slot) {
        const Found found = find(tender, index, openers, signature, certificate, envelope,
                                 size_from(way), size_from(part), size_from(slot));
        return emscripten::val(
            found.holder->rehearse(found.task, unwrap(found.task)).commitment_checked);
    }

private:
    struct Found {
        std::unique_ptr<bid::TenderFile> tender;
        std::unique_ptr<bid::Holder> holder;
        bid::UnwrapTask task;
    };

    const crypto::Sm2PrivateKey& key() const {
        require(m_key != nullptr, ErrorCode::usage, "load() comes first");
        return *m_key;
    }

    static Found find(const std::string& tender, const std::string& index,
                      const std::string& openers, const std::string& signature,
                      const std::string& certificate, const std::string& envelope, uint64_t way,
                      uint64_t part, uint64_t slot) {
        Found found;
        found.tender = std::make_unique<bid::TenderFile>(bid::TenderFile::parse(view_of(tender)));
        const bid::BidIndex parsed = bid::BidIndex::parse(view_of(index));
        found.holder =
            std::make_unique<bid::Holder>(view_of(index), view_of(openers), view_of(signature),
                                          *found.tender, parsed.lot, one_certificate(certificate));
        for (bid::UnwrapTask& task : found.holder->tasks(envelope)) {
            if (task.way == way && task.part == part && task.slot == slot) {
                found.task = std::move(task);
                return found;
            }
        }
        throw Error(ErrorCode::opener_not_found);
    }

    SecretBytes unwrap(const bid::UnwrapTask& task) const {
        SecretBytes opened = key().decrypt(task.encrypted_key);
        if (task.kind != bid::WrapKind::ukey)
            return opened;
        return crypto::sm4_ecb_decrypt(opened.view(), task.encrypted_share);
    }

    std::unique_ptr<crypto::Sm2PrivateKey> m_key;
};

emscripten::val build_tender(std::string content, std::string signature) {
    return bytes(bid::build_tender_file(view_of(content), view_of(signature)));
}

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_testing) {
    emscripten::class_<KeyFile>("KeyFile")
        .constructor<>()
        .function("load", guarded<&KeyFile::load>)
        .function("sign", guarded<&KeyFile::sign>)
        .function("release", guarded<&KeyFile::release>)
        .function("rehearse", guarded<&KeyFile::rehearse>);
    emscripten::function("buildTenderFile", guarded<&build_tender>);
}

}  // namespace bidseal::wasm
