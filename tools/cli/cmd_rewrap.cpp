// bidseal rewrap: a new opener for a bid that is already sealed.
#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

int rewrap(const Args& args, Output& out) {
    const OpenBid bid(args.positional());
    const bid::TenderFile tender = load_tender(args, args.get("tender"));
    const std::unique_ptr<Clock> clock = clock_of(args);
    judge_signer(args, bid.reader.bid(), tender, bid.reader.index().created);
    const std::vector<bid::Openers> openers = all_openers(args, bid.reader.bid(), tender);
    const std::unique_ptr<KeyHolder> keys = open_keys(args);

    uint32_t version = 1;
    for (const bid::Openers& known : openers)
        version = std::max(version, known.version + 1);
    std::vector<bid::OpenerKey> new_keys;
    for (const crypto::Certificate& certificate : certificates_of(args, "opener-cert"))
        new_keys.push_back(bid::default_opener(certificate));
    std::vector<bid::WayKind> ways;
    for (const std::string& name : args.all("way")) {
        const auto way = bid::way_from(name);
        if (!way)
            throw Error(ErrorCode::usage,
                        "--way wants supplier, supplier+platform or platform+rescue");
        ways.push_back(*way);
    }
    const std::vector<bid::WayPlan> plans = bid::plan_ways(tender.tender(), ways, new_keys);

    std::vector<bid::EnvelopeSecret> secrets;
    for (const bid::IndexEnvelope& envelope : bid.reader.index().envelopes)
        secrets.push_back(
            {envelope.id, unlock_envelope(bid, tender, openers, {}, *keys, envelope.id)});
    const Bytes content = bid::rewrap_content(bid.reader.index(), bid.reader.fingerprint(), version,
                                              secrets, plans, clock->now());
    const crypto::Certificate& signer = keys->signing_certificate();
    const crypto::ChainResult chain = crypto::validate_chain(
        signer, certificates_of(args, "chain"), trust_of(args, tender), clock->now(),
        crypto::signing_usage(signer), revocation_policy(args));
    const Bytes file =
        bid::build_rewrap_file(content, signer, keys->sign(content),
                               {chain.path.begin() + 1, chain.path.end()}, chain.evidence);
    // What is written is what a reader accepts.
    bid::parse_rewrap_file(file, bid.reader.bid(), tender, trust_of(args, tender), clock->now(),
                           revocation_policy(args));
    write_file(args.get("out"), file, args.has("force"));
    out.rows({{"added openers", args.get("out")},
              {"version", std::to_string(version)},
              {"fingerprint", bid::fingerprint_text(bid.reader.fingerprint())}});
    out.result(protocol::ObjectBuilder()
                   .text("file", display_text(args.get("out")))
                   .integer("version", version)
                   .hex("fingerprint", bid.reader.fingerprint().view())
                   .build());
    return 0;
}

}  // namespace

Command rewrap_command() {
    Command command{"rewrap", "add openers to a sealed bid; content and fingerprint stay",
                    "FILE",   trust_options(),
                    {},       rewrap};
    for (const auto& table : {key_options(), rewrap_options()})
        command.options.insert(command.options.end(), table.begin(), table.end());
    for (Option option : std::vector<Option>{
             {"opener-cert", "FILE", "encryption certificate to add", true, true},
             {"way", "WAY", "way of opening to add (default: the tender's)", false, true},
             {"chain", "FILE", "certificates between the signer and its root", false, true},
             {"out", "FILE", "the file to write (.sbrw)", true},
             {"force", "", "overwrite it"}})
        command.options.push_back(std::move(option));
    command.examples = {
        "bidseal rewrap bid.sbid --tender p.tender --ukey libukey.so --opener-cert renewed.crt \\\n"
        "      --out bid.sbrw"};
    return command;
}

}  // namespace bidseal::cli
