// The interface of an SM2 token: GM/T 0016-2012, the same as GB/T 35291-2017, "application
// interface specification for smart cryptographic tokens" (SKF). Structures are packed(1) and ULONG
// is 32 bits, as the standard has it; libraries that differ are a matter of skf::Profile.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bidseal::skf {

using BYTE = uint8_t;
using CHAR = char;
using BOOL = int32_t;
using ULONG = uint32_t;
using LPSTR = char*;
using HANDLE = void*;
using DEVHANDLE = HANDLE;
using HAPPLICATION = HANDLE;
using HCONTAINER = HANDLE;

inline constexpr size_t max_coordinate =
    64;  // ECC_MAX_XCOORDINATE_BITS_LEN / 8; values right-aligned
inline constexpr size_t max_modulus = 256;   // MAX_RSA_MODULUS_LEN
inline constexpr size_t max_iv = 32;         // MAX_IV_LEN
inline constexpr size_t max_file_name = 32;  // MAX_FILE_NAME_SIZE
inline constexpr size_t max_name = 64;       // of applications and containers

#pragma pack(push, 1)

struct VERSION {
    BYTE major;
    BYTE minor;
};

struct DEVINFO {
    VERSION Version;
    CHAR Manufacturer[64];
    CHAR Issuer[64];
    CHAR Label[32];
    CHAR SerialNumber[32];
    VERSION HWVersion;
    VERSION FirmwareVersion;
    ULONG AlgSymCap;
    ULONG AlgAsymCap;
    ULONG AlgHashCap;
    ULONG DevAuthAlgId;
    ULONG TotalSpace;
    ULONG FreeSpace;
    ULONG MaxECCBufferSize;
    ULONG MaxBufferSize;
    BYTE Reserved[64];
};

struct RSAPUBLICKEYBLOB {
    ULONG AlgID;
    ULONG BitLen;
    BYTE Modulus[max_modulus];
    BYTE PublicExponent[4];
};

struct RSAPRIVATEKEYBLOB {
    ULONG AlgID;
    ULONG BitLen;
    BYTE Modulus[max_modulus];
    BYTE PublicExponent[4];
    BYTE PrivateExponent[max_modulus];
    BYTE Prime1[max_modulus / 2];
    BYTE Prime2[max_modulus / 2];
    BYTE Prime1Exponent[max_modulus / 2];
    BYTE Prime2Exponent[max_modulus / 2];
    BYTE Coefficient[max_modulus / 2];
};

struct ECCPUBLICKEYBLOB {
    ULONG BitLen;
    BYTE XCoordinate[max_coordinate];
    BYTE YCoordinate[max_coordinate];
};

struct ECCPRIVATEKEYBLOB {
    ULONG BitLen;
    BYTE PrivateKey[max_coordinate];
};

/// Variable length: 164 bytes and then CipherLen bytes of Cipher.
struct ECCCIPHERBLOB {
    BYTE XCoordinate[max_coordinate];
    BYTE YCoordinate[max_coordinate];
    BYTE HASH[32];
    ULONG CipherLen;
    BYTE Cipher[1];
};

struct ECCSIGNATUREBLOB {
    BYTE r[max_coordinate];
    BYTE s[max_coordinate];
};

/// Passed by value to SKF_EncryptInit and SKF_DecryptInit.
struct BLOCKCIPHERPARAM {
    BYTE IV[max_iv];
    ULONG IVLen;
    ULONG PaddingType;  // 0 none, 1 PKCS #5
    ULONG FeedBitLen;
};

/// An encryption key pair on its way into a container; the last field has variable length.
struct ENVELOPEDKEYBLOB {
    ULONG Version;      // 1
    ULONG ulSymmAlgID;  // ECB only
    ULONG ulBits;       // 256
    BYTE cbEncryptedPriKey[64];
    ECCPUBLICKEYBLOB PubKey;
    ECCCIPHERBLOB ECCCipherBlob;
};

struct FILEATTRIBUTE {
    CHAR FileName[max_file_name];
    ULONG FileSize;
    ULONG ReadRights;
    ULONG WriteRights;
};

