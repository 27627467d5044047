// bidseal seal make, stamp, verify: electronic seals and sealed PDFs.
#include <algorithm>

#include "bidseal/base/text.h"
#include "bidseal/seal/image.h"
#include "bidseal/seal/pdf_seal.h"

#include "tools/cli/commands.h"
#include "tools/cli/common.h"
#include "tools/cli/seal_report.h"

namespace bidseal::cli {
namespace {

constexpr uint64_t max_picture_file = seal::max_picture_size;
constexpr size_t copy_block = 1 << 20;
constexpr double default_mm = 40;

/// A length in millimetres: digits, perhaps with a point.
double millimetres(const std::string& text, const char* option) {
    double whole = 0, scale = 1;
    bool fraction = false, digits = false;
    for (const char c : text) {
        if (c == '.' && !fraction) {
            fraction = true;
        } else if (c >= '0' && c <= '9') {
            digits = true;
            whole = whole * 10 + (c - '0');
            scale = fraction ? scale * 10 : scale;
        } else {
            digits = false;
            break;
        }
    }
    if (!digits || text.size() > 12)
        throw Error(ErrorCode::usage, std::string("--") + option + " wants millimetres");
    return whole / scale;
}

std::vector<std::string> split(const std::string& text, char by) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == by)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

size_t page_number(const std::string& text, size_t pages) {
    if (text == "last")
        return pages;
    if (!is_decimal(text, 0) || text.size() > 7 || text[0] == '-' || text == "0")
        throw Error(ErrorCode::usage, "pages are named 3, 2-7, last or all");
    const size_t number = std::stoul(text);
    if (number > pages)
        throw Error(ErrorCode::pdf_place, "no such page");
    return number;
}

struct PageRange {
    size_t first, count;  // from 0
};
PageRange page_range(const std::string& text, size_t pages) {
    if (text == "all")
        return {0, pages};
    const std::vector<std::string> ends = split(text, '-');
    if (ends.size() > 2)
        throw Error(ErrorCode::usage, "pages are named 3, 2-7, last or all");
    const size_t first = page_number(ends.front(), pages), last = page_number(ends.back(), pages);
    if (last < first)
        throw Error(ErrorCode::usage, "pages are named 3, 2-7, last or all");
    return {first - 1, last - first + 1};
}

struct Size {
    double width, height;
};

/// --place PAGES:LEFT:TOP and --cross-page PAGES[:MIDDLE], in their order.
std::vector<seal::SealPlacement> placements_of(const Args& args, const seal::PdfFile& file,
                                               Size size) {
    std::vector<seal::SealPlacement> placements;
    const size_t pages = file.pages().size();
    for (const std::string& text : args.all("place")) {
        const std::vector<std::string> parts = split(text, ':');
        if (parts.size() != 3)
            throw Error(ErrorCode::usage, "--place wants PAGES:LEFT:TOP");
        const PageRange range = page_range(parts[0], pages);
        for (size_t i = 0; i < range.count; i++) {
            seal::SealPlacement place;
            place.page = range.first + i;
            place.left_mm = millimetres(parts[1], "place");
            place.top_mm = millimetres(parts[2], "place");
            place.width_mm = size.width;
            place.height_mm = size.height;
            placements.push_back(place);
        }
    }
    for (const std::string& text : args.all("cross-page")) {
        const std::vector<std::string> parts = split(text, ':');
        if (parts.size() > 2)
            throw Error(ErrorCode::usage, "--cross-page wants PAGES or PAGES:MIDDLE");
        const PageRange range = page_range(parts[0], pages);
        const double middle = parts.size() == 2 ? millimetres(parts[1], "cross-page")
                                                : file.page(range.first).height_mm() / 2;
        const size_t each =
            args.has("pages-per-seal") ? page_number(args.get("pages-per-seal"), 1000) : 20;
        for (const seal::SealPlacement& place : seal::cross_page_placements(
                 file, range.first, range.count, size.width, size.height, middle, each))
            placements.push_back(place);
    }
    return placements;
}

seal::SealPicture picture_of(const Args& args) {
    seal::SealPicture picture;
    picture.data = read_file(args.get("picture"), max_picture_file);
    picture.type = seal::picture_kind(picture.data) == "jpeg" ? "JPG" : "PNG";
    const auto size = [&](const char* option) {
        const double mm = args.has(option) ? millimetres(args.get(option), option) : default_mm;
        if (mm < 1 || mm > seal::max_picture_mm || mm != static_cast<uint32_t>(mm))
            throw Error(ErrorCode::usage, "a picture's size is in whole millimetres");
        return static_cast<uint32_t>(mm);
    };
    picture.width_mm = size("width");
    picture.height_mm = size("height");
    if (!seal::picture_fits_type(picture))
        throw Error(ErrorCode::seal_picture, "neither PNG nor JPEG");
    if (picture.type == "PNG")
        seal::read_png(picture.data);
    return picture;
}

int make(const Args& args, Output& out) {
    const std::unique_ptr<Clock> clock = clock_of(args);
    seal::SealInfo info;
    info.vendor = args.get_or("vendor", "BidSeal");
    info.id = args.get("id");
    info.type = args.has("personal") ? 2 : 1;
    info.name = args.get("name");
    for (const crypto::Certificate& user : certificates_of(args, "user")) {
        if (args.has("digests"))
            info.signer_digests.push_back({"SM3", to_bytes(user.digest().view())});
        else
            info.signers.push_back(to_bytes(user.der()));
    }
    info.created = clock->now();
    info.valid_from = args.has("not-before") ? parse_time(args.get("not-before")) : info.created;
    info.valid_until = parse_time(args.get("not-after"));
    info.picture = picture_of(args);
    const Bytes content = seal::seal_content(info);
    const std::unique_ptr<KeyHolder> keys = open_keys(args);
    const seal::ElectronicSeal made =
        seal::build_seal(content, keys->signing_certificate(), keys->sign(content));
    write_file(args.get("out"), made.der(), args.has("force"));
    show_seal(out, made);
    out.result(seal_json(made));
    return 0;
}

seal::PdfSealPlan plan_of(const Args& args, const KeyHolder& keys, Timestamp now) {
    seal::PdfSealPlan plan;
    plan.signer = keys.signing_certificate();
    plan.time = now;
    plan.chain = certificates_of(args, "chain");
    plan.evidence = crls_of(args);
    if (args.has("seal") == args.has("picture"))
        throw Error(ErrorCode::usage, "give either --seal or --picture");
    if (args.has("seal"))
        plan.seal = seal::ElectronicSeal::parse(read_file(args.get("seal"), seal::max_seal_size));
    else
        plan.picture = picture_of(args);
    plan.reason = args.get_or("reason", "");
    plan.location = args.get_or("location", "");
    plan.filter = args.get_or("filter", "");
    plan.sub_filter = args.get_or("sub-filter", "");
    return plan;
}

int stamp(const Args& args, Output& out) {
    const InputFile input(args.positional());
    const FileAccess access(input);
    const seal::PdfFile file(access);
    const std::unique_ptr<KeyHolder> keys = open_keys(args);
    seal::PdfSealPlan plan = plan_of(args, *keys, clock_of(args)->now());
    const seal::SealPicture& picture = plan.seal ? plan.seal->info().picture : *plan.picture;
    plan.placements = placements_of(
        args, file,
        {static_cast<double>(picture.width_mm), static_cast<double>(picture.height_mm)});
    const size_t places = plan.placements.size();
    seal::PdfSealing sealing(file, std::move(plan));
    const Bytes section = sealing.finish(keys->sign(sealing.to_be_signed()));
    OutputFile output(args.get("out"), args.has("force"));
    {
        Progress progress(out, "writing", input.size());
        Bytes block;
        for (uint64_t at = 0; at < input.size(); at += block.size()) {
            check_cancelled();
            block = input.read(at, std::min<uint64_t>(copy_block, input.size() - at));
            output.write(block);
            progress.advance(block.size());
        }
    }
    output.write(section);
    input.check_unchanged();
    output.commit();
    out.rows({{"sealed", args.get("out")},
              {"places", std::to_string(places)},
              {"added", human_size(section.size())}});
    out.result(protocol::ObjectBuilder()
                   .text("file", args.get("out"))
                   .size("places", places)
                   .size("added_bytes", section.size())
                   .build());
    return 0;
}

seal::SealTrust seal_trust_of(const Args& args) {
    seal::SealTrust trust;
    trust.signers.roots = certificates_of(args, "trust");
    trust.signers.intermediates = certificates_of(args, "intermediate");
    trust.signers.crls = crls_of(args);
    trust.issuers = trust.signers;
    if (args.has("issuer-trust"))
        trust.issuers.roots = certificates_of(args, "issuer-trust");
    trust.revocation = revocation_policy(args);
    return trust;
}

/// A PDF, or a seal by itself (.esl): a seal is DER, which begins with a SEQUENCE.
int verify(const Args& args, Output& out) {
    const InputFile input(args.positional());
    const seal::SealTrust trust = seal_trust_of(args);
    const Timestamp now = clock_of(args)->now();
    const bool is_seal = input.size() > 0 && input.read(0, 1)[0] == 0x30;
    bool valid = true;
    if (is_seal) {
        const auto one =
            seal::ElectronicSeal::parse(read_file(args.positional(), seal::max_seal_size));
        const seal::SealVerdict verdict = seal::verify_seal(one, trust, now, now);
        valid = verdict.valid();
        show_seal(out, one);
        show_findings(out, verdict.findings);
        protocol::Json::Object members = seal_json(one).as_object();
        members.insert(members.begin(), {"valid", protocol::Json::boolean(valid)});
        members.push_back({"findings", findings_json(verdict.findings)});
        members.push_back(
            {"revocation_checked", protocol::Json::boolean(verdict.revocation_checked)});
        out.result(protocol::Json::object(std::move(members)));
    } else {
        const FileAccess access(input);
        const std::vector<seal::PdfSealReport> reports = seal::verify_pdf(access, trust, now);
        input.check_unchanged();
        if (reports.empty())
            throw Error(ErrorCode::pdf_no_seal);
        protocol::Json::Array list;
        for (const seal::PdfSealReport& report : reports) {
            valid = valid && report.valid();
            show_report(out, report);
            list.push_back(report_json(report));
        }
        out.result(protocol::ObjectBuilder()
                       .boolean("valid", valid)
                       .array("seals", std::move(list))
                       .build());
    }
    return valid ? 0 : exit_code(ErrorCode::signature_invalid);
}

const std::vector<Option> picture_options = {
    {"picture", "FILE", "the seal's picture: PNG with transparency, or JPEG"},
    {"width", "MM", "its width on paper (default 40)"},
    {"height", "MM", "its height on paper (default 40)"},
};

void add(Command& command, const std::vector<Option>& options) {
    command.options.insert(command.options.end(), options.begin(), options.end());
}

}  // namespace

