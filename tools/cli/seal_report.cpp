#include "tools/cli/seal_report.h"

#include <cmath>

namespace bidseal::cli {
namespace {

using protocol::Json;
using protocol::ObjectBuilder;

std::string standard_name(seal::SealStandard standard) {
    switch (standard) {
        case seal::SealStandard::gmt_0031_2014:
            return "GM/T 0031-2014";
        case seal::SealStandard::gbt_38540_2020:
            return "GB/T 38540-2020";
        case seal::SealStandard::gmt_0031_2025:
            return "GM/T 0031-2025";
    }
    return {};
}

std::string container_text(seal::PdfContainer container) {
    switch (container) {
        case seal::PdfContainer::none:
            return "cannot be read";
        case seal::PdfContainer::gbt_38540:
            return "electronic seal";
        case seal::PdfContainer::gbt_35275:
            return "signature, GB/T 35275";
        case seal::PdfContainer::cms:
            return "signature, CMS";
    }
    return {};
}

Json signer_json(const crypto::Certificate& signer) {
    return ObjectBuilder()
        .text("name", signer.holder_name())
        .text("credit_code", signer.credit_code())
        .text("subject", signer.subject_text())
        .text("issuer", signer.issuer_text())
        .hex("serial", signer.serial())
        .time("not_after", signer.not_after())
        .build();
}

/// Formats hold no fractions: hundredths of a millimetre are fine enough for a seal.
int64_t hundredths(double mm) {
    return std::llround(mm * 100);
}

}  // namespace

void show_seal(Output& out, const seal::ElectronicSeal& seal) {
    const seal::SealInfo& info = seal.info();
    out.rows({{"seal", info.name},
              {"number", info.id},
              {"standard", standard_name(info.standard())},
              {"issued by", seal.issuer().holder_name()},
              {"valid", format_time(info.valid_from) + " to " + format_time(info.valid_until)},
              {"users", std::to_string(info.signers.size() + info.signer_digests.size())},
              {"size", std::to_string(info.picture.width_mm) + " x " +
                           std::to_string(info.picture.height_mm) + " mm"}});
}

Json seal_json(const seal::ElectronicSeal& seal) {
    const seal::SealInfo& info = seal.info();
    return ObjectBuilder()
        .text("name", info.name)
        .text("id", info.id)
        .text("standard", standard_name(info.standard()))
        .integer("version", info.version)
        .integer("type", info.type)
        .text("vendor", info.vendor)
        .value("issuer", signer_json(seal.issuer()))
        .time("created", info.created)
        .time("valid_from", info.valid_from)
        .time("valid_until", info.valid_until)
        .text("picture_type", info.picture.type)
        .integer("width_mm", info.picture.width_mm)
        .integer("height_mm", info.picture.height_mm)
        .size("users", info.signers.size() + info.signer_digests.size())
        .build();
}

void show_findings(Output& out, const std::vector<seal::SealFinding>& findings) {
    if (findings.empty())
        out.line("The seal stands.");
    for (const seal::SealFinding& finding : findings)
        out.line(std::string("  ") + seal::seal_part_name(finding.part) + ": " +
                 error_text(finding.code, out.chinese()) + " (" + error_name(finding.code) + ")");
}

Json findings_json(const std::vector<seal::SealFinding>& findings) {
    Json::Array list;
    for (const seal::SealFinding& finding : findings)
        list.push_back(ObjectBuilder()
                           .text("part", seal::seal_part_name(finding.part))
                           .text("code", error_name(finding.code))
                           .build());
    return Json::array(std::move(list));
}

void show_report(Output& out, const seal::PdfSealReport& report) {
    std::vector<std::pair<std::string, std::string>> rows;
    rows.emplace_back("field", report.field);
    rows.emplace_back("kind", container_text(report.container));
    if (report.seal)
        rows.emplace_back("seal", report.seal->seal().info().name);
    if (report.signer)
        rows.emplace_back("signer", report.signer->holder_name());
    if (report.signed_at)
        rows.emplace_back("time", format_time(*report.signed_at) + " (by the signer's clock)");
    rows.emplace_back("covers", report.covers_all      ? "the whole file"
                                : report.changed_after ? "an earlier version of the file"
                                                       : "the file up to later seals");
    rows.emplace_back("places", std::to_string(report.pictures.size()));
    out.rows(rows);
    show_findings(out, report.findings);
}

Json report_json(const seal::PdfSealReport& report) {
    ObjectBuilder builder;
    builder.text("field", report.field)
        .boolean("valid", report.valid())
        .value("findings", findings_json(report.findings))
        .text("container", seal::pdf_container_name(report.container))
        .text("sub_filter", report.sub_filter);
    if (report.seal)
        builder.value("seal", seal_json(report.seal->seal()));
    if (report.signer)
        builder.value("signer", signer_json(*report.signer));
    if (report.signed_at)
        builder.time("signed_at", *report.signed_at);
    Json::Array pictures;
    for (const seal::PlacedPicture& p : report.pictures)
        pictures.push_back(ObjectBuilder()
                               .size("page", p.page + 1)
                               .integer("left", hundredths(p.left_mm))
                               .integer("top", hundredths(p.top_mm))
                               .integer("width", hundredths(p.width_mm))
                               .integer("height", hundredths(p.height_mm))
                               .build());
    return builder.boolean("revocation_checked", report.revocation_checked)
        .size("covers", report.covers)
        .boolean("covers_all", report.covers_all)
        .boolean("changed_after", report.changed_after)
        .boolean("pictures_compared", report.pictures_compared)
        .array("pictures_in_hundredths_of_mm", std::move(pictures))
        .build();
}

}  // namespace bidseal::cli
