// bidseal inspect, bidseal verify: what can be known of a bid without any key.
#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

int inspect(const Args& args, Output& out) {
    const OpenBid bid(args.positional());
    show_bid(out, bid.reader.bid());
    out.result(bid_json(bid.reader.bid()));
    return 0;
}

int verify(const Args& args, Output& out) {
    const OpenBid bid(args.positional());
    const bid::TenderFile tender = load_tender(args, args.get("tender"));
    const crypto::ChainResult chain =
        judge_signer(args, bid.reader.bid(), tender, clock_of(args)->now());
    // Rewraps are checked too: their openers count like those inside.
    all_openers(args, bid.reader.bid(), tender);
    bid::ChunkChecker checker(bid.reader);
    {
        Progress progress(out, "checking", bid.reader.layout().body);
        while (const auto need = checker.need()) {
            check_cancelled();
            checker.supply(bid.file.read(need->offset, need->length));
            progress.advance(need->length);
        }
    }
    bid.file.check_unchanged();
    show_bid(out, bid.reader.bid());
    out.line("Whole and unaltered; signature right; signer trusted" +
             std::string(chain.revocation_checked ? ", not revoked."
                                                  : "; revocation unknown (no current list)."));
    if (!args.has("trust"))
        out.line(
            "The tender file names the trusted issuers; its own platform was not checked (see "
            "--trust).");
    protocol::Json json = bid_json(bid.reader.bid());
    protocol::Json::Object members = json.as_object();
    members.insert(members.begin(), {"valid", protocol::Json::boolean(true)});
    members.push_back({"platform_checked", protocol::Json::boolean(args.has("trust"))});
    members.push_back({"revocation_checked", protocol::Json::boolean(chain.revocation_checked)});
    members.push_back(
        {"checked_bytes", protocol::Json::integer(static_cast<int64_t>(checker.checked_bytes()))});
    out.result(protocol::Json::object(std::move(members)));
    return 0;
}

}  // namespace

Command inspect_command() {
    return {"inspect",
            "show the public part of a bid",
            "FILE",
            {},
            {"bidseal inspect bid.sbid", "bidseal inspect bid.sbid --json"},
            inspect};
}

Command verify_command() {
    Command command{"verify", "check a bid without any key: every byte, signature, signer",
                    "FILE",   trust_options(),
                    {},       verify};
    for (Option& option : rewrap_options())
        command.options.push_back(option);
    command.examples = {"bidseal verify bid.sbid --tender p.tender --crl ca.crl",
                        "bidseal verify bid.sbid --tender p.tender --at 2026-12-01T00:59:10Z"};
    return command;
}

}  // namespace bidseal::cli
