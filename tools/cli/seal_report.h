// Seals and verdicts on them, for people and as JSON.
#pragma once

#include "bidseal/protocol/json.h"
#include "bidseal/seal/pdf_verify.h"

#include "tools/cli/host.h"
#include "tools/cli/output.h"

namespace bidseal::cli {

/// An input file as the core reads it. The file must outlive this.
class FileAccess : public RandomAccess {
public:
    explicit FileAccess(const InputFile& file) : m_file(file) {}
    uint64_t size() const override { return m_file.size(); }
    void read(uint64_t offset, std::span<uint8_t> out) const override {
        check_cancelled();
        m_file.read(offset, out);
    }

private:
    const InputFile& m_file;
};

void show_seal(Output& out, const seal::ElectronicSeal& seal);
protocol::Json seal_json(const seal::ElectronicSeal& seal);

void show_findings(Output& out, const std::vector<seal::SealFinding>& findings);
protocol::Json findings_json(const std::vector<seal::SealFinding>& findings);

void show_report(Output& out, const seal::PdfSealReport& report);
protocol::Json report_json(const seal::PdfSealReport& report);

}  // namespace bidseal::cli