Command seal_make_command() {
    Command command{"seal make", "make an electronic seal (GB/T 38540), as its issuer", "", {}, {},
                    make};
    add(command, {{"name", "TEXT", "the seal's name", true},
                  {"id", "TEXT", "its number at the issuer, ASCII", true},
                  {"user", "FILE", "certificate that may use it", true, true},
                  {"digests", "", "name the users by digest instead of by certificate"},
                  {"personal", "", "a person's seal instead of an organisation's"},
                  {"vendor", "TEXT", "maker's name in the seal's header, ASCII"},
                  {"not-before", "TIME", "first moment of use (default: now)"},
                  {"not-after", "TIME", "last moment of use", true},
                  {"at", "TIME", "date it as of this time instead of now"}});
    add(command, picture_options);
    add(command, key_options());
    add(command,
        {{"out", "FILE", "the seal to write (.esl)", true}, {"force", "", "overwrite it"}});
    command.examples = {
        "bidseal seal make --name 东海建设有限公司 --id 1 --user sign.crt --picture seal.png \\\n"
        "      --not-after 2028-12-31T00:00:00Z --sign-cert maker.crt --sign-key maker.key --out "
        "1.esl"};
    return command;
}

Command seal_stamp_command() {
    Command command{"seal stamp", "seal a PDF: a signature with a picture, appended to it",
                    "FILE",       {},
                    {},           stamp};
    add(command, {{"seal", "FILE", "electronic seal (.esl)"},
                  {"place", "PAGES:LEFT:TOP",
                   "where its picture's corner is, in mm (2:120:230, all:1:2)", false, true},
                  {"cross-page", "PAGES[:MIDDLE]",
                   "cut over the right edges of these pages (all, 1-30:150)", false, true},
                  {"pages-per-seal", "N", "most pages that share one cross-page seal (default 20)"},
                  {"reason", "TEXT", "shown by PDF readers"},
                  {"location", "TEXT", "shown by PDF readers"},
                  {"filter", "NAME", "Filter of the signature, for a reader that asks for one"},
                  {"sub-filter", "NAME", "SubFilter of the signature"},
                  {"chain", "FILE", "certificates between the signer and its root", false, true},
                  {"crl", "FILE", "revocation list to enclose (without --seal)", false, true},
                  {"at", "TIME", "date it as of this time instead of now"}});
    add(command, picture_options);
    add(command, key_options());
    add(command, {{"out", "FILE", "the sealed PDF", true}, {"force", "", "overwrite it"}});
    command.examples = {
        "bidseal seal stamp bid.pdf --seal 1.esl --place last:130:220 --cross-page all \\\n"
        "      --ukey libukey.so --out sealed.pdf"};
    return command;
}

Command seal_verify_command() {
    Command command{"seal verify",
                    "judge every seal and signature of a PDF, or a seal by itself (.esl)",
                    "FILE",
                    {},
                    {},
                    verify};
    add(command,
        {{"trust", "FILE", "root of the signers' certificates", true, true},
         {"issuer-trust", "FILE", "root of the seals' issuers (default: the same)", false, true},
         {"intermediate", "FILE", "certificates that help to reach a root", false, true},
         {"crl", "FILE", "revocation list (DER or PEM)", false, true},
         {"require-crl", "", "refuse when no current revocation list is at hand"},
         {"at", "TIME", "judge as of this time instead of now"}});
    command.examples = {"bidseal seal verify sealed.pdf --trust root.crt --crl ca.crl --json"};
    return command;
}

}  // namespace bidseal::cli
