// bidseal release: lets one's own shares go to the one who opens.
#include "bidseal/bid/release.h"

#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

constexpr int64_t default_minutes = 24 * 60;

Timestamp expiry_of(const Args& args, Timestamp now) {
    if (args.has("expires"))
        return parse_time(args.get("expires"));
    return Timestamp{now.seconds + 60 * default_minutes};
}

int release(const Args& args, Output& out) {
    const OpenBid bid(args.positional());
    const bid::TenderFile tender = load_tender(args, args.get("tender"));
    const Timestamp now = clock_of(args)->now();
    judge_signer(args, bid.reader.bid(), tender, bid.reader.index().created);
    if (now < tender.tender().opening)
        throw Error(ErrorCode::not_open_yet, format_time(tender.tender().opening));
    const std::vector<bid::Openers> openers = all_openers(args, bid.reader.bid(), tender);
    const std::vector<crypto::Certificate> to = certificates_of(args, "to");
    if (to.size() != 1)
        throw Error(ErrorCode::usage, "--to wants one certificate");
    bid::check_release_recipient(to[0], bid.reader.bid(), openers, certificates_of(args, "chain"),
                                 trust_of(args, tender), now);
    const std::unique_ptr<KeyHolder> keys = open_keys(args);
    const crypto::Certificate& signer = keys->signing_certificate();

    std::vector<bid::ReleasedShare> shares;
    for (const bid::IndexEnvelope* envelope : chosen_envelopes(args, bid.reader.index()))
        for (bid::ReleasedShare& share : own_shares(bid, tender, openers, *keys, envelope->id))
            shares.push_back(std::move(share));
    const size_t count = shares.size();
    SystemRandom random;
    const Timestamp expires = expiry_of(args, now);
    const Bytes content =
        bid::release_content(bid.reader.bid(), openers, shares, to[0], now, expires, random);
    std::vector<crypto::Certificate> chain;
    std::vector<crypto::RevocationList> evidence;
    if (!tender.tender().platform_certificate ||
        !(*tender.tender().platform_certificate == signer)) {
        crypto::ChainResult path = crypto::validate_chain(
            signer, certificates_of(args, "chain"), trust_of(args, tender), now,
            crypto::KeyUsage::digital_signature, revocation_policy(args));
        chain.assign(path.path.begin() + 1, path.path.end());
        evidence = std::move(path.evidence);
    }
    const Bytes file =
        bid::build_release_file(content, signer, keys->sign(content), chain, evidence);
    // What is written is what a reader accepts.
    bid::parse_release_file(file, bid.reader.bid(), openers, tender, trust_of(args, tender), now);
    write_file(args.get("out"), file, args.has("force"));
    out.rows({{"release", args.get("out")},
              {"shares", std::to_string(count)},
              {"to", to[0].subject_text()},
              {"until", format_time(expires)},
              {"fingerprint", bid::fingerprint_text(bid.reader.fingerprint())}});
    out.result(protocol::ObjectBuilder()
                   .text("file", args.get("out"))
                   .size("shares", count)
                   .text("to", to[0].subject_text())
                   .time("expires", expires)
                   .hex("fingerprint", bid.reader.fingerprint().view())
                   .build());
    return 0;
}

}  // namespace

Command release_command() {
    Command command{"release", "let your shares of a bid go to the one who opens it",
                    "FILE",    trust_options(),
                    {},        release};
    for (Option& option : key_options())
        command.options.push_back(option);
    for (Option option : std::vector<Option>{
             {"to", "FILE", "encryption certificate of the one who opens", true},
             {"envelope", "ID", "only this envelope", false, true},
             {"expires", "TIME", "until when it may be used (default: for a day)"},
             {"rewrap", "FILE", "openers that were added later", false, true},
             {"chain", "FILE", "certificates between signer or recipient and their root", false,
              true},
             {"out", "FILE", "the file to write (.sbrl)", true},
             {"force", "", "overwrite it"}})
        command.options.push_back(std::move(option));
    command.examples = {
        "bidseal release bid.sbid --tender p.tender --ukey libukey.so --to supplier.crt \\\n"
        "      --envelope price --out platform.sbrl"};
    return command;
}

}  // namespace bidseal::cli