#pragma pack(pop)

static_assert(sizeof(DEVINFO) == 294 && offsetof(DEVINFO, AlgSymCap) == 198);
static_assert(sizeof(RSAPUBLICKEYBLOB) == 268 && sizeof(RSAPRIVATEKEYBLOB) == 1164);
static_assert(sizeof(ECCPUBLICKEYBLOB) == 132 && sizeof(ECCPRIVATEKEYBLOB) == 68);
static_assert(sizeof(ECCCIPHERBLOB) == 165 && offsetof(ECCCIPHERBLOB, Cipher) == 164);
static_assert(sizeof(ECCSIGNATUREBLOB) == 128 && sizeof(BLOCKCIPHERPARAM) == 44);
static_assert(sizeof(ENVELOPEDKEYBLOB) == 373 && offsetof(ENVELOPEDKEYBLOB, PubKey) == 76 &&
              offsetof(ENVELOPEDKEYBLOB, ECCCipherBlob) == 208);
static_assert(sizeof(FILEATTRIBUTE) == 44);

/// Bytes that an ECCCIPHERBLOB of `length` plaintext bytes takes. Callers allocate a few more
/// (alignment), since libraries with natural alignment write up to 168 + length.
inline constexpr size_t cipher_blob_size(size_t length) {
    return offsetof(ECCCIPHERBLOB, Cipher) + length;
}

// Algorithm identifiers (GM/T 0006). Some libraries take SGD_SM2_1 as 0x00020200.
inline constexpr ULONG SGD_SM1_ECB = 0x00000101, SGD_SM1_CBC = 0x00000102;
inline constexpr ULONG SGD_SM4_ECB = 0x00000401, SGD_SM4_CBC = 0x00000402;
inline constexpr ULONG SGD_SM4_CFB = 0x00000404, SGD_SM4_OFB = 0x00000408, SGD_SM4_MAC = 0x00000410;
inline constexpr ULONG SGD_RSA = 0x00010000, SGD_SM2_1 = 0x00020100, SGD_SM2_2 = 0x00020200,
                       SGD_SM2_3 = 0x00020400;
inline constexpr ULONG SGD_SM3 = 0x00000001, SGD_SHA1 = 0x00000002, SGD_SHA256 = 0x00000004;

inline constexpr ULONG ADMIN_TYPE = 0, USER_TYPE = 1;
inline constexpr ULONG SECURE_NEVER_ACCOUNT = 0x00, SECURE_ADM_ACCOUNT = 0x01,
                       SECURE_USER_ACCOUNT = 0x10, SECURE_ANYONE_ACCOUNT = 0xFF;
inline constexpr ULONG DEV_ABSENT_STATE = 0, DEV_PRESENT_STATE = 1, DEV_UNKNOWN_STATE = 2;
inline constexpr ULONG DEV_EVENT_IN = 1, DEV_EVENT_OUT = 2;
inline constexpr ULONG CONTAINER_EMPTY = 0, CONTAINER_RSA = 1, CONTAINER_ECC = 2;

