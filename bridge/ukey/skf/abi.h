// The functions of GM/T 0016 as libraries of different makes have them in memory: width of ULONG
// and calling convention are parameters here, the names and parameter lists come from skf.h.
#pragma once

#include "bridge/os/dynamic_library.h"
#include "bridge/ukey/profile.h"
#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {

#if defined(__i386__) || (defined(_WIN32) && !defined(_WIN64))
#define BIDSEAL_HAS_STDCALL 1
#define BIDSEAL_STDCALL __attribute__((stdcall))
#else
#define BIDSEAL_HAS_STDCALL 0
#define BIDSEAL_STDCALL
#endif

/// Pointer to a function of type R(A...), with its calling convention.
template <ukey::CallConvention C, class Signature>
struct FunctionPointer;
template <class R, class... A>
struct FunctionPointer<ukey::CallConvention::cdecl_, R(A...)> {
    using type = R (*)(A...);
};
template <class R, class... A>
struct FunctionPointer<ukey::CallConvention::stdcall_, R(A...)> {
    using type = R(BIDSEAL_STDCALL*)(A...);
};

/// The table of a library whose ULONG is a `Ulong`. Functions that it lacks are null. Structures
/// are passed as bytes (skf/layout.h), except the one that goes by value.
template <class Ulong, ukey::CallConvention C>
struct Abi {
    using ULONG = Ulong;
    static constexpr ukey::CallConvention convention = C;

    struct BLOCKCIPHERPARAM {
        BYTE IV[max_iv];
        ULONG IVLen;
        ULONG PaddingType;
        ULONG FeedBitLen;
    };

#define BIDSEAL_SKF_MEMBER(name, parameters) \
    typename FunctionPointer<C, ULONG parameters>::type name = nullptr;
    BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_MEMBER)
#undef BIDSEAL_SKF_MEMBER

    explicit Abi(const os::DynamicLibrary& library) {
#define BIDSEAL_SKF_RESOLVE(name, parameters) name = library.function<decltype(this->name)>(#name);
        BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_RESOLVE)
#undef BIDSEAL_SKF_RESOLVE
    }

    /// Whether the functions are there without which nothing works.
    bool complete() const {
        return SKF_EnumDev && SKF_ConnectDev && SKF_DisConnectDev && SKF_GetDevInfo &&
               SKF_EnumApplication && SKF_OpenApplication && SKF_CloseApplication &&
               SKF_GetPINInfo && SKF_VerifyPIN && SKF_EnumContainer && SKF_OpenContainer &&
               SKF_CloseContainer && SKF_ExportCertificate && SKF_ECCSignData && SKF_GenRandom;
    }

    using DecryptBlob = typename FunctionPointer<C, ULONG(HCONTAINER, BYTE*, BYTE*, ULONG*)>::type;
    using DecryptSelectorBlob =
        typename FunctionPointer<C, ULONG(HCONTAINER, ULONG, BYTE*, BYTE*, ULONG*)>::type;
    using DecryptBytes =
        typename FunctionPointer<C, ULONG(HCONTAINER, BYTE*, ULONG, BYTE*, ULONG*)>::type;
};

}  // namespace bidseal::skf
