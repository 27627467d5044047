// For tests and tools only: keys from files in place of a UKey, and tender files. This is not part
// of the page's module.
#include <memory>
#include <optional>

#include <emscripten/bind.h>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/release.h"
#include "bidseal/bid/rewrap.h"
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

    /// What was signed and checked.
    void set_bid(std::string tender, std::string index, std::string openers, std::string signature,
                 std::string certificate) {
        m_tender.emplace(bid::TenderFile::parse(view_of(tender)));
        m_bid.emplace(bid::verify_bid_parts(view_of(index), view_of(openers), view_of(signature)));
        m_holder = std::make_unique<bid::Holder>(*m_bid, *m_tender, m_bid->index.lot,
                                                 one_certificate(certificate));
        m_openers = {m_bid->openers};
    }

    /// The openers of a rewrap, after set_bid().
    void add_rewrap(std::string rewrap) {
        require(m_holder != nullptr, ErrorCode::usage, "set_bid() comes first");
        m_openers.push_back(
            bid::parse_rewrap_file(view_of(rewrap), *m_bid, *m_tender, m_tender->tender().trust()));
        m_holder->add_openers(m_openers.back());
    }

    /// Shares that another holder released to this key; after set_bid().
    void add_release(std::string file) {
        require(m_holder != nullptr, ErrorCode::usage, "set_bid() comes first");
        m_holder->add_release(bid::parse_release_file(view_of(file), *m_bid, m_openers, *m_tender,
                                                      m_tender->tender().trust(), PageClock().now())
                                  .release);
    }

    /// The share of one slot.
    emscripten::val release(std::string envelope, double version, double way, double part,
                            double slot) {
        const bid::UnwrapTask task = find(envelope, version, way, part, slot);
        return bytes(m_holder->accept(task, unwrap(task)).value.view());
    }

    /// Whether the key alone opens the envelope; nothing is released.
    bool rehearse(std::string envelope, double version, double way, double part, double slot) {
        const bid::UnwrapTask task = find(envelope, version, way, part, slot);
        return m_holder->rehearse(task, unwrap(task)).commitment_checked;
    }

private:
    const crypto::Sm2PrivateKey& key() const {
        require(m_key != nullptr, ErrorCode::usage, "load() comes first");
        return *m_key;
    }

    bid::UnwrapTask find(const std::string& envelope, double version, double way, double part,
                         double slot) const {
        require(m_holder != nullptr, ErrorCode::usage, "set_bid() comes first");
        const auto wanted = [&](const bid::UnwrapTask& task) {
            return task.version == size_from(version) && task.way == size_from(way) &&
                   task.part == size_from(part) && task.slot == size_from(slot);
        };
        for (bid::UnwrapTask& task : m_holder->released_tasks(envelope)) {
            if (wanted(task))
                return std::move(task);
        }
        for (bid::UnwrapTask& task : m_holder->tasks(envelope)) {
            if (wanted(task))
                return std::move(task);
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
    std::optional<bid::TenderFile> m_tender;
    std::optional<bid::VerifiedIndex> m_bid;
    std::vector<bid::Openers> m_openers;
    std::unique_ptr<bid::Holder> m_holder;
};

/// `chain`: certificates above the platform's, PEM or DER; may be empty.
emscripten::val build_tender(std::string content, std::string signature, std::string chain) {
    std::vector<crypto::Certificate> above;
    if (!chain.empty())
        add_certificates(above, chain);
    return bytes(bid::build_tender_file(view_of(content), view_of(signature), above));
}

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_testing) {
    emscripten::class_<KeyFile>("KeyFile")
        .constructor<>()
        .function("load", guarded<&KeyFile::load>)
        .function("sign", guarded<&KeyFile::sign>)
        .function("setBid", guarded<&KeyFile::set_bid>)
        .function("addRelease", guarded<&KeyFile::add_release>)
        .function("addRewrap", guarded<&KeyFile::add_rewrap>)
        .function("release", guarded<&KeyFile::release>)
        .function("rehearse", guarded<&KeyFile::rehearse>);
    emscripten::function("buildTenderFile", guarded<&build_tender>);
}

}  // namespace bidseal::wasm
