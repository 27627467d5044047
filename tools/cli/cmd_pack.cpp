// bidseal pack: from documents and figures to a sealed bid.
#include <algorithm>
#include <filesystem>
#include <map>

#include "bidseal/bid/writer.h"

#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

namespace fs = std::filesystem;

struct InputDocument {
    std::string envelope, slot, path, source;
};

std::string utf8(const fs::path& path) {
    return path.generic_string();
}

/// `ENVELOPE/SLOT=FILE`.
InputDocument parse_addition(const std::string& text) {
    const size_t equals = text.find('=');
    const size_t slash = text.find('/');
    if (equals == std::string::npos || slash == std::string::npos || slash > equals)
        throw Error(ErrorCode::usage, "--add wants ENVELOPE/SLOT=FILE");
    InputDocument document;
    document.envelope = text.substr(0, slash);
    document.slot = text.substr(slash + 1, equals - slash - 1);
    document.source = text.substr(equals + 1);
    document.path = utf8(fs::path(document.source).filename());
    return document;
}

/// DIR/<envelope>/<slot>/…: the path inside the bid is <slot>/….
void collect_folder(const std::string& folder, std::vector<InputDocument>& documents) {
    std::error_code error;
    std::vector<InputDocument> found;
    fs::recursive_directory_iterator walk(folder, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
        const fs::directory_entry& entry = *walk;
        const fs::file_status status = entry.symlink_status(error);
        if (fs::is_directory(status))
            continue;
        // Nothing is left out in silence: a link might lead anywhere, a device has no end.
        if (error || !fs::is_regular_file(status))
            throw Error(ErrorCode::io_read, "neither a file nor a folder")
                .subject(utf8(entry.path()));
        const fs::path relative = entry.path().lexically_relative(folder);
        auto part = relative.begin();
        InputDocument document;
        document.envelope = utf8(*part++);
        if (part == relative.end() || std::next(part) == relative.end())
            throw Error(ErrorCode::usage, "--dir wants DIR/ENVELOPE/SLOT/FILE")
                .subject(document.envelope);
        document.slot = utf8(*part);
        fs::path inside;
        for (; part != relative.end(); ++part)
            inside /= *part;
        document.path = utf8(inside);
        document.source = entry.path().string();
        found.push_back(std::move(document));
    }
    if (error)
        throw Error(ErrorCode::io_read, error.message()).subject(folder);
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    documents.insert(documents.end(), found.begin(), found.end());
}

