// bidseal open, bidseal rehearse: with a key.
#include "bidseal/bid/opener.h"

#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

/// Takes what an envelope gives out.
class Receiver {
public:
    virtual ~Receiver() = default;
    virtual void begin(const bid::ManifestDocument&) {}
    virtual void data(ByteView) {}
    virtual void end() {}
};

/// Documents, as files of a folder.
class FolderReceiver : public Receiver {
public:
    explicit FolderReceiver(OutputFolder& folder) : m_folder(folder) {}
    void begin(const bid::ManifestDocument& document) override {
        m_file = std::make_unique<OutputFile>(m_folder.place(document.path), false, false);
    }
    void data(ByteView bytes) override { m_file->write(bytes); }
    void end() override {
        m_file->commit();
        m_file.reset();
    }

private:
    OutputFolder& m_folder;
    std::unique_ptr<OutputFile> m_file;
};

/// The ZIP as one file.
class ZipReceiver : public Receiver {
public:
    explicit ZipReceiver(OutputFile& file) : m_file(file) {}
    void data(ByteView bytes) override { m_file.write(bytes); }

private:
    OutputFile& m_file;
};

/// Runs the opener until it is done.
void run_opener(bid::EnvelopeOpener& opener, const OpenBid& bid, Progress& progress,
                Receiver& receiver) {
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
                receiver.begin(opener.manifest().documents[step.document]);
                break;
            case bid::OpenEvent::data:
                receiver.data(step.data);
                break;
            case bid::OpenEvent::document_end:
                receiver.end();
                break;
            case bid::OpenEvent::done:
                return;
        }
    }
}

/// One envelope into its folder, or with `zip` into one file; nothing stands under the final name
/// unless everything was right.
bid::Manifest open_envelope(const OpenBid& bid, const bid::TenderFile& tender,
                            const std::string& envelope, SecretBytes secret,
                            const std::string& target, bool zip, Output& out,
                            std::vector<bid::NonConformity>& findings) {
    bid::EnvelopeOpener opener(bid.reader, envelope, std::move(secret), &tender);
    const uint64_t length = bid.reader.index().envelope(envelope).length;
    Progress progress(out, "opening " + envelope, zip ? 2 * length : length);
    if (zip) {
        OutputFile file(target, false);
        Receiver nobody;
        run_opener(opener, bid, progress, nobody);
        ZipReceiver receiver(file);
        opener.begin_zip();
        run_opener(opener, bid, progress, receiver);
        file.commit();
    } else {
        OutputFolder folder(target);
        FolderReceiver receiver(folder);
        run_opener(opener, bid, progress, receiver);
        folder.commit();
    }
    findings = opener.nonconformities();
    return opener.manifest();
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
    const std::vector<bid::Openers> openers = all_openers(args, bid.reader.bid(), tender);
    const std::vector<bid::CheckedRelease> releases =
        all_releases(args, bid.reader.bid(), openers, tender, clock->now());
    const std::unique_ptr<KeyHolder> keys = open_keys(args);

    if (args.has("zip"))
        make_folder(args.get("out"));
    protocol::Json::Array opened;
    for (const bid::IndexEnvelope* envelope : chosen_envelopes(args, bid.reader.index())) {
        SecretBytes secret = unlock_envelope(bid, tender, openers, releases, *keys, envelope->id);
        std::vector<bid::NonConformity> findings;
        const bool zip = args.has("zip");
        const std::string target = args.get("out") + "/" + envelope->id + (zip ? ".zip" : "");
        const bid::Manifest manifest =
            open_envelope(bid, tender, envelope->id, std::move(secret), target, zip, out, findings);
        out.line("envelope " + envelope->id + ": " + std::to_string(manifest.documents.size()) +
                 " documents in " + target);
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
    judge_signer(args, bid.reader.bid(), tender, bid.reader.index().created);
    const std::vector<bid::Openers> openers = all_openers(args, bid.reader.bid(), tender);
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
    for (Option& option : rewrap_options())
        options.push_back(option);
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
        {"zip", "", "save each envelope as the ZIP that was sealed, manifest and all"});
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
