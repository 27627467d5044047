/* A 32-bit library of a vendor, without any cryptography: what it gives comes from files in the folder
 * that BIDSEAL_SOFTUKEY_DIR names, and it gives them only for the input that stands there too. With
 * TINY_CALL as __attribute__((stdcall)) it has the calling convention of Windows.
 *
 *   certificate            DER of the signing certificate
 *   encryption             DER of the encryption certificate
 *   digest, signature      32 and 64 bytes: the one digest that is signed, and r||s
 *   wrap, wrapped, share   the ECCCIPHERBLOB, the ciphertext, and what it opens to */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef TINY_CALL
#define TINY_CALL
#endif

#define API __attribute__((visibility("default"))) ULONG TINY_CALL

typedef uint32_t ULONG;
typedef int32_t BOOL;
typedef uint8_t BYTE;

typedef struct {
    BYTE iv[32];
    ULONG iv_length, padding, feed;
} Parameters;

enum { ok = 0, fail = 0x0A000001, bad_parameter = 0x0A000006, too_small = 0x0A000020,
       pin_wrong = 0x0A000024, not_logged_in = 0x0A00002D, no_key = 0x0A00001B };

static int logged_in;
static ULONG tries = 5;

static size_t load(const char* name, BYTE* to, size_t room) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", getenv("BIDSEAL_SOFTUKEY_DIR"), name);
    FILE* file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t got = fread(to, 1, room, file);
    fclose(file);
    return got;
}

static ULONG give(const void* bytes, size_t size, void* out, ULONG* length) {
    if (out != NULL) {
        if (*length < size)
            return too_small;
        memcpy(out, bytes, size);
    }
    *length = (ULONG)size;
    return ok;
}

API SKF_EnumDev(BOOL present, char* list, ULONG* size) {
    return present == 1 ? give("tiny\0", 6, list, size) : (ULONG)bad_parameter;
}
API SKF_ConnectDev(char* name, void** device) {
    if (strcmp(name, "tiny") != 0)
        return fail;
    *device = (void*)0x11;
    return ok;
}
API SKF_DisConnectDev(void* device) {
    return device == (void*)0x11 ? ok : bad_parameter;
}
API SKF_GetDevInfo(void* device, BYTE* info) {
    ULONG symmetric = 0x413;
    if (device != (void*)0x11)
        return bad_parameter;
    memset(info, 0, 294);
    strcpy((char*)info + 2, "Tiny");
    strcpy((char*)info + 2 + 64 + 64, "\xce\xa2\xd0\xcd"); /* "tiny" in Chinese, in GBK */
    strcpy((char*)info + 2 + 64 + 64 + 32, "0001");
    memcpy(info + 198, &symmetric, 4);
    return ok;
}
API SKF_EnumApplication(void* device, char* list, ULONG* size) {
    return device == (void*)0x11 ? give("APP\0", 5, list, size) : (ULONG)bad_parameter;
}
API SKF_OpenApplication(void* device, char* name, void** application) {
    if (device != (void*)0x11 || strcmp(name, "APP") != 0)
        return bad_parameter;
    *application = (void*)0x22;
    return ok;
}
API SKF_CloseApplication(void* application) {
    return application == (void*)0x22 ? ok : bad_parameter;
}
API SKF_GetPINInfo(void* application, ULONG type, ULONG* max, ULONG* left, BOOL* is_default) {
    if (application != (void*)0x22 || type != 1)
        return bad_parameter;
    *max = 5;
    *left = tries;
    *is_default = 0;
    return ok;
}
API SKF_VerifyPIN(void* application, ULONG type, char* pin, ULONG* left) {
    if (application != (void*)0x22 || type != 1)
        return bad_parameter;
    logged_in = strcmp(pin, "135790") == 0;
    tries = logged_in ? 5 : tries - 1;
    *left = tries;
    return logged_in ? ok : pin_wrong;
}
API SKF_ClearSecureState(void* application) {
    logged_in = 0;
    return application == (void*)0x22 ? ok : bad_parameter;
}
API SKF_EnumContainer(void* application, char* list, ULONG* size) {
    return application == (void*)0x22 ? give("C1\0", 4, list, size) : (ULONG)bad_parameter;
}
API SKF_OpenContainer(void* application, char* name, void** container) {
    if (application != (void*)0x22 || strcmp(name, "C1") != 0)
        return bad_parameter;
    *container = (void*)0x33;
    return ok;
}
API SKF_CloseContainer(void* container) {
    return container == (void*)0x33 ? ok : bad_parameter;
}
API SKF_ExportCertificate(void* container, BOOL signing, BYTE* out, ULONG* length) {
    BYTE der[8192];
    if (container != (void*)0x33)
        return bad_parameter;
    return give(der, load(signing ? "certificate" : "encryption", der, sizeof der), out, length);
}
API SKF_GenRandom(void* device, BYTE* out, ULONG length) {
    if (device != (void*)0x11)
        return bad_parameter;
    memset(out, 0x42, length);
    return ok;
}
API SKF_ECCSignData(void* container, BYTE* data, ULONG length, BYTE* signature) {
    BYTE digest[32], halves[64];
    if (container != (void*)0x33 || length != 32)
        return bad_parameter;
    if (!logged_in)
        return not_logged_in;
    if (load("digest", digest, 32) != 32 || memcmp(digest, data, 32) != 0)
        return fail;
    if (load("signature", halves, 64) != 64)
        return fail;
    memset(signature, 0, 128);
    memcpy(signature + 32, halves, 32);
    memcpy(signature + 96, halves + 32, 32);
    return ok;
}
API SKF_ImportSessionKey(void* container, ULONG algorithm, BYTE* wrap, ULONG length, void** key) {
    BYTE expected[180];
    if (container != (void*)0x33 || algorithm != 0x401 || length != sizeof expected)
        return bad_parameter;
    if (load("wrap", expected, sizeof expected) != length || memcmp(expected, wrap, length) != 0)
        return no_key;
    *key = (void*)0x44;
    return ok;
}
API SKF_DecryptInit(void* key, Parameters parameters) {
    return key == (void*)0x44 && parameters.iv_length == 0 && parameters.padding == 0
               ? ok
               : bad_parameter;
}
API SKF_Decrypt(void* key, BYTE* data, ULONG size, BYTE* out, ULONG* length) {
    BYTE expected[256], share[256];
    size_t known = load("wrapped", expected, sizeof expected);
    if (key != (void*)0x44 || size != known || memcmp(expected, data, size) != 0)
        return fail;
    return give(share, load("share", share, sizeof share), out, length);
}
API SKF_CloseHandle(void* handle) {
    return handle == (void*)0x44 ? ok : bad_parameter;
}
