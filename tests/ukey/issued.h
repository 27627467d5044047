// A UKey that the test CA issued, and shorthand for tests of drivers.
#pragma once

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/certificate_request.h"

#include "fixture.h"

namespace bidseal::test {

/// A CA and the UKey "donghai" in a folder of their own.
struct Issued {
    Issued() {
        const std::string ca = (folder.path() / "ca").string();
        const std::string program = "'" BIDSEAL_TESTCA "' ";
        REQUIRE(std::system((program + "init " + ca + " >/dev/null").c_str()) == 0);
        const std::string make =
            program + "ukey " + ca +
            " --name 东海建设有限公司 --code 91310000MA1FL0XX0A --device donghai --pin 135790"
            " --admin-pin 24680135 --retries 3 --kdf-iterations 1000 --library '" BIDSEAL_SOFTUKEY
            "' >/dev/null";
        REQUIRE(std::system(make.c_str()) == 0);
    }
    Folder folder;
};

inline SecretBytes pin(const char* value) {
    return SecretBytes::copy_of(as_bytes(value));
}

template <class Body>
Error error_of_call(Body&& body) {
    try {
        body();
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error was thrown");
    return Error(ErrorCode::internal);
}

}  // namespace bidseal::test