/// Answers of every function (GM/T 0016 annex A).
enum Sar : ULONG {
    SAR_OK = 0,
    SAR_FAIL = 0x0A000001,
    SAR_UNKNOWNERR = 0x0A000002,
    SAR_NOTSUPPORTYETERR = 0x0A000003,
    SAR_FILEERR = 0x0A000004,
    SAR_INVALIDHANDLEERR = 0x0A000005,
    SAR_INVALIDPARAMERR = 0x0A000006,
    SAR_READFILEERR = 0x0A000007,
    SAR_WRITEFILEERR = 0x0A000008,
    SAR_NAMELENERR = 0x0A000009,
    SAR_KEYUSAGEERR = 0x0A00000A,
    SAR_MODULUSLENERR = 0x0A00000B,
    SAR_NOTINITIALIZEERR = 0x0A00000C,
    SAR_OBJERR = 0x0A00000D,
    SAR_MEMORYERR = 0x0A00000E,
    SAR_TIMEOUTERR = 0x0A00000F,
    SAR_INDATALENERR = 0x0A000010,
    SAR_INDATAERR = 0x0A000011,
    SAR_GENRANDERR = 0x0A000012,
    SAR_HASHOBJERR = 0x0A000013,
    SAR_HASHERR = 0x0A000014,
    SAR_GENRSAKEYERR = 0x0A000015,
    SAR_RSAMODULUSLENERR = 0x0A000016,
    SAR_CSPIMPRTPUBKEYERR = 0x0A000017,
    SAR_RSAENCERR = 0x0A000018,
    SAR_RSADECERR = 0x0A000019,
    SAR_HASHNOTEQUALERR = 0x0A00001A,
    SAR_KEYNOTFOUNDERR = 0x0A00001B,
    SAR_CERTNOTFOUNDERR = 0x0A00001C,
    SAR_NOTEXPORTERR = 0x0A00001D,
    SAR_DECRYPTPADERR = 0x0A00001E,
    SAR_MACLENERR = 0x0A00001F,
    SAR_BUFFER_TOO_SMALL = 0x0A000020,
    SAR_KEYINFOTYPEERR = 0x0A000021,
    SAR_NOT_EVENTERR = 0x0A000022,
    SAR_DEVICE_REMOVED = 0x0A000023,
    SAR_PIN_INCORRECT = 0x0A000024,
    SAR_PIN_LOCKED = 0x0A000025,
    SAR_PIN_INVALID = 0x0A000026,
    SAR_PIN_LEN_RANGE = 0x0A000027,
    SAR_USER_ALREADY_LOGGED_IN = 0x0A000028,
    SAR_USER_PIN_NOT_INITIALIZED = 0x0A000029,
    SAR_USER_TYPE_INVALID = 0x0A00002A,
    SAR_APPLICATION_NAME_INVALID = 0x0A00002B,
    SAR_APPLICATION_EXISTS = 0x0A00002C,
    SAR_USER_NOT_LOGGED_IN = 0x0A00002D,
    SAR_APPLICATION_NOT_EXISTS = 0x0A00002E,
    SAR_FILE_ALREADY_EXIST = 0x0A00002F,
    SAR_NO_ROOM = 0x0A000030,
    SAR_FILE_NOT_EXIST = 0x0A000031,
    SAR_REACH_MAX_CONTAINER_COUNT = 0x0A000032,
};

