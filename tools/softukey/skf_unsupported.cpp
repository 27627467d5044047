// Functions of the standard that this token does not offer, as the standard has them answer: RSA,
// key agreement and raw commands. They are exported, so that clients that want all symbols load it.
#include "exports.h"

namespace bidseal::skf {

ULONG SKF_Transmit(DEVHANDLE, BYTE*, ULONG, BYTE*, ULONG*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_GenExtRSAKey(DEVHANDLE, ULONG, RSAPRIVATEKEYBLOB*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_GenRSAKeyPair(HCONTAINER, ULONG, RSAPUBLICKEYBLOB*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_ImportRSAKeyPair(HCONTAINER, ULONG, BYTE*, ULONG, BYTE*, ULONG) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_RSASignData(HCONTAINER, BYTE*, ULONG, BYTE*, ULONG*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_RSAVerify(DEVHANDLE, RSAPUBLICKEYBLOB*, BYTE*, ULONG, BYTE*, ULONG) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_RSAExportSessionKey(HCONTAINER, ULONG, RSAPUBLICKEYBLOB*, BYTE*, ULONG*, HANDLE*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_ExtRSAPubKeyOperation(DEVHANDLE, RSAPUBLICKEYBLOB*, BYTE*, ULONG, BYTE*, ULONG*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_ExtRSAPriKeyOperation(DEVHANDLE, RSAPRIVATEKEYBLOB*, BYTE*, ULONG, BYTE*, ULONG*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_GenerateAgreementDataWithECC(HCONTAINER, ULONG, ECCPUBLICKEYBLOB*, BYTE*, ULONG,
                                       HANDLE*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_GenerateAgreementDataAndKeyWithECC(HANDLE, ULONG, ECCPUBLICKEYBLOB*, ECCPUBLICKEYBLOB*,
                                             ECCPUBLICKEYBLOB*, BYTE*, ULONG, BYTE*, ULONG,
                                             HANDLE*) {
    return SAR_NOTSUPPORTYETERR;
}

ULONG SKF_GenerateKeyWithECC(HANDLE, ECCPUBLICKEYBLOB*, ECCPUBLICKEYBLOB*, BYTE*, ULONG, HANDLE*) {
    return SAR_NOTSUPPORTYETERR;
}

}  // namespace bidseal::skf
