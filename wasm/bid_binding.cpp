// Reading a sealed bid, for the page.
#include <emscripten/bind.h>

#include "bid_session.h"
#include "guard.h"

namespace bidseal::wasm {

EMSCRIPTEN_BINDINGS(bidseal_bid) {
    emscripten::class_<BidSession>("BidSession")
        .constructor<>()
        .function("begin", guarded<&BidSession::begin>)
        .function("commit", guarded<&BidSession::commit>)
        .function("beginChunks", guarded<&BidSession::begin_chunks>)
        .function("setTender", guarded<&BidSession::set_tender>)
        .function("addCrl", guarded<&BidSession::add_crl>)
        .function("addRewrap", guarded<&BidSession::add_rewrap>)
        .function("readRelease", guarded<&BidSession::read_release>)
        .function("openers", guarded<&BidSession::openers>)
        .function("addShare", guarded<&BidSession::add_share>)
        .function("beginEnvelope", guarded<&BidSession::begin_envelope>)
        .function("step", guarded<&BidSession::step>)
        .function("endEnvelope", guarded<&BidSession::end_envelope>)
        .function("addOpener", guarded<&BidSession::add_opener>)
        .function("addWay", guarded<&BidSession::add_way>)
        .function("rewrapContent", guarded<&BidSession::rewrap_content>)
        .function("rewrapFile", guarded<&BidSession::rewrap_file>)
        .function("need", guarded<&BidSession::need>)
        .function("info", guarded<&BidSession::info>)
        .function("checkTrust", guarded<&BidSession::check_trust>)
        .function("tasks", guarded<&BidSession::tasks>)
        .function("parts", guarded<&BidSession::parts>)
        .function("contents", guarded<&BidSession::contents>);
}

}  // namespace bidseal::wasm
