// bidseal open, bidseal rehearse: with a key.
#include "bidseal/bid/opener.h"

#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

/// One envelope into its folder; nothing stands under the final name unless everything was right.
bid::Manifest open_envelope(const OpenBid& bid, const bid::TenderFile& tender,
                            const std::string& envelope, SecretBytes secret,
                            const std::string& folder, Output& out,
                            std::vector<bid::NonConformity>& findings) {
    bid::EnvelopeOpener opener(bid.reader, envelope, std::move(secret), &tender);
    OutputFolder target(folder);
    std::unique_ptr<OutputFile> document;
    Progress progress(out, "opening " + envelope, bid.reader.index().envelope(envelope).length);
    for (;;) {
        const bid::OpenStep step = opener.next();
        switch (step.event) {
            case bid::OpenEvent::need:
                check_cancelled();
                opener.supply(bid.file.read(step.need.offset, step.need.length));
                progress.advance(step.need.length);
                break;
            case bid::OpenEvent::manifest:
                break;
            case bid::OpenEvent::document_begin:
                document = std::make_unique<OutputFile>(
                    target.place(opener.manifest().documents[step.document].path), false, false);
                break;
            case bid::OpenEvent::data:
                document->write(step.data);
                break;
            case bid::OpenEvent::document_end:
                document->commit();
                document.reset();
                break;
            case bid::OpenEvent::done:
                findings = opener.nonconformities();
                target.commit();
                return opener.manifest();
        }
    }
}

protocol::Json manifest_json(const bid::Manifest& manifest,
                             const std::vector<bid::NonConformity>& findings) {
    protocol::Json::Array documents, summary, problems;
    for (const bid::ManifestDocument& document : manifest.documents)
        documents.push_back(protocol::ObjectBuilder()
                                .text("path", document.path)
                                .text("slot", document.slot)
                                .size("size", document.size)
                                .hex("sm3", document.sm3.view())
                                .text("format", document.format)
                                .build());
    for (const bid::SummaryValue& value : manifest.summary)
        summary.push_back(
            protocol::ObjectBuilder().text("id", value.id).text("value", value.value).build());
    for (const bid::NonConformity& finding : findings)
        problems.push_back(protocol::ObjectBuilder()
                               .text("code", error_name(finding.code))
                               .text("subject", finding.subject)
                               .build());
    return protocol::ObjectBuilder()
        .text("envelope", manifest.envelope)
        .array("documents", std::move(documents))
        .array("summary", std::move(summary))
        .array("nonconformities", std::move(problems))
        .build();
}

int open(const Args& args, Output& out) {
    const OpenBid bid(args.positional());
    const bid::TenderFile tender = load_tender(args, args.get("tender"));
    const std::unique_ptr<Clock> clock = clock_of(args);
    // Certificates were judged when the bid was received; an opening must not fail because one has
    // expired since. Without a receipt the time of making stands in for it.
    const Timestamp received =
        args.has("received") ? parse_time(args.get("received")) : bid.reader.index().created;
    judge_signer(args, bid.reader.bid(), tender, received);
    if (clock->now() < tender.tender().opening)
        throw Error(ErrorCode::not_open_yet, format_time(tender.tender().opening));
    const std::vector<bid::Openers> openers =
        all_openers(args, bid.reader.bid(), tender, clock->now());
    const std::vector<bid::CheckedRelease> releases =
        all_releases(args, bid.reader.bid(), openers, tender, clock->now());
    const std::unique_ptr<KeyHolder> keys = open_keys(args);

    protocol::Json::Array opened;
    for (const bid::IndexEnvelope* envelope : chosen_envelopes(args, bid.reader.index())) {
        SecretBytes secret = unlock_envelope(bid, tender, openers, releases, *keys, envelope->id);
        std::vector<bid::NonConformity> findings;
        const std::string folder = args.get("out") + "/" + envelope->id;
        const bid::Manifest manifest =
            open_envelope(bid, tender, envelope->id, std::move(secret), folder, out, findings);
        out.line("envelope " + envelope->id + ": " + std::to_string(manifest.documents.size()) +
                 " documents in " + folder);
        for (const bid::SummaryValue& value : manifest.summary)
            out.line("  " + value.id + ": " + value.value);
        for (const bid::NonConformity& finding : findings)
            out.line("  opened, non-conforming: " +
                     std::string(error_text(finding.code, out.chinese())) + " [" + finding.subject +
                     "]");
        opened.push_back(manifest_json(manifest, findings));
    }
    bid.file.check_unchanged();
    out.result(protocol::ObjectBuilder()
                   .hex("fingerprint", bid.reader.fingerprint().view())
                   .array("opened", std::move(opened))
                   .build());
    return 0;
}

int rehearse(const Args& args, Output& out) {
    const OpenBid bid(args.positional());
    const bid::TenderFile tender = load_tender(args, args.get("tender"));
    const std::unique_ptr<Clock> clock = clock_of(args);
    judge_signer(args, bid.reader.bid(), tender, bid.reader.index().created);
    const std::vector<bid::Openers> openers =
        all_openers(args, bid.reader.bid(), tender, clock->now());
    const std::unique_ptr<KeyHolder> keys = open_keys(args);
    protocol::Json::Array results;
    for (const bid::IndexEnvelope* envelope : chosen_envelopes(args, bid.reader.index())) {
        const bool whole = rehearse_envelope(bid, tender, openers, *keys, envelope->id);
        out.line(
            "envelope " + envelope->id +
            (whole ? ": this key opens it" : ": this key's part is right; others are needed too"));
        results.push_back(protocol::ObjectBuilder()
                              .text("envelope", envelope->id)
                              .boolean("part_right", true)
                              .boolean("opens_alone", whole)
                              .build());
    }
    out.result(protocol::ObjectBuilder()
                   .hex("fingerprint", bid.reader.fingerprint().view())
                   .array("envelopes", std::move(results))
                   .build());
    return 0;
}

std::vector<Option> opening_options() {
    std::vector<Option> options = trust_options();
    for (Option& option : key_options())
        options.push_back(option);
    options.push_back({"envelope", "ID", "only this envelope", false, true});
    options.push_back({"rewrap", "FILE", "openers that were added later", false, true});
    return options;
}

}  // namespace

Command open_command() {
    Command command{"open", "open a bid and save its documents", "FILE", opening_options(), {},
                    open};
    command.options.push_back({"out", "DIR", "folder for the envelopes' documents", true});
    command.options.push_back(
        {"release", "FILE", "shares that others released to this key (.sbrl)", false, true});
    command.options.push_back(
        {"received", "TIME", "when the bid was received: certificates are judged as of then"});
    command.examples = {
        "bidseal open bid.sbid --tender p.tender --ukey libukey.so --out opened/",
        "bidseal open bid.sbid --tender p.tender --encrypt-cert enc.crt --encrypt-key enc.key \\\n"
        "      --envelope price --out opened/",
        "bidseal open bid.sbid --tender p.tender --ukey libukey.so --release platform.sbrl --out "
        "opened/"};
    return command;
}

Command rehearse_command() {
    Command command{"rehearse", "try whether this key will open the bid, without opening it",
                    "FILE",     opening_options(),
                    {},         rehearse};
    command.examples = {"bidseal rehearse bid.sbid --tender p.tender --ukey libukey.so"};
    return command;
}

}  // namespace bidseal::cli
