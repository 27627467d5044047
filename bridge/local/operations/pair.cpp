#include "bridge/local/dialogs/consent.h"
#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

void ask_for_pairing(Call& call, const PairingOffer& offer) {
    Services& services = call.services;
    services.windows.take(call.origin);
    const Texts& texts = texts_of(services.language);
    ConsentRequest consent;
    consent.purpose = Purpose::pair;
    consent.origin = call.origin;
    // Two groups are compared more surely than six digits in a row.
    consent.lines = {{texts.pairing_code, offer.code.substr(0, 3) + " " + offer.code.substr(3)},
                     {texts.pairing_note, texts.pairing_advice}};
    call.stage(protocol::RequestStage::consent);
    ask_consent(services.dialogs, consent, texts, call.interrupt);
}

}  // namespace

protocol::PairedResult confirm_pairing(Call& call, const PairingOffer& offer) {
    Services& services = call.services;
    if (offer.window)
        ask_for_pairing(call, offer);
    call.interrupt.check();
    services.pairings.add(call.origin, offer.key, services.clock.now(), !offer.window);
    return {pairing_id(call.origin, offer.key)};
}

}  // namespace bidseal::bridge