// Every function of the standard: X(name, parameters). From this one list come the function pointer
// types, the driver's table and the declarations of the software UKey.
// clang-format off
#define BIDSEAL_SKF_FUNCTIONS(X) \
    X(SKF_WaitForDevEvent, (LPSTR szDevName, ULONG* pulDevNameLen, ULONG* pulEvent)) \
    X(SKF_CancelWaitForDevEvent, ()) \
    X(SKF_EnumDev, (BOOL bPresent, LPSTR szNameList, ULONG* pulSize)) \
    X(SKF_ConnectDev, (LPSTR szName, DEVHANDLE* phDev)) \
    X(SKF_DisConnectDev, (DEVHANDLE hDev)) \
    X(SKF_GetDevState, (LPSTR szDevName, ULONG* pulDevState)) \
    X(SKF_SetLabel, (DEVHANDLE hDev, LPSTR szLabel)) \
    X(SKF_GetDevInfo, (DEVHANDLE hDev, DEVINFO* pDevInfo)) \
    X(SKF_LockDev, (DEVHANDLE hDev, ULONG ulTimeOut)) \
    X(SKF_UnlockDev, (DEVHANDLE hDev)) \
    X(SKF_Transmit, (DEVHANDLE hDev, BYTE* pbCommand, ULONG ulCommandLen, BYTE* pbData, ULONG* pulDataLen)) \
    X(SKF_ChangeDevAuthKey, (DEVHANDLE hDev, BYTE* pbKeyValue, ULONG ulKeyLen)) \
    X(SKF_DevAuth, (DEVHANDLE hDev, BYTE* pbAuthData, ULONG ulLen)) \
    X(SKF_ChangePIN, (HAPPLICATION hApplication, ULONG ulPINType, LPSTR szOldPin, LPSTR szNewPin, ULONG* pulRetryCount)) \
    X(SKF_GetPINInfo, (HAPPLICATION hApplication, ULONG ulPINType, ULONG* pulMaxRetryCount, ULONG* pulRemainRetryCount, BOOL* pbDefaultPin)) \
    X(SKF_VerifyPIN, (HAPPLICATION hApplication, ULONG ulPINType, LPSTR szPIN, ULONG* pulRetryCount)) \
    X(SKF_UnblockPIN, (HAPPLICATION hApplication, LPSTR szAdminPIN, LPSTR szNewUserPIN, ULONG* pulRetryCount)) \
    X(SKF_ClearSecureState, (HAPPLICATION hApplication)) \
    X(SKF_CreateApplication, (DEVHANDLE hDev, LPSTR szAppName, LPSTR szAdminPin, ULONG dwAdminPinRetryCount, LPSTR szUserPin, ULONG dwUserPinRetryCount, ULONG dwCreateFileRights, HAPPLICATION* phApplication)) \
    X(SKF_EnumApplication, (DEVHANDLE hDev, LPSTR szAppName, ULONG* pulSize)) \
    X(SKF_DeleteApplication, (DEVHANDLE hDev, LPSTR szAppName)) \
    X(SKF_OpenApplication, (DEVHANDLE hDev, LPSTR szAppName, HAPPLICATION* phApplication)) \
    X(SKF_CloseApplication, (HAPPLICATION hApplication)) \
    X(SKF_CreateFile, (HAPPLICATION hApplication, LPSTR szFileName, ULONG ulFileSize, ULONG ulReadRights, ULONG ulWriteRights)) \
    X(SKF_DeleteFile, (HAPPLICATION hApplication, LPSTR szFileName)) \
    X(SKF_EnumFiles, (HAPPLICATION hApplication, LPSTR szFileList, ULONG* pulSize)) \
    X(SKF_GetFileInfo, (HAPPLICATION hApplication, LPSTR szFileName, FILEATTRIBUTE* pFileInfo)) \
    X(SKF_ReadFile, (HAPPLICATION hApplication, LPSTR szFileName, ULONG ulOffset, ULONG ulSize, BYTE* pbOutData, ULONG* pulOutLen)) \
    X(SKF_WriteFile, (HAPPLICATION hApplication, LPSTR szFileName, ULONG ulOffset, BYTE* pbData, ULONG ulSize)) \
    X(SKF_CreateContainer, (HAPPLICATION hApplication, LPSTR szContainerName, HCONTAINER* phContainer)) \
    X(SKF_DeleteContainer, (HAPPLICATION hApplication, LPSTR szContainerName)) \
    X(SKF_EnumContainer, (HAPPLICATION hApplication, LPSTR szContainerName, ULONG* pulSize)) \
    X(SKF_OpenContainer, (HAPPLICATION hApplication, LPSTR szContainerName, HCONTAINER* phContainer)) \
    X(SKF_CloseContainer, (HCONTAINER hContainer)) \
    X(SKF_GetContainerType, (HCONTAINER hContainer, ULONG* pulContainerType)) \
    X(SKF_ImportCertificate, (HCONTAINER hContainer, BOOL bSignFlag, BYTE* pbCert, ULONG ulCertLen)) \
    X(SKF_ExportCertificate, (HCONTAINER hContainer, BOOL bSignFlag, BYTE* pbCert, ULONG* pulCertLen)) \
    X(SKF_GenRandom, (DEVHANDLE hDev, BYTE* pbRandom, ULONG ulRandomLen)) \
    X(SKF_GenExtRSAKey, (DEVHANDLE hDev, ULONG ulBitsLen, RSAPRIVATEKEYBLOB* pBlob)) \
    X(SKF_GenRSAKeyPair, (HCONTAINER hContainer, ULONG ulBitsLen, RSAPUBLICKEYBLOB* pBlob)) \
    X(SKF_ImportRSAKeyPair, (HCONTAINER hContainer, ULONG ulSymAlgId, BYTE* pbWrappedKey, ULONG ulWrappedKeyLen, BYTE* pbEncryptedData, ULONG ulEncryptedDataLen)) \
    X(SKF_RSASignData, (HCONTAINER hContainer, BYTE* pbData, ULONG ulDataLen, BYTE* pbSignature, ULONG* pulSignLen)) \
    X(SKF_RSAVerify, (DEVHANDLE hDev, RSAPUBLICKEYBLOB* pRSAPubKeyBlob, BYTE* pbData, ULONG ulDataLen, BYTE* pbSignature, ULONG ulSignLen)) \
    X(SKF_RSAExportSessionKey, (HCONTAINER hContainer, ULONG ulAlgId, RSAPUBLICKEYBLOB* pPubKey, BYTE* pbData, ULONG* pulDataLen, HANDLE* phSessionKey)) \
    X(SKF_ExtRSAPubKeyOperation, (DEVHANDLE hDev, RSAPUBLICKEYBLOB* pRSAPubKeyBlob, BYTE* pbInput, ULONG ulInputLen, BYTE* pbOutput, ULONG* pulOutputLen)) \
    X(SKF_ExtRSAPriKeyOperation, (DEVHANDLE hDev, RSAPRIVATEKEYBLOB* pRSAPriKeyBlob, BYTE* pbInput, ULONG ulInputLen, BYTE* pbOutput, ULONG* pulOutputLen)) \
    X(SKF_GenECCKeyPair, (HCONTAINER hContainer, ULONG ulAlgId, ECCPUBLICKEYBLOB* pBlob)) \
    X(SKF_ImportECCKeyPair, (HCONTAINER hContainer, ENVELOPEDKEYBLOB* pEnvelopedKeyBlob)) \
    X(SKF_ECCSignData, (HCONTAINER hContainer, BYTE* pbData, ULONG ulDataLen, ECCSIGNATUREBLOB* pSignature)) \
    X(SKF_ECCVerify, (DEVHANDLE hDev, ECCPUBLICKEYBLOB* pECCPubKeyBlob, BYTE* pbData, ULONG ulDataLen, ECCSIGNATUREBLOB* pSignature)) \
    X(SKF_ECCExportSessionKey, (HCONTAINER hContainer, ULONG ulAlgId, ECCPUBLICKEYBLOB* pPubKey, ECCCIPHERBLOB* pData, HANDLE* phSessionKey)) \
    X(SKF_ExtECCEncrypt, (DEVHANDLE hDev, ECCPUBLICKEYBLOB* pECCPubKeyBlob, BYTE* pbPlainText, ULONG ulPlainTextLen, ECCCIPHERBLOB* pCipherText)) \
    X(SKF_ExtECCDecrypt, (DEVHANDLE hDev, ECCPRIVATEKEYBLOB* pECCPriKeyBlob, ECCCIPHERBLOB* pCipherText, BYTE* pbPlainText, ULONG* pulPlainTextLen)) \
    X(SKF_ExtECCSign, (DEVHANDLE hDev, ECCPRIVATEKEYBLOB* pECCPriKeyBlob, BYTE* pbData, ULONG ulDataLen, ECCSIGNATUREBLOB* pSignature)) \
    X(SKF_ExtECCVerify, (DEVHANDLE hDev, ECCPUBLICKEYBLOB* pECCPubKeyBlob, BYTE* pbData, ULONG ulDataLen, ECCSIGNATUREBLOB* pSignature)) \
    X(SKF_GenerateAgreementDataWithECC, (HCONTAINER hContainer, ULONG ulAlgId, ECCPUBLICKEYBLOB* pTempECCPubKeyBlob, BYTE* pbID, ULONG ulIDLen, HANDLE* phAgreementHandle)) \
    X(SKF_GenerateAgreementDataAndKeyWithECC, (HANDLE hContainer, ULONG ulAlgId, ECCPUBLICKEYBLOB* pSponsorECCPubKeyBlob, ECCPUBLICKEYBLOB* pSponsorTempECCPubKeyBlob, ECCPUBLICKEYBLOB* pTempECCPubKeyBlob, BYTE* pbID, ULONG ulIDLen, BYTE* pbSponsorID, ULONG ulSponsorIDLen, HANDLE* phKeyHandle)) \
    X(SKF_GenerateKeyWithECC, (HANDLE hAgreementHandle, ECCPUBLICKEYBLOB* pECCPubKeyBlob, ECCPUBLICKEYBLOB* pTempECCPubKeyBlob, BYTE* pbID, ULONG ulIDLen, HANDLE* phKeyHandle)) \
    X(SKF_ExportPublicKey, (HCONTAINER hContainer, BOOL bSignFlag, BYTE* pbBlob, ULONG* pulBlobLen)) \
    X(SKF_ImportSessionKey, (HCONTAINER hContainer, ULONG ulAlgId, BYTE* pbWrappedData, ULONG ulWrappedLen, HANDLE* phKey)) \
    X(SKF_SetSymmKey, (DEVHANDLE hDev, BYTE* pbKey, ULONG ulAlgID, HANDLE* phKey)) \
    X(SKF_EncryptInit, (HANDLE hKey, BLOCKCIPHERPARAM EncryptParam)) \
    X(SKF_Encrypt, (HANDLE hKey, BYTE* pbData, ULONG ulDataLen, BYTE* pbEncryptedData, ULONG* pulEncryptedLen)) \
    X(SKF_EncryptUpdate, (HANDLE hKey, BYTE* pbData, ULONG ulDataLen, BYTE* pbEncryptedData, ULONG* pulEncryptedLen)) \
    X(SKF_EncryptFinal, (HANDLE hKey, BYTE* pbEncryptedData, ULONG* pulEncryptedDataLen)) \
    X(SKF_DecryptInit, (HANDLE hKey, BLOCKCIPHERPARAM DecryptParam)) \
    X(SKF_Decrypt, (HANDLE hKey, BYTE* pbEncryptedData, ULONG ulEncryptedLen, BYTE* pbData, ULONG* pulDataLen)) \
    X(SKF_DecryptUpdate, (HANDLE hKey, BYTE* pbEncryptedData, ULONG ulEncryptedLen, BYTE* pbData, ULONG* pulDataLen)) \
    X(SKF_DecryptFinal, (HANDLE hKey, BYTE* pbDecryptedData, ULONG* pulDecryptedDataLen)) \
    X(SKF_DigestInit, (DEVHANDLE hDev, ULONG ulAlgID, ECCPUBLICKEYBLOB* pPubKey, BYTE* pucID, ULONG ulIDLen, HANDLE* phHash)) \
    X(SKF_Digest, (HANDLE hHash, BYTE* pbData, ULONG ulDataLen, BYTE* pbHashData, ULONG* pulHashLen)) \
    X(SKF_DigestUpdate, (HANDLE hHash, BYTE* pbData, ULONG ulDataLen)) \
    X(SKF_DigestFinal, (HANDLE hHash, BYTE* pHashData, ULONG* pulHashLen)) \
    X(SKF_MacInit, (HANDLE hKey, BLOCKCIPHERPARAM* pMacParam, HANDLE* phMac)) \
    X(SKF_Mac, (HANDLE hMac, BYTE* pbData, ULONG ulDataLen, BYTE* pbMacData, ULONG* pulMacLen)) \
    X(SKF_MacUpdate, (HANDLE hMac, BYTE* pbData, ULONG ulDataLen)) \
    X(SKF_MacFinal, (HANDLE hMac, BYTE* pbMacData, ULONG* pulMacDataLen)) \
    X(SKF_CloseHandle, (HANDLE hHandle))
// clang-format on

#define BIDSEAL_SKF_TYPE(name, parameters) using name##_fn = ULONG(*) parameters;
BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_TYPE)
#undef BIDSEAL_SKF_TYPE

/// The functions of a loaded library; those that it does not export stay null.
struct Functions {
#define BIDSEAL_SKF_MEMBER(name, parameters) name##_fn name = nullptr;
    BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_MEMBER)
#undef BIDSEAL_SKF_MEMBER
};

}  // namespace bidseal::skf