std::vector<bid::SummaryValue> summary_of(const Args& args) {
    std::vector<bid::SummaryValue> values;
    if (args.has("summary")) {
        const protocol::Json json =
            protocol::parse_json(read_file(args.get("summary"), 1 << 20), {1 << 20, 2});
        for (const protocol::JsonMember& member : json.as_object())
            values.push_back({member.name, member.value.as_text()});
    }
    for (const std::string& text : args.all("set")) {
        const size_t equals = text.find('=');
        if (equals == std::string::npos)
            throw Error(ErrorCode::usage, "--set wants FIELD=VALUE");
        values.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    return values;
}

/// Counts what goes through on its way to the file.
class HashingSink : public Sink {
public:
    explicit HashingSink(Sink& to) : m_to(to) {}
    void write(ByteView bytes) override {
        m_hash.update(bytes);
        m_to.write(bytes);
    }
    crypto::Sm3Digest finish() { return m_hash.finish(); }

private:
    Sink& m_to;
    crypto::Sm3 m_hash;
};

void write_document(bid::BidWriter& writer, const InputDocument& document, Progress& progress) {
    const InputFile file(document.source);
    try {
        writer.begin_document(document.path, document.slot, file.size());
    } catch (Error& error) {
        if (error.subject().empty())
            error.subject(document.path);
        throw;
    }
    Bytes buffer(std::min<uint64_t>(1 << 20, std::max<uint64_t>(file.size(), 1)));
    for (uint64_t offset = 0; offset < file.size();) {
        check_cancelled();
        const uint64_t length = std::min<uint64_t>(buffer.size(), file.size() - offset);
        const std::span<uint8_t> piece(buffer.data(), length);
        file.read(offset, piece);
        writer.write(piece);
        progress.advance(length);
        offset += length;
    }
    file.check_unchanged();
    writer.end_document();
}

bid::BidPlan plan_of(const Args& args, const bid::TenderFile& tender, KeyHolder& keys) {
    bid::BidPlan plan;
    if (!args.has("lot") && tender.tender().lots.size() != 1)
        throw Error(ErrorCode::usage, "the tender has several lots: choose one with --lot");
    plan.lot = args.get_or("lot", tender.tender().lots.front().id);
    plan.signer = keys.signing_certificate();
    for (const crypto::Certificate& certificate : keys.encryption_certificates())
        plan.supplier_openers.push_back(bid::default_opener(certificate));
    for (const crypto::Certificate& certificate : certificates_of(args, "opener-cert"))
        plan.supplier_openers.push_back(bid::default_opener(certificate));
    for (const std::string& name : args.all("way")) {
        const auto way = bid::way_from(name);
        if (!way)
            throw Error(ErrorCode::usage,
                        "--way wants supplier, supplier+platform or platform+rescue");
        plan.ways.push_back(*way);
    }
    if (args.has("replaces"))
        plan.replaces = bid::parse_fingerprint(args.get("replaces"));
    plan.summary = summary_of(args);
    plan.program_version = BIDSEAL_VERSION;
    plan.extra = certificates_of(args, "chain");
    plan.crls = crls_of(args);
    plan.accept_early_end = args.has("accept-early-end");
    plan.accept_after_deadline = args.has("accept-after-deadline");
    return plan;
}

int pack(const Args& args, Output& out) {
    const bid::TenderFile tender = load_tender(args, args.get("tender"));
    const std::unique_ptr<Clock> clock = clock_of(args);
    const std::unique_ptr<KeyHolder> keys = open_keys(args);

    std::vector<InputDocument> documents;
    for (const std::string& text : args.all("add"))
        documents.push_back(parse_addition(text));
    for (const std::string& folder : args.all("dir"))
        collect_folder(folder, documents);
    std::map<std::string, std::vector<const InputDocument*>> by_envelope;
    uint64_t total = 0;
    for (const InputDocument& document : documents) {
        if (tender.tender().find_envelope(document.envelope) == nullptr)
            throw Error(ErrorCode::envelope_unknown).subject(document.envelope);
        by_envelope[document.envelope].push_back(&document);
        total += InputFile(document.source).size();
    }

    bid::BidPlan plan = plan_of(args, tender, *keys);
    const crypto::ChainResult chain =
        crypto::validate_chain(*plan.signer, plan.extra, trust_of(args, tender), clock->now(),
                               crypto::signing_usage(*plan.signer), revocation_policy(args));
    if (!chain.revocation_checked)
        out.warning(
            "no current revocation list at hand: whether the certificate was revoked is unknown");

    OutputFile file(args.get("out"), args.has("force"));
    HashingSink sink(file);
    SystemRandom random;
    bid::BidWriter writer(plan, tender, random, *clock, sink);
    {
        Progress progress(out, "sealing", total);
        for (const bid::EnvelopeRule& rule : tender.tender().envelopes) {
            const bool has_figures = std::any_of(
                plan.summary.begin(), plan.summary.end(), [&](const bid::SummaryValue& value) {
                    const bid::SummaryField* field = tender.tender().find_field(value.id);
                    return field != nullptr && field->envelope == rule.id;
                });
            if (by_envelope[rule.id].empty() && !has_figures)
                continue;
            writer.begin_envelope(rule.id);
            for (const InputDocument* document : by_envelope[rule.id])
                write_document(writer, *document, progress);
            writer.end_envelope();
        }
    }
    const bid::SigningRequest& request = writer.finish_content();
    const bid::Fingerprint fingerprint = request.fingerprint;
    std::vector<crypto::Certificate> travelling(chain.path.begin() + 1, chain.path.end());
    writer.finish(keys->sign(request.index), travelling, chain.evidence);
    check_cancelled();
    file.commit();

    const crypto::Sm3Digest digest = sink.finish();
    std::string words;
    for (const std::string& word : bid::fingerprint_words(fingerprint))
        words += (words.empty() ? "" : " ") + word;
    out.rows({{"sealed bid", args.get("out")},
              {"size", human_size(writer.written())},
              {"documents", std::to_string(documents.size())},
              {"fingerprint", bid::fingerprint_text(fingerprint)},
              {"read aloud", words},
              {"SM3 of the file", to_hex(digest.view())}});
    out.result(protocol::ObjectBuilder()
                   .text("file", display_text(args.get("out")))
                   .size("size", writer.written())
                   .size("documents", documents.size())
                   .hex("fingerprint", fingerprint.view())
                   .hex("sm3", digest.view())
                   .boolean("revocation_checked", chain.revocation_checked)
                   .build());
    return 0;
}

}  // namespace

Command pack_command() {
    Command command{"pack", "seal documents and figures into a bid", "", trust_options(), {}, pack};
    for (Option& option : key_options())
        command.options.push_back(option);
    for (Option option : std::vector<Option>{
             {"lot", "ID", "the lot (may be left out when there is one)"},
             {"add", "ENVELOPE/SLOT=FILE", "a document", false, true},
             {"dir", "DIR", "documents as DIR/ENVELOPE/SLOT/…", false, true},
             {"set", "FIELD=VALUE", "a figure of the bid summary", false, true},
             {"summary", "FILE", "figures as a JSON object of texts"},
             {"way", "WAY",
              "supplier, supplier+platform or platform+rescue (default: the tender's)", false,
              true},
             {"opener-cert", "FILE", "a further encryption certificate of the supplier", false,
              true},
             {"chain", "FILE", "certificates between the signer and its root", false, true},
             {"replaces", "FINGERPRINT", "the earlier bid that this one replaces"},
             {"accept-early-end", "", "accept a certificate that ends before the opening"},
             {"accept-after-deadline", "", "seal although the deadline has passed"},
             {"out", "FILE", "the sealed bid to write (.sbid)", true},
             {"force", "", "overwrite it"}})
        command.options.push_back(std::move(option));
    command.examples = {
        "bidseal pack --tender p.tender --ukey libukey.so --out bid.sbid \\\n"
        "      --add qualification/licence=licence.pdf --add price/schedule=prices.xlsx \\\n"
        "      --set total=1234567.00",
        "bidseal pack --tender p.tender --dir documents/ --summary figures.json \\\n"
        "      --sign-cert sign.crt --sign-key sign.key --encrypt-cert enc.crt --out bid.sbid"};
    return command;
}

}  // namespace bidseal::cli
