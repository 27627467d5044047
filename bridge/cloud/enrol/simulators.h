// What stands in for the world outside. For trials and tests only, and never silently: the program
// says at its start that it runs with simulators.
#pragma once

#include <mutex>
#include <string>

#include "bridge/cloud/enrol/enrol_service.h"

namespace bidseal::cloud {

/// Writes `PHONE CODE`, a line each, to a file that only this user can read.
class SimulatedSms : public SmsSender {
public:
    explicit SimulatedSms(std::string file) : m_file(std::move(file)) {}
    void send(const std::string& phone, const std::string& code) override;

private:
    std::mutex m_mutex;
    std::string m_file;
};

/// Takes the text "simulated face of NAME" for the person.
class SimulatedFaceCheck : public FaceCheck {
public:
    bool is_person(const std::string& name, ByteView evidence) override;
};

/// Takes everybody's word, but for companies whose name holds "refused".
class SimulatedRegistry : public EntityRegistry {
public:
    bool may_act(const std::string& person, const std::string& company,
                 const std::string& credit_code) override;
};

/// The test CA, as a program: bidseal-testca certify.
class TestCaProgram : public CertificateIssuer {
public:
    /// `scratch` is a folder for files on their way.
    TestCaProgram(std::string program, std::string ca_folder, std::string scratch)
        : m_program(std::move(program)),
          m_ca(std::move(ca_folder)),
          m_scratch(std::move(scratch)) {}
    Bytes issue(const std::string& company, const std::string& credit_code, Purpose purpose,
                const crypto::Sm2PublicKey& key) override;

private:
    std::mutex m_mutex;
    std::string m_program, m_ca, m_scratch;
};

/// No CA: refuses.
class NoIssuer : public CertificateIssuer {
public:
    Bytes issue(const std::string&, const std::string&, Purpose,
                const crypto::Sm2PublicKey&) override {
        throw Error(ErrorCode::usage, "no CA is connected");
    }
};

}  // namespace bidseal::cloud
