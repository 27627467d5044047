// A loaded PKCS #11 library and its calls, checked as SKF's are: sizes and fences.
#pragma once

#include <string>
#include <vector>

#include <p11-kit/pkcs11.h>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"

#include "bridge/os/dynamic_library.h"

namespace bidseal::pkcs11 {

/// What a library's answer means to us. Never called with CKR_OK.
ErrorCode error_of(CK_RV answer);

/// Throws the Error that `answer` stands for, unless it is CKR_OK. `what` is the function's name.
void check(CK_RV answer, const char* what);

/// Text of a fixed field, without the spaces at its end.
std::string field_text(const unsigned char* field, size_t size);

class Module {
public:
    /// Throws Error(token_driver).
    explicit Module(const std::string& path);
    ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    const CK_FUNCTION_LIST& call() const { return *m_functions; }

    /// Slots with a token in them.
    std::vector<CK_SLOT_ID> slots() const;
    /// Objects that have all these attributes, 256 at most.
    std::vector<CK_OBJECT_HANDLE> find(CK_SESSION_HANDLE session,
                                       std::vector<CK_ATTRIBUTE> attributes) const;
    /// The attribute's bytes; empty where the object has none.
    Bytes attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                    CK_ATTRIBUTE_TYPE type) const;

private:
    os::DynamicLibrary m_library;
    const CK_FUNCTION_LIST* m_functions = nullptr;
};

/// A session with a slot's token, closed with its owner.
class OpenSession {
public:
    /// For writing too where the token allows it.
    OpenSession(const Module& module, CK_SLOT_ID slot);
    ~OpenSession();
    OpenSession(const OpenSession&) = delete;
    OpenSession& operator=(const OpenSession&) = delete;
    CK_SESSION_HANDLE get() const { return m_handle; }

private:
    const Module& m_module;
    CK_SESSION_HANDLE m_handle = 0;
};

}  // namespace bidseal::pkcs11
