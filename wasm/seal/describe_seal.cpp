#include "describe_seal.h"

#include "../describe_certificate.h"
#include "../values.h"

namespace bidseal::wasm {

using emscripten::val;

namespace {

const char* standard_name(seal::SealStandard standard) {
    switch (standard) {
        case seal::SealStandard::gmt_0031_2014:
            return "GM/T 0031-2014";
        case seal::SealStandard::gbt_38540_2020:
            return "GB/T 38540-2020";
        case seal::SealStandard::gmt_0031_2025:
            return "GM/T 0031-2025";
    }
    return "";
}

val describe_picture(const seal::SealPicture& picture) {
    val result = val::object();
    result.set("kind", text(seal::picture_kind(picture.data)));
    result.set("data", bytes(picture.data));
    result.set("widthMm", number(picture.width_mm));
    result.set("heightMm", number(picture.height_mm));
    return result;
}

val describe_place(const seal::PlacedPicture& place) {
    val result = val::object();
    result.set("page", number(place.page));
    result.set("leftMm", place.left_mm);
    result.set("topMm", place.top_mm);
    result.set("widthMm", place.width_mm);
    result.set("heightMm", place.height_mm);
    return result;
}

}  // namespace

val describe(const seal::ElectronicSeal& seal) {
    const seal::SealInfo& info = seal.info();
    val result = val::object();
    result.set("name", text(info.name));
    result.set("id", text(info.id));
    result.set("standard", text(standard_name(info.standard())));
    result.set("version", number(info.version));
    result.set("type", number(info.type));
    result.set("vendor", text(info.vendor));
    result.set("issuer", describe(seal.issuer()));
    result.set("created", time(info.created));
    result.set("validFrom", time(info.valid_from));
    result.set("validUntil", time(info.valid_until));
    result.set("users", number(info.signers.size() + info.signer_digests.size()));
    result.set("picture", describe_picture(info.picture));
    return result;
}

val describe(const std::vector<seal::SealFinding>& findings) {
    return array_of(findings, [](const seal::SealFinding& finding) {
        val entry = val::object();
        entry.set("part", text(seal::seal_part_name(finding.part)));
        entry.set("code", text(error_name(finding.code)));
        return entry;
    });
}

val describe(const seal::PdfSealReport& report) {
    val result = val::object();
    result.set("field", text(report.field));
    result.set("valid", report.valid());
    result.set("findings", describe(report.findings));
    result.set("container", text(seal::pdf_container_name(report.container)));
    result.set("subFilter", text(report.sub_filter));
    if (report.seal)
        result.set("seal", describe(report.seal->seal()));
    if (report.signer)
        result.set("signer", describe(*report.signer));
    if (report.signed_at)
        result.set("signedAt", time(*report.signed_at));
    result.set("revocationChecked", report.revocation_checked);
    result.set("covers", number(report.covers));
    result.set("coversAll", report.covers_all);
    result.set("changedAfter", report.changed_after);
    result.set("pictures", array_of(report.pictures, describe_place));
    result.set("picturesCompared", report.pictures_compared);
    return result;
}

}  // namespace bidseal::wasm
